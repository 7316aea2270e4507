/** XPath's conversions between texts, numbers, booleans and lists – over exact decimals instead of floats. */
import type { Value } from '@contract/generated/contract';
import { BadOperand, Decimal } from '../decimal';
import { isObject } from '../evaluate';
import { day, instant } from '../operands';

/** What an expression gives. A number that is none (NaN) is null; a list is the column of a table. */
export type Result = string | boolean | Decimal | null | readonly Result[];

const DAY_US = 86_400_000_000n;
const PLACES = 20;

/** A value of a record as XPath sees it in an XForm: choices by name, several joined by spaces, `yes` and `no`. */
export function seen(value: Value): Result {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return Number.isInteger(value) ? new Decimal(BigInt(value)) : null;
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(String).join(' ');
  return isObject(value) && 'lat' in value ? `${degree(value.lat)} ${degree(value.lon)} 0 0` : '';
}

function degree(units: Value | undefined): string {
  return typeof units === 'number' ? new Decimal(BigInt(units), 7).text() : '0';
}

export function asText(result: Result): string {
  if (result === null) return 'NaN';
  if (typeof result === 'string') return result;
  if (typeof result === 'boolean') return String(result);
  return result instanceof Decimal ? result.text() : asText(result[0] ?? '');
}

/** A number; null where there is none. Days count from 1970, a moment as a fraction of days. */
export function asNumber(result: Result): Decimal | null {
  if (result === null || result instanceof Decimal) return result;
  if (typeof result === 'boolean') return new Decimal(result ? 1n : 0n);
  if (typeof result !== 'string') return asNumber(result[0] ?? '');
  return tried(() => Decimal.parse(result.trim())) ?? tried(() => days(day(result))) ?? tried(() => moment(result));
}

export function asBoolean(result: Result): boolean {
  if (typeof result === 'boolean') return result;
  if (result === null) return false;
  if (result instanceof Decimal) return result.units !== 0n;
  return result.length > 0;
}

/** A list of one or many; a blank is no member. */
export function asList(result: Result): readonly Result[] {
  return Array.isArray(result) ? result : [result as Result];
}

export function quotient(left: Decimal, right: Decimal): Decimal | null {
  if (right.units === 0n) return null;
  const units = (left.units * 10n ** BigInt(PLACES + right.places)) / (right.units * 10n ** BigInt(left.places));
  return new Decimal(units, PLACES);
}

function days(count: number | null): Decimal | null {
  return count === null ? null : new Decimal(BigInt(count));
}

function moment(text: string): Decimal | null {
  const at = instant(text);
  return at === null ? null : quotient(new Decimal(at), new Decimal(DAY_US));
}

function tried<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadOperand) return null;
    throw error;
  }
}
