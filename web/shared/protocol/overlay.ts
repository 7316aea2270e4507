/** What a person sees: the server's copy with the ops of the queue laid over it. */
import type { AnyOp, Patch, Value, Values } from '@contract/generated/contract';
import { isId } from './ids';
import { isObject, normal } from './values';

type Path = readonly string[];
const MAX_SEGMENTS = 8;
/** The top-level value that merges by its parts; every other value is one thing. */
const CONTAINER = 'fields';

/** Read a path. Throws a RangeError when it is empty, too long or has an empty segment. */
export function split(path: string): Path {
  const parts = path.split('/');
  if (parts.length > MAX_SEGMENTS || parts.some((part) => part === '')) throw new RangeError(`no path: ${path}`);
  return parts;
}

export function get(values: Value, path: Path): Value {
  let here: Value = values;
  for (const part of path) {
    if (!isObject(here) || !Object.hasOwn(here, part)) return null;
    here = here[part] ?? null;
  }
  return here;
}

/** A copy with the value at `path` set, or removed when it is null. Emptied objects go too. */
export function put(values: Values, path: Path, value: Value): Values {
  const [head, ...rest] = path as [string, ...string[]];
  let item = value;
  if (rest.length) {
    const inner = get(values, [head]);
    const next = put(isObject(inner) ? inner : {}, rest, value);
    item = Object.keys(next).length ? next : null;
  }
  // Built from entries, because a key may be called __proto__.
  const others = Object.entries(values).filter(([key]) => key !== head);
  return Object.fromEntries(item === null ? others : [...others, [head, item]]);
}

/** A repeat: a non-empty object whose keys are all ids and whose members are objects. */
export function isRepeat(value: Value): boolean {
  if (!isObject(value)) return false;
  const rows = Object.entries(value);
  return rows.length > 0 && rows.every(([key, row]) => isId(key) && (row === null || isObject(row)));
}

/** One field, row or cell that an op sets. `inNewRow`: its row is made by the same change, so it need not be there. */
interface Leaf {
  readonly path: Path;
  readonly value: Value;
  readonly inNewRow: boolean;
}

/** Open a value into the fields, rows and cells that it sets; those that only `was` has are set to null. */
function* leaves(path: Path, value: Value, was: Value = null, inNewRow = false): Generator<Leaf> {
  const last = path.at(-1) ?? '';
  const parts = (path.length === 1 && last === CONTAINER) || isId(last) || isRepeat(value) || isRepeat(was);
  if (parts && isObject(value) && (was === null || isObject(was))) {
    const before = was ?? {};
    for (const key of Object.keys({ ...before, ...value })) {
      const fresh = inNewRow || (isId(key) && own(before, key) === null);
      yield* leaves([...path, key], own(value, key), own(before, key), fresh);
    }
  } else {
    yield { path, value, inNewRow };
  }
}

/** The leaves of a patch. A value seen only by its digest is one leaf. */
function* leavesOf(set: Patch['set']): Generator<Leaf> {
  for (const [name, change] of Object.entries(set)) {
    const [path, value, was] = [split(name), normal(change.value ?? null), normal(change.was ?? null)];
    if (typeof change.wasDigest === 'string') yield { path, value, inNewRow: false };
    else yield* leaves(path, value, was, was === null && isObject(value) && isId(path.at(-1) ?? ''));
  }
}

const own = (values: Values, key: string): Value => (Object.hasOwn(values, key) ? (values[key] ?? null) : null);

/** Whether a leaf is a cell of a row that is not there, and is not new with it. */
function isInGoneRow(values: Values, { path, inNewRow }: Leaf): boolean {
  if (inNewRow) return false;
  const row = path.slice(0, -1).findLastIndex(isId);
  return row >= 0 && get(values, path.slice(0, row + 1)) === null;
}

/** Lay one op over values; undefined stands for a record that is not there. */
export function overlay(values: Values | undefined, op: AnyOp): Values | undefined {
  if (op.action === 'delete') return undefined;
  let result = values ?? {};
  if (op.action === 'create') {
    for (const [name, item] of Object.entries(op.values)) {
      for (const { path, value } of leaves([name], normal(item))) result = put(result, path, value);
    }
    return result;
  }
  if (op.action === 'patch') {
    for (const leaf of leavesOf(op.set)) {
      // The server will not make half a row of a cell either: what went away comes back whole or not at all (ADR 0018).
      if (!isInGoneRow(result, leaf)) result = put(result, leaf.path, leaf.value);
    }
    return result;
  }
  return values;
}
