/** When to try again: twice as long after each failure, with jitter, so that a site full of phones does not march. */
export interface Pace {
  readonly firstMs: number;
  readonly longestMs: number;
}

export const PACE: Pace = { firstMs: 2_000, longestMs: 5 * 60_000 };

/** `failures` ≥ 1 in a row; `chance` in [0, 1). What the server asked for is respected. */
export function delayAfter(failures: number, chance: number, retryAfterMs = 0, pace: Pace = PACE): number {
  const ceiling = Math.min(pace.longestMs, pace.firstMs * 2 ** (failures - 1));
  return Math.max(retryAfterMs, Math.round(ceiling / 2 + (ceiling / 2) * chance));
}
