/** What a matter is about, in words: the record, its form and who is named in it. */
import type {
  CheckInValues,
  FormDefinition,
  PhotoValues,
  ReportValues,
  Upsert,
  Value,
  Values,
} from '@contract/generated/contract';
import { shown } from '@shared/forms/answers';
import { nameOf } from '@shared/forms/at';
import { at, within } from '@shared/forms/definition';
import { labelled, language, say } from '@shared/words/i18n';
import { get } from '../api';
import { formOf } from '../reports/names';
import { to } from '../router';

export interface About {
  readonly record?: Upsert;
  readonly form?: FormDefinition;
}

/** The record of a matter with the form that says how it reads; what is not one's own to read stays unknown. */
export async function aboutOf(id: string | undefined): Promise<About> {
  if (!id) return {};
  const record = await get<Upsert>(`/v1/records/${id}`).catch(() => undefined);
  if (!record) return {};
  const values = record.values as unknown as ReportValues;
  const form =
    record.kind === 'report' ? await formOf(values.form, values.formVersion).catch(() => undefined) : undefined;
  return { record, ...(form ? { form } : {}) };
}

const KINDS: Readonly<Record<string, readonly [string, string]>> = {
  report: ['报告', 'Report'],
  photo: ['照片', 'Photograph'],
  checkIn: ['打卡', 'Check-in'],
  scan: ['扫描件', 'Scan'],
  conflict: ['不一致', 'Conflict'],
  extraction: ['识别结果', 'Reading'],
};

export const sayKind = (kind: string): string => say(KINDS[kind] ?? [kind, kind]);

/** A record as people call it: a report by its form and day, a capture by its kind and time. */
export function titleOf({ record, form }: About, kind = ''): string {
  if (!record) return sayKind(kind);
  if (form) {
    const fields = (record.values.fields ?? {}) as Values;
    const dated = form.items.find((item) => item.item === 'field' && item.means === 'document.date');
    return [labelled(form.title), dated ? fields[dated.name] : ''].filter(Boolean).join(' · ');
  }
  const { captured } = record.values as unknown as Partial<PhotoValues & CheckInValues>;
  return [sayKind(record.kind), captured?.at.slice(0, 16).replace('T', ' ')].filter(Boolean).join(' · ');
}

/** The page that shows a record, where there is one. */
export function pageOf(record: Upsert | undefined): string | undefined {
  return record?.kind === 'report' ? to(`/reports/${record.id}`) : undefined;
}

/** A place of a record by the words of its form. */
export function placeIn({ record, form }: About, path: string): string {
  if (!form || !record) return path;
  return nameOf(form, within(path), (record.values.fields ?? {}) as Values, language.value);
}

/** A value as the form's answers read. */
export function valueIn({ form }: About, path: string, value: Value | undefined): string {
  if (value === undefined || value === null) return '';
  if (form) return shown(form, at(form, within(path)).field, value, language.value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
