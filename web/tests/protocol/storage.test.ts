/** What the protocol asks of a storage: the one in memory and the one in IndexedDB keep it alike. */

import { BLANK, type Copy, type KeptOp, type Storage } from '@shared/protocol/ports';
import { IdbStorage, Outdated } from '@shared/protocol/storage/idb';
import { VERSION } from '@shared/protocol/storage/schema';
import { describe, expect, test } from 'vitest';
import { freshBrowser, STORAGES } from './storages';

const op = (n: number, more: Partial<KeptOp> = {}): KeptOp => {
  const record = more.record ?? 'r';
  return { opId: `op-${n}`, n, record, unit: null, raw: `{"n":${n}}`, ...more };
};
const copy = (id: string, more: Partial<Copy> = {}): Copy => {
  return { kind: 'report', id, scope: 's', seq: 1, rev: 1, digest: 'd', values: {}, server: {}, sweep: 0, ...more };
};
const receipt = (n: number) => ({ opId: `op-${n}`, n, outcome: 'applied' as const, code: 'op.applied' });
const queue = (storage: Storage, ...numbers: number[]) =>
  storage.write(async (tx) => {
    for (const n of numbers) await tx.enqueue(op(n));
  });
const numbers = (ops: readonly KeptOp[]) => ops.map((one) => one.n);

