/** Which papers a clerk goes through: it stands in the address of the queue and of each paper opened from it. */
import type { NextScan, QueueOrder, QueueState } from '@contract/generated/contract';

const STATES: readonly string[] = ['read', 'paired', 'formUnknown', 'failed', 'reading'] satisfies QueueState[];
/** In the address, papers of no known form; an empty value there means all. */
export const UNKNOWN = '-';

/** What the address asks for; what is unknown in it is passed over. */
export function askedOf(query: URLSearchParams, project: string | undefined): NextScan {
  const [scope, form, state, order] = ['scope', 'form', 'state', 'order'].map((name) => query.get(name) ?? '');
  return {
    ...(project ? { project } : {}),
    ...(scope ? { scope } : {}),
    ...(form ? { form: form === UNKNOWN ? '' : form } : {}),
    ...(state && STATES.includes(state) ? { state: state as QueueState } : {}),
    ...(order === 'confidence' ? { order: 'confidence' satisfies QueueOrder } : {}),
  };
}

/** The filters as a paper's address carries them on. */
export function filtersOf(query: URLSearchParams): Record<string, string | undefined> {
  return Object.fromEntries(['scope', 'form', 'state', 'order'].map((name) => [name, query.get(name) ?? undefined]));
}
