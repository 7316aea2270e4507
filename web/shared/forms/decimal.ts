/**
 * Exact decimal numbers: a scaled bigint, never a float. What `server/forms/exact.py` does with `decimal.Decimal`,
 * to the digit; the vectors in `mobile_contract/vectors/forms/filled.json` hold the two together.
 */

/** An operand that is there and is not what it should be, or a result that no value can hold. */
export class BadOperand extends Error {
  override readonly name = 'BadOperand';
}

/** Results that would need more digits are no results. */
const MAX_DIGITS = 400;
const DECIMAL = /^-?[0-9]{1,30}(?:\.[0-9]{1,20})?$/;

/** `units` · 10^−`places`. */
export class Decimal {
  constructor(
    readonly units: bigint,
    readonly places: number = 0,
  ) {}

  /** Read the text of a decimal, at most 30 digits before the point and 20 after it. Throws {@link BadOperand}. */
  static parse(text: string): Decimal {
    if (!DECIMAL.test(text)) throw new BadOperand(text);
    const point = text.indexOf('.');
    return point < 0
      ? new Decimal(BigInt(text))
      : new Decimal(BigInt(text.slice(0, point) + text.slice(point + 1)), text.length - point - 1);
  }

  plus(other: Decimal): Decimal {
    const places = Math.max(this.places, other.places);
    return exact(scaled(this, places) + scaled(other, places), places);
  }

  minus(other: Decimal): Decimal {
    const places = Math.max(this.places, other.places);
    return exact(scaled(this, places) - scaled(other, places), places);
  }

  times(other: Decimal): Decimal {
    return exact(this.units * other.units, this.places + other.places);
  }

  /** Negative, zero or positive, as this is less than, equal to or greater than the other. */
  compare(other: Decimal): number {
    const places = Math.max(this.places, other.places);
    const [left, right] = [scaled(this, places), scaled(other, places)];
    return left < right ? -1 : left > right ? 1 : 0;
  }

  /** Round to `places`, halves away from zero. Throws {@link BadOperand} beyond 400 digits. */
  rounded(places: number): Decimal {
    const units =
      this.places <= places ? scaled(this, places) : divided(this.units, 10n ** BigInt(this.places - places));
    if (digits(units) > MAX_DIGITS) throw new BadOperand('too many digits');
    return new Decimal(units, places);
  }

  /** The one canonical text: exactly `scale` places, or as few as it needs; no exponent, no −0. */
  text(scale: number | null = null): string {
    const { units, places } = scale === null ? shortest(this) : this.rounded(scale);
    const all = (units < 0n ? -units : units).toString().padStart(places + 1, '0');
    const cut = all.length - places;
    return `${units < 0n ? '-' : ''}${all.slice(0, cut)}${places ? `.${all.slice(cut)}` : ''}`;
  }
}

/** Divide, halves away from zero; the divisor is positive. */
export function divided(units: bigint, by: bigint): bigint {
  const size = units < 0n ? -units : units;
  const result = (2n * size + by) / (2n * by);
  return units < 0n ? -result : result;
}

function scaled(value: Decimal, places: number): bigint {
  return value.units * 10n ** BigInt(places - value.places);
}

function digits(units: bigint): number {
  return (units < 0n ? -units : units).toString().length;
}

function shortest(value: Decimal): Decimal {
  let { units, places } = value;
  while (places > 0 && units % 10n === 0n) {
    units /= 10n;
    places -= 1;
  }
  return new Decimal(units, places);
}

function exact(units: bigint, places: number): Decimal {
  if (digits(units) > MAX_DIGITS && units.toString().replace(/^-|0+$/g, '').length > MAX_DIGITS) {
    throw new BadOperand('too many digits');
  }
  return new Decimal(units, places);
}
