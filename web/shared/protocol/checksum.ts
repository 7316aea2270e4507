/** The checksum of a scope: the sum mod 2⁶⁴ of SHA-256(id:rev:digest)[:8] over its live records, and their count. */
import { hashOf } from './values';

const MODULUS = 1n << 64n;

export interface Mark {
  readonly id: string;
  readonly rev: number;
  readonly digest: string;
}

export interface Sum {
  readonly sum: string;
  readonly count: number;
}

const share = (mark: Mark): bigint => BigInt(`0x${hashOf(`${mark.id}:${mark.rev}:${mark.digest}`).slice(0, 16)}`);

export function sumOf(marks: readonly Mark[]): Sum {
  const total = marks.reduce((sum, mark) => (sum + share(mark)) % MODULUS, 0n);
  return { sum: total.toString(16).padStart(16, '0'), count: marks.length };
}

/** The bucket of a record: the last two digits of its id. */
export const bucketOf = (id: string): string => id.slice(-2);

export function sumsByBucket(marks: readonly Mark[]): Map<string, Sum> {
  const buckets = new Map<string, Mark[]>();
  for (const mark of marks) {
    const inside = buckets.get(bucketOf(mark.id));
    if (inside) inside.push(mark);
    else buckets.set(bucketOf(mark.id), [mark]);
  }
  return new Map([...buckets].map(([bucket, inside]) => [bucket, sumOf(inside)]));
}
