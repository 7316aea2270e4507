import type { Phone } from '@shared/protocol/phone';
import { useEffect, useState } from 'preact/hooks';

/** A picture by its digest, as an address for `<img>`: from here, else a thumbnail from the server. */
export function usePicture(phone: Phone, sha256: string, side: number): { url?: string; missing: boolean } {
  const [shown, show] = useState<{ url?: string; missing: boolean }>({ missing: false });
  useEffect(() => {
    let [over, url]: [boolean, string | undefined] = [false, undefined];
    const found = (blob: Blob | undefined) => {
      if (over) return;
      if (blob) url = URL.createObjectURL(blob);
      show(url ? { url, missing: false } : { missing: true });
    };
    phone.picture(sha256, side).then(found, () => found(undefined));
    return () => {
      over = true;
      if (url) URL.revokeObjectURL(url);
    };
  }, [phone, sha256, side]);
  return shown;
}
