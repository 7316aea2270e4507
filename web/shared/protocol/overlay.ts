/** What a person sees: the server's copy with the ops of the queue laid over it. */
import type { AnyOp, Value, Values } from '@contract/generated/contract';
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

/** Open a whole record into the fields, rows and cells that it sets. */
function* leaves(path: Path, value: Value): Generator<[Path, Value]> {
  const parts = (path.length === 1 && path[0] === CONTAINER) || isId(path.at(-1) ?? '') || isRepeat(value);
  if (parts && isObject(value)) {
    for (const [key, item] of Object.entries(value)) yield* leaves([...path, key], item);
  } else {
    yield [path, value];
  }
}

/** Lay one op over values; undefined stands for a record that is not there. */
export function overlay(values: Values | undefined, op: AnyOp): Values | undefined {
  if (op.action === 'delete') return undefined;
  let result = values ?? {};
  if (op.action === 'create') {
    for (const [name, item] of Object.entries(op.values)) {
      for (const [path, value] of leaves([name], normal(item))) result = put(result, path, value);
    }
    return result;
  }
  if (op.action === 'patch') {
    for (const [path, change] of Object.entries(op.set)) result = put(result, split(path), change.value ?? null);
    return result;
  }
  return values;
}
