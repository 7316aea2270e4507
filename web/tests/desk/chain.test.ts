import type { ExtractionValues, Field, FormDefinition, ProposedField } from '@contract/generated/contract';
import { candidatesOf, correctionsOf, linesOf, nextOf, ordered } from '@desk/clerk/chain';
import { describe, expect, test } from 'vitest';

const field = (name: string, more: Partial<Field> = {}): Field => ({
  item: 'field',
  name,
  type: 'text',
  label: { 'zh-CN': name },
  ...more,
});
const form: FormDefinition = {
  id: 'f',
  version: 1,
  title: { 'zh-CN': '表' },
  items: [
    field('number'),
    field('day', { type: 'date' }),
    field('total', { type: 'integer', computed: { op: 'ref', name: 'x' } }),
    field('photo', { type: 'photo' }),
    {
      item: 'repeat',
      name: 'rows',
      label: { 'zh-CN': '清单' },
      fields: [field('what'), field('n', { type: 'integer' })],
    },
  ],
};
const proposed = (path: string, value: ProposedField['value'], confidence: number, more: Partial<ProposedField> = {}) =>
  ({ path, value, confidence, page: 1, box: [0, 0, 1, 1], ...more }) as ProposedField;
const values: ExtractionValues = {
  scan: 's',
  engine: 'hand',
  fields: [
    proposed('fields/rows/10/what', '石子', 900),
    proposed('fields/rows/2/what', '管', 990, { review: 'accepted' }),
    proposed('fields/number', '12', 700),
    proposed('fields/day', '2026-11-18', 990, { review: 'accepted' }),
  ],
  flags: [{ code: 'paper.readings_differ', paths: ['fields/rows/10/what'], suggestion: '石于' }],
};
const lines = linesOf(form, values, { 'fields/number': [{ value: '1Z', code: 'paper.readings_differ' }] });
const paths = (of: typeof lines) => of.map((line) => line.path.replace('fields/', ''));

describe('the lines of a paper', () => {
  test('stand in the order of the form, rows by their number, without what is computed or not written', () => {
    expect(paths(lines)).toEqual(['number', 'day', 'rows/2/what', 'rows/2/n', 'rows/10/what', 'rows/10/n']);
  });

  test('come with the doubtful first where that is asked for, what is not proposed last', () => {
    expect(paths(ordered(lines, 'confidence')).slice(0, 2)).toEqual(['rows/10/what', 'number']);
    expect(paths(ordered(lines, 'confidence')).slice(-2)).toEqual(['rows/2/n', 'rows/10/n']);
  });

  test('are left out on the way where the machine is sure enough, and come round again after the last', () => {
    expect(nextOf(lines, 'fields/number', new Set())?.path).toBe('fields/rows/10/what');
    expect(nextOf(lines, 'fields/rows/10/what', new Set())?.path).toBe('fields/number');
    expect(nextOf(lines, 'fields/rows/10/what', new Set(['fields/number']))).toBeUndefined();
  });

  test('offer what is proposed first, then what a check or another reading says, none twice', () => {
    const [number] = lines;
    expect(number && candidatesOf(number)).toEqual(['12', '1Z']);
    const stone = lines.find((line) => line.path === 'fields/rows/10/what');
    expect(stone && candidatesOf(stone)).toEqual(['石子', '石于']);
  });

  test('are corrections only where they differ from what was proposed', () => {
    const typed = { 'fields/number': '13', 'fields/day': '2026-11-18', 'fields/rows/2/n': null };
    expect(correctionsOf(lines, typed)).toEqual({ 'fields/number': '13' });
  });
});
