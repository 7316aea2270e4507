/**
 * Phones, network and server broken at random, by seed: requests and answers lost, cut and delivered twice or late,
 * phones killed before and after a step was kept, the server restored, scopes granted and taken, records moved. Then
 * everything is whole again, and nothing may be missing.
 *
 * `SEEDS=2000 scripts/web test faults` searches longer; `SEED=7` shows one.
 */

import { naturalId } from '@shared/protocol/ids';
import type { Intent } from '@shared/protocol/phone';
import { Dismissed, type Storage, type Transport, Unknown, Unreachable, Unreadable } from '@shared/protocol/ports';
import { Replica } from '@shared/protocol/replica';
import { enqueue, see } from '@shared/protocol/work';
import { describe, expect, test } from 'vitest';
import { STORAGES } from './storages';
import { OTHER, SECTION, World } from './world';

const env = (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env ?? {};
const only = env.SEED ? [Number(env.SEED)] : undefined;
const seeds = (count: number) => only ?? Array.from({ length: Number(env.SEEDS ?? count) }, (_, seed) => seed);

/** Mulberry32: small, seeded, good enough to break things with. */
function chance(seed: number): () => number {
  let state = seed + 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Killed extends Error {}

/** A storage whose phone may be killed in the middle of a step, or right after it was kept. */
class Mortal implements Storage {
  deadly = 0;

  constructor(
    private readonly storage: Storage,
    private readonly random: () => number,
  ) {}

  read: Storage['read'] = (work) => this.storage.read(work);

  async write<T>(work: Parameters<Storage['write']>[0]): Promise<T> {
    const fate = this.random();
    const result = await this.storage.write(async (tx) => {
      const done = await work(tx);
      if (fate < this.deadly) throw new Killed('before it was kept');
      return done;
    });
    if (fate > 1 - this.deadly) throw new Killed('after it was kept');
    return result as T;
  }

  close = () => this.storage.close();
}

/** A link that loses, cuts, doubles and delays. */
class BadLink implements Transport {
  bad = 0;
  private late: string | undefined;

  constructor(
    private readonly world: World,
    private readonly person: string,
    private readonly random: () => number,
  ) {}

  async exchange(body: string): Promise<string> {
    if (this.late !== undefined && this.random() < 0.5) this.deliver(this.late);
    this.late = undefined;
    if (this.random() < this.bad) {
      const fate = Math.floor(this.random() * 6);
      if (fate === 0) throw new Unreachable('lost on the way up');
      if (fate === 1) this.late = body;
      if (fate === 2 && body.includes('"ops"')) throw new Unreadable('mangled by a proxy');
      const answer = fate === 1 ? '' : this.deliver(body);
      if (fate === 3) return this.deliver(body); // twice
      if (fate === 4) return answer.slice(0, Math.floor(answer.length * this.random()));
      throw new Unreachable('the answer was lost');
    }
    return this.deliver(body);
  }

  async buckets(body: string): Promise<string> {
    if (this.random() < this.bad) throw new Unreachable('lost');
    return this.world.buckets(this.person, body);
  }

  private deliver(body: string): string {
    return this.world.exchange(this.person, body);
  }
}

/** A replica of which nobody damages the copies: what does not add up is a mistake of the protocol. */
class Sound extends Replica {
  override async repair(scope: string): ReturnType<Replica['repair']> {
    // Stale copies under pending ops outlive their listing; anything else has no excuse.
    const excused = await this.kept.read(async (tx) => {
      const [{ sweeping }, unsettled] = [await tx.memory(), await tx.unsettled()];
      const stale = (await tx.copies({ scope })).filter((copy) => copy.sweep < (sweeping[scope] ?? 0));
      return stale.some((copy) => unsettled.some((op) => op.record === copy.id));
    });
    if (!excused) throw new Error(`the copies of ${scope} do not add up`);
    return super.repair(scope);
  }

  constructor(
    private readonly kept: Storage,
    ...rest: [Transport, ConstructorParameters<typeof Replica>[2]]
  ) {
    super(kept, ...rest);
  }
}

const RECORDS = ['a', 'b', 'c', 'd'].map((name) => naturalId('record', name));
const PATHS = ['note', 'fields/weather_am', 'fields/weather_pm', 'fields/count'];

class Town {
  readonly world = new World();
  readonly phones: { name: string; storage: Mortal; link: BadLink; made: number }[] = [];
  readonly random: () => number;
  private ids = 0;
  private backup: (() => void) | undefined;

  constructor(seed: number, open: () => Storage) {
    this.random = chance(seed);
    this.world.page = 1 + Math.floor(this.random() * 6);
    for (const name of ['chen', 'li']) {
      this.world.held[name] = [SECTION, OTHER];
      const storage = new Mortal(open(), this.random);
      this.phones.push({ name, storage, link: new BadLink(this.world, name, this.random), made: 0 });
    }
  }

  readonly nature = {
    now: () => '2026-11-18T16:00:00+08:00',
    newId: () => {
      this.ids += 1;
      return naturalId('id', String(this.ids));
    },
  };

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)] as T;
  }

  async step(): Promise<void> {
    const phone = this.pick(this.phones);
    phone.storage.deadly = 0.03;
    phone.link.bad = 0.35;
    const dice = this.random();
    try {
      if (dice < 0.55) await this.work(phone);
      else if (dice < 0.9) await this.replica(phone).sync(undefined, 6);
      else this.upset();
    } catch (error) {
      // A phone that was killed begins again from what it kept; whoever has no such record cannot change it.
      if (![Killed, Unreachable, Unknown].some((kind) => error instanceof kind)) throw error;
    }
  }

  replica(phone: Town['phones'][number]): Replica {
    return new Sound(phone.storage, phone.link, this.nature);
  }

  private async work(phone: Town['phones'][number]): Promise<void> {
    const unit = this.random() < 0.2 ? this.nature.newId() : null;
    const intents = Array.from({ length: unit ? 2 : 1 }, () => this.intent());
    const before = phone.made;
    try {
      await phone.storage.write(async (tx) => {
        for (const intent of intents) await enqueue(tx, this.nature, intent, unit);
        phone.made += intents.length;
      });
    } catch (error) {
      if (!(error instanceof Killed && error.message.startsWith('after'))) phone.made = before;
      throw error;
    }
  }

  private intent(): Intent {
    const record = this.pick(RECORDS);
    const dice = this.random();
    const word = () => this.pick(['sunny', 'rain', '大风', null]);
    if (dice < 0.3) {
      const fields = { weather_am: this.pick(['sunny', 'rain']), [this.pick(['x', 'y'])]: 1 };
      return {
        action: 'create',
        kind: 'report',
        scope: this.pick([SECTION, SECTION, OTHER]),
        values: { fields },
        record,
      };
    }
    if (dice < 0.85)
      return { action: 'patch', record, set: { [this.pick(PATHS)]: word(), [this.pick(PATHS)]: word() } };
    if (dice < 0.9) return { action: 'delete', record };
    if (dice < 0.95) return { action: 'sign', record };
    const conflict = [...this.world.records.values()].find((one) => one.kind === 'conflict');
    return { action: 'resolve', record: conflict?.id ?? record, value: word() };
  }

  /** Something happens to the server. */
  private upset(): void {
    const record = this.world.records.get(this.pick(RECORDS));
    const dice = this.random();
    if (dice < 0.25) this.world.held[this.pick(this.phones).name] = this.pick([[SECTION], [SECTION, OTHER]]);
    else if (dice < 0.45) this.world.purge(this.pick([SECTION, OTHER]));
    else if (dice < 0.65 && record) this.world.move(record.id, record.scope === SECTION ? OTHER : SECTION);
    else if (dice < 0.85) this.backup = this.world.snapshot();
    else this.backup?.();
  }

  /** The network is good again, and everybody exchanges until there is nothing more. */
  async quiesce(): Promise<void> {
    for (let round = 0; round < 3; round += 1) {
      for (const phone of this.phones) {
        phone.storage.deadly = 0;
        phone.link.bad = 0;
        for (const op of await phone.storage.read((tx) => tx.unsettled())) {
          if (op.held !== undefined) await phone.storage.write((tx) => tx.hold(op.opId, undefined));
        }
        await this.replica(phone).sync();
      }
    }
  }

  state(): string {
    const records = [...this.world.records.values()].map(({ seq: _, ...rest }) => rest);
    return JSON.stringify(records.sort((a, b) => (a.id < b.id ? -1 : 1)));
  }
}

