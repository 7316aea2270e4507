/** Values as the contract writes them down: RFC 8785 canonical JSON without floats, and its SHA-256. */

import type { Value, Values } from '@contract/generated/contract';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

export const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The canonical form: keys in UTF-16 order, which is how JavaScript sorts, and JSON.stringify for the rest. */
export function canonical(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join(',')}}`;
}

/**
 * Hashing is synchronous and in JavaScript: it happens inside transactions, which do not wait for anything else, and
 * the browser's own is missing where a page came by plain HTTP.
 */
export const hashOf = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)));

export const digest = (value: Value): string => hashOf(canonical(value));

export function same(left: Value | undefined, right: Value | undefined): boolean {
  const [a, b] = [left ?? null, right ?? null];
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) return canonical(a) === canonical(b);
  return a === b;
}

/** Without members of objects that are null or empty objects, at any depth: both mean that there is nothing. */
export function normal(value: Value): Value {
  if (!isObject(value)) return value;
  const kept: [string, Value][] = [];
  for (const [key, item] of Object.entries(value)) {
    const inner = normal(item ?? null);
    if (inner === null || (isObject(inner) && Object.keys(inner).length === 0)) continue;
    kept.push([key, inner]);
  }
  return Object.fromEntries(kept);
}
