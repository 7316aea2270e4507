/** A whole phone against a server by HTTP: enrolling, files, and what happens when the server says no. */

import { delayAfter } from '@shared/protocol/backoff';
import { judgedFile } from '@shared/protocol/files';
import { hashOf } from '@shared/protocol/values';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { problem, Site } from './site';
import { SECTION } from './world';

afterEach(() => vi.unstubAllGlobals());

const captured = { at: '2026-11-18T16:00:00+08:00' };
const picture = (size: number) => {
  const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 31) % 251);
  return { bytes, blob: new Blob([bytes], { type: 'image/jpeg' }) };
};

describe('a file', () => {
  test('arrives after its record, byte for byte, and is safe only by the receipt on the feed', async () => {
    const site = new Site();
    const { phone } = await site.enrolled();
    const { bytes, blob } = picture(70_000);
    const sha256 = await phone.keep(blob, '照片.jpg');
    await phone.create('photo', SECTION, { blob: sha256, captured });
    await phone.exchange();
    expect(site.stored.get(sha256)).toEqual(bytes);
    expect(site.requests.indexOf('POST /v1/sync')).toBeLessThan(site.requests.indexOf('POST /v1/uploads'));
    expect((await phone.files())[0]?.standing).toBe('sent');
    site.issueReceipts();
    await phone.exchange();
    expect((await phone.files())[0]?.standing).toBe('safe');
    expect(phone.status.value.files.unsafe).toBe(0);
    expect((await phone.file(sha256))?.size).toBe(70_000);
  });

  test('goes on after a cut at the byte that the server has, also after a restart', async () => {
    const site = new Site();
    const { phone, storage } = await site.enrolled();
    const { bytes, blob } = picture(90_000);
    const sha256 = await phone.keep(blob, 'a.jpg');
    site.cutAfter = 33_333;
    await expect(phone.exchange()).rejects.toThrow();
    await phone.close();
    const { phone: again } = await site.phone(storage);
    await again.exchange();
    expect(site.stored.get(sha256)).toEqual(bytes);
    expect(site.requests.filter((request) => request === 'POST /v1/uploads').length).toBe(1);
  });

  test('is begun anew when the server no longer knows the upload', async () => {
    const site = new Site();
    const { phone } = await site.enrolled();
    const sha256 = await phone.keep(picture(90_000).blob, 'a.jpg');
    site.cutAfter = 10;
    await expect(phone.exchange()).rejects.toThrow();
    site.uploads.clear();
    await phone.exchange();
    expect(site.stored.has(sha256)).toBe(true);
  });

  test('that the server has is not sent again', async () => {
    const site = new Site();
    const { phone } = await site.enrolled();
    const sha256 = await phone.keep(picture(10).blob, 'a.jpg');
    site.stored.set(sha256, picture(10).bytes);
    await phone.exchange();
    expect(site.requests).not.toContain('POST /v1/uploads');
    expect((await phone.files())[0]?.standing).toBe('sent');
  });

  test('is sent again when a restored server has lost it, and its copy goes only long after it is safe', async () => {
    const site = new Site();
    const { phone } = await site.enrolled();
    const sha256 = await phone.keep(picture(10).blob, 'a.jpg');
    await phone.create('photo', SECTION, { blob: sha256, captured });
    const restore = site.world.snapshot();
    await phone.exchange();
    site.issueReceipts();
    await phone.exchange();
    site.stored.clear();
    site.uploads.clear();
    restore();
    await phone.exchange();
    site.issueReceipts();
    await phone.exchange();
    expect(site.stored.has(sha256)).toBe(true);
    site.issueReceipts();
    await phone.exchange();
    site.now = '2027-02-15T16:00:00+08:00';
    await phone.exchange();
    expect((await phone.files()).length).toBe(1);
    site.now = '2027-02-17T16:00:00+08:00';
    await phone.exchange();
    expect(await phone.file(sha256)).toBeUndefined();
  });

  test('that is refused is told, passed over by itself, and does not keep others waiting', async () => {
    const site = new Site();
    const { phone } = await site.enrolled();
    await phone.keep(picture(10).blob, 'a.jpg');
    site.instead['/v1/uploads'] = () => problem(413, 'media.too_long');
    await phone.exchange();
    expect((await phone.files())[0]?.problem?.code).toBe('media.too_long');
    delete site.instead['/v1/uploads'];
    await phone.exchange();
    expect((await phone.files())[0]?.standing).toBe('sent');
  });

  test('can be given up while nothing cites it', async () => {
    const site = new Site();
    const { phone } = await site.enrolled();
    const [taken, retaken] = [await phone.keep(picture(10).blob, 'a'), await phone.keep(picture(11).blob, 'b')];
    await phone.create('photo', SECTION, { blob: retaken, captured });
    expect([await phone.forget(taken), await phone.forget(retaken)]).toEqual([true, false]);
    expect((await phone.files()).map((file) => file.sha256)).toEqual([retaken]);
  });
});

