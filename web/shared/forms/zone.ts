/** Moments as a site's clock shows them. */

/** The wall time of an RFC 3339 moment, as `<input type="datetime-local">` takes it: the one it was written with. */
export function wallOf(moment: string): string {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.exec(moment)?.[0] ?? '';
}

/** A wall time (`2026-11-20T18:00`) with the offset that the site's clock has then; without a zone, the phone's. */
export function atZone(wall: string, timeZone: string | undefined): string {
  const seconds = wall.length === 16 ? `${wall}:00` : wall;
  const guess = Date.parse(`${seconds}Z`);
  // The offset an hour before a change of the clocks is not the one after it: look again at the moment found.
  const near = guess - offsetMinutes(guess, timeZone) * 60_000;
  return `${seconds}${offsetText(offsetMinutes(near, timeZone))}`;
}

/** Minutes east of UTC at a moment. */
function offsetMinutes(at: number, timeZone: string | undefined): number {
  if (!timeZone) return -new Date(at).getTimezoneOffset();
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  const found = /GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(parts.find((part) => part.type === 'timeZoneName')?.value ?? '');
  const minutes = Number(found?.[2] ?? 0) * 60 + Number(found?.[3] ?? 0);
  return found?.[1] === '-' ? -minutes : minutes;
}

function offsetText(minutes: number): string {
  const pad = (number: number) => String(number).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}
