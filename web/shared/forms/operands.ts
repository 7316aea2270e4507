/**
 * Values of a record as operands of the closed set, and results as values again; the twin of
 * `server/forms/exact.py`.
 */
import type { Field, FieldType, Value, Values } from '@contract/generated/contract';
import { BadOperand, Decimal } from './decimal';

/** What an expression can evaluate to. */
export type Operand = Value | Decimal;

const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const TIME = /^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/;
const INSTANT =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?(Z|[+-][0-9]{2}:[0-9]{2})$/;
const DAY_MS = 86_400_000;

/** Whether there is no value: absent, null and the empty text are the same. */
export function missing(value: Operand | undefined): value is null | undefined | '' {
  return value === null || value === undefined || value === '';
}

/** Read an integer or the text of a decimal. Throws {@link BadOperand}. */
export function number(value: Operand): Decimal | null {
  if (value === null || value instanceof Decimal) return value;
  if (typeof value === 'number' && Number.isInteger(value)) return new Decimal(BigInt(value));
  if (typeof value === 'string') return Decimal.parse(value);
  throw new BadOperand();
}

/** Read `YYYY-MM-DD` as the count of days since 1970. Throws {@link BadOperand}. */
export function day(value: Operand): number | null {
  if (value === null) return null;
  if (typeof value !== 'string' || !DATE.test(value) || value.startsWith('0000')) throw new BadOperand();
  const moment = new Date(`${value}T00:00:00Z`);
  // A day that does not exist – 30 February – is invalid, or read as one of the next month.
  if (Number.isNaN(moment.getTime()) || !moment.toISOString().startsWith(value)) throw new BadOperand();
  return moment.getTime() / DAY_MS;
}

/** Read `HH:MM`. Throws {@link BadOperand}. */
export function wallTime(value: Operand): string | null {
  if (value === null || (typeof value === 'string' && TIME.test(value))) return value; // one width: they compare as text
  throw new BadOperand();
}

/** Read RFC 3339 with its offset as microseconds since 1970. Throws {@link BadOperand}. */
export function instant(value: Operand): bigint | null {
  if (value === null) return null;
  const found = typeof value === 'string' ? INSTANT.exec(value) : null;
  if (!found) throw new BadOperand();
  const [, date = '', hour, minute, second = '0', fraction = '', zone = ''] = found;
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  const [zoneHour, zoneMinute] = zone === 'Z' ? [0, 0] : [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  if (h > 23 || m > 59 || s > 59 || zoneHour > 23 || zoneMinute > 59) throw new BadOperand();
  const east = (zone.startsWith('-') ? -1 : 1) * (zoneHour * 60 + zoneMinute);
  const minutes = (day(date) ?? 0) * 1440 + h * 60 + m - east;
  return BigInt(minutes * 60 + s) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}

/** Read a boolean. Throws {@link BadOperand}. */
export function truth(value: Operand): boolean | null {
  if (value === null || typeof value === 'boolean') return value;
  throw new BadOperand();
}

/** Compare two operands as `type`; nothing comes before or after a missing value. Throws {@link BadOperand}. */
export function compare(operator: string, type: FieldType, left: Operand, right: Operand): boolean {
  const order = ordered(type, left, right);
  if (operator === '=') return order === 0;
  if (operator === '!=') return order !== 0;
  if (order === null) return false;
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  return operator === '>' ? order > 0 : order >= 0;
}

/** Negative, zero or positive; null where the two have no order, and so are not the same. */
function ordered(type: FieldType, left: Operand, right: Operand): number | null {
  switch (type) {
    case 'decimal':
      return both(number(left), number(right), (a, b) => a.compare(b));
    case 'date':
      return both(day(left), day(right), (a, b) => a - b);
    case 'time':
      return both(wallTime(left), wallTime(right), (a, b) => (a < b ? -1 : a > b ? 1 : 0));
    case 'dateTime':
      return both(instant(left), instant(right), (a, b) => (a < b ? -1 : a > b ? 1 : 0));
    case 'boolean':
      return both(truth(left), truth(right), (a, b) => (a === b ? 0 : null));
    default:
      return same(left, right) ? 0 : null;
  }
}

function both<T>(left: T | null, right: T | null, order: (left: T, right: T) => number | null): number | null {
  if (left === null || right === null) return left === right ? 0 : null;
  return order(left, right);
}

/** Whether two operands are equal as Python has it: numbers by their size, lists and objects by their parts. */
function same(left: Operand, right: Operand): boolean {
  const [a, b] = [numeric(left), numeric(right)];
  if (a && b) return a.compare(b) === 0;
  if (a || b || typeof left !== 'object' || typeof right !== 'object' || !left || !right) return left === right;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const [mine, theirs] = [Object.entries(left), right as Values];
  return (
    mine.length === Object.keys(theirs).length && mine.every(([k, v]) => k in theirs && same(v, theirs[k] ?? null))
  );
}

function numeric(value: Operand): Decimal | null {
  if (value instanceof Decimal) return value;
  if (typeof value === 'boolean') return new Decimal(value ? 1n : 0n);
  return typeof value === 'number' && Number.isInteger(value) ? new Decimal(BigInt(value)) : null;
}

/** Write a result as a record holds it in `field`. Throws {@link BadOperand} when it cannot. */
export function stored(field: Field, result: Operand): Value {
  if (field.type === 'integer' || field.type === 'decimal') {
    const value = number(result);
    if (value === null) throw new BadOperand();
    if (field.type === 'decimal') {
      const text = value.text(field.scale ?? null);
      Decimal.parse(text); // what could not be read back is not written
      return text;
    }
    const whole = Number(value.rounded(0).units);
    if (!Number.isSafeInteger(whole)) throw new BadOperand();
    return whole;
  }
  if (result instanceof Decimal || (typeof result === 'boolean') !== (field.type === 'boolean')) throw new BadOperand();
  return result;
}
