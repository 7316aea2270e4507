/** A server made of maps, by the rules that the vectors record: what phones are tested against. */
import type {
  AnyOp,
  Cursor,
  FeedEntry,
  Left,
  Notice,
  Outcome,
  Receipt,
  SyncAnswer,
  SyncRequest,
  Value,
  Values,
} from '@contract/generated/contract';
import { bucketOf, sumOf, sumsByBucket } from '@shared/protocol/checksum';
import { conflictId, naturalId } from '@shared/protocol/ids';
import { get, put, split } from '@shared/protocol/overlay';
import { Dismissed } from '@shared/protocol/ports';
import { digest, hashOf, normal, same } from '@shared/protocol/values';

export const SECTION = `section:${naturalId('test', 'section')}`;
export const OTHER = `section:${naturalId('test', 'other')}`;
export const ownScope = (person: string): string => `person:${naturalId('person', person)}`;
const NOW = '2026-11-18T08:00:00.000Z';
const HEARD = 'revoked ';

interface Rec {
  readonly kind: string;
  readonly id: string;
  readonly scope: string;
  readonly rev: number;
  readonly seq: number;
  readonly digest: string;
  readonly values: Values;
  readonly server: Values;
  readonly deleted: boolean;
}

class Park extends Error {}

type Seqs = Record<string, number>;

export class World {
  records = new Map<string, Rec>();
  receipts = new Map<string, Receipt>();
  heads: Seqs = {};
  floors: Seqs = {};
  left = new Map<string, Left>();
  held: Record<string, readonly string[]> = {};
  readonly revoked = new Set<string>();
  readonly lost = new Set<string>();
  readonly wiped = new Set<string>();
  epoch = 'epoch-1';
  page = 50;

  exchange(person: string, body: string): string {
    const request = JSON.parse(body) as SyncRequest;
    if (this.revoked.has(person) || this.lost.has(person)) return JSON.stringify(this.dismiss(person, request));
    const raws = (request.ops ?? []).map((op) => JSON.stringify(op));
    const receipts = this.isForeign(request.cursor ?? {}, person) ? [] : this.push(person, raws);
    return JSON.stringify(this.read(person, request.cursor ?? {}, receipts));
  }

  buckets(person: string, body: string): string {
    const { scope, buckets = [], after = '' } = JSON.parse(body);
    if (!this.scopes(person).includes(scope)) throw new Error('not held');
    const live = this.live(scope);
    if (!buckets.length) {
      return JSON.stringify({ epoch: this.epoch, scope, buckets: Object.fromEntries(sumsByBucket(live)) });
    }
    const due = live.filter((one) => buckets.includes(bucketOf(one.id)) && one.id > after);
    due.sort((a, b) => (a.id < b.id ? -1 : 1));
    const records = due.slice(0, this.page).map(entryOf);
    return JSON.stringify({ epoch: this.epoch, scope, records, more: due.length > this.page });
  }

  scopes(person: string): string[] {
    return [...(this.held[person] ?? [SECTION]), ownScope(person)].sort();
  }

  live(scope: string): Rec[] {
    return [...this.records.values()].filter((one) => one.scope === scope && !one.deleted);
  }

  /** Everything that a phone of this person should hold. */
  visible(person: string): Rec[] {
    return this.scopes(person).flatMap((scope) => this.live(scope));
  }

  move(id: string, scope: string): void {
    const going = [...this.records.values()].filter((one) => one.id === id || one.values.record === id);
    for (const one of going) {
      const { kind, rev, scope: from } = one;
      this.left.set(`${from} ${one.id}`, { type: 'left', seq: this.next(from), scope: from, kind, id: one.id, rev });
      this.records.set(one.id, { ...one, scope, seq: this.next(scope) });
    }
  }

  /** Forget what was deleted or has left in a scope up to now. */
  purge(scope: string): void {
    const floor = this.heads[scope] ?? 0;
    this.floors[scope] = floor;
    for (const [id, one] of this.records) if (one.scope === scope && one.deleted) this.records.delete(id);
    for (const [key, one] of this.left) if (one.scope === scope) this.left.delete(key);
  }

  /** Say something on the server's own part of a record. */
  annotate(id: string, server: Values): void {
    const there = this.records.get(id);
    if (there) this.put({ ...there, server: { ...there.server, ...server } });
  }

  snapshot(): () => void {
    const [records, receipts, left] = [new Map(this.records), new Map(this.receipts), new Map(this.left)];
    const [heads, floors] = [{ ...this.heads }, { ...this.floors }];
    return () => {
      const epoch = `epoch-${Number(this.epoch.slice(6)) + 1}`;
      Object.assign(this, { records: new Map(records), receipts: new Map(receipts), left: new Map(left), epoch });
      Object.assign(this, { heads: { ...heads }, floors: { ...floors } });
    };
  }

  // -- taking ops ----------------------------------------------------------------------------------------------------

