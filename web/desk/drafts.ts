import { useCallback, useEffect, useState } from 'preact/hooks';
import { session } from './session';

/**
 * What was typed and not yet sent, kept in this tab (sessionStorage) under a key of its page: it survives going back, a
 * reload and an ended session. It is kept under the person, so that the next one at this desk never sees it.
 */
const keyOf = (key: string) => `plumbline.draft.${session.peek()?.person ?? ''}.${key}`;

/** A draft of the page, as state: its value, a setter that keeps it, and a function that forgets it. */
export function useDraft<T>(key: string, blank: T): readonly [value: T, set: (value: T) => void, forget: () => void] {
  const [value, show] = useState<T>(() => readDraft(key) ?? blank);
  useEffect(() => show(readDraft(key) ?? blank), [key]);
  const set = useCallback(
    (next: T) => {
      show(next);
      keepDraft(key, next);
    },
    [key],
  );
  const forget = useCallback(() => {
    show(blank);
    keepDraft(key, undefined);
  }, [key]);
  return [value, set, forget];
}

export function readDraft<T>(key: string): T | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(key)) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepDraft(key: string, value: unknown): void {
  try {
    if (value === undefined) sessionStorage.removeItem(keyOf(key));
    else sessionStorage.setItem(keyOf(key), JSON.stringify(value));
  } catch {
    // No room, or refused: the page still holds it.
  }
}
