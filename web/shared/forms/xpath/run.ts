/** Evaluates what `parse` read, over the values of one report. */
import type { Field, Repeat, Value } from '@contract/generated/contract';
import { Decimal } from '../decimal';
import { repeatsOf } from '../definition';
import type { Evaluation, Place } from '../evaluate';
import { rowsInOrder } from '../rows';
import { asBoolean, asList, asNumber, asText, quotient, type Result, seen } from './convert';
import { PURE, WORLDLY, type World } from './functions';
import { type Node, parse, Unsupported } from './parse';

const ORDERS: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** One expression at one place. `itself` is the field whose rule it is: what `.` means. */
export class Run {
  constructor(
    readonly report: Evaluation,
    readonly place: Place,
    readonly itself: Field | null,
    readonly world: World,
  ) {}

  /** Throws {@link Unsupported}; `BadOperand` where a computed value it asks for cannot be had. */
  evaluate(xpath: string): Result {
    return this.#node(parse(xpath));
  }

  #node(node: Node): Result {
    switch (node.is) {
      case 'number':
        return Decimal.parse(node.text.replace(/^\./, '0.').replace(/\.$/, ''));
      case 'text':
        return node.text;
      case 'ref':
        return this.#ref(node.name);
      case 'itself':
        if (!this.itself) throw new Unsupported('.');
        return this.#ref(this.itself.name);
      case 'negative': {
        const number = asNumber(this.#node(node.of));
        return number && new Decimal(0n).minus(number);
      }
      case 'binary':
        return this.#binary(node);
      case 'call':
        return this.#call(node);
      case 'parent':
        throw new Unsupported('..');
    }
  }

  /** A column of another table, or of one's own from outside it, is the list of its cells. */
  #ref(name: string): Result {
    const { form, fields } = this.report;
    const home = repeatsOf(form).find((repeat) => repeat.fields.some((field) => field.name === name));
    if (!home || home === this.place?.repeat) return seen(this.report.ref(name, this.place));
    return rowsInOrder(form, home, fields).map((row) => seen(this.report.ref(name, { repeat: home, row })));
  }

  #binary({ operator, left, right }: Extract<Node, { is: 'binary' }>): Result {
    if (operator === 'and') return asBoolean(this.#node(left)) && asBoolean(this.#node(right));
    if (operator === 'or') return asBoolean(this.#node(left)) || asBoolean(this.#node(right));
    const [a, b] = [this.#node(left), this.#node(right)];
    if (operator === '=') return asList(a).some((one) => asList(b).some((other) => equal(one, other)));
    if (operator === '!=') return asList(a).some((one) => asList(b).some((other) => !equal(one, other)));
    const [x, y] = [asNumber(a), asNumber(b)];
    const order = ORDERS[operator];
    if (order) return x !== null && y !== null && order(x.compare(y));
    return x && y && arithmetic(operator, x, y);
  }

  #call({ name, args }: Extract<Node, { is: 'call' }>): Result {
    const [first, second, third] = args;
    if (name === 'if' && first && second && third) return this.#node(asBoolean(this.#node(first)) ? second : third);
    if (name === 'coalesce' && first && second) {
      const result = this.#node(first);
      return asText(result) === '' ? this.#node(second) : result;
    }
    if (name === 'once' && first) {
      const now = this.#ref(this.itself?.name ?? '');
      return asText(now) === '' ? this.#node(first) : now;
    }
    if (name === 'position' && first?.is === 'parent') return this.#position();
    if (name === 'count' && first?.is === 'ref') return this.#count(first.name);
    if (name === 'jr:choice-name' && first && second?.is === 'text') {
      const field = /\$\{\s*([^}\s]+)\s*\}/.exec(second.text)?.[1] ?? second.text.split('/').at(-1) ?? '';
      return this.world.choiceName(field, asText(this.#node(first)));
    }
    const given = args.map((arg) => this.#node(arg));
    const pure = Object.hasOwn(PURE, name) ? PURE[name] : undefined;
    if (pure) return pure(...given);
    const worldly = Object.hasOwn(WORLDLY, name) ? WORLDLY[name] : undefined;
    if (worldly) return worldly(this.world, ...given);
    throw new Unsupported(`${name}()`);
  }

  #position(): Result {
    if (!this.place) throw new Unsupported('position(..) outside a table');
    const rows = rowsInOrder(this.report.form, this.place.repeat, this.report.fields);
    return new Decimal(BigInt(rows.indexOf(this.place.row) + 1));
  }

  #count(name: string): Result {
    const table: Repeat | undefined = this.report.repeats.get(name);
    if (!table) return (PURE.count as (list: Result) => Result)(this.#ref(name));
    return new Decimal(BigInt(this.report.rows(table).length));
  }
}

/** As numbers where one of them is one, else as texts; blanks equal only blanks. */
function equal(left: Result, right: Result): boolean {
  if (typeof left === 'boolean' || typeof right === 'boolean') return asBoolean(left) === asBoolean(right);
  if (left instanceof Decimal || right instanceof Decimal) {
    const [x, y] = [asNumber(left), asNumber(right)];
    return x !== null && y !== null && x.compare(y) === 0;
  }
  return asText(left) === asText(right);
}

function arithmetic(operator: string, x: Decimal, y: Decimal): Decimal | null {
  if (operator === '+') return x.plus(y);
  if (operator === '-') return x.minus(y);
  if (operator === '*') return x.times(y);
  const exact = quotient(x, y);
  if (operator === 'div' || exact === null) return exact;
  const whole = new Decimal(exact.units / 10n ** BigInt(exact.places)); // towards nought, as XPath has mod
  return x.minus(y.times(whole));
}

/** The result as a field holds it; null where it cannot. */
export function asValue(field: Field, result: Result): Value {
  const text = asText(result);
  if (text === '' || result === null) return null;
  switch (field.type) {
    case 'integer': {
      const number = asNumber(result)?.rounded(0);
      return number && Number.isSafeInteger(Number(number.units)) ? Number(number.units) : null;
    }
    case 'decimal':
      return asNumber(result)?.text(field.scale ?? null) ?? null;
    case 'boolean':
      return typeof result === 'boolean' ? result : text === 'yes' || text === 'true';
    case 'selectMultiple':
      return text.split(/\s+/);
    default:
      return text;
  }
}
