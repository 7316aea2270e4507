/** What differs between two versions of a report, field by field, in the order of the form. */
import type { Field, FormDefinition, Repeat, Value, Values } from '@contract/generated/contract';
import { fieldsOf, repeatsOf } from './definition';
import { sameValue, valueAt } from './draft';
import { isObject } from './evaluate';

export interface Difference {
  readonly path: string;
  /** Missing for what the form does not know. */
  readonly field?: Field;
  /** The table and row of a cell. */
  readonly place?: { readonly repeat: Repeat; readonly row: string };
  readonly before: Value;
  readonly after: Value;
}

export function differences(form: FormDefinition, before: Values, after: Values): Difference[] {
  const found: Difference[] = [];
  const known = new Set<string>();
  const compare = (path: string, field?: Field, place?: { repeat: Repeat; row: string }) => {
    const [was, is] = [valueAt(before, path), valueAt(after, path)];
    if (!sameValue(was, is))
      found.push({ path, before: was, after: is, ...(field ? { field } : {}), ...(place ? { place } : {}) });
  };
  for (const field of fieldsOf(form)) {
    known.add(field.name);
    compare(field.name, field);
  }
  for (const repeat of repeatsOf(form)) {
    known.add(repeat.name);
    for (const row of rowsOf(repeat.name, before, after)) {
      for (const field of repeat.fields) compare(`${repeat.name}/${row}/${field.name}`, field, { repeat, row });
    }
  }
  const others = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !known.has(name));
  for (const name of others) compare(name);
  return found;
}

/** The rows of a table in either version. */
function rowsOf(name: string, before: Values, after: Values): string[] {
  const both = [before[name], after[name]].flatMap((rows) =>
    isObject(rows ?? null) ? Object.keys(rows as Values) : [],
  );
  return [...new Set(both)].sort();
}
