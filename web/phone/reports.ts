import type { Field, FormDefinition, Item, Role, Value, Values } from '@contract/generated/contract';
import { recordId } from '@shared/protocol/ids';
import type { RecordView } from '@shared/protocol/phone';
import { labelled } from '@shared/words/i18n';

/** Which forms are offered where, and what a new report of one begins with. Forms themselves are `@shared/forms/`. */

/** A draft of a report, as far as this list needs it (`@shared/forms/draft` writes it). */
export interface KeptDraft {
  readonly form: string;
  readonly formVersion: number;
  readonly scope: string;
  readonly changes: Readonly<Record<string, unknown>>;
  readonly at: string;
}

export const DRAFTS = 'report/';

/** The newest version of each form, those without that were retired, by title. */
export function offered(forms: readonly RecordView<'form'>[]): FormDefinition[] {
  const newest = new Map<string, RecordView<'form'>>();
  for (const form of forms) {
    const known = newest.get(form.values.id);
    if (!known || known.values.version < form.values.version) newest.set(form.values.id, form);
  }
  return [...newest.values()]
    .filter((form) => !form.server?.retiredAt)
    .map((form) => form.values)
    .sort((a, b) => labelled(a.title).localeCompare(labelled(b.title), 'zh-CN'));
}

export function version(
  forms: readonly RecordView<'form'>[],
  form: string,
  number: number,
): FormDefinition | undefined {
  return forms.find((one) => one.values.id === form && one.values.version === number)?.values;
}

/** The log of the day for people of these roles: of the forms that are kept day by day, the supervisors' or the other. */
export function logOf(forms: readonly FormDefinition[], roles: ReadonlySet<Role>): FormDefinition | undefined {
  const daily = forms.filter((form) => dayField(form) !== undefined && form.uniqueBy?.length === 1);
  const wanted = roles.has('supervisor') ? 'supervision_log' : 'daily_log';
  return daily.find((form) => form.id === wanted) ?? daily[0];
}

/** The field that says which day a form is of, where there is one report of each day. */
export function dayField(form: FormDefinition): string | undefined {
  return fieldsOf(form.items).find((field) => field.means === 'document.date' && form.uniqueBy?.includes(field.name))
    ?.name;
}

export function logId(form: FormDefinition, scope: string, day: string): string {
  return recordId('report', scope, form.id, day);
}

/** What a new report knows by itself: its day, and who writes it. */
export function prefilled(form: FormDefinition, day: string, name: string): Values {
  const known: [string, Value][] = fieldsOf(form.items).flatMap((field): [string, Value][] => {
    if (field.means === 'document.date' && field.type === 'date') return [[field.name, day]];
    if (field.means === 'document.person' && field.type === 'text') return [[field.name, name]];
    return [];
  });
  return Object.fromEntries(known);
}

/** The last report of this form in this scope before a day: what 同昨日 takes from. */
export function lastBefore(
  reports: readonly RecordView<'report'>[],
  form: FormDefinition,
  day: string,
): { fields: Values; day: string } | undefined {
  const name = dayField(form);
  if (name === undefined) return undefined;
  let best: { fields: Values; day: string } | undefined;
  for (const report of reports) {
    const { fields } = report.values;
    const of = fields?.[name];
    if (report.values.form !== form.id || report.removed || typeof of !== 'string' || of >= day) continue;
    if (!best || of > best.day) best = { fields, day: of };
  }
  return best;
}

/** Few enough to look through at a glance. */
const MOST_SUGGESTIONS = 30;

/** What a text field may be answered with: what was written before, then the project's own list (词表). */
export function suggested(
  field: Field,
  lists: readonly RecordView<'vocabulary'>[],
  reports: readonly RecordView<'report'>[],
): readonly string[] {
  if (!field.vocabulary) return [];
  const named = lists.filter((list) => list.values.name === field.vocabulary);
  return [...new Set([...written(reports, field), ...named.flatMap((list) => list.values.entries ?? [])])];
}

/** What was written before where the same is meant: of this phone's reports, the latest first. */
export function written(reports: readonly RecordView<'report'>[], field: Field): readonly string[] {
  const found = new Set<string>();
  const take = (value: Value | undefined) => {
    if (typeof value === 'string' && value.trim() && value.length <= 100) found.add(value.trim());
  };
  for (const report of [...reports].sort((a, b) => b.seq - a.seq)) {
    for (const [name, value] of Object.entries(report.values.fields ?? {})) {
      if (name === field.name) take(value);
      else if (isTable(value)) for (const row of Object.values(value)) take((row as Values)[field.name]);
    }
    if (found.size >= MOST_SUGGESTIONS) break;
  }
  return [...found].slice(0, MOST_SUGGESTIONS);
}

function isTable(value: Value | undefined): value is Values {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((row) => typeof row === 'object' && row !== null)
  );
}

function fieldsOf(items: readonly Item[]): readonly Field[] {
  return items.flatMap((item): readonly Field[] => {
    if (item.item === 'group') return fieldsOf(item.items);
    return item.item === 'field' ? [item] : [];
  });
}
