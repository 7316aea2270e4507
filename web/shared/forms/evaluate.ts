/**
 * Works out what a form computes, asks and allows: exactly as the server does after every merge
 * (`server/forms/compute.py`), and before it, so that a person sees totals while typing. What the closed set means is
 * told in `mobile_contract/forms.py`; the vectors in `mobile_contract/vectors/forms/filled.json` hold the two together.
 */
import type { Expression, Field, FormDefinition, Repeat, Value, Values } from '@contract/generated/contract';
import { BadOperand, Decimal } from './decimal';
import { fieldsOf, repeatsOf } from './definition';
import { compare, day, missing, number, type Operand, stored } from './operands';

/** Where an expression is evaluated: a row of a repeat, by its id, or (null) the report itself. */
export type Place = { readonly repeat: Repeat; readonly row: string } | null;

const ZERO = new Decimal(0n);

/** `fields` with every computed field of the form computed anew; one without a result is absent. */
export function recompute(form: FormDefinition, fields: Values): Values {
  return new Evaluation(form, fields).recomputed();
}

/**
 * One look at one report. Computed fields are worked out when first asked for – so in the order of their
 * dependencies – and then remembered.
 */
export class Evaluation {
  readonly repeats: ReadonlyMap<string, Repeat>;
  readonly #computed: ReadonlyMap<string, Field>;
  readonly #results = new Map<string, Value | BadOperand>();

  constructor(
    readonly form: FormDefinition,
    readonly fields: Values,
  ) {
    this.repeats = new Map(repeatsOf(form).map((repeat) => [repeat.name, repeat]));
    this.#computed = new Map(fieldsOf(form).map((field) => [field.name, field]));
  }

  recomputed(): Values {
    const result = this.#withResults(this.fields, [...this.#computed.values()], null);
    for (const repeat of this.repeats.values()) {
      const rows = this.fields[repeat.name];
      if (!isObject(rows) || !repeat.fields.some((field) => field.computed)) continue;
      result[repeat.name] = Object.fromEntries(
        Object.entries(rows).map(([row, cells]) => [
          row,
          isObject(cells) ? this.#withResults(cells, repeat.fields, { repeat, row }) : cells,
        ]),
      );
    }
    return result;
  }

  /** Whether a condition holds; with a bad operand it does not. */
  holds(condition: Expression, place: Place = null): boolean {
    try {
      return this.evaluate(condition, place) === true;
    } catch (error) {
      if (error instanceof BadOperand) return false;
      throw error;
    }
  }

  /** The ids of the rows of a repeat, passing over what is no row. */
  rows(repeat: Repeat): string[] {
    const rows = this.fields[repeat.name];
    return isObject(rows) ? Object.keys(rows).filter((row) => isObject(rows[row])) : [];
  }

  /** A name as it is seen from `place`: the row first, then the report. Throws {@link BadOperand}. */
  ref(name: string, place: Place): Value {
    const column = place?.repeat.fields.find((field) => field.name === name);
    const field = column ?? this.#computed.get(name);
    const where = column ? place : null;
    const value = field?.computed ? this.#result(field, where) : this.#held(name, where);
    if (value instanceof BadOperand) throw value;
    return missing(value) ? null : value;
  }

  /** Evaluate to an operand. Throws {@link BadOperand}. */
  evaluate(expression: Expression, place: Place): Operand {
    switch (expression.op) {
      case 'literal':
        return this.#literal(expression);
      case 'ref':
        return this.ref(expression.name, place);
      case 'sum':
        return this.#sum(expression);
      case 'arithmetic':
        return this.#arithmetic(expression, place);
      case 'round':
        return number(this.evaluate(expression.item, place))?.rounded(expression.places ?? 0) ?? null;
      case 'days':
        return this.#days(expression, place);
      case 'compare':
        return compare(
          expression.operator,
          expression.type,
          this.evaluate(expression.left, place),
          this.evaluate(expression.right, place),
        );
      case 'logic':
        return this.#logic(expression, place);
      case 'selected': {
        const chosen = this.ref(expression.name, place);
        return Array.isArray(chosen) ? chosen.includes(expression.choice) : chosen === expression.choice;
      }
      case 'if': {
        const branch = this.evaluate(expression.condition, place) === true ? expression.then : expression.otherwise;
        return this.evaluate(branch, place);
      }
    }
  }

  #literal(literal: Extract<Expression, { op: 'literal' }>): Operand {
    const value = (literal.value ?? null) as Value;
    if (literal.type === 'integer' || literal.type === 'decimal') return number(value);
    return missing(value) ? null : value;
  }

  #sum(sum: Extract<Expression, { op: 'sum' }>): Operand {
    const repeat = this.repeats.get(sum.repeat);
    if (!repeat) throw new BadOperand();
    const items = this.rows(repeat).map((row) => number(this.evaluate(sum.item, { repeat, row })));
    return items.reduce((total: Decimal, item) => (item ? total.plus(item) : total), ZERO);
  }

  #arithmetic(expression: Extract<Expression, { op: 'arithmetic' }>, place: Place): Operand {
    const operands = expression.operands.map((operand) => number(this.evaluate(operand, place)));
    const there = operands.filter((operand) => operand !== null);
    if (there.length < operands.length) return null;
    return there.reduce((left, right) => {
      if (expression.operator === '+') return left.plus(right);
      return expression.operator === '-' ? left.minus(right) : left.times(right);
    });
  }

  #days(days: Extract<Expression, { op: 'days' }>, place: Place): Operand {
    const [start, end] = [day(this.evaluate(days.start, place)), day(this.evaluate(days.end, place))];
    return start === null || end === null ? null : new Decimal(BigInt(end - start));
  }

  #logic(logic: Extract<Expression, { op: 'logic' }>, place: Place): Operand {
    const truths = logic.operands.map((operand) => this.evaluate(operand, place) === true);
    if (logic.operator === 'not') return !truths[0];
    return logic.operator === 'and' ? truths.every(Boolean) : truths.some(Boolean);
  }

  #withResults(values: Values, fields: readonly Field[], place: Place): Record<string, Value> {
    const result: Record<string, Value> = { ...values };
    for (const field of fields) {
      if (!field.computed) continue;
      const value = this.#result(field, place);
      if (value === null || value instanceof BadOperand) delete result[field.name];
      else result[field.name] = value;
    }
    return result;
  }

  #held(name: string, place: Place): Value {
    const rows = place ? this.fields[place.repeat.name] : null;
    const row = place && isObject(rows) ? rows[place.row] : null;
    const values = place ? (isObject(row) ? row : {}) : this.fields;
    return values[name] ?? null;
  }

  #result(field: Field, place: Place): Value | BadOperand {
    const where = JSON.stringify([field.name, place?.repeat.name, place?.row]);
    let result = this.#results.get(where);
    if (result === undefined) {
      this.#results.set(where, new BadOperand('a circle')); // stands only while it is being worked out
      result = this.#workOut(field, place);
      this.#results.set(where, result);
    }
    return result;
  }

  #workOut(field: Field, place: Place): Value | BadOperand {
    try {
      const result = field.computed ? this.evaluate(field.computed, place) : null;
      return result === null ? null : stored(field, result);
    } catch (error) {
      if (error instanceof BadOperand) return error;
      throw error;
    }
  }
}

export function isObject(value: Value | undefined): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
