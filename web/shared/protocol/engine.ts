/**
 * What makes a phone go: when it exchanges, when it sends files, when it tries again. The protocol is in `replica`;
 * here is only its rhythm. A service worker uses `finish`, a page `start`.
 */
import { delayAfter } from './backoff';
import { free, readReceipts, type Watching } from './files';
import { alone } from './locks';
import type { Parts } from './parts';
import { type KeptFile, NoSpace, Refused, Unreachable } from './ports';
import { problemOf } from './problem';
import type { Exchanged } from './replica';
import { listen } from './wake';

const LAST = 'exchange';
/** It looks by itself so often, also where no wake-up comes through. */
const LOOK_MS = 15 * 60_000;
/** So soon after its last byte a file is looked for in the receipts; then twice as late each time. */
const RECEIPT_MS = 1_500;
const RECEIPT_LONGEST_MS = 60_000;
const REFRESH_MS = 6 * 3_600_000;
/** The share of what the browser grants above which safe files go early. */
const SHORT_OF_ROOM = 0.8;

export interface Last {
  readonly at?: string;
  readonly error?: ReturnType<typeof problemOf>;
  readonly reachable: boolean;
  readonly refreshedAt?: number;
}

export class Engine {
  private stopped = new AbortController();
  private waking = new AbortController();
  private failures = 0;
  /** The server asked not to be asked before this moment. */
  private notBefore = 0;
  private fileFailures = 0;
  private receiptMs = RECEIPT_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private fileTimer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | undefined;
  private sending = false;
  /** This context holds the wake-up channel, and it is open. */
  private awake = false;
  private started = false;
  private wanted: 'work' | 'look' | undefined;

  constructor(private readonly parts: Parts) {}

  /** Exchange now and then, when there is work, when the network is back, and when woken; until `stop`. */
  start(): void {
    this.started = true;
    this.parts.hub.listen((told) => {
      if (told.asking && this.awake) this.say(true);
    });
    this.parts.hub.tell({ asking: true });
    this.kick('look');
    globalThis.addEventListener?.('online', this.online);
    globalThis.document?.addEventListener('visibilitychange', this.seen);
    void this.stayAwake();
  }

  stop(): void {
    this.stopped.abort();
    this.waking.abort();
    clearTimeout(this.timer);
    clearTimeout(this.fileTimer);
    globalThis.removeEventListener?.('online', this.online);
    globalThis.document?.removeEventListener('visibilitychange', this.seen);
  }

