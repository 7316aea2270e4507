/** The protocol where the recorded exchanges do not go: bodies that cannot be read, newer servers, forks. */

import type { SyncRequest } from '@contract/generated/contract';
import type { Intent } from '@shared/protocol/phone';
import { BLANK, type KeptOp, type Transport, Unreachable, Unreadable } from '@shared/protocol/ports';
import { batchOf, Replica } from '@shared/protocol/replica';
import { MemoryStorage } from '@shared/protocol/storage/memory';
import { digest } from '@shared/protocol/values';
import { enqueue, see } from '@shared/protocol/work';
import { describe, expect, test } from 'vitest';

const CLOCK = '2026-11-18T16:00:00+08:00';

/** A phone that talks to a function. */
function phone(answer: (request: SyncRequest) => unknown) {
  const storage = new MemoryStorage();
  const asked: SyncRequest[] = [];
  let ids = 0;
  const nature = {
    now: () => CLOCK,
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
  };
  const transport: Transport = {
    async exchange(body) {
      const request = JSON.parse(body) as SyncRequest;
      asked.push(request);
      const said = answer(request);
      return typeof said === 'string' ? said : JSON.stringify(said);
    },
    buckets: () => Promise.reject(new Unreachable('not here')),
  };
  const replica = new Replica(storage, transport, nature);
  const queue = (intent: Intent, unit: string | null = null) =>
    storage.write((tx) => enqueue(tx, nature, intent, unit));
  const note = (text: string, unit: string | null = null) =>
    queue({ action: 'create', kind: 'checkIn', scope: 's', values: { note: text } }, unit);
  return { storage, replica, asked, queue, note };
}

const answer = (more: object = {}) => ({ serverTime: '2026-11-18T08:00:00.000Z', cursor: { epoch: 'e' }, ...more });
const applied = (request: SyncRequest) =>
  answer({
    receipts: (request.ops ?? []).map(({ opId, n }) => ({ opId, n, outcome: 'applied', code: 'op.applied', rev: 1 })),
  });
const sizes = (asked: readonly SyncRequest[]) => asked.map((request) => request.ops?.length ?? 0);

describe('a body that the server cannot read', () => {
  test('is halved down to the op that is to blame, which is held and shown; the others go through', async () => {
    const { storage, replica, asked, note } = phone((request) => {
      if (JSON.stringify(request.ops ?? []).includes('bad')) throw new Unreadable('request.malformed');
      return applied(request);
    });
    for (const text of ['a', 'b', 'bad', 'd', 'e']) await note(text);
    await replica.sync();
    const unsettled = await storage.read((tx) => tx.unsettled());
    expect(unsettled.map(({ n, held }) => [n, held])).toEqual([[3, 'request.malformed']]);
    expect(sizes(asked)).toEqual([5, 2, 3, 1, 1, 1]);
  });

  test('without ops is no reason to hold anything', async () => {
    const { replica } = phone(() => {
      throw new Unreadable('request.malformed');
    });
    await expect(replica.exchange()).rejects.toThrow(Unreachable);
  });
});