  private push(person: string, raws: readonly string[], quarantine = false): Receipt[] {
    const receipts: Receipt[] = [];
    for (let start = 0; start < raws.length; ) {
      let end = start + 1;
      const unit = (at: number) => (JSON.parse(raws[at] ?? '{}') as AnyOp).unit ?? at;
      while (end < raws.length && unit(end) === unit(start)) end += 1;
      receipts.push(...this.takeUnit(person, raws.slice(start, end), quarantine));
      start = end;
    }
    return receipts;
  }

  private takeUnit(person: string, raws: readonly string[], quarantine: boolean): Receipt[] {
    const [records, heads] = [new Map(this.records), { ...this.heads }];
    const done: Receipt[] = [];
    for (const raw of raws) {
      const op = JSON.parse(raw) as AnyOp;
      const old = this.receipts.get(key(person, raw));
      try {
        if (quarantine && !old) throw new Park('op.device_revoked');
        done.push(old ?? this.take(person, op));
      } catch (error) {
        if (!(error instanceof Park)) throw error;
        Object.assign(this, { records, heads });
        return raws.map((each) => this.park(person, each, each === raw ? error.message : 'op.unit_parked'));
      }
    }
    for (const [index, raw] of raws.entries()) this.receipts.set(key(person, raw), done[index] as Receipt);
    return done;
  }

  private park(person: string, raw: string, code: string): Receipt {
    const old = this.receipts.get(key(person, raw));
    if (old) return old;
    const op = JSON.parse(raw) as AnyOp;
    const values = normal({ opId: op.opId, code, state: 'waiting', op: op as unknown as Value }) as Values;
    const id = naturalId('parked', person, op.opId, hashOf(raw));
    this.save({ kind: 'parked', id, scope: ownScope(person), values, server: { by: person } });
    return this.answered(person, raw, { opId: op.opId, n: op.n, outcome: 'parked', code });
  }

  private answered(person: string, raw: string, receipt: Receipt): Receipt {
    this.receipts.set(key(person, raw), receipt);
    return receipt;
  }

  private take(person: string, op: AnyOp): Receipt {
    if (!this.scopes(person).includes(op.scope)) throw new Park('op.scope_not_held');
    const there = this.records.get(op.id);
    if (there && there.scope !== op.scope) throw new Park('op.other_scope');
    if (there?.deleted && op.action !== 'delete') throw new Park('op.deleted_record');
    if (!there && op.action !== 'create') throw new Park('op.unknown_record');
    switch (op.action) {
      case 'create': {
        if (there) return this.merge(person, op, there, leavesOf(op.values));
        this.save({ kind: op.kind, id: op.id, scope: op.scope, values: normal(op.values) as Values, server: {} });
        return said(op, 'applied', 'op.applied', 1);
      }
      case 'patch': {
        const leaves = Object.entries(op.set).map(
          ([path, { value, was }]) => [path, value ?? null, was ?? null] as const,
        );
        return this.merge(person, op, there as Rec, leaves);
      }
      case 'delete': {
        if (there?.deleted) return said(op, 'applied', 'op.nothing_to_do', there.rev);
        if (there?.digest !== op.wasDigest) throw new Park('op.conflict');
        this.put({ ...there, rev: there.rev + 1, deleted: true });
        return said(op, 'applied', 'op.applied', there.rev + 1);
      }
      case 'sign':
        if (there?.digest !== op.digest) throw new Park('op.moved_since');
        this.put({ ...there, server: { ...there.server, signed: true } });
        return said(op, 'applied', 'op.applied', there.rev);
      case 'resolve':
        return this.resolve(op, there as Rec);
    }
  }

  private merge(person: string, op: AnyOp, there: Rec, leaves: readonly (readonly [string, Value, Value])[]): Receipt {
    let values = there.values;
    const clashes: [string, Value][] = [];
    for (const [path, value, was] of leaves) {
      const now = get(values, split(path));
      if (same(normal(now), normal(value))) continue;
      if (same(normal(now), normal(was))) values = put(values, split(path), normal(value));
      else clashes.push([path, value]);
    }
    if (!same(values, there.values)) this.save({ ...there, values });
    for (const [path, value] of clashes) {
      const id = conflictId(op.id, path);
      const candidates = (this.records.get(id)?.values.candidates ?? {}) as Values;
      const standing = get(values, split(path));
      const own = { value, opId: op.opId, n: op.n, by: person, at: NOW };
      const fields = { record: op.id, kind: op.kind, path, standing, state: 'open' };
      const kept = normal({ ...fields, candidates: { ...candidates, [person]: own } }) as Values;
      this.save({ kind: 'conflict', id, scope: op.scope, values: kept, server: {} });
    }
    const rev = this.records.get(op.id)?.rev ?? 0;
    if (!clashes.length) return said(op, 'merged', 'op.merged', rev);
    return { ...said(op, 'conflict', 'op.conflict', rev), conflicts: clashes.map(([path]) => conflictId(op.id, path)) };
  }

  private resolve(op: AnyOp & { action: 'resolve' }, conflict: Rec): Receipt {
    const target = this.records.get(String(conflict.values.record));
    if (!target || target.deleted || conflict.values.state !== 'open') throw new Park('op.already_resolved');
    const values = put(target.values, split(String(conflict.values.path)), normal(op.value ?? null));
    if (!same(values, target.values)) this.save({ ...target, values });
    this.save({ ...conflict, values: { ...conflict.values, state: 'resolved', chosen: op.value ?? null } });
    return said(op, 'applied', 'op.applied', conflict.rev + 1);
  }

