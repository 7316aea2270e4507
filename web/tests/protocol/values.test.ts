/** The same bytes and digests as `mobile_contract/values.py` and `ids.py` give, from which these were taken. */

import type { AnyOp, Patch, Value } from '@contract/generated/contract';
import { bucketOf, sumOf } from '@shared/protocol/checksum';
import { conflictId, isId, naturalId, newId, recordId, rowId } from '@shared/protocol/ids';
import { get, overlay, put } from '@shared/protocol/overlay';
import { localTime } from '@shared/protocol/time';
import { canonical, digest, normal, same } from '@shared/protocol/values';
import { describe, expect, test } from 'vitest';

test.each([
  [null, 'null', '74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b'],
  [true, 'true', 'b5bea41b6c623f7c09f1bf24dcae58ebab3c0cdd90ad966bc43a45b44867e12b'],
  [0, '0', '5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9'],
  [-5, '-5', '37aa1ccf80e481832b2db282d4d4f895ee1e31219b7d0f6aee8dc8968828341b'],
  [9007199254740991, '9007199254740991', 'f40b423c2dd95ff2b2f027e22208f438cf7242862e5e746860e697308c9add26'],
  ['', '""', '12ae32cb1ec02d01eda3581b127c1fee3b0dc53572ed6baf239721a03d82e126'],
  [
    '\u94c5\u5782 "q" \\ / \b\f\n\r\t \u0001 \u007f \u2028 \u00e9 \ud83d\ude00',
    '"\u94c5\u5782 \\"q\\" \\\\ / \\b\\f\\n\\r\\t \\u0001 \u007f \u2028 \u00e9 \ud83d\ude00"',
    'bd527c60cf716bd7669d18759705d829cb2c71f6158abd0f832104cdd6948a72',
  ],
  [[], '[]', '4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945'],
  [{}, '{}', '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'],
  [[1, [null, 'a']], '[1,[null,"a"]]', 'a296d2de98ff393fc0f85e5c1476c279330917c2e60eeea6274c946273c7534a'],
  [
    { b: 1, a: 2, _: 3, A: 4 },
    '{"A":4,"_":3,"a":2,"b":1}',
    'd4353c926dbd478f2acd1cc3523dfc009904e91eea3e5d7df5b31015272b6ddf',
  ],
  [
    { '\ue000': 1, '\ud83d\ude00': 2, z: 3 },
    '{"z":3,"\ud83d\ude00":2,"\ue000":1}',
    'cd0e192e95f5e545c193788e80b08ab3d6fb48a5d20fed4af175061ec107847b',
  ],
  [
    { fields: { labour: { x: { count: 12, trade: '\u7ba1\u9053\u5de5' } } } },
    '{"fields":{"labour":{"x":{"count":12,"trade":"\u7ba1\u9053\u5de5"}}}}',
    '8c4f185de35bab2fc41b2f08a93d33f47945a918700f6fbe4bf2a7ab9485d892',
  ],
] as [Value, string, string][])('%j is written canonically', (value, written, hash) => {
  expect(canonical(value)).toBe(written);
  expect(digest(value)).toBe(hash);
});

test('natural keys become the same ids', () => {
  const section = 'section:01a1ff05-c0cf-733e-a404-41a102674086';
  const record = '5e6b7e1d-201a-59ee-8150-1f0c5f7f0fef';
  expect(naturalId('a', '', '铅')).toBe('ee8e3c6e-c9b2-5917-9ee4-1f74a77d6093');
  expect(recordId('report', section, 'daily_log', '2026-11-18', '铅垂')).toBe(record);
  expect(rowId(record, 'labour', '管道工')).toBe('a4a90541-f78d-5a09-85f1-3d649e459901');
  expect(conflictId(record, 'fields/weather_am')).toBe('2f4cfe15-4296-520b-8d6f-fc09c25072f5');
});

test('a checksum is the sum of shares, mod 2⁶⁴', () => {
  const marks = Array.from({ length: 40 }, (_, rev) => ({ id: naturalId('m', String(rev)), rev, digest: digest(rev) }));
  expect(sumOf(marks)).toEqual({ sum: '7892c1db7704b336', count: 40 });
  expect(sumOf([])).toEqual({ sum: '0000000000000000', count: 0 });
  expect(bucketOf(naturalId('m', '0'))).toBe('9b');
});

