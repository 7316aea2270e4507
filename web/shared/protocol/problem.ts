/** What went wrong, as a code that has a sentence. */
import type { Problem } from './phone';
import { Refused, Unreachable } from './ports';

/**
 * Problems of the contract keep their code. The phone's own are `phone.unreachable`, `phone.no_space`,
 * `phone.outdated` (another tab runs a newer app), `phone.unsent`, `phone.dismissed` and `phone.failed`.
 */
export function problemOf(error: unknown): Problem {
  if (error instanceof Refused) return { code: error.code, params: error.params };
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof Unreachable && /^[a-z]+\.[a-z_]+$/.test(reason)) {
    return { code: reason, params: { seconds: String(Math.ceil((error.retryAfterMs ?? 0) / 1000)) } };
  }
  const own = error instanceof Error ? OWN[error.name] : undefined;
  return { code: own ?? 'phone.failed', params: { reason } };
}

const OWN: Readonly<Record<string, string>> = {
  Unreachable: 'phone.unreachable',
  NoSpace: 'phone.no_space',
  Outdated: 'phone.outdated',
  Unsent: 'phone.unsent',
  Dismissed: 'phone.dismissed',
};
