/**
 * What a filled form leaves open: blanks, values of another type, unknown choices, broken constraints; the twin of
 * `server/forms/check.py`. These are hints for people. Nothing is ever refused for them.
 */
import type { Field, FormDefinition, Repeat, Value, Values } from '@contract/generated/contract';
import { BadOperand, Decimal } from './decimal';
import { choicesOf, fieldsOf, repeatsOf } from './definition';
import { Evaluation, isObject, type Place } from './evaluate';
import { day, instant, missing, wallTime } from './operands';

/** Codes of `mobile_contract/problems.py`. */
export type FlagCode = 'field.blank' | 'field.not_a_value' | 'field.not_a_choice' | 'field.out_of_range';

export interface Flag {
  /** `fields/<name>`, or `fields/<repeat>/<row>/<name>`. */
  readonly path: string;
  readonly code: FlagCode;
}

const MAX_LAT = 90 * 10 ** 7;
const MAX_LON = 180 * 10 ** 7;
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * What the phone alone can judge: XPath outside the closed set. `null` means that it cannot be told, and then nothing
 * is said about it – as on the server, which never can.
 */
export interface PhoneRules {
  relevant(item: Field | Repeat, place: Place): boolean | null;
  allowed(field: Field, place: Place): boolean | null;
}

export const NO_PHONE_RULES: PhoneRules = { relevant: () => null, allowed: () => null };

/** The path of a field or row as ops and flags name it. */
export function pathOf(name: string, place: Place = null): string {
  return ['fields', ...(place ? [place.repeat.name, place.row] : []), name].join('/');
}

/** List the flags of a report's `fields` in the order of the form, rows by their ids. */
export function check(form: FormDefinition, fields: Values): Flag[] {
  return new Checker(form, fields).flags();
}

/** The checks of one report. */
export class Checker {
  readonly run: Evaluation;
  readonly phone: PhoneRules;

  constructor(
    readonly form: FormDefinition,
    fields: Values,
    phone: (report: Evaluation) => PhoneRules = () => NO_PHONE_RULES,
  ) {
    this.run = new Evaluation(form, fields);
    this.phone = phone(this.run);
  }

  flags(): Flag[] {
    const flags = fieldsOf(this.form).flatMap((field) => this.field(field, null));
    return [...flags, ...repeatsOf(this.form).flatMap((repeat) => this.#rows(repeat))];
  }

  /** Whether a field or a table is asked. */
  relevant(item: Field | Repeat, place: Place): boolean {
    if (!item.relevant) return true;
    if (item.relevant.expression) return this.run.holds(item.relevant.expression, place);
    return this.phone.relevant(item, place) ?? true;
  }

  /** The flag of one value, if any; what is computed or not asked is not checked. */
  field(field: Field, place: Place): Flag[] {
    if (field.computed || !this.relevant(field, place)) return [];
    const value = this.#value(field, place);
    const code = missing(value) ? this.#blank(field, place) : this.#wrong(field, value, place);
    return code ? [{ path: pathOf(field.name, place), code }] : [];
  }

  #blank(field: Field, place: Place): FlagCode | null {
    // Whether a question under phone-only relevance was asked is known only where its XPath could be evaluated.
    const asked = !field.relevant || field.relevant.expression || this.phone.relevant(field, place) === true;
    return field.required && asked ? 'field.blank' : null;
  }

  #wrong(field: Field, value: Value, place: Place): FlagCode | null {
    const wrong = isValue(this.form, field, value);
    if (wrong) return wrong;
    const rule = field.constraint;
    if (!rule) return null;
    const allowed = rule.expression
      ? this.run.holds(rule.expression, place)
      : (this.phone.allowed(field, place) ?? true);
    return allowed ? null : 'field.out_of_range';
  }

  #rows(repeat: Repeat): Flag[] {
    const rows = this.run.fields[repeat.name] ?? null;
    if (rows === null || !this.relevant(repeat, null)) return [];
    if (!isObject(rows)) return [{ path: pathOf(repeat.name), code: 'field.not_a_value' }];
    return Object.keys(rows)
      .sort()
      .flatMap((row): Flag[] =>
        isObject(rows[row])
          ? repeat.fields.flatMap((field) => this.field(field, { repeat, row }))
          : [{ path: pathOf(row, null).replace('fields/', `fields/${repeat.name}/`), code: 'field.not_a_value' }],
      );
  }

  #value(field: Field, place: Place): Value {
    const rows = place ? this.run.fields[place.repeat.name] : null;
    const row = place && isObject(rows) ? rows[place.row] : null;
    return (place ? (isObject(row) ? row : {}) : this.run.fields)[field.name] ?? null;
  }
}

/** What is wrong with a value by the type of its field; null: nothing. */
function isValue(form: FormDefinition, field: Field, value: Value): FlagCode | null {
  if (field.type === 'selectOne' || field.type === 'selectMultiple') {
    const chosen = field.type === 'selectMultiple' ? value : [value];
    if (!Array.isArray(chosen) || !chosen.every((name) => typeof name === 'string')) return 'field.not_a_value';
    const names = new Set(choicesOf(form, field).map((choice) => choice.name));
    return chosen.every((name) => names.has(name)) ? null : 'field.not_a_choice';
  }
  try {
    return IS_VALUE[field.type](field, value) ? null : 'field.not_a_value';
  } catch (error) {
    if (error instanceof BadOperand) return 'field.not_a_value';
    throw error;
  }
}

type Test = (field: Field, value: Value) => boolean;
const isText: Test = (_, value) => typeof value === 'string';
const isFile: Test = (_, value) => typeof value === 'string' && SHA256.test(value);

const IS_VALUE: Record<Exclude<Field['type'], 'selectOne' | 'selectMultiple'>, Test> = {
  text: isText,
  barcode: isText,
  integer: (_, value) => Number.isSafeInteger(value),
  decimal: (field, value) =>
    typeof value === 'string' && Decimal.parse(value).places <= (field.scale === undefined ? 20 : (field.scale ?? 20)),
  boolean: (_, value) => typeof value === 'boolean',
  date: (_, value) => day(value) !== null,
  time: (_, value) => wallTime(value) !== null,
  dateTime: (_, value) => instant(value) !== null,
  geopoint: (_, value) => isPosition(value),
  photo: isFile,
  audio: isFile,
  video: isFile,
  signature: isFile,
};

function isPosition(value: Value): boolean {
  if (!isObject(value)) return false;
  const { lat, lon, datum } = value;
  const onEarth = typeof lat === 'number' && typeof lon === 'number' && Number.isInteger(lat) && Number.isInteger(lon);
  return onEarth && Math.abs(lat) <= MAX_LAT && Math.abs(lon) <= MAX_LON && DATUMS.has(datum as string);
}

const DATUMS = new Set(['WGS84', 'GCJ02', 'BD09']);
