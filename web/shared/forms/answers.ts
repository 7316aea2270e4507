/** What a person types, as values; and values as a person reads them. Exact both ways: nothing is ever a float. */
import type { Field, FormDefinition, Repeat, Value, Values } from '@contract/generated/contract';
import { BadOperand, Decimal } from './decimal';
import { choicesOf, said } from './definition';
import { valueAt } from './draft';
import { isObject } from './evaluate';
import { missing } from './operands';

/** Money is kept in 分 and read and typed in 元. */
const FEN = 'CNY_FEN';
const PLACES_OF_YUAN = 2;

export const isMoney = (field: Field): boolean => field.unit === FEN;

/**
 * Read what was typed into a number field. What is no number is kept as it was typed: it is marked, and nothing that
 * a person wrote is thrown away.
 */
export function readNumber(field: Field, typed: string): Value {
  const text = plain(typed);
  if (text === '') return null;
  try {
    const number = Decimal.parse(text.replace(/\.$/, '').replace(/^(-?)\./, '$10.'));
    if (field.type === 'decimal') return number.text(Math.max(number.places, 0) || null);
    const units = isMoney(field) ? number.times(new Decimal(100n)) : number;
    const whole = units.rounded(0);
    const integer = Number(whole.units);
    return whole.compare(units) === 0 && Number.isSafeInteger(integer) ? integer : typed;
  } catch (error) {
    if (error instanceof BadOperand) return typed;
    throw error;
  }
}

/** The text a number field shows for a value. */
export function numberText(field: Field, value: Value): string {
  if (missing(value)) return '';
  if (typeof value === 'number' && isMoney(field))
    return new Decimal(BigInt(value), PLACES_OF_YUAN).text(PLACES_OF_YUAN);
  return String(value);
}

/** Full-width digits and signs as keyboards for Chinese give them, spaces and grouping commas taken out. */
function plain(typed: string): string {
  const narrow = typed.replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
  return narrow
    .replace(/[。]/g, '.')
    .replace(/[−–—]/g, '-')
    .replace(/[\s,,]/g, '');
}

/** A value as one line for people: choices by their words, money in 元 with its groups. */
export function shown(form: FormDefinition, field: Field | undefined, value: Value, language: string): string {
  if (missing(value)) return '';
  if (!field) return typeof value === 'object' ? JSON.stringify(value) : String(value);
  const words = (name: Value) => {
    const choice = choicesOf(form, field).find((one) => one.name === name);
    return choice ? said(choice.label, language) : String(name);
  };
  if (field.type === 'boolean') return words(value === true ? 'yes' : value === false ? 'no' : value);
  if (field.type === 'selectOne') return words(value);
  if (field.type === 'selectMultiple' && Array.isArray(value)) return value.map(words).join('、');
  if (field.type === 'integer' && typeof value === 'number') return grouped(numberText(field, value), isMoney(field));
  if (field.type === 'geopoint' && isObject(value)) return degrees(value);
  if (field.type === 'date' && typeof value === 'string') return `${value} ${weekday(value, language)}`.trim();
  if (field.type === 'dateTime' && typeof value === 'string') return value.slice(0, 16).replace('T', ' ');
  return String(value);
}

function grouped(text: string, money: boolean): string {
  const [whole = '', ...places] = text.split('.');
  return money ? [whole.replace(/\B(?=(\d{3})+$)/g, ','), ...places].join('.') : text;
}

function weekday(day: string, language: string): string {
  const moment = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(moment.getTime())) return '';
  return new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' }).format(moment);
}

function degrees(position: Values): string {
  const degree = (units: Value | undefined) =>
    typeof units === 'number' ? new Decimal(BigInt(units), 7).rounded(5).text() : '?';
  return `${degree(position.lat)}, ${degree(position.lon)}`;
}

/** What a row is called: the words of its key. */
export function rowTitle(form: FormDefinition, repeat: Repeat, row: string, fields: Values, language: string): string {
  const keys = repeat.fields.filter((field) => repeat.rowKey?.includes(field.name));
  const words = keys.map((field) =>
    shown(form, field, valueAt(fields, `${repeat.name}/${row}/${field.name}`), language),
  );
  return words.filter(Boolean).join(' ');
}

/** The unit as people say it. */
export function unitText(field: Field, yuan: string): string {
  return isMoney(field) ? yuan : (field.unit ?? '');
}
