import { useEffect, useRef, useState } from 'preact/hooks';
import { usePhone } from './live';

/**
 * A draft that outlives the app: read once, and written after every change before the next thing is shown. `ready`
 * is false until it was read; `drop` ends it.
 */
export function useDraft<T>(key: string, fresh: T) {
  const phone = usePhone();
  const [value, show] = useState<T>(fresh);
  const [ready, setReady] = useState(false);
  const latest = useRef(fresh);

  useEffect(() => {
    let over = false;
    void phone.draft<T>(key).then((kept) => {
      if (over) return;
      if (kept !== undefined) {
        latest.current = kept;
        show(kept);
      }
      setReady(true);
    });
    return () => {
      over = true;
    };
  }, [phone, key]);

  const change = async (next: (now: T) => T): Promise<void> => {
    latest.current = next(latest.current);
    show(latest.current);
    await phone.saveDraft(key, latest.current);
  };
  const drop = async (): Promise<void> => {
    latest.current = fresh;
    show(fresh);
    await phone.dropDraft(key);
  };
  return { value, ready, change, drop };
}
