/** How long a phone waits after failures, and what makes it start again with the shortest wait. Chance is left out. */

import { PACE } from '@shared/protocol/backoff';
import { MemoryStorage } from '@shared/protocol/storage/memory';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Site } from './site';
import { SECTION } from './world';

const truly = globalThis.setTimeout;
const happens = new Map<string, () => void>();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  vi.spyOn(Math, 'random').mockReturnValue(0); // each wait is the shortest that the backoff allows
  vi.stubGlobal('addEventListener', (name: string, listener: () => void) => happens.set(name, listener));
  vi.stubGlobal('removeEventListener', (name: string) => happens.delete(name));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Let time pass in steps, between which what does not hang on timers (streams, hashes) gets its turn. */
async function pass(ms: number): Promise<void> {
  const step = Math.max(50, ms / 100);
  for (let past = 0; past < ms; past += step) {
    await vi.advanceTimersByTimeAsync(Math.min(step, ms - past));
    await new Promise((resolve) => truly(resolve, 1));
  }
}

const PATHS = ['/v1/sync', '/v1/wake', '/v1/uploads'] as const;
const offline = () => {
  throw new TypeError('offline');
};

/** A phone whose server has not answered on these paths for so long that it tries seldom. */
async function discouraged(...paths: readonly (typeof PATHS)[number][]) {
  const site = new Site();
  const { phone } = await site.phone(new MemoryStorage(), true);
  await phone.enrol('CODE-CHEN-1', '手机', 'http://server');
  await pass(3_000);
  for (const path of paths) site.instead[path] = offline;
  const sha256 = await phone.keep(new Blob(['bytes']), 'a.jpg');
  await phone.create('photo', SECTION, { blob: sha256, captured: { at: '2026-11-18T16:00:00+08:00' } });
  if (paths.includes('/v1/wake')) site.hangUp();
  await pass(20 * 60_000);
  const asks = (path: string) => site.requests.filter((request) => request.endsWith(path)).length;
  return { site, phone, asks };
}

/** As many attempts as fit into ten seconds after a first failure: at once, then after 1, 2 and 4 s. */
const BRISK = 3;
const AWHILE = 10_000;

test('long without an answer it hardly tries any more', async () => {
  const { phone, asks } = await discouraged('/v1/sync');
  const before = asks('/v1/sync');
  await pass(AWHILE);
  expect(asks('/v1/sync') - before).toBeLessThan(2);
  expect(PACE.longestMs / 2).toBeGreaterThan(AWHILE);
  await phone.close();
});

test('an exchange that went through makes it brisk again', async () => {
  const { site, phone, asks } = await discouraged('/v1/sync');
  delete site.instead['/v1/sync'];
  await pass(5 * 60_000);
  expect(phone.status.value.queue.length).toBe(0);
  site.instead['/v1/sync'] = offline;
  const before = asks('/v1/sync');
  await phone.patch((await phone.records('photo'))[0]?.id ?? '', { note: 'x' });
  await pass(AWHILE);
  expect(asks('/v1/sync') - before).toBeGreaterThanOrEqual(BRISK);
  await phone.close();
});

test('a network that is back makes it brisk again, before anything went through', async () => {
  const { phone, asks } = await discouraged('/v1/sync');
  const before = asks('/v1/sync');
  happens.get('online')?.();
  await pass(AWHILE);
  expect(asks('/v1/sync') - before).toBeGreaterThanOrEqual(BRISK);
  await phone.close();
});

test('another enrolment makes it brisk again', async () => {
  const { phone, asks } = await discouraged('/v1/sync');
  await phone.enrol('CODE-CHEN-2', '手机', 'http://server').catch(() => undefined); // its exchange fails, as all do
  const before = asks('/v1/sync');
  await pass(60_000);
  expect(asks('/v1/sync') - before).toBeGreaterThanOrEqual(BRISK + 2);
  await phone.close();
});

test('a wake-up channel that was open once is opened again at once when it is cut', async () => {
  const { site, phone, asks } = await discouraged('/v1/wake');
  expect(phone.status.value.awake).toBe(false);
  delete site.instead['/v1/wake'];
  await pass(10 * 60_000);
  expect(phone.status.value.awake).toBe(true);
  const before = asks('/v1/wake');
  site.hangUp();
  await pass(2_000);
  expect(asks('/v1/wake') - before).toBe(1);
  await phone.close();
});

test('long without getting a file through it hardly tries any more, whatever else it looked for', async () => {
  const { phone, asks } = await discouraged('/v1/uploads');
  const before = asks('/v1/uploads');
  await pass(60_000);
  expect(asks('/v1/uploads') - before).toBeLessThanOrEqual(2);
  await phone.close();
});

test('a file that went through makes the next one brisk again', async () => {
  const { site, phone, asks } = await discouraged('/v1/uploads');
  delete site.instead['/v1/uploads'];
  await pass(10 * 60_000);
  expect(site.stored.size).toBe(1);
  site.instead['/v1/uploads'] = offline;
  const again = asks('/v1/uploads');
  await phone.keep(new Blob(['others']), 'b.jpg');
  await pass(60_000);
  expect(asks('/v1/uploads') - again).toBeGreaterThanOrEqual(BRISK + 2);
  await phone.close();
});
