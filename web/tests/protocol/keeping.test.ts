/** What a phone lets go of, and when: copies that a listing did not name, answered ops after the time for replay. */

import type { SyncRequest } from '@contract/generated/contract';
import type { Storage, Transport } from '@shared/protocol/ports';
import { Unreachable } from '@shared/protocol/ports';
import { Replica } from '@shared/protocol/replica';
import { MemoryStorage } from '@shared/protocol/storage/memory';
import { digest } from '@shared/protocol/values';
import { enqueue } from '@shared/protocol/work';
import { describe, expect, test } from 'vitest';

const CLOCK = '2026-11-18T16:00:00+08:00';

/** A phone whose server answers with what is put into `next`. */
function phone() {
  const storage = new MemoryStorage();
  const next: object[] = [];
  const asked: SyncRequest[] = [];
  const transport: Transport = {
    async exchange(body) {
      asked.push(JSON.parse(body) as SyncRequest);
      const cursor = { epoch: 'e', seqs: { s: 1 } };
      return JSON.stringify({ serverTime: '2026-11-18T08:00:00.000Z', cursor, ...next.shift() });
    },
    buckets: () => Promise.reject(new Unreachable('not here')),
  };
  let ids = 0;
  const nature = { now: () => CLOCK, newId: () => `id-${++ids}` };
  const replica = new Replica(storage, transport, nature);
  return {
    storage,
    asked,
    exchange: (answer: object) => {
      next.push(answer);
      return replica.exchange();
    },
    patch: (record: string) =>
      storage.write((tx) => enqueue(tx, nature, { action: 'patch', record, set: { note: 'mine' } }, null)),
  };
}

const upsert = (id: string, scope = 's') => {
  return { type: 'upsert', seq: 1, scope, kind: 'photo', id, rev: 1, digest: digest({}), values: {}, server: {} };
};
const receipt = ({ opId }: { opId: string }, n = 1) => ({ opId, n, outcome: 'applied', code: 'op.applied', rev: 2 });
const relisted = (scope: string) => ({ code: 'sync.scope_relisted', params: { scope } });
const copies = (storage: Storage) => storage.read(async (tx) => (await tx.copies({})).map((copy) => copy.id).sort());

describe('a listing from the beginning', () => {
  test('drops the copies of its scope that it did not name, and no others', async () => {
    const { storage, exchange } = phone();
    await exchange({ changes: [upsert('a'), upsert('b'), upsert('c', 't')] });
    await exchange({ changes: [upsert('a')], notices: [relisted('s')] });
    expect(await copies(storage)).toEqual(['a', 'c']);
  });

  test('drops nothing before its last page: what a later page names stays', async () => {
    const { storage, exchange } = phone();
    await exchange({ changes: [upsert('a'), upsert('b'), upsert('c')] });
    await exchange({ changes: [upsert('a')], notices: [relisted('s')], more: true });
    expect(await copies(storage)).toEqual(['a', 'b', 'c']);
    await exchange({ changes: [upsert('b')] });
    expect(await copies(storage)).toEqual(['a', 'b']);
  });

  test('keeps a copy under work that was not sent, until that is answered', async () => {
    const { storage, exchange, patch } = phone();
    await exchange({ changes: [upsert('a'), upsert('b')] });
    const queued = await patch('a');
    await exchange({ notices: [relisted('s')] });
    expect(await copies(storage)).toEqual(['a']);
    await exchange({});
    expect(await copies(storage)).toEqual(['a']);
    await exchange({ receipts: [receipt(queued)] });
    expect(await copies(storage)).toEqual([]);
  });

  test('keeps no copy for the sake of work that was answered long ago', async () => {
    const { storage, exchange, patch } = phone();
    await exchange({ changes: [upsert('a')] });
    const queued = await patch('a');
    await exchange({ receipts: [receipt(queued)] });
    await exchange({ notices: [relisted('s')] });
    expect(await copies(storage)).toEqual([]);
  });

  test('after a reset of the cursor is one of every scope that was read', async () => {
    const { storage, exchange } = phone();
    await exchange({ changes: [upsert('a'), upsert('b'), upsert('c', 't')] });
    await exchange({ changes: [upsert('b')], notices: [{ code: 'sync.cursor_reset' }] });
    expect(await copies(storage)).toEqual(['b', 'c']);
  });
});

describe('an answered op', () => {
  const onDay = (days: number) => ({ serverTime: new Date(Date.UTC(2026, 10, 18 + days, 8)).toISOString() });
  const limits = { replayDays: 7 };
  const kept = (storage: Storage) => storage.read(async (tx) => (await tx.answered()).length);

  /** A phone with one op that was answered on the 18th. */
  async function answered() {
    const made = phone();
    await made.exchange({ changes: [upsert('a')], limits });
    await made.exchange({ receipts: [receipt(await made.patch('a'))], limits });
    return made;
  }

  test('is kept for as many days as the server says, by its clock, and then let go', async () => {
    const { storage, exchange } = await answered();
    await exchange({ ...onDay(7), limits });
    expect(await kept(storage)).toBe(1);
    await exchange({ ...onDay(8), limits });
    expect(await kept(storage)).toBe(0);
  });

  test('is kept for the days in force now: more of them, and it stays', async () => {
    const { storage, exchange } = await answered();
    await exchange({ ...onDay(60), limits: { replayDays: 61 } });
    expect(await kept(storage)).toBe(1);
    await exchange({ ...onDay(89) }); // what is left out is at its default, 90
    expect(await kept(storage)).toBe(1);
    await exchange({ ...onDay(91) });
    expect(await kept(storage)).toBe(0);
  });

  test('is replayed to a restored server while it is kept', async () => {
    const { asked, exchange } = await answered();
    await exchange({ ...onDay(6), limits, notices: [{ code: 'sync.cursor_reset' }] });
    await exchange({ ...onDay(6), limits });
    expect(asked.at(-1)?.ops).toHaveLength(1);
  });

  test('that was never answered is not let go, however long it waits', async () => {
    const { storage, exchange, patch } = phone();
    await exchange({ changes: [upsert('a')], limits });
    await patch('a');
    await exchange({ ...onDay(400), limits });
    expect(await storage.read(async (tx) => (await tx.unsettled()).length)).toBe(1);
  });
});
