import type { Field, FieldType } from '@contract/generated/contract';
import { dayOf, readTyped, textOf, timeOf } from '@desk/clerk/values';
import { describe, expect, test } from 'vitest';

const of = (type: FieldType, unit?: string): Field => ({
  item: 'field',
  name: 'x',
  type,
  label: { 'zh-CN': 'x' },
  ...(unit ? { unit } : {}),
});

describe('what a clerk types', () => {
  test.each([
    ['20261118', '2026-11-18'],
    ['2026.1.8', '2026-01-08'],
    ['2026年11月18日', '2026-11-18'],
    ['2026-02-30', undefined],
    ['明天', undefined],
  ])('the day %s is %s', (typed, day) => expect(dayOf(typed)).toBe(day));

  test.each([
    ['0830', '08:30'],
    ['8:05', '08:05'],
    ['24:00', undefined],
  ])('the time %s is %s', (typed, time) => expect(timeOf(typed)).toBe(time));

  test('money is typed in 元 and kept in 分, exactly', () => {
    expect(readTyped(of('integer', 'CNY_FEN'), '2,684,382.50')).toBe(268_438_250);
    expect(readTyped(of('integer', 'CNY_FEN'), '1.005')).toBeUndefined();
    expect(textOf(of('integer', 'CNY_FEN'), 268_438_250)).toBe('2684382.50');
  });

  test('nothing typed is no answer, and what is no value is told apart from it', () => {
    expect(readTyped(of('integer'), ' ')).toBeNull();
    expect(readTyped(of('integer'), '12a')).toBeUndefined();
    expect(readTyped(of('decimal'), '12.50')).toBe('12.50');
    expect(readTyped(of('boolean'), 'yes')).toBe(true);
    expect(readTyped(of('dateTime'), '2026-11-18 0830', 'Asia/Shanghai')).toBe('2026-11-18T08:30:00+08:00');
  });

  test('what stands in the input reads back as the same value', () => {
    for (const [type, value] of [
      ['text', '陈建国'],
      ['integer', 42],
      ['decimal', '1.50'],
      ['date', '2026-11-18'],
      ['boolean', false],
    ] as const) {
      expect(readTyped(of(type), textOf(of(type), value))).toBe(value);
    }
  });
});
