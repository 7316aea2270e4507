/** Whose phone this is: enrolling, what was granted, and leaving again. */
import type { Grant, Me, Project, Projects, Session } from '@contract/generated/contract';
import type { Access, Http } from './http';
import type { Account, Problem } from './phone';
import { BLANK, Dismissed, type KeptOp, type Memory, Refused, type Storage, type Writing } from './ports';
import { type Nature, renumber } from './work';

const ACCOUNT = 'account';
const TOKEN = 'token';
const PROJECTS = 'projects';
/** Why the person has to enrol again before the queue moves. */
const AGAIN = 'enrolAgain';
/** The replica id of an enrolment under way: should its answer be lost, the same code works again for the same id. */
const ENROLLING = 'enrolling';

/** There is work that has not reached the server. */
export class Unsent extends Error {
  override readonly name = 'Unsent';
}

export class Accounts {
  constructor(
    private readonly storage: Storage,
    private readonly http: Http,
    private readonly nature: Nature,
  ) {}

  readonly access = (): Promise<Access | undefined> =>
    this.storage.read(async (tx) => {
      const account = (await tx.note(ACCOUNT)) as Account | undefined;
      const token = (await tx.note(TOKEN)) as string | undefined;
      return account && token ? { server: account.server, token } : undefined;
    });

  account(): Promise<Account | undefined> {
    return this.storage.read(async (tx) => (await tx.note(ACCOUNT)) as Account | undefined);
  }

  enrolAgain(): Promise<Problem | undefined> {
    return this.storage.read(async (tx) => (await tx.note(AGAIN)) as Problem | undefined);
  }

  projects(): Promise<readonly Project[]> {
    return this.storage.read(async (tx) => ((await tx.note(PROJECTS)) ?? []) as readonly Project[]);
  }

  /** Note that the server lets this replica in no more. What is queued stays. */
  shutOut(problem: Problem): Promise<void> {
    return this.storage.write((tx) => tx.setNote(AGAIN, problem));
  }

  /**
   * Enrol with a one-time code. The same person on the same phone goes on with the queue they have; another person
   * begins with an empty phone, and is refused (`Unsent`) while anything of the one before is unsent.
   */
  async enrol(code: string, device: string, server: string): Promise<void> {
    const before = await this.storage.read(async (tx) => ({
      account: (await tx.note(ACCOUNT)) as Account | undefined,
      memory: await tx.memory(),
      again: (await tx.note(AGAIN)) as Problem | undefined,
      unsent: await isUnsent(tx),
    }));
    if (before.memory.trust === 'revoked' && !before.again) throw new Dismissed('revoked');
    const known = before.memory.trust === 'full' ? before.account : undefined;
    const renewed = known && !needsNewReplica(before.memory, before.again) ? known.replica : undefined;
    let session: Session;
    try {
      session = await this.claim(server, code, device, renewed ?? (await this.begun()));
    } catch (error) {
      const taken = error instanceof Refused && error.code === 'identity.replica_taken';
      if (!taken || !renewed) throw error;
      if (before.unsent) throw new Unsent('of another person, or of a revoked device');
      session = await this.claim(server, code, device, await this.begun());
    }
    if (known && known.person !== session.person && before.unsent) throw new Unsent('of another person');
    const same = known?.person === session.person;
    await this.storage.write((tx) =>
      this.settle(tx, session, { server, device, same, renewed: renewed !== undefined }),
    );
    await this.refresh().catch(() => undefined); // the next exchange brings it
  }

  /** Learn anew what was granted, and the projects. Rejects with `Refused` and `Unreachable`. */
  async refresh(): Promise<void> {
    const me = await this.http.ask<Me>('/v1/me');
    const projects: Project[] = [];
    for (let after = ''; ; ) {
      const page = await this.http.ask<Projects>(`/v1/projects?after=${encodeURIComponent(after)}`);
      projects.push(...page.projects);
      if (!page.next) break;
      after = page.next;
    }
    await this.storage.write(async (tx) => {
      const account = (await tx.note(ACCOUNT)) as Account | undefined;
      if (account?.replica !== me.replica) return;
      const { name, grants, scopes } = me;
      await tx.setNote(ACCOUNT, { ...account, name, grants, scopes } satisfies Account);
      await tx.setNote(PROJECTS, projects);
    });
  }

  /** Forget everything. Rejects with `Unsent` while there is work that has not reached the server, unless forced. */
  async signOut(force: boolean): Promise<void> {
    const access = await this.access();
    await this.storage.write(async (tx) => {
      if (!force && (await isUnsent(tx))) throw new Unsent('sign out');
      await tx.wipe();
    });
    if (access) await this.http.ask('/v1/logout', {}, access).catch(() => undefined); // it ends by itself
  }

  private claim(server: string, code: string, device: string, replica: string): Promise<Session> {
    return this.http.ask<Session>('/v1/enrol', { code, device, replica }, { server, token: '' });
  }

  private begun(): Promise<string> {
    return this.storage.write(async (tx) => {
      const replica = ((await tx.note(ENROLLING)) as string | undefined) ?? this.nature.newId();
      await tx.setNote(ENROLLING, replica);
      return replica;
    });
  }

  private async settle(
    tx: Writing,
    session: Session,
    how: { server: string; device: string; same: boolean; renewed: boolean },
  ): Promise<void> {
    const before = (await tx.note(ACCOUNT)) as Account | undefined;
    if (!how.same) await tx.wipe();
    else if (!how.renewed) await moveQueue(tx, this.nature);
    const { name, grants, scopes } = how.same && before ? before : { name: '', grants: [] as Grant[], scopes: [] };
    const { person, replica } = session;
    const { server, device } = how;
    await tx.setNote(ACCOUNT, { server, person, name, replica, device, grants, scopes } satisfies Account);
    await tx.setNote(TOKEN, session.token);
    await tx.setNote(AGAIN, undefined);
    await tx.setNote(ENROLLING, undefined);
  }
}

const needsNewReplica = (memory: Memory, again: Problem | undefined): boolean =>
  memory.forkedAt !== undefined || again?.code === 'identity.device_revoked';

export async function isUnsent(tx: { unsettled: Writing['unsettled']; files: Writing['files'] }): Promise<boolean> {
  return (await tx.unsettled()).length > 0 || (await tx.files()).some((file) => file.safe === undefined);
}

/**
 * Give the queue to a new replica of the same person: its ops, and those that the server parked because the old one's
 * numbers were used elsewhere, are numbered anew. Answered ops go: their numbers are the old replica's.
 */
async function moveQueue(tx: Writing, nature: Nature): Promise<void> {
  const { forkedAt: _, ...memory } = await tx.memory();
  const answered = await tx.answered();
  const forked = (op: KeptOp) => op.receipt?.code === 'sync.replica_forked' || op.receipt?.code === 'op.id_reused';
  const unsettled = await tx.unsettled();
  for (const op of answered) await tx.dropOp(op.opId);
  await tx.remember({ ...BLANK, ...memory, nextN: 1, trust: 'full' });
  await renumber(tx, nature, [...answered.filter(forked), ...unsettled]);
}
