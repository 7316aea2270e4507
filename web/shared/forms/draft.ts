/**
 * A report while it is written. A draft holds only what was changed, each with the value its writer saw there
 * (`was`), so that what others send meanwhile comes through beside it, and one knows where two people wrote in the same
 * place. It stays on this phone until it is filed; then it becomes ops.
 */
import type { FormDefinition, Value, Values } from '@contract/generated/contract';
import { recordId, rowId } from '@shared/protocol/ids';
import { fieldsOf, repeatsOf } from './definition';
import { isObject, recompute } from './evaluate';
import { missing } from './operands';

export interface Changed {
  readonly value: Value;
  readonly was: Value;
}

export interface Draft {
  readonly form: string;
  readonly formVersion: number;
  readonly scope: string;
  /** By path within the report: `weather_am`, `labour/<row>/count`, or `labour/<row>` for a row that goes. */
  readonly changes: Readonly<Record<string, Changed>>;
  /** What a new report begins with: its day, its writer. It counts only while there is no record. */
  readonly begun?: Values;
  /** Why a signed report is amended. */
  readonly reason?: string;
  /** When it was last changed: the device's wall time with offset. */
  readonly at: string;
}

export function emptyDraft(form: FormDefinition, scope: string, at: string, begun: Values = {}): Draft {
  return { form: form.id, formVersion: form.version, scope, changes: {}, begun, at };
}

/** The value at a path of `fields`; null when there is none. */
export function valueAt(fields: Values, path: string): Value {
  let here: Value = fields;
  for (const part of path.split('/')) {
    if (!isObject(here) || !Object.hasOwn(here, part)) return null;
    here = here[part] ?? null;
  }
  return here;
}

/** A copy with the value at `path` set, or removed when there is none; emptied rows and tables go too. */
export function withValue(fields: Values, path: string, value: Value): Values {
  const [head = '', ...rest] = path.split('/');
  const inner = fields[head];
  let item: Value = missing(value) ? null : value;
  if (rest.length) {
    const next = withValue(isObject(inner) ? inner : {}, rest.join('/'), value);
    item = Object.keys(next).length ? next : null;
  }
  const { [head]: _, ...others } = fields;
  return item === null ? others : { ...others, [head]: item };
}

/** The report as its writer sees it: the record's fields, the draft laid over them, totals computed. */
export function laid(form: FormDefinition, draft: Draft, base: Values): Values {
  let fields = base;
  for (const [path, { value }] of Object.entries(draft.changes)) fields = withValue(fields, path, value);
  return recompute(form, fields);
}

/** Set a value. What is the record's again is no change any more; a row that goes takes its cells' changes along. */
export function changed(draft: Draft, base: Values, path: string, value: Value, at: string): Draft {
  const changes = withoutAncestor(draft.changes, base, path);
  const kept = Object.entries(changes).filter(([other]) => other !== path && !other.startsWith(`${path}/`));
  const was = changes[path]?.was ?? valueAt(base, path);
  const next = missing(value) ? null : value;
  const entry: [string, Changed][] = sameValue(next, valueAt(base, path)) ? [] : [[path, { value: next, was }]];
  return { ...draft, at, changes: Object.fromEntries([...kept, ...entry]) };
}

/** A row that was to go and is written in again: each of its cells goes instead, for no op may do both to one row. */
function withoutAncestor(changes: Draft['changes'], base: Values, path: string): Draft['changes'] {
  const gone = Object.keys(changes).find((other) => path.startsWith(`${other}/`));
  if (gone === undefined) return changes;
  const { [gone]: _, ...others } = changes;
  const row = valueAt(base, gone);
  const cells = Object.entries(isObject(row) ? row : {}).map(([name, was]) => [
    `${gone}/${name}`,
    { value: null, was },
  ]);
  return { ...others, ...Object.fromEntries(cells) };
}

/** Return the paths where another person's value came in under a change of this draft: both must be looked at. */
export function crossed(draft: Draft, base: Values): string[] {
  return Object.entries(draft.changes)
    .filter(([path, { value, was }]) => {
      const now = valueAt(base, path);
      return !sameValue(now, was) && !sameValue(now, value);
    })
    .map(([path]) => path);
}

/** Settle a crossing: keep one's own value, having seen the other's, or take theirs. */
export function settled(draft: Draft, base: Values, path: string, mine: boolean): Draft {
  const { [path]: change, ...others } = draft.changes;
  if (!change || !mine) return { ...draft, changes: others };
  return { ...draft, changes: { ...others, [path]: { ...change, was: valueAt(base, path) } } };
}

/** The id that the natural key gives a new report; undefined where the form has none, or a part of it is blank. */
export function naturalId(form: FormDefinition, scope: string, fields: Values): string | undefined {
  const key = (form.uniqueBy ?? []).map((name) => fields[name] ?? null);
  const whole = key.length > 0 && key.every((part) => typeof part === 'string' || typeof part === 'number');
  return whole && !key.some(missing) ? recordId('report', scope, form.id, ...key.map(String)) : undefined;
}

/** The id of a new row: of its key where the table has one, else the fresh one given. */
export function newRow(
  record: string,
  repeat: { name: string; rowKey?: readonly string[] },
  row: Values,
  fresh: string,
) {
  const key = (repeat.rowKey ?? []).map((name) => row[name] ?? null);
  return key.length && !key.some(missing) ? rowId(record, repeat.name, ...key.map(String)) : fresh;
}

/** Give the rows of a new report the ids that belong to its id, which is known only when it is filed. */
export function rekeyed(form: FormDefinition, record: string, fields: Values): Values {
  let result = fields;
  for (const repeat of repeatsOf(form)) {
    const rows = fields[repeat.name];
    if (!isObject(rows) || !repeat.rowKey?.length) continue;
    const keyed = Object.entries(rows).map(([id, row]) => [isObject(row) ? newRow(record, repeat, row, id) : id, row]);
    result = { ...result, [repeat.name]: Object.fromEntries(keyed) };
  }
  return result;
}

/** The computed values that differ from the record's, by path: they are filed too, so that a signature names them. */
export function recomputed(form: FormDefinition, fields: Values, base: Values): Record<string, Value> {
  const found: Record<string, Value> = {};
  const compare = (path: string) => {
    if (!sameValue(valueAt(fields, path), valueAt(base, path))) found[path] = valueAt(fields, path);
  };
  for (const field of fieldsOf(form)) if (field.computed) compare(field.name);
  for (const repeat of repeatsOf(form)) {
    const rows = fields[repeat.name];
    const columns = repeat.fields.filter((field) => field.computed);
    if (isObject(rows))
      for (const row of Object.keys(rows)) for (const c of columns) compare(`${repeat.name}/${row}/${c.name}`);
  }
  return found;
}

/** Whether two values are one: objects and lists by their parts. */
export function sameValue(left: Value, right: Value): boolean {
  if (left === right || (missing(left) && missing(right))) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || !left || !right) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const [mine, theirs] = [Object.entries(left), right as Values];
  return (
    mine.length === Object.keys(theirs).length && mine.every(([key, item]) => sameValue(item, theirs[key] ?? null))
  );
}
