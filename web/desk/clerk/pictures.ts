/** Pictures of pages, fetched with the token and kept for a while as addresses that an `<img>` takes. */
import { useEffect, useState } from 'preact/hooks';
import { file } from '../api';

/** Pages of about five papers: those in hand, the next ones, and the way back. */
const KEPT = 24;

const kept = new Map<string, Promise<string>>();

/** The address of a picture in this tab; the one that was not asked for longest is let go. */
export function picture(sha256: string): Promise<string> {
  const there = kept.get(sha256);
  const wanted = there ?? file(`/v1/blobs/${sha256}`).then((blob) => URL.createObjectURL(blob));
  kept.delete(sha256);
  kept.set(sha256, wanted);
  wanted.catch(() => kept.delete(sha256));
  for (const [oldest, address] of kept) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
    address.then(URL.revokeObjectURL, () => {});
  }
  return wanted;
}

/** A picture once it is there; `null` where it could not be had. */
export function usePicture(sha256: string | undefined): string | null | undefined {
  const [shown, show] = useState<{ readonly of: string; readonly address: string | null }>();
  useEffect(() => {
    if (!sha256) return;
    let over = false;
    picture(sha256).then(
      (address) => over || show({ of: sha256, address }),
      () => over || show({ of: sha256, address: null }),
    );
    return () => {
      over = true;
    };
  }, [sha256]);
  return shown?.of === sha256 ? shown?.address : undefined;
}
