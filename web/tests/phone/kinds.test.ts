import { KINDS, ROWS, rowOf, sayKind } from '@phone/kinds';
import type { KindTable } from '@phone/kinds/row';
import { mattersOf } from '@phone/matters';
import { parse } from '@phone/router';
import { language } from '@shared/words/i18n';
import { describe, expect, test } from 'vitest';

describe('kinds', () => {
  test('a kind of the contract without a row does not compile', () => {
    const { photo: _, ...others } = KINDS;
    // @ts-expect-error photo is missing: scripts/web check fails here should that compile
    const table: KindTable = others;
    expect(Object.keys(table)).toHaveLength(ROWS.length - 1);
  });

  test.each(ROWS)('%s is called something in both languages', (_kind, { called: [zh, en] }) => {
    expect(zh).toMatch(/^\p{Script=Han}+$/u);
    expect(en).toMatch(/^[A-Z][a-z -]+$/);
  });

  test.each(ROWS.filter(([, row]) => row.deed))('%s, being listed, has an address that says its id', (_kind, row) => {
    expect(parse(row.address?.('an id') ?? '').slice(1)).toEqual(['an id']);
  });

  test.each(ROWS.filter(([, row]) => row.screen))('%s, having a screen of its record, is found there', (_kind, row) => {
    expect(parse(row.address?.('id') ?? '')[0]).toBe('records');
  });

  test('no two kinds are made in one place, or keep their drafts under one key', () => {
    const made = ROWS.flatMap(([, row]) => row.made ?? []);
    expect(made.length).toBeGreaterThan(2);
    expect(new Set(made.map((one) => one.tile.place)).size).toBe(made.length);
    const keys = made.flatMap((one) => one.draft?.key ?? []);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('a kind that only a newer server knows is called as it is, and has no row', () => {
    expect(sayKind('telescope')).toBe('telescope');
    expect(rowOf('toString')).toBeUndefined();
    language.value = 'en';
    expect(sayKind('photo')).toBe('Photo');
    language.value = 'zh-CN';
  });

  test('a conflict leads to the record it is about, where that has a screen', () => {
    const about = (kind: string) => ({
      id: 'c',
      pending: [],
      values: { record: 'r', kind, path: 'p', candidates: {} },
    });
    const hrefs = (kind: string) =>
      mattersOf({ conflict: [about(kind)] } as never, 'me', new Set()).map((one) => one.href);
    expect(hrefs('report')).toEqual(['#/report/r']);
    expect(hrefs('telescope')).toEqual([undefined]);
  });

  test('what this phone sent and no form admits is asked for until it is corrected, and of this phone alone', () => {
    const flag = { path: 'fields/temperature_min', code: 'field.not_a_value' };
    const log = { id: 'r', pending: [], values: { form: 'daily_log', formVersion: 1, fields: {} } };
    const titles = (change: object, warned: readonly (typeof flag)[] = [flag]) =>
      mattersOf(
        { report: [{ ...log, server: { receivedAt: '', fieldFlags: [flag] }, ...change }] } as never,
        'me',
        new Set(['r:misfits']),
        new Map([['r', warned]]),
      ).map((one) => one.title);
    expect(titles({})).toEqual(['有 1 处填写不符合表单']);
    expect(titles({}, [])).toEqual([]);
    expect(titles({}, [{ ...flag, path: 'fields/other' }])).toEqual([]);
    expect(titles({ pending: [{ action: 'patch' }] })).toEqual([]);
    expect(titles({ server: { receivedAt: '' } })).toEqual([]);
  });

  test('what the desk made of a scan is told to who scanned it, by the reading that counts', () => {
    const scan = {
      id: 's',
      values: { captured: { at: '2026-11-18T08:00:00+08:00' } },
      server: { by: 'me', extraction: 'e' },
    };
    const reading = { id: 'e', values: { scan: 's', state: 'confirmed' } };
    const keys = (change: object, person = 'me') =>
      mattersOf({ scan: [scan], extraction: [{ ...reading, ...change }] } as never, person, new Set()).map(
        (one) => one.key,
      );
    expect(keys({})).toEqual(['s:confirmed']);
    expect(keys({ id: 'an older one' })).toEqual([]);
    expect(keys({ values: { scan: 's', state: 'proposed' } })).toEqual([]);
    expect(keys({}, 'another')).toEqual([]);
  });

  test('the files of a capture that was never saved are those of its draft', () => {
    const shot = (sha256: string) => ({ sha256, name: '', captured: { at: '' } });
    expect(KINDS.photo.made?.draft?.files({ shots: [shot('a')], place: '', note: '' })).toEqual(['a']);
    expect(KINDS.scan.made?.draft?.files({ pages: [shot('b'), shot('c')], note: '' })).toEqual(['b', 'c']);
  });
});
