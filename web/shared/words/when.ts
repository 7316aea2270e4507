import { language } from './i18n';

/** Times as people read them, in the phone's own time zone unless a wall time with offset says otherwise. */

/** `2026-11-18` of a moment, by the phone's calendar. */
export function dayOf(moment: Date = new Date()): string {
  const pad = (n: number) => String(n).padStart(2, '0');
  return `${moment.getFullYear()}-${pad(moment.getMonth() + 1)}-${pad(moment.getDate())}`;
}

/** The site's day of a moment: who works past midnight (`nightShiftEnds`, `HH:MM`) is still in the day before. */
export function siteDay(moment: Date, timeZone: string | undefined, nightShiftEnds?: string | null): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    ...(timeZone ? { timeZone } : {}),
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(moment);
  const part = (type: string) => parts.find((found) => found.type === type)?.value ?? '';
  const day = `${part('year')}-${part('month')}-${part('day')}`;
  const time = `${part('hour')}:${part('minute')}`;
  return nightShiftEnds && time < nightShiftEnds ? dayBefore(day) : day;
}

export function dayBefore(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const before = new Date(Date.UTC(year, month - 1, date - 1));
  return before.toISOString().slice(0, 10);
}

/** 11月18日 星期三 / Wed 18 Nov. */
export function sayDay(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const moment = new Date(Date.UTC(year, month - 1, date));
  if (language.value === 'en') {
    return moment.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', weekday: 'short', timeZone: 'UTC' });
  }
  const weekday = moment.toLocaleDateString('zh-CN', { weekday: 'long', timeZone: 'UTC' });
  return `${month}月${date}日 ${weekday}`;
}

/** `08:07`: the hands of the clock that the wall time (RFC 3339) was read from. */
export function sayTime(at: string): string {
  return /T(\d\d:\d\d)/.exec(at)?.[1] ?? '--:--';
}

/** `08:07` of an instant, by this phone's clock. */
export function sayHere(at: string | number): string {
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return '--:--';
  return moment.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

/** `11-18 08:07` of an instant, by this phone's clock. */
export function sayMoment(at: string | number): string {
  const moment = new Date(at);
  return Number.isNaN(moment.getTime()) ? '' : `${dayOf(moment).slice(5)} ${sayHere(at)}`;
}

/** How long ago, in the largest unit that is not zero. */
export function sayAgo(at: string | number, now: number = Date.now()): string {
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  const words = new Intl.RelativeTimeFormat(language.value, { numeric: 'auto' });
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit);
  }
  return words.format(0, 'second');
}

/** A span of milliseconds in its largest unit, rounded: 3天 / 3 days. */
export function sayFor(ms: number): string {
  const seconds = Math.round(ms / 60_000) * 60;
  const [unit, size] = UNITS.find(([, least]) => seconds >= least) ?? (['minute', 60] as const);
  const how = { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(language.value, how).format(Math.round(seconds / size));
}

/** The day of a wall time (RFC 3339) whose clock was off by so many milliseconds (right time minus its own). */
export function wallDay(at: string, offsetMs = 0): string {
  const moment = Date.parse(`${at.slice(0, 19)}Z`) + offsetMs;
  return Number.isNaN(moment) ? at.slice(0, 10) : new Date(moment).toISOString().slice(0, 10);
}

const UNITS: readonly (readonly ['day' | 'hour' | 'minute', number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** 3.2 MB, as phones show it (powers of ten). */
export function sayBytes(bytes: number): string {
  const [unit, size] = bytes >= 1e9 ? ['GB', 1e9] : bytes >= 1e6 ? ['MB', 1e6] : (['kB', 1e3] as const);
  return `${(bytes / Number(size)).toFixed(bytes >= 1e6 ? 1 : 0)} ${unit}`;
}
