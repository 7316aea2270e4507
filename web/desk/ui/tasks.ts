import { useEffect, useRef, useState } from 'preact/hooks';

/** How something that is asked of the server stands. */
export type Loaded<T> =
  | { readonly state: 'loading'; readonly value?: T }
  | { readonly state: 'failed'; readonly error: unknown; readonly value?: T }
  | { readonly state: 'there'; readonly value: T };

/** Ask for something when the page opens and whenever `deps` change; what came before stays until the new is there. */
export function useLoaded<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  deps: readonly unknown[],
): readonly [Loaded<T>, again: () => void] {
  const [loaded, show] = useState<Loaded<T>>({ state: 'loading' });
  const [turn, next] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    show(({ value }) => ({ state: 'loading', ...(value === undefined ? {} : { value }) }));
    ask(stop.signal).then(
      (value) => stop.signal.aborted || show({ state: 'there', value }),
      (error) => {
        if (!stop.signal.aborted)
          show(({ value }) => ({ state: 'failed', error, ...(value === undefined ? {} : { value }) }));
      },
    );
    return () => stop.abort();
  }, [...deps, turn]);
  return [loaded, () => next((was) => was + 1)];
}

export interface Task<A extends readonly unknown[]> {
  readonly busy: boolean;
  /** Why the last run failed; undefined while it runs and after it succeeded. */
  readonly error: unknown;
  /** Run it, unless it is running; resolves to whether it succeeded. */
  run(...args: A): Promise<boolean>;
}

/** Something a person does: it runs once at a time, and says whether it failed. */
export function useTask<A extends readonly unknown[]>(work: (...args: A) => Promise<unknown>): Task<A> {
  const [state, show] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: undefined });
  const running = useRef(false);
  const run = async (...args: A) => {
    if (running.current) return false;
    running.current = true;
    show({ busy: true, error: undefined });
    try {
      await work(...args);
      show({ busy: false, error: undefined });
      return true;
    } catch (error) {
      show({ busy: false, error });
      return false;
    } finally {
      running.current = false;
    }
  };
  return { ...state, run };
}
