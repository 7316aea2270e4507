import type { FormDefinition, Values } from '@contract/generated/contract';
import filled from '@contract/vectors/forms/filled.json?raw';
import { isDrawn, nameOf, withRemoved } from '@shared/forms/at';
import { Checker } from '@shared/forms/check';
import { at } from '@shared/forms/definition';
import { expect, it } from 'vitest';

const { forms } = JSON.parse(filled) as { forms: { form: FormDefinition }[] };
const LOG = forms.find(({ form }) => form.id === 'daily_log')?.form as FormDefinition;
const ROW = '01938f4e-7c00-7000-8000-000000000001';
const OTHER = '01938f4e-7c00-7000-8000-000000000002';
const PIPES = { trade: 'pipefitter', count: 12 };
const FIELDS: Values = { weather_am: 'overcast', labour: { [ROW]: PIPES } };
const drawn = (path: string) => isDrawn(LOG, new Checker(LOG, FIELDS), FIELDS, path);
const removed = (path: string, value: Values) => ({ path, value, by: 'chen', at: '2026-11-18T08:00:00Z' });

it('leads a path to its field, its table and its row', () => {
  expect(at(LOG, 'weather_am').field?.name).toBe('weather_am');
  expect(at(LOG, `labour/${ROW}/count`)).toMatchObject({
    field: { name: 'count' },
    repeat: { name: 'labour' },
    row: ROW,
  });
  expect([at(LOG, 'nothing'), at(LOG, `labour/${ROW}/nothing`).field]).toEqual([{}, undefined]);
});

it('calls a place what the form calls it, and a row by its key', () => {
  expect(nameOf(LOG, `labour/${ROW}/count`, FIELDS, 'zh-CN')).toBe('管道工 人数');
  expect(nameOf(LOG, 'weather_am', FIELDS, 'zh-CN')).toBe('上午天气');
  expect(nameOf(LOG, 'nothing/here', FIELDS, 'zh-CN')).toBe('nothing/here');
});

it('knows what the screen draws: no row that went away, no key of a row, nothing the form does not have', () => {
  expect([drawn('weather_am'), drawn(`labour/${ROW}/count`)]).toEqual([true, true]);
  expect([drawn(`labour/${OTHER}/count`), drawn(`labour/${ROW}/trade`), drawn('labour'), drawn('nothing')]).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

it('finds a row as it was before it went, alone or with its table, the latest first', () => {
  const rowIn = (...entries: ReturnType<typeof removed>[]) =>
    (withRemoved({}, entries, 'labour', ROW).labour as Values | undefined)?.[ROW];
  const older = { trade: 'pipefitter', count: 9 };
  expect(rowIn(removed('fields/labour', { [ROW]: older }), removed(`fields/labour/${ROW}`, PIPES))).toEqual(PIPES);
  expect(rowIn(removed('fields/labour', { [ROW]: older }))).toEqual(older);
  expect(rowIn(removed(`fields/labour/${OTHER}`, PIPES))).toBeUndefined();
});