async function isWhole(town: Town): Promise<void> {
  const parked = new Set([...town.world.records.values()].map((one) => one.values.opId));
  for (const { name, storage, made } of town.phones) {
    const { ops, unsettled, copies } = await storage.read(async (tx) => ({
      ops: await tx.answered(),
      unsettled: await tx.unsettled(),
      copies: await tx.copies({}),
    }));
    expect(unsettled, `${name}: every op has its receipt`).toEqual([]);
    expect(ops.length, `${name}: every op that was made is still known`).toBe(made);
    for (const { receipt } of ops) {
      if (receipt?.outcome === 'parked') expect(parked.has(receipt.opId), `${receipt.code} is kept whole`).toBe(true);
    }
    const bare = (all: readonly { id: string; rev: number; scope: string; values: unknown; server: unknown }[]) =>
      all.map(({ id, rev, scope, values, server }) => ({ id, rev, scope, values, server })).sort(byId);
    expect(bare(copies), `${name} holds what a fresh query gives`).toEqual(bare(town.world.visible(name)));
    for (const copy of copies) {
      expect((await storage.read((tx) => see(tx, copy.id)))?.values, 'nothing is laid over').toEqual(copy.values);
    }
  }
}

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);

async function story(seed: number, open: () => Storage, steps: number): Promise<void> {
  const town = new Town(seed, open);
  for (let step = 0; step < steps; step += 1) await town.step();
  await town.quiesce();
  await isWhole(town);
  const before = town.state();
  for (const phone of town.phones) {
    await phone.storage.write((tx) => tx.requeue());
    await town.replica(phone).sync();
  }
  expect(town.state(), 'sending everything again changes nothing').toBe(before);
  await isWhole(town);
  for (const phone of town.phones) await phone.storage.close();
}

