import { keepShot } from '@phone/batch';
import { capture } from '@phone/kinds/captured';
import { stopwatch } from '@shared/device/elapsed';
import { currentPosition } from '@shared/device/fix';
import type { Phone } from '@shared/protocol/phone';
import { language } from '@shared/words/i18n';
import { sayFor, siteDay, wallDay } from '@shared/words/when';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Site } from '../protocol/site';

const DAY = 86_400_000;
const position = { lat: 1, lon: 2, datum: 'WGS84', accuracyCm: 500 } as const;

beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'performance'] }));
afterEach(() => vi.useRealTimers());

/** Let time pass; a clock that is set jumps apart from it. */
const pass = (ms: number) => vi.advanceTimersByTime(ms);
const set = (ms: number) => vi.setSystemTime(Date.now() + ms);

test('the day that is proposed goes by the server where the last exchange found this clock wrong', async () => {
  const site = new Site();
  const { phone } = await site.enrolled();
  site.now = '2026-11-16T09:00:00+08:00'; // the server is at 18 November, 16:00
  expect(siteDay(phone.now(), 'Asia/Shanghai')).toBe('2026-11-16');
  await phone.exchange();
  const offset = phone.status.value.clockOffsetMs as number;
  expect(offset).toBeGreaterThan(2 * DAY);
  expect(siteDay(phone.now(), 'Asia/Shanghai')).toBe('2026-11-18');
  expect(phone.captured()).toEqual({ at: site.now, clockOffsetMs: offset }); // what the clock showed is kept
});

test('what was captured by a wrong clock is listed under the right day before the server says so', () => {
  const record = (clockOffsetMs?: number) =>
    ({
      values: { captured: { at: '2026-11-16T23:30:00+08:00', ...(clockOffsetMs ? { clockOffsetMs } : {}) } },
    }) as never;
  expect(capture.day(record())).toBe('2026-11-16');
  expect(capture.day(record(2 * DAY))).toBe('2026-11-18');
  expect(capture.day(record(31 * 60_000))).toBe('2026-11-17');
  expect(wallDay('yesterday', 5)).toBe('yesterday');
});

test('a fix is current for a minute after it was received, whatever the clocks are set to', () => {
  const fix = () => ({ state: 'found', position, age: stopwatch() }) as const;
  const now = fix();
  set(-3 * DAY);
  expect(currentPosition(now)).toBe(position); // the clock was put right: nothing got older
  pass(61_000);
  expect(currentPosition(now)).toBeUndefined(); // a clock that was set back makes nothing young
  expect(currentPosition(fix())).toBe(position);
  expect(currentPosition({ state: 'looking' })).toBeUndefined();
});

test('a phone that slept did not stop the time: the wall clock counts where the steady one stood still', () => {
  const old = stopwatch();
  set(10 * 60_000); // as a sleeping phone has it
  expect(old()).toBe(10 * 60_000);
});

test.each([-DAY, DAY])('a file of another time than now (%d ms) is not of here', async (apart) => {
  const phone = { captured: () => ({ at: 'now' }), keep: () => Promise.resolve('a'.repeat(64)) } as unknown as Phone;
  const shot = await keepShot(phone, new Blob(), 'x', { camera: false, modifiedAt: Date.now() + apart, position });
  expect([shot.position, shot.fromFile]).toEqual([undefined, true]);
});

test('how wrong a clock is, is said in the largest unit', () => {
  const said = (ms: number) => sayFor(ms).replaceAll(/\s/g, '');
  expect([said(3 * DAY - 40), said(7 * 60_000 + 900), said(3 * 3_600_000)]).toEqual(['3天', '7分钟', '3小时']);
  language.value = 'en';
  expect(sayFor(DAY)).toBe('1 day');
  language.value = 'zh-CN';
});
