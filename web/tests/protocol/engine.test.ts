/** The rhythm of a phone: when it exchanges by itself. Time is made to pass. */

import { NoSpace, type Storage, type Writing } from '@shared/protocol/ports';
import { MemoryStorage } from '@shared/protocol/storage/memory';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { problem, Site } from './site';
import { SECTION } from './world';

const truly = globalThis.setTimeout;

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const checkIn = {
  captured: { at: '2026-11-18T16:00:00+08:00' },
  position: { lat: 0, lon: 0, datum: 'WGS84' as const },
};
/** Let time pass in steps, between which what does not hang on timers (streams, hashes) gets its turn. */
async function pass(ms: number): Promise<void> {
  const step = Math.max(50, ms / 100);
  for (let past = 0; past < ms; past += step) {
    await vi.advanceTimersByTimeAsync(Math.min(step, ms - past));
    await new Promise((resolve) => truly(resolve, 1));
  }
}

/** Let time pass until something is so, at most half a minute. */
async function until(isSo: () => boolean): Promise<void> {
  for (let past = 0; past < 30_000 && !isSo(); past += 100) await pass(100);
}

/** A phone that runs by itself and has come to rest. */
async function running(site = new Site()) {
  const made = await site.phone(new MemoryStorage(), true);
  await made.phone.enrol('CODE-CHEN-1', '手机', 'http://server');
  await pass(5_000);
  const exchanges = () => site.requests.filter((request) => request === 'POST /v1/sync').length;
  return { site, exchanges, ...made };
}

test('work is sent by itself, and a file until its receipt is there', async () => {
  const { site, phone } = await running();
  const sha256 = await phone.keep(new Blob(['bytes']), 'a.jpg');
  const { record } = await phone.create('photo', SECTION, { blob: sha256, captured: checkIn.captured });
  await until(() => site.stored.has(sha256) && site.world.records.size > 0);
  await pass(100);
  expect((await phone.record(record))?.rev).toBe(1);
  site.issueReceipts();
  await until(() => phone.status.value.files.unsafe === 0);
  expect(phone.status.value.files.unsafe).toBe(0);
  await phone.close();
});

test('a wake-up brings what others wrote, and a channel that was cut is opened again', async () => {
  const { site, phone, exchanges } = await running();
  expect(phone.status.value.awake).toBe(true);
  const before = exchanges();
  site.ring(': still here\n\n');
  await pass(100);
  expect(exchanges()).toBe(before);
  site.ring('event: wa');
  site.ring('ke\ndata: {}\n\n');
  await pass(100);
  expect(exchanges()).toBe(before + 1);
  site.hangUp();
  await pass(10);
  expect(phone.status.value.awake).toBe(false);
  await pass(10_000);
  expect(phone.status.value.awake).toBe(true);
  await phone.close();
});

test('a channel without a sign of life is dead, although nobody says so', async () => {
  const { site, phone } = await running();
  const listens = () => site.requests.filter((request) => request === 'GET /v1/wake').length;
  const before = listens();
  site.ring(': still here\n\n');
  await pass(44_000);
  expect(listens()).toBe(before);
  await pass(10_000);
  expect(listens()).toBe(before + 1);
  await phone.close();
});

test('without a network it tries again, ever more seldom, and goes on when it is back', async () => {
  const { site, phone, exchanges } = await running();
  const offline = () => {
    throw new TypeError('offline');
  };
  Object.assign(site.instead, { '/v1/sync': offline, '/v1/wake': offline });
  const before = exchanges();
  const { record } = await phone.create('checkIn', SECTION, checkIn);
  await pass(60_000);
  const minute = exchanges() - before;
  expect(minute).toBeGreaterThan(3);
  expect(minute).toBeLessThan(9);
  expect(phone.status.value).toMatchObject({ reachable: false, queue: { length: 1 } });
  await pass(20 * 60_000);
  expect(exchanges() - before - minute).toBeLessThan(12);
  for (const path of Object.keys(site.instead)) delete site.instead[path];
  globalThis.dispatchEvent?.(new Event('online'));
  await pass(5 * 60_000);
  expect((await phone.record(record))?.rev).toBe(1);
  await phone.close();
});

test('a server that asked for patience is not asked before, whatever is done meanwhile', async () => {
  const { site, phone, exchanges } = await running();
  site.instead['/v1/sync'] = () => problem(429, 'sync.too_many', { 'Retry-After': '40' });
  await phone.create('checkIn', SECTION, checkIn);
  await pass(100);
  const before = exchanges();
  delete site.instead['/v1/sync'];
  await phone.create('checkIn', SECTION, checkIn);
  await pass(39_000);
  expect(exchanges()).toBe(before);
  await until(() => phone.status.value.queue.length === 0);
  expect(phone.status.value.queue.length).toBe(0);
  await phone.close();
});

test('a clock that is set back meanwhile makes no patience longer', async () => {
  const { site, phone } = await running();
  site.instead['/v1/sync'] = () => problem(429, 'sync.too_many', { 'Retry-After': '40' });
  await phone.create('checkIn', SECTION, checkIn);
  await pass(100);
  delete site.instead['/v1/sync'];
  vi.setSystemTime(Date.now() - 86_400_000);
  await phone.create('checkIn', SECTION, checkIn);
  await pass(41_000);
  await until(() => phone.status.value.queue.length === 0);
  expect(phone.status.value.queue.length).toBe(0);
  await phone.close();
});

test('a phone that was revoked hands in what it has and wipes itself without being asked twice', async () => {
  const { site, phone, exchanges } = await running();
  const before = exchanges();
  site.world.revoked.add('chen');
  await phone.create('checkIn', SECTION, checkIn);
  await until(() => phone.status.value.standing === 'wiped');
  expect(exchanges() - before).toBe(2);
  expect([...site.world.records.values()].map((one) => one.kind)).toEqual(['parked']);
  await phone.close();
});

test('it looks by itself now and then, also after it was told to by hand', async () => {
  const { site, phone, exchanges } = await running();
  site.instead['/v1/wake'] = () => problem(503, 'server.busy');
  await phone.exchange();
  const before = exchanges();
  await pass(16 * 60_000);
  expect(exchanges()).toBeGreaterThan(before);
  await phone.close();
  const after = exchanges();
  await pass(60 * 60_000);
  expect(exchanges()).toBe(after);
});

test('where there is no room for a photograph, copies that are safe make room', async () => {
  const { site, phone, storage } = await running();
  const first = await phone.keep(new Blob(['first']), 'a.jpg');
  await phone.create('photo', SECTION, { blob: first, captured: checkIn.captured });
  await until(() => site.stored.has(first) && site.world.records.size > 0);
  full(storage);
  await expect(phone.keep(new Blob(['second']), 'b.jpg')).rejects.toThrow(NoSpace);
  site.issueReceipts();
  await until(() => phone.status.value.files.unsafe === 0);
  const second = await phone.keep(new Blob(['second']), 'b.jpg');
  expect((await phone.files()).map((file) => file.sha256)).toEqual([second]);
  await phone.close();
});

/** Have a storage hold no more than one file. */
function full(storage: Storage): void {
  const write = storage.write.bind(storage);
  storage.write = (work) =>
    write(async (tx) => {
      const putFile = tx.putFile.bind(tx);
      tx.putFile = async (...file: Parameters<Writing['putFile']>) => {
        if (file[1] && (await tx.files()).length) throw new NoSpace('full');
        await putFile(...file);
      };
      return work(tx);
    });
}
