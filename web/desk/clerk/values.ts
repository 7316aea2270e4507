/** The values of a paper as a clerk types and reads them: plain text in, exact values out. */
import type { Field, Value } from '@contract/generated/contract';
import { numberText, readNumber } from '@shared/forms/answers';
import { missing } from '@shared/forms/operands';
import { atZone, wallOf } from '@shared/forms/zone';

/** The text that stands in the input for a value. */
export function textOf(field: Field | undefined, value: Value | undefined): string {
  if (value === undefined || missing(value)) return '';
  if (Array.isArray(value)) return value.join(' ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (field?.type === 'dateTime' && typeof value === 'string') return wallOf(value).replace('T', ' ');
  if (field && (field.type === 'integer' || field.type === 'decimal')) return numberText(field, value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Read what was typed; `undefined` where it is no value of the field. Nothing typed is `null`. */
export function readTyped(field: Field | undefined, typed: string, timeZone?: string): Value | undefined {
  const text = typed.trim();
  if (text === '') return null;
  switch (field?.type) {
    case 'integer': {
      const read = readNumber(field, text);
      return typeof read === 'number' ? read : undefined;
    }
    case 'decimal': {
      const read = readNumber(field, text);
      return typeof read === 'string' && /^-?\d+(\.\d+)?$/.test(read) ? read : undefined;
    }
    case 'boolean':
      return text === 'yes' ? true : text === 'no' ? false : undefined;
    case 'date':
      return dayOf(text);
    case 'time':
      return timeOf(text);
    case 'dateTime': {
      const [day, time] = [dayOf(text.split(/[ T]/)[0] ?? ''), timeOf(text.split(/[ T]/)[1] ?? '')];
      return day && time ? atZone(`${day}T${time}`, timeZone) : undefined;
    }
    case 'selectMultiple':
      return text.split(/\s+/);
    default:
      return text;
  }
}

/** `20261118`, `2026.11.18`, `2026年11月18日` → `2026-11-18`; undefined where there is no such day. */
export function dayOf(text: string): string | undefined {
  const found = /^(\d{4})(\d{2})(\d{2})$/.exec(text) ?? /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(text);
  if (!found) return undefined;
  const [, year = '', month = '', day = ''] = found;
  const said = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const moment = new Date(`${said}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(said) ? said : undefined;
}

/** `0830`, `8:30`, `8点30分` → `08:30`. */
export function timeOf(text: string): string | undefined {
  const [, hour = '', minute = ''] = /^(\d{1,2})[:：点时]?(\d{2})分?$/.exec(text) ?? [];
  return hour !== '' && Number(hour) < 24 && Number(minute) < 60 ? `${hour.padStart(2, '0')}:${minute}` : undefined;
}

/** Whether two values are the same answer. */
export const same = (one: Value | undefined, other: Value | undefined): boolean =>
  JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
