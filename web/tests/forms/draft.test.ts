import type { FormDefinition, Values } from '@contract/generated/contract';
import filled from '@contract/vectors/forms/filled.json?raw';
import { carried, countOf } from '@shared/forms/carry';
import { differences } from '@shared/forms/differences';
import { changed, crossed, emptyDraft, laid, naturalId, newRow, rekeyed, settled } from '@shared/forms/draft';
import { rowsInOrder } from '@shared/forms/rows';
import { recordId, rowId } from '@shared/protocol/ids';
import { expect, it } from 'vitest';

const { forms } = JSON.parse(filled) as { forms: { form: FormDefinition }[] };
const LOG = forms.find(({ form }) => form.id === 'daily_log')?.form as FormDefinition;
const LABOUR = LOG.items.find((item) => item.item === 'repeat' && item.name === 'labour') as never as {
  name: string;
  rowKey: string[];
};
const SCOPE = 'section:01938f4e-7c00-7000-8000-000000000001';
const DRAFT = emptyDraft(LOG, SCOPE, 'now');
const BASE: Values = {
  business_date: '2026-11-18',
  labour: { a: { trade: 'pipefitter', count: 12 } },
  labour_total: 12,
};

const change = (base: Values, ...steps: [string, Values[string]][]) =>
  steps.reduce((draft, [path, value]) => changed(draft, base, path, value, 'now'), DRAFT);

it('lays changes over the record and computes the total', () => {
  const draft = change(BASE, ['labour/b/trade', 'driver'], ['labour/b/count', 4]);
  expect(laid(LOG, draft, BASE)).toMatchObject({ labour: { b: { trade: 'driver', count: 4 } }, labour_total: 16 });
});

it('forgets a change that is the value of the record again', () => {
  expect(change(BASE, ['labour/a/count', 14], ['labour/a/count', 12]).changes).toEqual({});
});

it('takes the changes of its cells along when a row goes', () => {
  const draft = change(BASE, ['labour/a/count', 14], ['labour/b/count', 3], ['labour/b', null], ['labour/a', null]);
  expect(Object.keys(draft.changes)).toEqual(['labour/a']);
  expect(laid(LOG, draft, BASE)).toEqual({ business_date: '2026-11-18', labour_total: 0 });
});

it('never removes a row and writes into it in one go', () => {
  const draft = change(BASE, ['labour/a', null], ['labour/a/trade', 'pipefitter']);
  expect(draft.changes).toEqual({ 'labour/a/count': { value: null, was: 12 } });
});

it('notices what somebody else wrote under the draft, and lets it be settled either way', () => {
  const draft = change(BASE, ['labour/a/count', 14]);
  const moved: Values = { ...BASE, labour: { a: { trade: 'pipefitter', count: 13 } } };
  expect(crossed(draft, BASE)).toEqual([]);
  expect(crossed(draft, moved)).toEqual(['labour/a/count']);
  expect(settled(draft, moved, 'labour/a/count', false).changes).toEqual({});
  expect(settled(draft, moved, 'labour/a/count', true).changes).toEqual({ 'labour/a/count': { value: 14, was: 13 } });
});

it('gives a log the id that its section and day make, and its rows those that follow from it', () => {
  const id = recordId('report', SCOPE, 'daily_log', '2026-11-18');
  expect(naturalId(LOG, SCOPE, BASE)).toBe(id);
  expect(naturalId(LOG, SCOPE, {})).toBeUndefined();
  expect(newRow(id, LABOUR, { trade: 'driver' }, 'fresh')).toBe(rowId(id, 'labour', 'driver'));
  expect(newRow(id, LABOUR, {}, 'fresh')).toBe('fresh');
  expect(Object.keys(rekeyed(LOG, id, BASE).labour as Values)).toEqual([rowId(id, 'labour', 'pipefitter')]);
});

it('takes over what may be carried – never weather, headcounts, or what is filled in already', () => {
  const before: Values = {
    business_date: '2026-11-17',
    weather_am: 'sunny',
    temperature_max: 9,
    location: 'K0+500',
    recorder: '陈建国',
    work_done: '昨天的事',
    labour: { a: { trade: 'pipefitter', count: 12 }, b: { trade: 'driver', count: 4 } },
    machinery: { c: { machine: '挖掘机', shifts: '2' } },
    recorder_signature: 'ab'.repeat(32),
  };
  const carry = carried(LOG, before, { location: 'K0+620' });
  expect(carry.fields).toEqual({ recorder: '陈建国' });
  expect(carry.rows).toEqual({
    labour: [{ trade: 'pipefitter' }, { trade: 'driver' }],
    machinery: [{ machine: '挖掘机' }],
  });
  expect(countOf(carry)).toBe(4);
});

it('lists trades in the order of their list, whatever their ids are', () => {
  const labour = { z: { trade: 'pipefitter' }, a: { trade: 'driver' }, m: { trade: 'labourer' } };
  expect(rowsInOrder(LOG, LABOUR as never, { labour })).toEqual(['z', 'm', 'a']);
});

it('compares two versions field by field in the order of the form', () => {
  const after: Values = { ...BASE, weather_am: 'sunny', labour: { a: { trade: 'pipefitter', count: 14 } } };
  expect(differences(LOG, BASE, after).map(({ path, before, after }) => [path, before, after])).toEqual([
    ['weather_am', null, 'sunny'],
    ['labour/a/count', 12, 14],
  ]);
});
