import type { Kind } from '@contract/generated/contract';
import type { Phone, RecordView, Status, Watched } from '@shared/protocol/phone';
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';

/** How screens read the phone: what they show is read again whenever it changed, here or by an exchange. */
const Here = createContext<Phone | undefined>(undefined);
export const PhoneProvider = Here.Provider;

export function usePhone(): Phone {
  const phone = useContext(Here);
  if (!phone) throw new Error('no phone around this screen');
  return phone;
}

export function useWatched<T>(watched: Watched<T>): T {
  const [value, show] = useState(watched.value);
  useEffect(() => {
    show(watched.value);
    return watched.subscribe((now) => show(now));
  }, [watched]);
  return value;
}

export function useStatus(): Status {
  return useWatched(usePhone().status);
}

/** What time it is by this phone's clock, put right by what the last exchange measured. */
export function useNow(): Date {
  useStatus();
  return usePhone().now();
}

/** What `read` gives, and gives again after each change of records; undefined until it is first there. */
export function useLive<T>(read: (phone: Phone) => Promise<T>, deps: readonly unknown[] = []): T | undefined {
  const phone = usePhone();
  const [value, show] = useState<T>();
  const [failure, fail] = useState<unknown>();
  useEffect(() => {
    let over = false;
    let reading = false;
    let stale = false;
    const again = async () => {
      stale = true;
      if (reading) return;
      reading = true;
      try {
        while (stale && !over) {
          stale = false;
          const found = await read(phone);
          if (!over) show(() => found);
        }
      } catch (error) {
        if (!over) fail(error);
      } finally {
        reading = false;
      }
    };
    void again();
    const end = phone.subscribe(() => void again());
    return () => {
      over = true;
      end();
    };
  }, [phone, ...deps]);
  if (failure) throw failure;
  return value;
}

export function useRecords<K extends Kind>(kind: K, scope?: string): RecordView<K>[] | undefined {
  return useLive((phone) => phone.records(kind, scope), [kind, scope]);
}

/** A picture by its digest, as an address for `<img>`: from here, else a thumbnail from the server. */
export function usePicture(sha256: string | undefined, side?: number): { url?: string; missing: boolean } {
  const phone = usePhone();
  const [shown, show] = useState<{ url?: string; missing: boolean }>({ missing: false });
  useEffect(() => {
    let url: string | undefined;
    let over = false;
    show({ missing: false });
    if (sha256) {
      phone.picture(sha256, side).then(
        (blob) => {
          if (over) return;
          if (blob) url = URL.createObjectURL(blob);
          show(url ? { url, missing: false } : { missing: true });
        },
        () => over || show({ missing: true }),
      );
    }
    return () => {
      over = true;
      if (url) URL.revokeObjectURL(url);
    };
  }, [phone, sha256, side]);
  return shown;
}
