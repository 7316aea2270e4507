/**
 * What the phone alone works out: calculations, conditions and constraints whose XPath lies outside the closed set
 * (`phoneOnly`; rules without an `expression`). The server never looks at them, so whatever cannot be told here is left
 * unsaid rather than guessed.
 */
import type { Field, FormDefinition, Repeat, Value, Values } from '@contract/generated/contract';
import type { PhoneRules } from './check';
import { BadOperand } from './decimal';
import { choicesOf, fieldsOf, repeatsOf, said } from './definition';
import { sameValue, valueAt, withValue } from './draft';
import { Evaluation, type Place } from './evaluate';
import { asBoolean, type Result } from './xpath/convert';
import type { World } from './xpath/functions';
import { Unsupported } from './xpath/parse';
import { asValue, Run } from './xpath/run';

/** Calculations may feed each other: so often the results are looked at again. */
const MAX_ROUNDS = 8;

export interface Nature {
  now(): string;
  newId(): string;
  readonly language: string;
}

export function worldOf(form: FormDefinition, nature: Nature): World {
  return {
    now: nature.now,
    newId: nature.newId,
    choiceName: (name, choice) => {
      const fields = [...fieldsOf(form), ...repeatsOf(form).flatMap((repeat) => repeat.fields)];
      const field = fields.find((one) => one.name === name);
      const found = field && choicesOf(form, field).find((one) => one.name === choice);
      return found ? said(found.label, nature.language) : choice;
    },
  };
}

/** Judge by XPath what has no expression; null where it cannot be told. */
export function phoneRules(report: Evaluation, world: World): PhoneRules {
  const judge = (item: Field | Repeat, xpath: string | undefined, place: Place): boolean | null => {
    if (xpath === undefined) return null;
    const result = tried(() => new Run(report, place, item.item === 'field' ? item : null, world).evaluate(xpath));
    return result === undefined ? null : asBoolean(result);
  };
  return {
    relevant: (item, place) => judge(item, item.relevant?.xpath, place),
    allowed: (field, place) => judge(field, field.constraint?.xpath, place),
  };
}

/** Whether a form has calculations that only the phone makes; most have none. */
export function calculates(form: FormDefinition): boolean {
  return [...fieldsOf(form), ...repeatsOf(form).flatMap((repeat) => repeat.fields)].some((field) => field.phoneOnly);
}

/** `fields` with the phone's own calculations made; what cannot be worked out keeps its value. */
export function calculated(form: FormDefinition, fields: Values, world: World): Values {
  let result = fields;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const before = result;
    for (const [field, place, path] of targets(form, result)) {
      const value = tried(() => worked(field, place, new Evaluation(form, result), world));
      if (value !== undefined && !sameValue(value, valueAt(result, path))) result = withValue(result, path, value);
    }
    if (result === before) break;
  }
  return result;
}

/** What is another each time it is asked is asked once: a field that holds its answer keeps it. */
const FLEETING = /\b(?:now|uuid)\(/;

function worked(field: Field, place: Place, report: Evaluation, world: World): Value {
  const held = report.ref(field.name, place);
  if (held !== null && FLEETING.test(field.phoneOnly ?? '')) return held;
  const result: Result = new Run(report, place, field, world).evaluate(field.phoneOnly ?? '');
  return asValue(field, result);
}

function* targets(form: FormDefinition, fields: Values): Generator<[Field, Place, string]> {
  for (const field of fieldsOf(form)) if (field.phoneOnly) yield [field, null, field.name];
  const report = new Evaluation(form, fields);
  for (const repeat of repeatsOf(form)) {
    const columns = repeat.fields.filter((field) => field.phoneOnly);
    if (columns.length === 0) continue;
    for (const row of report.rows(repeat)) {
      for (const field of columns) yield [field, { repeat, row }, `${repeat.name}/${row}/${field.name}`];
    }
  }
}

function tried<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Unsupported || error instanceof BadOperand) return undefined;
    throw error;
  }
}
