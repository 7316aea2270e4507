/** 同昨日: takes over what may be taken over from an earlier report – never weather, headcount or photographs. */
import type { Field, FormDefinition, Value, Values } from '@contract/generated/contract';
import { fieldsOf, repeatsOf } from './definition';
import { isObject } from './evaluate';
import { missing } from './operands';

/** Kinds of answer that are always of their own day, whatever a form's author allowed. */
const OF_ITS_DAY: ReadonlySet<Field['type']> = new Set(['photo', 'audio', 'video', 'signature', 'geopoint']);

export interface Carried {
  /** Values by name. */
  readonly fields: Readonly<Record<string, Value>>;
  /** Rows by table: only the cells that may be carried, in their order. */
  readonly rows: Readonly<Record<string, readonly Values[]>>;
}

/** What of `before` may be taken over into a report where `now` is filled in already; that is never overwritten. */
export function carried(form: FormDefinition, before: Values, now: Values): Carried {
  const fields = fieldsOf(form)
    .filter((field) => carries(form, field) && missing(now[field.name]) && !missing(before[field.name]))
    .map((field): [string, Value] => [field.name, before[field.name] ?? null]);
  const rows: Record<string, Values[]> = {};
  for (const repeat of repeatsOf(form)) {
    const [old, there] = [before[repeat.name], now[repeat.name]];
    const columns = repeat.fields.filter((field) => carries(form, field));
    if (!isObject(old) || !columns.length || (isObject(there) && Object.keys(there).length)) continue;
    const taken = Object.keys(old)
      .sort()
      .map((id) => cells(columns, old[id]))
      .filter((row) => Object.keys(row).length);
    if (taken.length) rows[repeat.name] = taken;
  }
  return { fields: Object.fromEntries(fields), rows };
}

/** How many answers would be taken over. */
export function countOf(carry: Carried): number {
  return Object.keys(carry.fields).length + Object.values(carry.rows).reduce((sum, rows) => sum + rows.length, 0);
}

function carries(form: FormDefinition, field: Field): boolean {
  const key = form.uniqueBy?.includes(field.name);
  return Boolean(field.carry) && !field.computed && !field.phoneOnly && !OF_ITS_DAY.has(field.type) && !key;
}

function cells(columns: readonly Field[], row: Value | undefined): Values {
  if (!isObject(row)) return {};
  const kept = columns.filter((field) => !missing(row[field.name]));
  return Object.fromEntries(kept.map((field) => [field.name, row[field.name] ?? null]));
}