describe('a batch', () => {
  const op = (n: number, unit: string | null, bytes = 10): KeptOp => {
    return { opId: `${n}`, n, record: 'r', unit, raw: 'x'.repeat(bytes) };
  };
  const memory = { ...BLANK, batch: 3 };

  test('never splits a unit: one that does not fit waits, unless it is the first', () => {
    const numbers = (ops: readonly KeptOp[]) => batchOf(memory, ops).map((one) => one.n);
    expect(numbers([op(1, null), op(2, null), op(3, 'u'), op(4, 'u')])).toEqual([1, 2]);
    expect(numbers([1, 2, 3, 4, 5].map((n) => op(n, 'u')))).toEqual([1, 2, 3, 4, 5]);
    expect(numbers([op(1, 'u'), op(2, 'v'), op(3, null), op(4, null)])).toEqual([1, 2, 3]);
  });

  test('stays below the bytes that a request may have', () => {
    const limits = { ...BLANK.limits, requestBytes: 1000 };
    const ops = [1, 2, 3].map((n) => op(n, null, 100));
    expect(batchOf({ ...memory, limits }, ops).length).toBe(2);
    expect(batchOf({ ...memory, limits }, [op(1, null, 5000)]).length).toBe(1);
  });

  test('is no larger than the limits in force say', async () => {
    const { replica, asked, note } = phone((request) => ({ ...applied(request), limits: { opsPerExchange: 2 } }));
    for (const text of ['a', 'b', 'c', 'd', 'e']) await note(text);
    await replica.exchange();
    for (const text of ['f', 'g', 'h']) await note(text);
    await replica.sync();
    expect(sizes(asked)).toEqual([5, 2, 1]);
  });
});

describe('an answer of a newer server', () => {
  const upsert = {
    type: 'upsert',
    seq: 1,
    scope: 's',
    kind: 'report',
    id: 'r',
    rev: 1,
    digest: digest({}),
    server: {},
  };

  test('is read as far as it is understood', async () => {
    const entries = [{ ...upsert, type: 'rotated' }, { ...upsert, values: {}, later: 1 }, 7];
    const { storage, replica } = phone(() => answer({ changes: entries, notices: [{ code: 'x.y' }, null], news: {} }));
    const done = await replica.exchange();
    expect(done.entries.map((entry) => entry.id)).toEqual(['r']);
    expect(await storage.read(async (tx) => (await tx.copies({})).length)).toBe(1);
  });

  test('with a receipt that cannot be read: the op was taken, so it is held and not sent again', async () => {
    const { storage, replica, asked, note } = phone((request) =>
      answer({ receipts: (request.ops ?? []).map(({ opId, n }) => ({ opId, n, outcome: 'blessed', code: 'op.new' })) }),
    );
    await note('a');
    await replica.sync();
    await replica.sync();
    expect(sizes(asked)).toEqual([1, 0]);
    expect((await storage.read((tx) => tx.unsettled()))[0]?.held).toContain('blessed');
  });
});

test.each(['', '{"serverTime":"2026', '[]', '{"serverTime":"x","cursor":{}}', '{"cursor":{}}'])(
  'an answer that is not whole changes nothing: %j',
  async (body) => {
    const { storage, replica, note } = phone(() => body);
    await note('a');
    const before = await storage.read((tx) => tx.memory());
    await expect(replica.exchange()).rejects.toThrow(Unreachable);
    expect(await storage.read((tx) => tx.memory())).toEqual(before);
  },
);

test('a replica whose numbers were used elsewhere sends nothing more under them, and still reads', async () => {
  const forked = { code: 'sync.replica_forked', params: { n: '1' } };
  const { storage, replica, asked, note } = phone((request) => ({ ...applied(request), notices: [forked] }));
  await note('a');
  await replica.sync();
  await note('b');
  await replica.sync();
  expect(sizes(asked)).toEqual([1, 0]);
  expect(await storage.read(async (tx) => [(await tx.unsettled()).length, (await tx.memory()).forkedAt])).toEqual([
    1,
    '1',
  ]);
});

test('what is signed offline is what the person sees', async () => {
  const { storage, queue } = phone(applied);
  const record = 'r';
  await queue({ action: 'create', kind: 'report', scope: 's', values: { fields: { a: 1, empty: {} } }, record });
  await queue({ action: 'patch', record, set: { 'fields/b': 2 } });
  await queue({ action: 'sign', record });
  const ops = await storage.read((tx) => tx.opsOf(record));
  expect(JSON.parse(ops[2]?.raw ?? '').digest).toBe(digest({ fields: { a: 1, b: 2 } }));
  expect((await storage.read((tx) => see(tx, record)))?.values).toEqual({ fields: { a: 1, b: 2 } });
});
