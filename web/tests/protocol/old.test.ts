/** Phones that were left in a drawer: a database of every version that ever was is opened, and its work arrives. */

import { IdbStorage } from '@shared/protocol/storage/idb';
import { VERSION } from '@shared/protocol/storage/schema';
import { afterEach, expect, test, vi } from 'vitest';
import { type Dump, dump, load } from './dump';
import { Site } from './site';
import { freshBrowser } from './storages';
import { SECTION } from './world';

const FILES = import.meta.glob<Dump>('./fixtures/v*.json', { eager: true, import: 'default' });
const OLD = Object.values(FILES);

afterEach(() => vi.unstubAllGlobals());

test('there is a database of every version, and the last is as the app makes it', async () => {
  expect(OLD.map((one) => one.version).sort()).toEqual(Array.from({ length: VERSION }, (_, index) => index + 1));
  freshBrowser();
  const storage = new IdbStorage('plumbline');
  await storage.read((tx) => tx.memory());
  await storage.close();
  const shape = (one: Dump | undefined) =>
    Object.entries(one?.tables ?? {}).map(([name, { keyPath, indexes }]) => ({ name, keyPath, indexes }));
  expect(shape(await dump('plumbline'))).toEqual(shape(OLD.find((one) => one.version === VERSION)));
});

test.each(OLD)('a phone of version $version goes on with all it kept', async (old) => {
  freshBrowser();
  await load('plumbline', old);
  const site = new Site();
  const storage = new IdbStorage('plumbline');
  const { phone } = await site.phone(storage);
  const [marks, copies] = await storage.read(async (tx) => [await tx.marks(SECTION), await tx.copies({})] as const);
  expect(marks).toEqual(copies.map(({ id, rev, digest }) => ({ id, rev, digest })));
  expect(marks.length).toBe(1);
  expect(phone.status.value).toMatchObject({
    standing: 'full',
    account: { name: '陈建国', device: '老手机' },
    queue: { length: 3 },
    held: [{ why: 'request.malformed' }],
    files: { kept: 2, unsafe: 1 },
  });
  expect(await phone.draft('report/daily_log')).toEqual({ fields: { weather_am: 'rain' } });
  expect((await phone.records('checkIn')).length).toBe(2);
  site.welcome(String(old.tables.notes?.rows.find((row) => row.key === 'token')?.value), 'chen');
  await phone.retryHeld(phone.status.value.held[0]?.opId ?? '');
  await phone.exchange();
  expect([...site.stored.values()].map((bytes) => new TextDecoder().decode(bytes))).toContain('not sent yet');
  expect(phone.status.value.queue.length).toBe(0);
  expect((await phone.records('checkIn')).map((one) => one.rev)).toEqual([1, 1]);
  await phone.close();
});