test('keys are in UTF-16 order, and what is special in JavaScript is a key like any other', () => {
  const special = JSON.parse('{"__proto__": 1, "constructor": {"a": null}}') as Value;
  expect(canonical(special)).toBe('{"__proto__":1,"constructor":{"a":null}}');
  expect(Object.keys(normal(special) as object)).toEqual(['__proto__']);
  const set = put({}, ['__proto__', 'polluted'], 1);
  expect(canonical(set)).toBe('{"__proto__":{"polluted":1}}');
  expect([({} as { polluted?: number }).polluted, get(set, ['toString'])]).toEqual([undefined, null]);
});

test('values are the same by what they hold, and 1 is not true', () => {
  expect(same({ a: 1, b: [null] }, { b: [null], a: 1 })).toBe(true);
  expect([same(1, true), same('1', 1), same(undefined, null), same({}, null)]).toEqual([false, false, true, false]);
});

test('a fresh id is a UUIDv7 and later than the one before', () => {
  const ids = Array.from({ length: 50 }, newId);
  expect(ids.every(isId)).toBe(true);
  expect([...ids].sort()).toEqual(ids);
});

test('wall time carries the offset of the device', () => {
  const moment = new Date('2026-11-18T08:00:00.123Z');
  expect(Date.parse(localTime(moment))).toBe(moment.getTime());
  expect(localTime(moment)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.123[+-]\d\d:\d\d$/);
});

describe('an op over what the server holds', () => {
  const row = '01938f4e-7c00-7000-8000-000000000001';
  const cell = `fields/labour/${row}/count`;
  const held = { form: 'f', fields: { labour: { [row]: { trade: 'pipefitter', count: 12 } } } };
  const emptied = { form: 'f', fields: { recorder: '陈' } };
  const patch = (set: Patch['set']) => ({ action: 'patch', set }) as AnyOp;

  test('sets a cell of a row that is there', () => {
    const seen = overlay(held, patch({ [cell]: { value: 14, was: 12 } }));
    expect(get(seen ?? {}, cell.split('/'))).toBe(14);
  });

  test('makes no half row of a cell whose row went away (ADR 0018)', () => {
    expect(overlay(emptied, patch({ [cell]: { value: 14, was: 12 } }))).toEqual(emptied);
    const also = { 'fields/recorder': { value: '李', was: '陈' }, [cell]: { value: 14, was: 12 } };
    expect(overlay(emptied, patch(also))).toEqual({ form: 'f', fields: { recorder: '李' } });
  });

  test('opens a row that it changes into its cells: those stay away with it', () => {
    const whole = {
      [`fields/labour/${row}`]: { value: { trade: 'pipefitter', count: 14 }, was: held.fields.labour[row] },
    };
    expect(overlay(emptied, patch(whole as unknown as Patch['set']))).toEqual(emptied);
    const fewer = { [`fields/labour/${row}`]: { value: { count: 14 }, was: { trade: 'pipefitter', count: 12 } } };
    expect(overlay(held, patch(fewer))).toEqual({ form: 'f', fields: { labour: { [row]: { count: 14 } } } });
  });

  test('makes a row that is new with it, alone or with its table', () => {
    const made = { trade: 'welder', count: 3 };
    const after = { ...emptied, fields: { ...emptied.fields, labour: { [row]: made } } };
    expect(overlay(emptied, patch({ [`fields/labour/${row}`]: { value: made } }))).toEqual(after);
    expect(overlay(emptied, patch({ 'fields/labour': { value: { [row]: made } } }))).toEqual(after);
  });

  test('makes a row that is new in a table of others', () => {
    const table = { ...held.fields.labour, [rowId('log', 'labour', 'welder')]: { trade: 'welder', count: 3 } };
    const whole = { 'fields/labour': { value: table, was: held.fields.labour } };
    const seen = overlay(held, patch(whole as unknown as Patch['set']));
    expect(get(seen ?? {}, ['fields', 'labour'])).toEqual(table);
  });

  test('removes a row whole', () => {
    const gone = { [`fields/labour/${row}`]: { value: null, was: held.fields.labour[row] } };
    expect(overlay(held, patch(gone as unknown as Patch['set']))).toEqual({ form: 'f' });
  });
});
