import { keepShot, moved, photoIntents, wallTime } from '@phone/batch';
import { codeIn } from '@phone/enrolment';
import { entriesOf } from '@phone/entries';
import { mattersOf } from '@phone/matters';
import { lastBefore, offered } from '@phone/reports';
import { standingOf } from '@phone/standing';
import { chooseDatum } from '@shared/device/datum';
import { positionOf, sayPosition } from '@shared/device/fix';
import type { PendingOp, RecordView } from '@shared/protocol/phone';
import { siteDay } from '@shared/words/when';
import { describe, expect, test } from 'vitest';

const ME = 'me';
const op = (held?: string): PendingOp => ({
  opId: 'op',
  n: 1,
  action: 'create',
  at: '2026-11-18T08:00:00+08:00',
  ...(held ? { held } : {}),
});

function photo(id: string, at: string, more: Partial<RecordView<'photo'>> = {}, note = ''): RecordView<'photo'> {
  return {
    kind: 'photo',
    id,
    scope: 'section:1',
    rev: 1,
    seq: 1,
    digest: '',
    values: { blob: id, captured: { at }, note },
    server: { receivedAt: at, businessDate: at.slice(0, 10), by: ME, files: [{ sha256: id, state: 'stored' }] },
    pending: [],
    removed: false,
    ...more,
  };
}

function without(record: RecordView<'photo'>): RecordView<'photo'> {
  const { server: _, ...rest } = record;
  return { ...rest, pending: [op()] };
}

describe('deeds', () => {
  test('photographs of one place taken together are one deed, which is as far as the slowest of them', () => {
    const photos = [
      photo('a', '2026-11-18T08:00:00+08:00'),
      without(photo('b', '2026-11-18T08:04:00+08:00')),
      photo('c', '2026-11-18T08:05:00+08:00', {}, 'another note'),
      photo('d', '2026-11-18T09:30:00+08:00'),
    ];
    const entries = entriesOf({ photo: photos }, ME);
    expect(entries.map((entry) => entry.records.map((one) => one.id))).toEqual([['d'], ['c'], ['a', 'b']]);
    expect(entries.map((entry) => entry.standing)).toEqual(['safe', 'safe', 'here']);
  });

  test('what others photographed is not mine', () => {
    const theirs = photo('a', '2026-11-18T08:00:00+08:00');
    expect(entriesOf({ photo: [theirs] }, 'somebody else')).toEqual([]);
  });

  test('a deed is delivered only when the receipt has each of its files', () => {
    const server = { ...photo('a', '2026-11-18T08:00:00+08:00').server, files: [{ sha256: 'a', state: 'expected' }] };
    expect(standingOf(photo('a', '', { server } as never))).toBe('files');
    expect(standingOf(photo('a', '', { pending: [op('unreadable')] }))).toBe('held');
  });
});

describe('what came back', () => {
  const flagged = photo('a', '2026-11-18T08:00:00+08:00');
  const flag = { id: 'f', code: 'evidence.mock_position', params: {} };
  const photos = [{ ...flagged, server: { ...flagged.server, flags: [flag] } } as RecordView<'photo'>];

  test('a flag is told to its author alone, until it was put aside', () => {
    expect(mattersOf({ photo: photos }, ME, new Set()).map((matter) => matter.key)).toEqual(['f']);
    expect(mattersOf({ photo: photos }, ME, new Set(['f']))).toEqual([]);
    expect(mattersOf({ photo: photos }, 'somebody else', new Set())).toEqual([]);
  });

  test('an open conflict and a parked op cannot be put aside', () => {
    const conflict = { id: 'c', pending: [], values: { record: 'r', kind: 'report', path: 'p', candidates: {} } };
    const parked = { id: 'p', pending: [], values: { code: 'op.scope_not_held' }, server: { by: ME } };
    const found = { conflict: [conflict], parked: [parked] } as never;
    expect(mattersOf(found, ME, new Set(['c', 'p'])).map((matter) => matter.key)).toEqual(['c', 'p']);
  });

  test('a returned report stands there with its reason until it is corrected; an approval may be put aside', () => {
    const review = { state: 'returned', digest: 'd1', by: 'li', at: '2026-11-18T10:00:00Z', reason: '人数不符' };
    const report = { id: 'r', digest: 'd1', pending: [], values: {}, server: { review } };
    const told = (change: object, person = ME) =>
      mattersOf({ report: [{ ...report, ...change }] } as never, person, new Set([`r:${review.at}`]));
    expect(told({})).toMatchObject([{ detail: '人数不符', dismissible: false }]);
    expect(told({ digest: 'd2' })).toEqual([]);
    expect(told({ pending: [op()] })).toEqual([]);
    expect(told({}, 'li')).toEqual([]);
    expect(told({ server: { review: { ...review, state: 'approved' } } })).toEqual([]);
  });
});