  /** There is work to send, or maybe something to see. Does not wait. */
  kick(why: 'work' | 'look'): void {
    if (!this.started || this.stopped.signal.aborted) return;
    if (this.wanted !== 'look') this.wanted = why;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
      if (this.wanted) this.kick(this.wanted);
    });
  }

  /** Exchange and send files now, whatever the backoff says. Rejects with what went wrong. */
  async once(): Promise<void> {
    try {
      await this.exchange('look');
      if ((await this.send(true)) > 0) await this.exchange('look');
    } finally {
      this.kick('work');
    }
  }

  /** Send what is left, if anything is: asks nothing of the network otherwise. Rejects with what went wrong. */
  async finish(): Promise<void> {
    await this.exchange('work');
    const files = await this.parts.storage.read((tx) => tx.files());
    if (files.some(isDue) && (await this.send(false)) > 0) await this.exchange('look');
  }

  /** Another account, or none: listen under it. */
  renewed(): void {
    this.failures = 0;
    this.waking.abort();
    this.kick('look');
  }

  private readonly online = (): void => {
    this.failures = 0;
    this.waking.abort();
    this.kick('look');
  };

  /** A page that was put away hears nothing meanwhile. */
  private readonly seen = (): void => {
    if (!document.hidden) this.kick('look');
  };

  private async run(): Promise<void> {
    const why = this.wanted ?? 'look';
    this.wanted = undefined;
    const wait = this.notBefore - performance.now();
    if (wait > 0) return this.later(wait);
    clearTimeout(this.timer);
    let next = LOOK_MS;
    try {
      await this.exchange(why);
      this.failures = 0;
      next = await this.afterwards();
    } catch (error) {
      this.failures += 1;
      const asked = error instanceof Unreachable ? error.retryAfterMs : undefined;
      this.notBefore = performance.now() + (asked ?? 0);
      next = error instanceof Unreachable ? delayAfter(this.failures, Math.random(), asked) : LOOK_MS;
    }
    if (!this.stopped.signal.aborted && !this.wanted) this.later(next);
  }

  private later(delay: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.kick('look'), delay);
    this.parts.hub.tell({ live: { nextAt: Date.now() + delay } });
  }

  /** Send files without keeping the next exchange waiting, and say when to look for their receipts. */
  private async afterwards(): Promise<number> {
    const files = await this.parts.storage.read((tx) => tx.files());
    if (files.some(isDue)) void this.sendAndLook();
    if (!files.some((file) => file.sent !== undefined && file.safe === undefined)) {
      this.receiptMs = RECEIPT_MS;
      return LOOK_MS;
    }
    const delay = this.receiptMs;
    this.receiptMs = Math.min(RECEIPT_LONGEST_MS, delay * 2);
    return delay;
  }

  private async sendAndLook(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      if ((await this.send(false)) > 0) this.kick('look');
      this.fileFailures = 0;
    } catch (error) {
      this.fileFailures += 1;
      const asked = error instanceof Unreachable ? error.retryAfterMs : undefined;
      const delay = delayAfter(this.fileFailures, Math.random(), asked);
      clearTimeout(this.fileTimer); // one at a time: each attempt in between would else start a series of its own
      this.fileTimer = setTimeout(() => this.kick('look'), delay);
    } finally {
      this.sending = false;
    }
  }

  private send(again: boolean): Promise<number> {
    const watching: Watching = {
      progress: (sha256, sent) => this.parts.hub.tell({ live: { progress: { [sha256]: sent ?? -1 } } }),
      failed: (sha256, why) => this.parts.hub.tell({ failed: { sha256, problem: problemOf(why) } }),
      signal: this.stopped.signal,
    };
    return alone(`${this.parts.name}-files`, async () => {
      const done = await this.parts.files.sendAll(watching, again);
      this.parts.hub.tell({ changed: { records: [] } });
      return done;
    });
  }

  private exchange(why: 'work' | 'look'): Promise<void> {
    return alone(`${this.parts.name}-exchange`, async () => {
      const { accounts, storage, hub } = this.parts;
      const { trust, pending } = await storage.read(async (tx) => ({
        trust: (await tx.memory()).trust,
        pending: (await tx.pending(1)).length > 0,
      }));
      if (trust === 'wiped' || !(await accounts.access()) || (await accounts.enrolAgain())) return;
      if (why === 'work' && !pending) return;
      hub.tell({ live: { underway: true } });
      try {
        if (trust !== 'revoked' || pending) await this.sync();
        await this.handIn();
      } catch (error) {
        await this.failed(error).catch(() => undefined); // what went wrong first is what counts
        throw error;
      } finally {
        hub.tell({ live: { underway: false } });
      }
    });
  }

  /** A revoked phone that has nothing left to send is told to wipe: so its files go first. */
  private async handIn(): Promise<void> {
    const left = await this.parts.storage.read(async (tx) => {
      return (await tx.memory()).trust === 'revoked' && (await tx.pending(1)).length === 0;
    });
    if (!left) return;
    await this.send(true);
    await this.sync();
  }

  private async sync(): Promise<void> {
    const { replica, storage, nature, hub } = this.parts;
    let restored = false;
    await replica.sync((done) => {
      restored ||= done.reset;
      hub.tell({ changed: { records: touched(done) }, notices: done.notices });
    });
    const short = await shortOfRoom();
    const at = nature.now();
    await storage.write(async (tx) => {
      const { trust, limits, forkedAt } = await tx.memory();
      if (trust === 'wiped') return;
      await readReceipts(tx, at, restored);
      await free(tx, at, limits.replayDays, short);
      const last = (await tx.note(LAST)) as Last | undefined;
      await tx.setNote(LAST, { ...last, at, reachable: true, error: undefined });
      if (forkedAt !== undefined) {
        await tx.setNote('enrolAgain', { code: 'sync.replica_forked', params: { n: forkedAt } });
      }
    });
    hub.tell({ changed: { records: [] } });
    await this.refresh();
  }

  /** Learn anew what was granted when the scopes changed, and now and then. It may wait for the next time. */
  private async refresh(): Promise<void> {
    const { accounts, storage, hub } = this.parts;
    const due = await storage.read(async (tx) => {
      const { trust, cursor } = await tx.memory();
      const last = (await tx.note(LAST)) as Last | undefined;
      const known = ((await tx.note('account')) as { scopes: readonly string[] } | undefined)?.scopes ?? [];
      const read = Object.keys(cursor.seqs ?? {});
      const same = read.length === known.length && read.every((scope) => known.includes(scope));
      return trust === 'full' && (!same || Math.abs(Date.now() - (last?.refreshedAt ?? 0)) > REFRESH_MS);
    });
    if (!due) return;
    try {
      await accounts.refresh();
      await storage.write(async (tx) => {
        const last = (await tx.note(LAST)) as Last | undefined;
        await tx.setNote(LAST, { ...last, refreshedAt: Date.now() });
      });
      hub.tell({ changed: { records: [] } });
    } catch {} // the exchange went through: this is not worth a word
  }

  private async failed(error: unknown): Promise<void> {
    const { accounts, storage, hub } = this.parts;
    const problem = problemOf(error);
    if (error instanceof NoSpace) await makeRoom(this.parts);
    if (error instanceof Refused && error.status === 401) await accounts.shutOut(problem);
    await storage.write(async (tx) => {
      const last = (await tx.note(LAST)) as Last | undefined;
      await tx.setNote(LAST, { ...last, error: problem, reachable: !(error instanceof Unreachable) });
    });
    hub.tell({ changed: { records: [] } });
  }

  private say(awake: boolean): void {
    this.awake = awake;
    this.parts.hub.tell({ live: { awake } });
  }

  /** Keep the wake-up channel open: one for all tabs. */
  private async stayAwake(): Promise<void> {
    const { name, http, accounts } = this.parts;
    let failures = 0;
    while (!this.stopped.signal.aborted) {
      this.waking = new AbortController();
      const { signal } = this.waking;
      try {
        await alone(
          `${name}-wake`,
          async () => {
            if (!(await accounts.access()) || (await accounts.enrolAgain()))
              throw new Unreachable('no person is enrolled');
            const open = () => {
              failures = 0;
              this.say(true);
            };
            await listen(http, () => this.kick('look'), open, signal);
          },
          signal,
        );
      } catch {
        if (this.awake) this.say(false);
        failures += 1;
      }
      await pause(delayAfter(failures, Math.random()), this.waking.signal, this.stopped.signal);
    }
  }
}

const isDue = (file: KeptFile): boolean => file.sent === undefined && file.refused === undefined;

function touched(done: Exchanged): string[] {
  return done.entries.map((entry) => entry.id);
}

/** Wait, or until one of the signals is given. */
function pause(ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    for (const signal of signals) {
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    }
  });
}

/** Let go of the copies that are safe on the server; their number. */
export function makeRoom({ storage, nature }: Pick<Parts, 'storage' | 'nature'>): Promise<number> {
  return storage.write(async (tx) => (await free(tx, nature.now(), 0, true)).length);
}

async function shortOfRoom(): Promise<boolean> {
  const { usage, quota } = (await globalThis.navigator?.storage?.estimate?.().catch(() => undefined)) ?? {};
  return usage !== undefined && quota !== undefined && quota > 0 && usage / quota > SHORT_OF_ROOM;
}
