/** Finding and mending the copies of a scope that are not what the server holds: never by starting over. */
import type { BucketsAsked, Upsert } from '@contract/generated/contract';
import { bucketOf, type Sum, sumsByBucket } from './checksum';
import { isUpsert, listed, NotWhole, parsed } from './lenient';
import { type Copy, copyOf, type Storage, type Transport, Unreachable } from './ports';
import { digest, isObject } from './values';

/** How many buckets differed, and how many copies were put in place and dropped. */
export interface Repaired {
  readonly buckets: number;
  readonly put: number;
  readonly dropped: number;
}

interface Page {
  readonly buckets: ReadonlyMap<string, Sum>;
  readonly records: readonly Upsert[];
  readonly more: boolean;
}

/**
 * Make the copies of a scope what the server holds. Rejects with `Unreachable`; what was mended by then stays.
 *
 * The copies are judged by their values too, not only by the digest noted beside them. If the server has another
 * history by now, nothing is done: the next exchange starts afresh anyway.
 */
export async function repair(storage: Storage, transport: Transport, scope: string): Promise<Repaired> {
  const { memory, copies } = await storage.read(async (tx) => ({
    memory: await tx.memory(),
    copies: await tx.copies({ scope }),
  }));
  const ask = async (asked: BucketsAsked): Promise<Page | undefined> => {
    const said = await answered(transport, asked);
    return said.epoch === memory.cursor.epoch ? said.page : undefined;
  };
  const theirs = await ask({ scope });
  if (!theirs) return { buckets: 0, put: 0, dropped: 0 };
  const noted = sumsByBucket(copies);
  const truly = sumsByBucket(copies.map(({ id, rev, values }) => ({ id, rev, digest: digest(values) })));
  const every = [...new Set([...noted.keys(), ...theirs.buckets.keys()])].sort();
  const differ = every.filter((bucket) => {
    const claim = theirs.buckets.get(bucket);
    return !equal(noted.get(bucket), truly.get(bucket)) || !equal(noted.get(bucket), claim);
  });
  if (differ.length === 0) return { buckets: 0, put: 0, dropped: 0 };
  return { buckets: differ.length, ...(await readAgain(storage, ask, scope, differ, memory.sweep)) };
}

const equal = (left: Sum | undefined, right: Sum | undefined): boolean =>
  left?.sum === right?.sum && left?.count === right?.count;

async function readAgain(
  storage: Storage,
  ask: (asked: BucketsAsked) => Promise<Page | undefined>,
  scope: string,
  buckets: readonly string[],
  sweep: number,
): Promise<{ put: number; dropped: number }> {
  const done = { put: 0, dropped: 0 };
  for (let after = ''; ; ) {
    const page = await ask(after ? { scope, buckets, after } : { scope, buckets });
    const last = page?.records.at(-1);
    if (!page || (page.more && !last)) return done;
    const until = page.more ? last?.id : undefined;
    const named = new Set(page.records.map((entry) => entry.id));
    const isStale = ({ id }: Copy) =>
      buckets.includes(bucketOf(id)) && !named.has(id) && id > after && (until === undefined || id <= until);
    await storage.write(async (tx) => {
      const stale = (await tx.copies({ scope })).filter(isStale);
      await tx.dropCopies(stale.map((copy) => copy.id));
      for (const entry of page.records) await tx.putCopy(copyOf(entry, sweep));
      done.put += named.size;
      done.dropped += stale.length;
    });
    if (until === undefined) return done;
    after = until;
  }
}

async function answered(transport: Transport, asked: BucketsAsked): Promise<{ epoch: unknown; page: Page }> {
  let said: Record<string, unknown>;
  try {
    said = parsed(await transport.buckets(JSON.stringify(asked)));
  } catch (error) {
    if (error instanceof NotWhole) throw new Unreachable(`the answer is not whole: ${error.message}`);
    throw error;
  }
  const sums = isObject(said.buckets) ? Object.entries(said.buckets) : [];
  const page = {
    buckets: new Map(sums as unknown as [string, Sum][]),
    records: listed(said.records).filter(isUpsert),
    more: said.more === true,
  };
  return { epoch: said.epoch, page };
}
