import type { Field, FormDefinition } from '@contract/generated/contract';
import { numberText, readNumber, shown } from '@shared/forms/answers';
import { Decimal } from '@shared/forms/decimal';
import { allowsNegative } from '@shared/forms/ranges';
import { atZone, wallOf } from '@shared/forms/zone';
import { expect, it } from 'vitest';

const field = (type: Field['type'], more: Partial<Field> = {}): Field => ({
  item: 'field',
  name: 'n',
  type,
  label: { 'zh-CN': '数' },
  ...more,
});
const FORM: FormDefinition = { id: 'f', version: 1, title: { 'zh-CN': '表' }, items: [] };
const MONEY = field('integer', { unit: 'CNY_FEN' });

it('takes the digits and signs that a Chinese keyboard gives', () => {
  expect(readNumber(field('integer'), '12')).toBe(12);
  expect(readNumber(field('integer'), '-6')).toBe(-6);
  expect(readNumber(field('decimal'), '2。50')).toBe('2.50');
});

it('keeps decimals as the text they were typed as', () => {
  expect(readNumber(field('decimal'), '2.50')).toBe('2.50');
  expect(readNumber(field('decimal'), '.5')).toBe('0.5');
  expect(readNumber(field('decimal'), '12345678901234.567')).toBe('12345678901234.567');
});

it('reads money in yuan and keeps it in fen', () => {
  expect(readNumber(MONEY, '2,684,382.50')).toBe(268_438_250);
  expect(numberText(MONEY, 268_438_250)).toBe('2684382.50');
  expect(shown(FORM, MONEY, 268_438_250, 'zh-CN')).toBe('2,684,382.50');
  expect(shown(FORM, MONEY, -5, 'zh-CN')).toBe('-0.05');
});

it('keeps what is no number as it was typed', () => {
  expect(readNumber(field('integer'), '十二')).toBe('十二');
  expect(readNumber(field('integer'), '1.5')).toBe('1.5');
  expect(readNumber(MONEY, '1.005')).toBe('1.005');
  expect(readNumber(field('integer'), '99999999999999999999')).toBe('99999999999999999999');
  expect(readNumber(field('integer'), ' ')).toBeNull();
});

it('rounds halves away from zero and stops at four hundred digits', () => {
  expect(Decimal.parse('-0.005').text(2)).toBe('-0.01');
  expect(Decimal.parse('0.0049').text(2)).toBe('0.00');
  let power = new Decimal(10n ** 49n);
  for (let i = 0; i < 3; i += 1) power = power.times(power);
  expect(power.places).toBe(0); // 10^392 is one digit, however many noughts follow
  expect(() => power.plus(new Decimal(1n)).times(power.plus(new Decimal(1n)))).toThrow();
});

it('offers a sign where the constraint lets a number be negative, and nowhere else', () => {
  const above = (limit: number) =>
    field('integer', {
      constraint: {
        xpath: '',
        expression: {
          op: 'compare',
          operator: '>=',
          type: 'decimal',
          left: { op: 'ref', name: 'n' },
          right: { op: 'literal', value: limit, type: 'integer' },
        },
      },
    });
  expect(allowsNegative(FORM, above(-60))).toBe(true);
  expect(allowsNegative(FORM, above(0))).toBe(false);
  expect(allowsNegative(FORM, field('integer'))).toBe(false);
});

it("writes a moment with the offset of the site's clock", () => {
  expect(atZone('2026-11-20T18:00', 'Asia/Shanghai')).toBe('2026-11-20T18:00:00+08:00');
  expect(atZone('2026-07-01T12:00', 'Europe/Berlin')).toBe('2026-07-01T12:00:00+02:00');
  expect(atZone('2026-10-25T12:00', 'Europe/Berlin')).toBe('2026-10-25T12:00:00+01:00');
  expect(wallOf('2026-11-20T18:00:00+08:00')).toBe('2026-11-20T18:00');
});
