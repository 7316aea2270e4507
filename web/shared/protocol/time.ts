/** The device's wall time with its offset (RFC 3339), which is what the phone's owner sees on its clock. */
export function localTime(moment = new Date()): string {
  const offset = -moment.getTimezoneOffset();
  const local = new Date(moment.getTime() + offset * 60_000).toISOString().slice(0, -1);
  const digits = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${local}${offset < 0 ? '-' : '+'}${digits(hours)}:${digits(minutes)}`;
}