describe.each(Object.entries(STORAGES))('storage in %s', (_, open) => {
  test('a step that fails is undone whole', async () => {
    const storage = open();
    await queue(storage, 1);
    const failed = storage.write(async (tx) => {
      await tx.enqueue(op(2));
      await tx.remember({ ...BLANK, nextN: 3 });
      throw new Error('on purpose');
    });
    await expect(failed).rejects.toThrow('on purpose');
    const after = await storage.read(async (tx) => [numbers(await tx.unsettled()), (await tx.memory()).nextN]);
    expect(after).toEqual([[1], 1]);
  });

  test('an op is queued once', async () => {
    const storage = open();
    await queue(storage, 1);
    await expect(queue(storage, 1)).rejects.toThrow();
  });

  test('the queue is in the order of n, without what is answered or held', async () => {
    const storage = open();
    await queue(storage, 10, 2, 1, 9);
    await storage.write(async (tx) => {
      await tx.settle('op-1', receipt(1), 5);
      await tx.hold('op-9', 'unreadable');
    });
    expect(await storage.read(async (tx) => numbers(await tx.pending(10)))).toEqual([2, 10]);
    expect(await storage.read(async (tx) => numbers(await tx.pending(1)))).toEqual([2]);
    expect(await storage.read(async (tx) => numbers(await tx.unsettled()))).toEqual([2, 9, 10]);
    expect(await storage.read(async (tx) => numbers(await tx.opsOf('r')))).toEqual([1, 2, 9, 10]);
    await storage.write((tx) => tx.hold('op-9', undefined));
    expect(await storage.read(async (tx) => numbers(await tx.pending(10)))).toEqual([2, 9, 10]);
  });

  test('answered ops are kept for replay, byte for byte, until they are pruned', async () => {
    const storage = open();
    await queue(storage, 1, 2, 3);
    await storage.write(async (tx) => {
      await tx.settle('op-1', receipt(1), 100);
      await tx.settle('op-2', receipt(2), 200);
      await tx.settle('op-9', receipt(9), 200);
    });
    expect(await storage.read(async (tx) => numbers(await tx.answered()))).toEqual([1, 2]);
    await storage.write((tx) => tx.prune(200));
    expect(await storage.write((tx) => tx.requeue())).toBe(1);
    const pending = await storage.read((tx) => tx.pending(10));
    expect(pending.map(({ n, raw, receipt }) => [n, raw, receipt])).toEqual([
      [2, '{"n":2}', undefined],
      [3, '{"n":3}', undefined],
    ]);
  });

  test('copies are found by id, kind, scope, and the files that their receipts name', async () => {
    const storage = open();
    const photo = { kind: 'photo', server: { files: [{ sha256: 'f1', state: 'expected' }] } };
    await storage.write(async (tx) => {
      for (const each of [copy('c'), copy('a'), copy('b', { scope: 't' }), copy('p', photo)]) await tx.putCopy(each);
      await tx.putCopy(copy('c', { rev: 2 }));
    });
    const ids = (found: readonly Copy[]) => found.map((one) => `${one.id}${one.rev}`);
    const found = await storage.read(async (tx) => [
      ids(await tx.copies({})),
      ids(await tx.copies({ scope: 's' })),
      ids(await tx.copies({ kind: 'report' })),
      ids(await tx.copies({ kind: 'report', scope: 't' })),
      ids(await tx.citing('f1')),
      (await tx.copy('c'))?.rev,
      await tx.copy('x'),
    ]);
    expect(found).toEqual([
      ['a1', 'b1', 'c2', 'p1'],
      ['a1', 'c2', 'p1'],
      ['a1', 'b1', 'c2'],
      ['b1'],
      ['p1'],
      2,
      undefined,
    ]);
    await storage.write((tx) => tx.dropCopies(['a', 'p', 'x']));
    expect(await storage.read(async (tx) => [ids(await tx.copies({})), ids(await tx.citing('f1'))])).toEqual([
      ['b1', 'c2'],
      [],
    ]);
  });

  test('marks are those of the copies that are here now, by scope', async () => {
    const storage = open();
    const put = (...copies: Copy[]) =>
      storage.write(async (tx) => {
        for (const each of copies) await tx.putCopy(each);
      });
    await put(copy('b'), copy('a'), copy('c'), copy('x', { scope: 's2' }));
    await put(copy('a', { rev: 2, digest: 'e' }), copy('c', { scope: 's2' }));
    await storage.write((tx) => tx.dropCopies(['b', 'nobody']));
    const marks = await storage.read(async (tx) => [await tx.marks('s'), await tx.marks('s2'), await tx.marks('s3')]);
    const [c, x] = ['c', 'x'].map((id) => ({ id, rev: 1, digest: 'd' }));
    expect(marks).toEqual([[{ id: 'a', rev: 2, digest: 'e' }], [c, x], []]);
  });

  test('a file is kept with its bytes, and noting its state moves none', async () => {
    const storage = open();
    const file = { sha256: 'f1', name: '照片.jpg', type: 'image/jpeg', size: 3, keptAt: 'now' };
    await storage.write((tx) => tx.putFile(file, new Blob([new Uint8Array([0, 255, 7])])));
    await storage.write((tx) => tx.putFile({ ...file, sent: 'later' }));
    const [kept, blob] = await storage.read(async (tx) => [await tx.file('f1'), await tx.blob('f1')] as const);
    expect(kept?.sent).toBe('later');
    expect([...new Uint8Array((await blob?.arrayBuffer()) ?? [])]).toEqual([0, 255, 7]);
    await storage.write((tx) => tx.dropFile('f1'));
    expect(await storage.read(async (tx) => [await tx.files(), await tx.blob('f1')])).toEqual([[], undefined]);
  });

  test('notes are found by their beginning, and nothing of anything is left after a wipe', async () => {
    const storage = open();
    await queue(storage, 1);
    await storage.write(async (tx) => {
      for (const key of ['draft/b', 'draft/a', 'token']) await tx.setNote(key, { of: key });
      await tx.putCopy(copy('a'));
      await tx.putFile({ sha256: 'f', name: '', type: '', size: 0, keptAt: '' }, new Blob([]));
    });
    await storage.write((tx) => tx.setNote('draft/b', undefined));
    expect(await storage.read((tx) => tx.notes('draft/'))).toEqual(['draft/a']);
    await storage.write((tx) => tx.wipe());
    const rest = await storage.read(async (tx) => [
      await tx.unsettled(),
      await tx.copies({}),
      await tx.files(),
      await tx.blob('f'),
      await tx.notes(''),
      await tx.memory(),
    ]);
    expect(rest).toEqual([[], [], [], undefined, [], BLANK]);
  });
});

test('what was kept is there after a restart', async () => {
  freshBrowser();
  const before = new IdbStorage('phone');
  await queue(before, 1);
  await before.close();
  expect(await new IdbStorage('phone').read(async (tx) => numbers(await tx.pending(9)))).toEqual([1]);
});

test('an app that is older than the database says so, and the newer one is not kept waiting', async () => {
  freshBrowser();
  const old = new IdbStorage('phone');
  await queue(old, 1);
  await new Promise<void>((resolve, reject) => {
    const newer = indexedDB.open('phone', VERSION + 1);
    newer.onsuccess = () => resolve(newer.result.close());
    newer.onerror = () => reject(newer.error);
  });
  await expect(old.read((tx) => tx.memory())).rejects.toThrow(Outdated);
});
