/**
 * The recorded exchanges of the contract. Compared are the bytes of every op and of every request: each equals the
 * recorded JSON written compactly, its keys in the recorded order, which is how the reference phone encodes.
 */

import type { AnyOp, SyncAnswer, SyncRequest, Value, Values } from '@contract/generated/contract';
import type { Intent } from '@shared/protocol/phone';
import { type Storage, type Transport, Unreachable } from '@shared/protocol/ports';
import { Replica } from '@shared/protocol/replica';
import { enqueue, see } from '@shared/protocol/work';
import { describe, expect, test } from 'vitest';
import { STORAGES } from './storages';

const FILES = import.meta.glob<string>('@contract/vectors/*.json', { eager: true, query: '?raw', import: 'default' });
const VECTORS = Object.entries(FILES).map(([path, text]) => ({ name: path.split('/').at(-1), text }));

type Step =
  | { step: 'exchange'; request: SyncRequest; answer: SyncAnswer | null }
  | { step: 'view'; record: string; values: Values | null }
  | { step: 'create'; record: string; kind: string; scope: string; values: Values; op: AnyOp }
  | { step: 'patch'; record: string; set: Values; op: AnyOp }
  | { step: 'resolve'; record: string; value: Value; op: AnyOp }
  | { step: 'sign' | 'delete'; record: string; op: AnyOp };

function intentOf(step: Exclude<Step, { step: 'exchange' | 'view' }>): Intent {
  const { step: action, op: _, ...rest } = step;
  return { action, ...rest } as unknown as Intent;
}

class Replay implements Transport {
  readonly recorded: Extract<Step, { step: 'exchange' }>[] = [];

  async exchange(body: string): Promise<string> {
    const step = this.recorded.shift();
    expect(body).toBe(JSON.stringify(step?.request));
    if (!step?.answer) throw new Unreachable('recorded so');
    return JSON.stringify(step.answer);
  }
  async buckets(): Promise<string> {
    throw new Unreachable('not recorded');
  }
}

describe.each(Object.entries(STORAGES))('with storage in %s', (_, open) => {
  test.each(VECTORS)('the phone replays $name to the byte', async ({ text }) => {
    const steps: Step[] = JSON.parse(text).steps;
    const storage: Storage = open();
    const replay = new Replay();
    replay.recorded.push(...steps.filter((step) => step.step === 'exchange'));
    let next = '';
    const nature = { now: () => '2026-11-18T16:00:00+08:00', newId: () => next };
    const replica = new Replica(storage, replay, nature);
    for (const step of steps) {
      if (step.step === 'exchange') {
        await replica.exchange().catch((error) => expect(error).toBeInstanceOf(Unreachable));
      } else if (step.step === 'view') {
        const there = await storage.read((tx) => see(tx, step.record));
        expect(there?.values ?? null).toEqual(step.values);
      } else {
        next = step.op.opId;
        await storage.write((tx) => enqueue(tx, nature, intentOf(step), null));
        const kept = await storage.read((tx) => tx.opsOf(step.record));
        expect(kept.at(-1)?.raw).toBe(JSON.stringify(step.op));
      }
    }
    expect(replay.recorded).toEqual([]);
    await storage.close();
  });
});

test('there are vectors to replay', () => {
  expect(VECTORS.length).toBeGreaterThan(8);
});
