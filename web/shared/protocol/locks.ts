/** One at a time across tabs and the service worker (Web Locks); within this tab where the browser has none. */
const queues = new Map<string, Promise<unknown>>();

/** Do something while no other holder of this name does. `signal` ends the waiting, not the work. */
export function alone<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const locks = globalThis.navigator?.locks;
  if (locks) return locks.request(name, signal ? { signal } : {}, work) as Promise<T>;
  // Two exchanges at once are safe, only wasteful: without locks the tabs do not know of each other.
  const turn = (queues.get(name) ?? Promise.resolve()).then(() => {
    signal?.throwIfAborted();
    return work();
  });
  queues.set(
    name,
    turn.catch(() => {}),
  );
  return turn;
}
