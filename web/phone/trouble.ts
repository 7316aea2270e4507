import type { Problem, Status } from '@shared/protocol/phone';

/**
 * How sending stands, in one word for the chip at the top and the screen behind it:
 * `stopped` a person must do something; `failing` the last try failed; `offline`; `sending`; `waiting`; `done`.
 */
export type Traffic = 'stopped' | 'failing' | 'offline' | 'sending' | 'waiting' | 'done';

export function unsentOf(status: Status): number {
  return status.queue.length + status.held.length + status.files.unsafe;
}

export function trafficOf(status: Status, online: boolean): Traffic {
  if (status.enrolAgain || status.held.length > 0 || status.standing === 'revoked') return 'stopped';
  const unsent = unsentOf(status);
  if (!online) return 'offline';
  if (status.exchange.underway || status.files.underway.some((file) => file.standing === 'sending')) {
    return unsent > 0 ? 'sending' : 'done';
  }
  if (status.exchange.lastError) return isUnreachable(status.exchange.lastError) ? 'offline' : 'failing';
  return unsent > 0 ? 'waiting' : 'done';
}

/** Whether a problem is only that the server did not answer. */
export function isUnreachable(problem: Problem): boolean {
  return problem.code === 'phone.unreachable';
}