test('what receipts say of a file decides what becomes of it', () => {
  const file = { sha256: 'f', name: '', type: '', size: 1, keptAt: '' };
  const [now, before] = ['2026-11-18T16:00:00Z', '2026-11-18T15:00:00Z'];
  const judged = (more: object, states: string[], restored = false) => {
    const { sent, safe, upload } = judgedFile({ ...file, ...more }, new Set(states), now, restored);
    return { sent, safe, upload };
  };
  const none = { sent: undefined, safe: undefined, upload: undefined };
  expect(judged({ sent: before, upload: 'u' }, ['stored'])).toEqual({ sent: before, safe: now, upload: 'u' });
  expect(judged({ sent: before, upload: 'u' }, ['stored', 'expected']).safe).toBeUndefined();
  expect(judged({ safe: before, sent: before }, ['stored']).safe).toBe(before);
  expect(judged({ safe: before, sent: before }, ['stored'], true).safe).toBe(now);
  expect(judged({ safe: before, sent: before }, ['expected'])).toEqual(none);
  expect(judged({ sent: before }, ['expected'])).toEqual(none); // it was told that it need not be sent
  expect(judged({ sent: before, upload: 'u' }, ['expected'])).toEqual({ ...none, upload: 'u' }); // look again
  expect(judged({ sent: now, upload: 'u' }, ['expected']).sent).toBe(now);
  expect(judged({ sent: before, upload: 'u' }, [], true)).toEqual(none);
});

describe('a person', () => {
  test('cannot sign out while anything is unsent, and leaves nothing behind', async () => {
    const site = new Site();
    const { phone, storage } = await site.enrolled();
    await phone.create('checkIn', SECTION, { captured, position: { lat: 0, lon: 0, datum: 'WGS84' } });
    await phone.saveDraft('log', { a: 1 });
    await expect(phone.signOut()).rejects.toThrow('sign out');
    await phone.exchange();
    await phone.signOut();
    expect(phone.status.value.standing).toBe('none');
    expect(await storage.read((tx) => tx.notes(''))).toEqual([]);
    expect(site.requests.at(-1)).toBe('POST /v1/logout');
  });

  test('whose token has ended keeps the queue, and goes on with it under the same replica', async () => {
    const site = new Site();
    const { phone } = await site.enrolled();
    site.withdrawTokens();
    const { record } = await phone.create('checkIn', SECTION, {
      captured,
      position: { lat: 0, lon: 0, datum: 'WGS84' },
    });
    await expect(phone.exchange()).rejects.toThrow('identity.unauthenticated');
    expect(phone.status.value.enrolAgain?.code).toBe('identity.unauthenticated');
    await phone.enrol('CODE-CHEN-2', '手机', 'http://server');
    await phone.exchange();
    expect(phone.status.value.enrolAgain).toBeUndefined();
    expect(new Set(site.replicas).size).toBe(1);
    expect((await phone.record(record))?.rev).toBe(1);
  });

  test('whose numbers were used elsewhere takes a new replica, under which the queue is numbered anew', async () => {
    const site = new Site();
    const { phone } = await site.enrolled();
    const note = { captured, position: { lat: 0, lon: 0, datum: 'WGS84' as const } };
    await phone.create('checkIn', SECTION, note);
    await phone.exchange();
    const forked = { code: 'sync.replica_forked', params: { n: '2' } };
    const body = { serverTime: '2026-11-18T08:00:00Z', cursor: { epoch: 'epoch-1' }, notices: [forked] };
    site.instead['/v1/sync'] = () => new Response(JSON.stringify(body));
    await phone.exchange();
    delete site.instead['/v1/sync'];
    expect(phone.status.value.enrolAgain?.code).toBe('sync.replica_forked');
    const { record } = await phone.create('checkIn', SECTION, note);
    await phone.enrol('CODE-CHEN-2', '手机', 'http://server');
    expect((await phone.record(record))?.pending.map((op) => op.n)).toEqual([1]);
    await phone.exchange();
    expect(new Set(site.replicas).size).toBe(2);
    expect((await phone.record(record))?.rev).toBe(1);
    expect(phone.status.value.queue.length).toBe(0);
  });

  test('does not find the unsent work of another one thrown away', async () => {
    const site = new Site();
    const { phone } = await site.enrolled();
    const { record } = await phone.create('checkIn', SECTION, {
      captured,
      position: { lat: 0, lon: 0, datum: 'WGS84' },
    });
    site.instead['/v1/enrol'] = () => problem(409, 'identity.replica_taken');
    await expect(phone.enrol('CODE-LI-1', '手机', 'http://server')).rejects.toThrow('another person');
    expect(await phone.record(record)).toBeDefined();
  });

  test('finds projects, drafts and records there without a network', async () => {
    const site = new Site();
    const { phone, storage } = await site.enrolled();
    await phone.saveDraft('log/1', { weather: 'rain' });
    site.instead['/v1/sync'] = () => {
      throw new TypeError('offline');
    };
    const { phone: again } = await site.phone(storage);
    expect((await again.projects()).map((project) => project.name)).toEqual(['中山南路']);
    expect([await again.drafts('log/'), await again.draft('log/1')]).toEqual([['log/1'], { weather: 'rain' }]);
    await expect(again.exchange()).rejects.toThrow('offline');
    expect(again.status.value).toMatchObject({
      reachable: false,
      exchange: { lastError: { code: 'phone.unreachable' } },
    });
  });
});

