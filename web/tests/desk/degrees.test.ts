import { inDegrees, inUnits, metres, offMap, onMap, readAngle, sayAngle } from '@desk/site/degrees';
import { describe, expect, it } from 'vitest';

/** Of WGS-84, with the same place as `media/geo.py` gives it in GCJ-02 and in BD-09. */
const PLACES = [
  [
    [306571234, 1040665432],
    [306547027, 1040690521],
    [306607197, 1040755527],
  ],
  [
    [399087243, 1163974799],
    [399101278, 1164037235],
    [399164671, 1164100964],
  ],
  [
    [220000000, 1139999999],
    [219972686, 1140049601],
    [220036026, 1140114146],
  ],
  [
    [-337000000, 1512000000],
    [-337000000, 1512000000],
    [-336935502, 1512066180],
  ],
] as const;

const at = ([lat, lon]: readonly [number, number]) => ({ lat, lon });

describe('places on maps of another datum', () => {
  it.each(PLACES)('are shifted as the server shifts them, and back: %j', (place, gcj02, bd09) => {
    for (const [datum, shown] of [['GCJ02', gcj02] as const, ['BD09', bd09] as const]) {
      expect(inUnits(onMap(inDegrees(at(place)), datum))).toEqual(at(shown));
      const back = inUnits(offMap(inDegrees(at(shown)), datum));
      expect(Math.abs(back.lat - place[0])).toBeLessThanOrEqual(1);
      expect(Math.abs(back.lon - place[1])).toBeLessThanOrEqual(1);
    }
  });

  it('stay where they are on a map of WGS-84', () => {
    expect(onMap([30, 104], 'WGS84')).toEqual([30, 104]);
    expect(offMap([30, 104], 'WGS84')).toEqual([30, 104]);
  });
});

describe('angles that are typed', () => {
  it.each([
    ['30.6571234', 306571234],
    [' -33.7 ', -337000000],
    ['0.0000001', 1],
    ['90', 900000000],
    ['30。5', 305000000],
  ])('%s is read', (text, angle) => {
    expect(readAngle(text, 90)).toBe(angle);
  });

  it.each(['', '91', '30,5', 'abc', "30°39'"])('%s is none', (text) => {
    expect(readAngle(text, 90)).toBeUndefined();
  });

  it('are said so that they are read as the same', () => {
    for (const angle of [306571234, -337000000, 1, -1, 0, 1800000000, 12345678]) {
      expect(readAngle(sayAngle(angle), 180)).toBe(angle);
    }
    expect(sayAngle(306500000)).toBe('30.65');
  });
});

it('distances are those of the ground', () => {
  expect(metres([30, 104], [30.001, 104])).toBeCloseTo(111.2, 0);
});
