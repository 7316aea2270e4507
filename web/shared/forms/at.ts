/** What people call a place of a report, and whether the screen has a place for it. */
import type { FormDefinition, Removed, Values } from '@contract/generated/contract';
import { labelled } from '@shared/words/i18n';
import { rowTitle } from './answers';
import type { Checker } from './check';
import { at } from './definition';
import { isObject } from './evaluate';

/** Return what people call a place: `人数合计`, `管道工 人数`; a path that the form does not know as it is. */
export function nameOf(form: FormDefinition, path: string, fields: Values, language: string): string {
  const { field, repeat, row } = at(form, path);
  const title = repeat && row ? rowTitle(form, repeat, row, fields, language) : '';
  return [title, labelled((field ?? repeat)?.label)].filter(Boolean).join(' ') || path;
}

/** Whether the screen draws the field of a path within `fields`, so that what is to be said of it can stand there. */
export function isDrawn(form: FormDefinition, checker: Checker, fields: Values, path: string): boolean {
  const { field, repeat, row } = at(form, path);
  if (!field) return false;
  if (!repeat || !row) return checker.relevant(field, null);
  const rows = fields[repeat.name];
  const there = isObject(rows) && isObject(rows[row]) && !repeat.rowKey?.includes(field.name);
  return there && checker.relevant(repeat, null) && checker.relevant(field, { repeat, row });
}

/** Return fields with a row as it was last known before it was removed; as they are where nothing is known of it. */
export function withRemoved(fields: Values, removed: readonly Removed[], repeat: string, row: string): Values {
  const paths = [`fields/${repeat}/${row}`, `fields/${repeat}`];
  const known = [...removed].reverse().find((one) => paths.includes(one.path));
  const value = known?.path === `fields/${repeat}` ? known.value[row] : known?.value;
  return isObject(value) ? { ...fields, [repeat]: { [row]: value } } : fields;
}