describe('whatever breaks, nothing is lost and all agree in the end', () => {
  test.each(seeds(60))('in memory, seed %i', (seed) => story(seed, STORAGES.memory, 80));
  test.each(seeds(6))('in IndexedDB, seed %i', (seed) => story(seed, STORAGES.indexeddb, 60));
});

test('a copy that was damaged on the phone is found by its checksum and mended', async () => {
  const town = new Town(1, STORAGES.memory);
  const phone = town.phones[0] as Town['phones'][number];
  for (const record of RECORDS) {
    const intent: Intent = { action: 'create', kind: 'report', scope: SECTION, values: { note: record }, record };
    await phone.storage.write((tx) => enqueue(tx, town.nature, intent, null));
  }
  await town.replica(phone).sync();
  await phone.storage.write(async (tx) => {
    const copy = await tx.copy(RECORDS[1] as string);
    if (copy) await tx.putCopy({ ...copy, digest: '00' });
    await tx.dropCopies([RECORDS[2] as string]);
  });
  const found = await town.replica(phone).exchange();
  expect(found.mismatched).toEqual([SECTION]);
  expect(await new Replica(phone.storage, phone.link, town.nature).repair(SECTION)).toEqual({
    buckets: 2,
    put: 2,
    dropped: 0,
  });
  expect((await town.replica(phone).exchange()).mismatched).toEqual([]);
});

test('a revoked phone hands in what it has, takes no work, and wipes itself', async () => {
  const town = new Town(2, STORAGES.memory);
  const phone = town.phones[0] as Town['phones'][number];
  const intent: Intent = {
    action: 'create',
    kind: 'report',
    scope: SECTION,
    values: { note: 'x' },
    record: RECORDS[0] as string,
  };
  await phone.storage.write((tx) => enqueue(tx, town.nature, intent, null));
  town.world.revoked.add(phone.name);
  await town.replica(phone).exchange();
  expect([...town.world.records.values()].map((one) => one.kind)).toEqual(['parked']);
  await expect(phone.storage.write((tx) => enqueue(tx, town.nature, intent, null))).rejects.toThrow(Dismissed);
  await town.replica(phone).exchange();
  const rest = await phone.storage.read(async (tx) => [
    await tx.answered(),
    await tx.copies({}),
    (await tx.memory()).trust,
  ]);
  expect(rest).toEqual([[], [], 'wiped']);
  await expect(town.replica(phone).exchange()).rejects.toThrow(Dismissed);
});
