/**
 * Start measuring; call what it returns for the milliseconds since then. The wall clock may be set meanwhile, and the
 * monotonic one stands still while some phones sleep: the longer of the two counts.
 */
export function stopwatch(): () => number {
  const [wall, steady] = [Date.now(), performance.now()];
  return () => Math.max(Date.now() - wall, performance.now() - steady);
}