describe('a server that says no', () => {
  test('for now is asked again when it said', async () => {
    const site = new Site();
    const { phone } = await site.enrolled();
    site.instead['/v1/sync'] = () => problem(429, 'sync.too_many', { 'Retry-After': '7' });
    await expect(phone.exchange()).rejects.toMatchObject({ name: 'Unreachable', retryAfterMs: 7000 });
    expect(phone.status.value.exchange.lastError).toEqual({ code: 'sync.too_many', params: { seconds: '7' } });
  });

  test('by a proxy that says 410 has nothing wiped; with its own code it has', async () => {
    const site = new Site();
    const { phone } = await site.enrolled();
    await phone.keep(picture(10).blob, 'a.jpg');
    site.instead['/v1/sync'] = () => new Response('<h1>Gone</h1>', { status: 410 });
    await expect(phone.exchange()).rejects.toThrow('410');
    expect(phone.status.value.files.kept).toBe(1);
    site.instead['/v1/sync'] = () => problem(410, 'identity.device_wiped');
    await phone.exchange();
    expect(phone.status.value).toMatchObject({ standing: 'wiped', files: { kept: 0 } });
    await phone.enrol('CODE-CHEN-2', '手机', 'http://server');
    expect(phone.status.value.standing).toBe('full');
  });

  test('to a revoked phone gets its files before it is through', async () => {
    const site = new Site();
    const { phone } = await site.enrolled();
    const sha256 = await phone.keep(picture(50_000).blob, 'a.jpg');
    await phone.create('photo', SECTION, { blob: sha256, captured });
    site.world.revoked.add('chen');
    site.cutAfter = 5;
    await expect(phone.exchange()).rejects.toThrow();
    expect(phone.status.value.standing).toBe('revoked');
    await expect(phone.create('photo', SECTION, { blob: sha256, captured })).rejects.toThrow('revoked');
    await phone.exchange();
    expect(site.stored.has(sha256)).toBe(true);
    expect(phone.status.value.standing).toBe('wiped');
    expect([...site.world.records.values()].map((one) => one.kind)).toEqual(['parked']);
  });
});

test('large bodies travel compressed, and say the same', async () => {
  const site = new Site();
  const { phone } = await site.enrolled();
  const text = '沟槽开挖 '.repeat(400);
  const { record } = await phone.create('checkIn', SECTION, {
    captured,
    position: { lat: 0, lon: 0, datum: 'WGS84' },
    note: text,
  });
  await phone.exchange();
  expect((await phone.record<'checkIn'>(record))?.stored?.note).toBe(text);
});

test('lists show what is pending beside what is here, and leave out what a queued op deletes', async () => {
  const site = new Site();
  const { phone } = await site.enrolled();
  const fields = { business_date: '2026-11-18' };
  const here = await phone.create('report', SECTION, { form: 'daily_log', formVersion: 1, fields });
  await phone.exchange();
  await phone.patch(here.record, { 'fields/weather_am': 'rain' });
  const fresh = await phone.create('report', SECTION, { form: 'daily_log', formVersion: 1, fields: {} });
  const seen = await phone.records('report', SECTION);
  expect(seen.map((one) => [one.id, one.rev, one.values.fields, one.pending.length])).toEqual([
    [here.record, 1, { business_date: '2026-11-18', weather_am: 'rain' }, 1],
    [fresh.record, 0, {}, 1],
  ]);
  expect(seen[0]?.stored?.fields).toEqual(fields);
  await phone.remove(here.record);
  expect((await phone.records('report')).map((one) => one.id)).toEqual([fresh.record]);
  expect((await phone.record(here.record))?.removed).toBe(true);
});

test('the delay doubles, never marches, is bounded, and respects what was asked for', () => {
  expect([1, 2, 3].map((failures) => delayAfter(failures, 0))).toEqual([1000, 2000, 4000]);
  expect(delayAfter(1, 0.999)).toBeLessThanOrEqual(2000);
  expect(delayAfter(60, 0.999)).toBeLessThanOrEqual(300_000);
  expect(delayAfter(1, 0.5, 60_000)).toBe(60_000);
});

test('a digest is that of the bytes, however they are read', async () => {
  const site = new Site();
  const { phone } = await site.enrolled();
  const text = '铅垂 Plumbline';
  expect(await phone.keep(new Blob([text]), 'a.txt')).toBe(hashOf(text));
  vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes });
  expect(await phone.keep(new Blob([text]), 'a.txt')).toBe(hashOf(text));
});
