/** Identifiers, as `mobile_contract/ids.py` has them: UUIDv7 made here, UUIDv5 where a natural key exists. */

import { NAMESPACE } from '@contract/generated/contract';
import { v5, v7 } from 'uuid';

const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[57][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export const newId = (): string => v7();

export const isId = (text: string): boolean => CANONICAL.test(text);

/** Each part is prefixed with its length in UTF-8 bytes, so that no two keys read the same when joined. */
export function naturalId(...parts: readonly string[]): string {
  const key = parts.map((part) => `${new TextEncoder().encode(part).length}:${part}`).join('');
  return v5(key, NAMESPACE);
}

/** The id of a record whose form is `uniqueBy` fields, from the values of those fields in order. */
export const recordId = (kind: string, scope: string, form: string, ...key: readonly string[]): string =>
  naturalId('record', kind, scope, form, ...key);

/** The id of a row from its `rowKey` values, or from its ordinal when it came without an id. */
export const rowId = (record: string, repeat: string, ...key: readonly string[]): string =>
  naturalId('row', record, repeat, ...key);

export const conflictId = (record: string, path: string): string => naturalId('conflict', record, path);

export const sectionScope = (section: string): string => `section:${section}`;
export const projectScope = (project: string): string => `project:${project}`;
export const personScope = (person: string): string => `person:${person}`;
