/** How the phone stands: what is kept, together with what is going on right now. */
import type { Notice } from '@contract/generated/contract';
import type { Last } from './engine';
import type { Hub, Live, Told } from './hub';
import type { Account, FileProgress, FileStanding, HeldOp, Problem, Status, Watched } from './phone';
import { type KeptFile, type KeptOp, type Memory, opOf, type Storage } from './ports';

interface Kept {
  readonly account: Account | undefined;
  readonly again: Problem | undefined;
  readonly memory: Memory;
  readonly unsettled: readonly KeptOp[];
  readonly files: readonly KeptFile[];
  readonly last: Last | undefined;
}

/** What a person should hear of; the rest of the notices is between phone and server. */
const WORTH_TELLING: ReadonlySet<string> = new Set(['sync.gap', 'sync.cursor_reset', 'sync.scope_relisted']);
const NOTICES = 5;

export class Standings implements Watched<Status> {
  value: Status = compose(blank(), { underway: false, awake: false, progress: {} }, {}, [], new Map());

  private readonly listeners = new Set<(value: Status) => void>();
  private live: Live = { underway: false, awake: false, progress: {} };
  private notices: readonly Notice[] = [];
  private readonly failed = new Map<string, Problem>();
  private kept: Kept = blank();
  private room: Status['storage'] = {};
  private due: Promise<void> | undefined;

  constructor(
    private readonly storage: Storage,
    hub: Hub,
  ) {
    hub.listen((told) => this.hear(told));
  }

  subscribe(listener: (value: Status) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Read anew what is kept. Calls that come while it waits for its turn are one. */
  refresh(): Promise<void> {
    this.due ??= Promise.resolve().then(async () => {
      this.due = undefined;
      this.kept = await read(this.storage);
      this.say();
      void this.measure();
    });
    return this.due;
  }

  /** Browsers take their time over this, and nothing waits for it. */
  private async measure(): Promise<void> {
    this.room = await room();
    this.say();
  }

  async files(): Promise<FileProgress[]> {
    const files = await this.storage.read((tx) => tx.files());
    return files.map((file) => this.standing(file));
  }

  private hear(told: Told): void {
    if (told.failed) this.failed.set(told.failed.sha256, told.failed.problem);
    const worth = told.notices?.filter((notice) => WORTH_TELLING.has(notice.code)) ?? [];
    if (worth.length) this.notices = [...this.notices, ...worth].slice(-NOTICES);
    if (told.live) {
      const progress = { ...this.live.progress, ...told.live.progress };
      for (const [sha256, sent] of Object.entries(progress)) {
        if (sent < 0) delete progress[sha256];
        else if (sent > 0) this.failed.delete(sha256);
      }
      this.live = { ...this.live, ...told.live, progress };
    }
    if (told.changed) void this.refresh().catch(() => undefined);
    else this.say();
  }

  private say(): void {
    const files = this.kept.files.map((file) => this.standing(file));
    this.value = compose(this.kept, this.live, this.room, this.notices, new Map(files.map((one) => [one.sha256, one])));
    for (const listener of [...this.listeners]) listener(this.value);
  }

  private standing(file: KeptFile): FileProgress {
    const { sha256, name, type, size, keptAt } = file;
    const sending = this.live.progress[sha256];
    const standing: FileStanding = file.safe
      ? 'safe'
      : file.sent
        ? 'sent'
        : sending !== undefined
          ? 'sending'
          : 'waiting';
    const sent = file.safe || file.sent ? size : (sending ?? 0);
    const problem = file.refused ? { code: file.refused, params: {} } : file.sent ? undefined : this.failed.get(sha256);
    return { sha256, name, type, size, keptAt, standing, sent, ...(problem ? { problem } : {}) };
  }
}

function blank(): Kept {
  const memory = { trust: 'full', cursor: {}, clockOffsetMs: undefined } as unknown as Memory;
  return { account: undefined, again: undefined, memory, unsettled: [], files: [], last: undefined };
}

function read(storage: Storage): Promise<Kept> {
  return storage.read(async (tx) => ({
    account: (await tx.note('account')) as Account | undefined,
    again: (await tx.note('enrolAgain')) as Problem | undefined,
    memory: await tx.memory(),
    unsettled: await tx.unsettled(),
    files: await tx.files(),
    last: (await tx.note('exchange')) as Last | undefined,
  }));
}

async function room(): Promise<Status['storage']> {
  const manager = globalThis.navigator?.storage;
  const [estimate, persisted] = await Promise.all([
    manager?.estimate?.().catch(() => undefined),
    manager?.persisted?.().catch(() => undefined),
  ]);
  const { usage, quota } = estimate ?? {};
  return {
    ...(usage === undefined ? {} : { usage }),
    ...(quota === undefined ? {} : { quota }),
    ...(persisted === undefined ? {} : { persisted }),
  };
}

function compose(
  kept: Kept,
  live: Live,
  storage: Status['storage'],
  notices: readonly Notice[],
  files: ReadonlyMap<string, FileProgress>,
): Status {
  const { account, again, memory, unsettled, last } = kept;
  const first = unsettled[0];
  const all = [...files.values()];
  return {
    standing: memory.trust === 'full' && !account ? 'none' : memory.trust,
    ...(account ? { account } : {}),
    ...(again ? { enrolAgain: again } : {}),
    queue: { length: unsettled.length, ...(first ? { oldestAt: opOf(first).at } : {}) },
    held: unsettled.filter((op) => op.held !== undefined).map(heldOf),
    files: {
      unsafe: all.filter((file) => file.standing !== 'safe').length,
      underway: all.filter((file) => file.standing === 'sending'),
      kept: all.length,
      bytes: all.reduce((sum, file) => sum + file.size, 0),
    },
    exchange: {
      underway: live.underway,
      ...(last?.at ? { lastAt: last.at } : {}),
      ...(last?.error ? { lastError: last.error } : {}),
      ...(live.nextAt === undefined ? {} : { nextAt: live.nextAt }),
    },
    ...(last ? { reachable: last.reachable } : {}),
    awake: live.awake,
    storage,
    ...(memory.clockOffsetMs === undefined ? {} : { clockOffsetMs: memory.clockOffsetMs }),
    notices,
  };
}

function heldOf(kept: KeptOp): HeldOp {
  const { opId, action, at } = opOf(kept);
  return { opId, record: kept.record, action, at, why: kept.held ?? '' };
}