describe('captures', () => {
  const phone = {
    captured: () => ({ at: '2026-11-18T08:00:00+08:00', clockOffsetMs: 3 }),
    keep: async () => 'sha',
  } as never;
  const position = positionOf({ latitude: 32.0415, longitude: -118.76740001, accuracy: 11.2 });

  test('a position is in the datum that the owner of the phone chose', () => {
    const here = { latitude: 32.0415, longitude: 118.7674, accuracy: 11.2 };
    expect(positionOf(here).datum).toBe('WGS84');
    chooseDatum('BD09');
    expect(positionOf(here)).toEqual({
      lat: 320415000,
      lon: 1187674000,
      datum: 'BD09',
      accuracyCm: 1120,
      provider: 'geolocation',
    });
    chooseDatum('WGS84');
  });

  test('a picture from the camera is of now and here', async () => {
    const shot = await keepShot(phone, new Blob(['x']), 'a.jpg', { camera: true, position });
    expect(shot).toMatchObject({ captured: { at: '2026-11-18T08:00:00+08:00', clockOffsetMs: 3 }, position });
  });

  test('an older file has its own time, and no position of now', async () => {
    const modifiedAt = Date.now() - 3_600_000;
    const shot = await keepShot(phone, new Blob(['x']), 'a.jpg', { camera: false, modifiedAt, position });
    expect(Date.parse(shot.captured.at)).toBe(Math.floor(modifiedAt / 1000) * 1000);
    expect(shot.position).toBeUndefined();
  });

  test('a position is whole numbers, and never more accurate than it was', () => {
    expect(position).toMatchObject({ lat: 320415000, lon: -1187674000, datum: 'WGS84', accuracyCm: 1120 });
    expect(sayPosition(position)).toBe('32.04150°N 118.76740°W');
  });

  test('empty words are not sent', () => {
    const shot = { sha256: 's', name: 'a.jpg', captured: { at: 'now' } };
    const [intent] = photoIntents('section:1', { shots: [shot], place: '  ', note: 'x ' });
    expect(intent).toMatchObject({ values: { blob: 's', note: 'x' } });
    expect(intent).not.toHaveProperty('values.place');
  });

  test('pages move by one, and not beyond the ends', () => {
    expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b']);
    expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b']);
  });

  test('a wall time carries its offset', () => {
    expect(wallTime(new Date())).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/);
    expect(Math.abs(Date.parse(wallTime(new Date())) - Date.now())).toBeLessThan(2000);
  });
});

describe('days and codes', () => {
  test('who works past midnight is still in the day before', () => {
    const night = new Date('2026-11-18T17:30:00Z');
    expect(siteDay(night, 'Asia/Shanghai')).toBe('2026-11-19');
    expect(siteDay(night, 'Asia/Shanghai', '06:00')).toBe('2026-11-18');
  });

  test('a code is found in a link, in what was typed, and in nothing else', () => {
    expect(codeIn('https://site.example/app/#enrol=ABCDE-12345')).toBe('ABCDE12345');
    expect(codeIn(' abcde 12345 ')).toBe('ABCDE12345');
    expect(codeIn('https://elsewhere.example/ABCDE12345')).toBeUndefined();
  });
});

describe('forms', () => {
  const form = (version: number, retiredAt?: string) =>
    ({ values: { id: 'log', version, title: {}, items: DAY }, server: retiredAt ? { retiredAt } : {} }) as never;
  const DAY = [{ item: 'field', name: 'day', type: 'date', label: {}, means: 'document.date' }];

  test('the newest version is offered, and none when that was retired', () => {
    expect(offered([form(1), form(2)]).map((one) => one.version)).toEqual([2]);
    expect(offered([form(1), form(2, '2026-11-18T00:00:00Z')])).toEqual([]);
  });

  test('同昨日 takes from the last day before, not from today', () => {
    const report = (day: string) => ({ removed: false, values: { form: 'log', fields: { day } } }) as never;
    const log = { id: 'log', version: 1, title: {}, items: DAY, uniqueBy: ['day'] } as never;
    const days = ['2026-11-15', '2026-11-17', '2026-11-18'].map(report);
    expect(lastBefore(days, log, '2026-11-18')?.day).toBe('2026-11-17');
  });
});
