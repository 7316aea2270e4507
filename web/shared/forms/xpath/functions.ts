/**
 * The functions of the ODK XForms specification (https://getodk.github.io/xforms-spec/#xpath-functions) that forms
 * use and that need no document. One that is not here leaves its rule unsaid.
 */
import { Decimal } from '../decimal';
import { asBoolean, asList, asNumber, asText, quotient, type Result } from './convert';

/** What functions ask of the world around an expression. */
export interface World {
  /** The device's wall time with offset, RFC 3339. */
  now(): string;
  newId(): string;
  /** The words of a choice, in the person's language. */
  choiceName(field: string, choice: string): string;
}

type Pure = (...args: readonly Result[]) => Result;

const whole = (number: number): Decimal => new Decimal(BigInt(Math.trunc(number)));
const plain = (number: Decimal | null): number => (number === null ? Number.NaN : Number(number.text()));
const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);
const letters = (text: string): string[] => [...text];

function floor(number: Decimal): Decimal {
  const down = number.rounded(0);
  return down.compare(number) > 0 ? down.minus(whole(1)) : down;
}

function best(args: readonly Result[], sign: number): Result {
  const numbers = args.flatMap(asList).map(asNumber);
  if (numbers.length === 0 || numbers.some((number) => number === null)) return null;
  return (numbers as Decimal[]).reduce((left, right) => (right.compare(left) * sign > 0 ? right : left));
}

function power(base: Decimal, exponent: number): Decimal | null {
  if (!Number.isInteger(exponent) || Math.abs(exponent) > 100) return null;
  let result = whole(1);
  for (let i = 0; i < Math.abs(exponent); i += 1) result = result.times(base);
  return exponent < 0 ? quotient(whole(1), result) : result;
}

function substring(text: string, start: number, length = Number.POSITIVE_INFINITY): string {
  const from = Math.round(start);
  return letters(text)
    .filter((_, index) => index + 1 >= from && index + 1 < from + Math.round(length))
    .join('');
}

function matches(text: string, pattern: string): boolean {
  // The whole text, as the specification has it. Some patterns are valid only without the strictness of "u".
  for (const flags of ['u', '']) {
    try {
      return new RegExp(`^(?:${pattern})$`, flags).test(text);
    } catch {}
  }
  return true;
}

/** `%Y-%m-%d` and its like, of a day or a moment by its own clock. */
function formatted(moment: string, pattern: string): string {
  const [, year = '', month = '', date = '', hour = '00', minute = '00', second = '00'] =
    /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}):?(\d{2})?)?/.exec(moment) ?? [];
  if (year === '') return '';
  const parts: Readonly<Record<string, string>> = {
    Y: year,
    y: year.slice(2),
    m: month,
    n: String(Number(month)),
    d: date,
    e: String(Number(date)),
    H: hour,
    h: String(Number(hour)),
    M: minute,
    S: second,
  };
  return pattern.replace(/%([A-Za-z])/g, (all, key: string) => parts[key] ?? all);
}

const total = (list: Result): Result => {
  const numbers = asList(list)
    .filter((item) => asText(item) !== '')
    .map(asNumber);
  return numbers.some((number) => number === null)
    ? null
    : (numbers as Decimal[]).reduce((left, right) => left.plus(right), whole(0));
};

/** What depends on nothing but its arguments. */
export const PURE: Readonly<Record<string, Pure>> = {
  true: () => true,
  false: () => false,
  not: (a = '') => !asBoolean(a),
  boolean: (a = '') => asBoolean(a),
  'boolean-from-string': (a = '') => ['true', '1', 'yes'].includes(asText(a)),
  string: (a = '') => asText(a),
  number: (a = '') => asNumber(a),
  int: (a = '') => {
    const number = asNumber(a);
    return number && (number.units < 0n ? whole(0).minus(floor(whole(0).minus(number))) : floor(number));
  },
  floor: (a = '') => asNumber(a) && floor(asNumber(a) as Decimal),
  ceiling: (a = '') => asNumber(a) && whole(0).minus(floor(whole(0).minus(asNumber(a) as Decimal))),
  round: (a = '', places = whole(0)) => asNumber(a)?.rounded(plain(asNumber(places))) ?? null,
  abs: (a = '') => {
    const number = asNumber(a);
    return number && number.units < 0n ? whole(0).minus(number) : number;
  },
  pow: (a = '', b = '') => asNumber(a) && power(asNumber(a) as Decimal, plain(asNumber(b))),
  sum: total,
  count: (list = []) => whole(asList(list).length),
  'count-non-empty': (list = []) => whole(asList(list).filter((item) => asText(item) !== '').length),
  min: (...args) => best(args, -1),
  max: (...args) => best(args, 1),
  concat: (...args) => args.flatMap(asList).map(asText).join(''),
  join: (between = '', ...args) => args.flatMap(asList).map(asText).join(asText(between)),
  'string-length': (a = '') => whole(letters(asText(a)).length),
  substr: (a = '', from = '', to) => {
    const text = letters(asText(a));
    return text.slice(plain(asNumber(from)), to === undefined ? undefined : plain(asNumber(to))).join('');
  },
  substring: (a = '', from = '', length) =>
    substring(asText(a), plain(asNumber(from)), length === undefined ? undefined : plain(asNumber(length))),
  'substring-before': (a = '', b = '') => {
    const at = asText(a).indexOf(asText(b));
    return at < 0 ? '' : asText(a).slice(0, at);
  },
  'substring-after': (a = '', b = '') => {
    const at = asText(a).indexOf(asText(b));
    return at < 0 ? '' : asText(a).slice(at + asText(b).length);
  },
  contains: (a = '', b = '') => asText(a).includes(asText(b)),
  'starts-with': (a = '', b = '') => asText(a).startsWith(asText(b)),
  'ends-with': (a = '', b = '') => asText(a).endsWith(asText(b)),
  'normalize-space': (a = '') => words(asText(a)).join(' '),
  translate: (a = '', from = '', to = '') => {
    const [old, fresh] = [letters(asText(from)), letters(asText(to))];
    const moved = (letter: string) => (old.includes(letter) ? (fresh[old.indexOf(letter)] ?? '') : letter);
    return letters(asText(a)).map(moved).join('');
  },
  regex: (a = '', pattern = '') => matches(asText(a), asText(pattern)),
  selected: (a = '', choice = '') => words(asText(a)).includes(asText(choice)),
  'selected-at': (a = '', at = '') => words(asText(a))[plain(asNumber(at))] ?? '',
  'count-selected': (a = '') => whole(words(asText(a)).length),
  date: (a = '') => asText(a).slice(0, 10),
  'date-time': (a = '') => asText(a),
  'decimal-date-time': (a = '') => asNumber(a),
  'format-date': (a = '', pattern = '') => formatted(asText(a), asText(pattern)),
  'format-date-time': (a = '', pattern = '') => formatted(asText(a), asText(pattern)),
};

/** What depends on the world. */
export const WORLDLY: Readonly<Record<string, (world: World, ...args: readonly Result[]) => Result>> = {
  today: (world) => world.now().slice(0, 10),
  now: (world) => world.now(),
  uuid: (world) => world.newId(),
};