  private save(made: { kind: string; id: string; scope: string; values: Values; server: Values }): void {
    const rev = (this.records.get(made.id)?.rev ?? 0) + 1;
    this.put({ ...made, rev, seq: 0, digest: digest(made.values), deleted: false });
  }

  private put(record: Rec): void {
    this.records.set(record.id, { ...record, seq: this.next(record.scope) });
  }

  private next(scope: string): number {
    this.heads[scope] = (this.heads[scope] ?? 0) + 1;
    return this.heads[scope];
  }

  // -- the feed ------------------------------------------------------------------------------------------------------

  private isForeign(cursor: Cursor, person: string): boolean {
    const at = (scope: string) => Math.max(cursor.seqs?.[scope] ?? 0, cursor.listing?.[scope] ?? 0);
    const ahead = this.scopes(person).some((scope) => at(scope) > (this.heads[scope] ?? 0));
    return ahead || (cursor.epoch !== undefined && cursor.epoch !== this.epoch);
  }

  private read(person: string, cursor: Cursor, receipts: readonly Receipt[]): SyncAnswer {
    const reset = this.isForeign(cursor, person);
    const notices: Notice[] = [];
    const [seqs, listing]: [Seqs, Seqs] = [{}, {}];
    const due: FeedEntry[] = [];
    for (const scope of this.scopes(person)) {
      const head = this.heads[scope] ?? 0;
      let at = reset ? 0 : (cursor.seqs?.[scope] ?? 0);
      const since = reset ? 0 : (cursor.listing?.[scope] ?? 0);
      if (at > 0 && Math.max(at, since) < (this.floors[scope] ?? 0)) {
        at = 0;
        notices.push({ code: 'sync.scope_relisted', params: { scope } });
      }
      seqs[scope] = at;
      listing[scope] = at ? since : head;
      due.push(...this.feed(scope).filter((entry) => entry.seq > at));
    }
    if (reset) notices.push({ code: 'sync.cursor_reset', params: { epoch: this.epoch } });
    const [page, rest] = [due.slice(0, this.page), due.slice(this.page)];
    const unread = new Set(rest.map((entry) => entry.scope));
    for (const entry of page) seqs[entry.scope] = entry.seq;
    for (const scope of Object.keys(seqs)) if (!unread.has(scope)) seqs[scope] = this.heads[scope] ?? 0;
    for (const scope of Object.keys(listing)) if ((seqs[scope] ?? 0) >= (listing[scope] ?? 0)) delete listing[scope];
    const more = rest.length > 0;
    const dropped = Object.keys(cursor.seqs ?? {}).filter((scope) => !(scope in seqs));
    const checksums = more ? [] : this.scopes(person).map((scope) => this.checksum(scope));
    const next = { epoch: this.epoch, seqs, ...(Object.keys(listing).length ? { listing } : {}) };
    return { serverTime: NOW, receipts, changes: page, cursor: next, more, dropped, checksums, notices };
  }

  private feed(scope: string): FeedEntry[] {
    const records = [...this.records.values()].filter((one) => one.scope === scope).map(entryOf);
    const left = [...this.left.values()].filter((one) => one.scope === scope);
    return [...records, ...left].sort((a, b) => a.seq - b.seq);
  }

  private checksum(scope: string) {
    return { scope, atSeq: this.heads[scope] ?? 0, ...sumOf(this.live(scope)) };
  }

  private dismiss(person: string, request: SyncRequest): SyncAnswer {
    if (this.wiped.has(person)) throw new Dismissed('identity.device_wiped');
    const heard = request.cursor?.epoch === HEARD + this.epoch;
    const wipe = this.lost.has(person) || (!request.ops?.length && heard);
    if (wipe) this.wiped.add(person);
    const raws = wipe ? [] : (request.ops ?? []).map((op) => JSON.stringify(op));
    return {
      serverTime: NOW,
      receipts: this.push(person, raws, true),
      cursor: { epoch: HEARD + this.epoch },
      dropped: Object.keys(request.cursor?.seqs ?? {}).sort(),
      notices: [{ code: wipe ? 'device.wipe' : 'device.revoked' }],
    };
  }
}

const key = (person: string, raw: string): string => `${person} ${hashOf(raw)}`;

const said = (op: AnyOp, outcome: Outcome, code: string, rev: number): Receipt => ({
  opId: op.opId,
  n: op.n,
  outcome,
  code,
  rev,
});

const leavesOf = (values: Values): [string, Value, Value][] =>
  Object.entries(values).map(([name, value]) => [name, value, null]);

function entryOf(record: Rec): FeedEntry {
  const { seq, scope, kind, id, rev, digest, values, server, deleted } = record;
  if (deleted) return { type: 'tombstone', seq, scope, kind, id, rev };
  return { type: 'upsert', seq, scope, kind, id, rev, digest, values, server };
}
