// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how XLSForms cite a name

import type { Field, FormDefinition, Repeat, Value, Values } from '@contract/generated/contract';
import { Checker } from '@shared/forms/check';
import { Evaluation } from '@shared/forms/evaluate';
import { calculated, phoneRules, worldOf } from '@shared/forms/phone-rules';
import { Unsupported } from '@shared/forms/xpath/parse';
import { asValue, Run } from '@shared/forms/xpath/run';
import { describe, expect, it } from 'vitest';

const label = { 'zh-CN': '甲' };
const field = (name: string, type: Field['type'], more: Partial<Field> = {}): Field => ({
  item: 'field',
  name,
  type,
  label,
  ...more,
});
const LINES: Repeat = {
  item: 'repeat',
  name: 'lines',
  label,
  fields: [
    field('quantity', 'decimal'),
    field('seen', 'boolean'),
    field('nth', 'integer', { phoneOnly: 'position(..)' }),
  ],
};
const FORM: FormDefinition = {
  id: 'f',
  version: 1,
  title: label,
  choices: { weather: [{ name: 'sunny', label: { 'zh-CN': '晴', en: 'Sunny' } }] },
  items: [
    field('from', 'date'),
    field('to', 'date'),
    field('count', 'integer'),
    field('text', 'text'),
    field('weather', 'selectOne', { choices: 'weather' }),
    field('risks', 'selectMultiple'),
    field('urgent', 'boolean'),
    LINES,
  ],
};
const WORLD = worldOf(FORM, { now: () => '2026-11-18T08:07:31+08:00', newId: () => 'an-id', language: 'zh-CN' });
const FIELDS: Values = {
  from: '2026-11-18',
  to: '2026-12-01',
  count: 7,
  text: 'K0+620',
  weather: 'sunny',
  risks: ['fire', 'water'],
  urgent: true,
  lines: { a: { quantity: '0.1', seen: true }, b: { quantity: '0.2' }, c: {} },
};

function result(xpath: string, type: Field['type'], fields: Values = FIELDS, row?: string): Value {
  const place = row === undefined ? null : { repeat: LINES, row };
  const run = new Run(new Evaluation(FORM, fields), place, field('text', 'text'), WORLD);
  return asValue(field('x', type), run.evaluate(xpath));
}

describe('an expression', () => {
  it.each<[string, Field['type'], Value]>([
    ['${count} div 2', 'decimal', '3.5'],
    ['1 div 3', 'decimal', '0.33333333333333333333'],
    ['${count} div 0', 'decimal', null],
    ['-${count} mod 3', 'integer', -1],
    ['0.1 + 0.2', 'decimal', '0.3'],
    ['sum(${quantity})', 'decimal', '0.3'],
    ['count(${lines})', 'integer', 3],
    ['count-non-empty(${quantity})', 'integer', 2],
    ['max(${count}, 12.5, 3)', 'decimal', '12.5'],
    ['int(-2.7)', 'integer', -2],
    ['floor(-2.1)', 'integer', -3],
    ['ceiling(2.1)', 'integer', 3],
    ['round(2.345, 2)', 'decimal', '2.35'],
    ['pow(2, 10)', 'integer', 1024],
    ['pow(2, -1)', 'decimal', '0.5'],
    ["concat(${text}, ' · ', ${count})", 'text', 'K0+620 · 7'],
    ["join('/', ${quantity})", 'text', '0.1/0.2/'],
    ["substr('沟槽开挖', 0, 2)", 'text', '沟槽'],
    ["substring-after(${text}, '+')", 'text', '620'],
    ['string-length(${text})', 'integer', 6],
    ["translate(${text}, '+', '-')", 'text', 'K0-620'],
    ["jr:choice-name(${weather}, '${weather}')", 'text', '晴'],
    ['count-selected(${risks})', 'integer', 2],
    ['selected-at(${risks}, 1)', 'text', 'water'],
    ["if(selected(${risks}, 'fire') and ${urgent} = 'yes', 'stop', 'go')", 'text', 'stop'],
    ["coalesce(${nothing}, 'none')", 'text', 'none'],
    ['${to} - ${from}', 'integer', 13],
    ['today()', 'date', '2026-11-18'],
    ["format-date(${to}, '%n/%e/%y')", 'text', '12/1/26'],
    ["format-date-time(now(), '%H:%M')", 'text', '08:07'],
    ['date(${from}) < ${to}', 'boolean', true],
    ['${nothing} < 5 or ${nothing} >= 5', 'boolean', false],
    ["${nothing} = ''", 'boolean', true],
    ["regex(., '^K[0-9]+\\+[0-9]{3}$')", 'boolean', true],
    ["regex('xK0+620', 'K[0-9]+\\+[0-9]{3}')", 'boolean', false],
    ["not(contains(${text}, 'x'))", 'boolean', true],
    ['uuid()', 'text', 'an-id'],
  ])('%s', (xpath, type, expected) => {
    expect(result(xpath, type)).toEqual(expected);
  });

  it('sees its own row inside a table and the whole column outside it', () => {
    expect(result('${quantity} * 10', 'decimal', FIELDS, 'b')).toBe('2');
    expect(result('position(..)', 'integer', FIELDS, 'b')).toBe(2);
    expect(result("${seen} = 'yes'", 'boolean', FIELDS, 'a')).toBe(true);
    expect(result('min(${quantity})', 'decimal', { lines: { a: { quantity: '3' }, b: { quantity: '2.5' } } })).toBe(
      '2.5',
    );
  });

  it.each(['/data/x', '../x = 1', "instance('list')/root/item", 'digest(.)', '1 +', 'a b', '${x', "'x"])(
    'that is not of this set says so: %s',
    (xpath) => {
      expect(() => result(xpath, 'text')).toThrow(Unsupported);
    },
  );
});

it('works out what only the phone does, in rows too, and each in the light of the others', () => {
  const form: FormDefinition = {
    ...FORM,
    items: [
      field('twice', 'decimal', { phoneOnly: '${half} * 4' }),
      field('half', 'decimal', { phoneOnly: '${count} div 2' }),
      field('mark', 'text', { phoneOnly: 'uuid()' }),
      field('unknown', 'text', { phoneOnly: 'pulldata(1)' }),
      ...FORM.items,
    ],
  };
  const fields = calculated(form, { count: 7, unknown: 'kept', mark: 'first', lines: { a: { seen: true } } }, WORLD);
  expect(fields).toMatchObject({ half: '3.5', twice: '14', mark: 'first', unknown: 'kept', lines: { a: { nth: 1 } } });
});

it('judges what the server cannot, and says nothing where it cannot either', () => {
  const code = field('code', 'text', { constraint: { xpath: "regex(., '[0-9]{2}')" } });
  const odd = field('odd', 'text', { constraint: { xpath: 'pulldata(.)' } });
  const why = field('why', 'text', { required: true, relevant: { xpath: 'string-length(${code}) > 2' } });
  const form: FormDefinition = { ...FORM, items: [code, odd, why] };
  const flags = (fields: Values) =>
    new Checker(form, fields, (report) => phoneRules(report, WORLD)).flags().map((flag) => `${flag.path} ${flag.code}`);
  expect(flags({ code: '12', odd: 'x' })).toEqual([]);
  expect(flags({ code: '123' })).toEqual(['fields/code field.out_of_range', 'fields/why field.blank']);
});
