/**
 * Places as people write them and as the contract has them: degrees with a point, and whole numbers of 10⁻⁷ degree.
 *
 * The server keeps WGS-84. Maps of the mainland are shifted (GCJ-02), Baidu's once more (BD-09): a place that is drawn on
 * such a map is shifted the same way here, and one that is read off it is shifted back. The series is that of
 * `media/geo.py`; `tests/desk/degrees.test.ts` holds both to the same figures.
 */
import type { Datum } from '@contract/generated/contract';

/** Latitude and longitude in degrees. */
export type Degrees = readonly [lat: number, lon: number];

/** A place in 10⁻⁷ degree. */
export interface Spot {
  readonly lat: number;
  readonly lon: number;
}

const UNITS = 10_000_000;
const ROUNDS = 6;
const A = 6_378_245;
const EE = 0.006_693_421_622_965_943;
const BD = (Math.PI * 3000) / 180;
const { sin, cos, sqrt, abs, PI, atan2 } = Math;

export const inDegrees = ({ lat, lon }: Spot): Degrees => [lat / UNITS, lon / UNITS];
export const inUnits = ([lat, lon]: Degrees): Spot => ({ lat: Math.round(lat * UNITS), lon: Math.round(lon * UNITS) });

/** An angle as it is typed, exactly: seven places, without zeros at the end. */
export function sayAngle(angle: number): string {
  const digits = String(abs(angle)).padStart(8, '0');
  const rest = digits.slice(-7).replace(/0+$/, '');
  return `${angle < 0 ? '-' : ''}${digits.slice(0, -7)}${rest ? `.${rest}` : ''}`;
}

/** An angle that was typed, in 10⁻⁷ degree; undefined where it is none within `most` degrees. */
export function readAngle(text: string, most: 90 | 180): number | undefined {
  const typed = /^([+-]?)(\d{1,3})(?:[.。](\d{1,12}))?°?$/.exec(text.trim());
  if (!typed) return undefined;
  const [, sign, whole = '', rest = ''] = typed;
  const angle = Math.round(Number(`${whole}.${rest || '0'}`) * UNITS) * (sign === '-' ? -1 : 1);
  return abs(angle) <= most * UNITS ? angle : undefined;
}

/** Where a place of WGS-84 lies on a map of another datum. */
export const onMap = (place: Degrees, datum: Datum): Degrees => FROM_WGS84[datum](place);

/** The place of WGS-84 that a map of another datum shows there. */
export function offMap(shown: Degrees, datum: Datum): Degrees {
  if (datum === 'WGS84') return shown;
  let [lat, lon] = shown;
  for (let round = 0; round < ROUNDS; round++) {
    const reached = onMap([lat, lon], datum);
    lat += shown[0] - reached[0];
    lon += shown[1] - reached[1];
  }
  return [lat, lon];
}

/** Metres between two places, as on a sphere: what a circle or a "same place" is drawn by. */
export function metres(one: Degrees, other: Degrees): number {
  const [lat, lon] = [rad(other[0] - one[0]) / 2, rad(other[1] - one[1]) / 2];
  const square = sin(lat) ** 2 + cos(rad(one[0])) * cos(rad(other[0])) * sin(lon) ** 2;
  return 2 * 6_371_000 * Math.asin(Math.min(1, sqrt(square)));
}

const rad = (angle: number) => (angle * PI) / 180;

function toGcj02(place: Degrees): Degrees {
  const [lat, lon] = place;
  if (!(lat >= 0.8293 && lat <= 55.8271 && lon >= 72.004 && lon <= 137.8347)) return place;
  const [x, y] = [lon - 105, lat - 35];
  const short = ((20 * sin(6 * x * PI) + 20 * sin(2 * x * PI)) * 2) / 3;
  let north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + short;
  north += ((20 * sin(y * PI) + 40 * sin((y / 3) * PI)) * 2) / 3;
  north += ((160 * sin((y / 12) * PI) + 320 * sin((y / 30) * PI)) * 2) / 3;
  let east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + short;
  east += ((20 * sin(x * PI) + 40 * sin((x / 3) * PI)) * 2) / 3;
  east += ((150 * sin((x / 12) * PI) + 300 * sin((x / 30) * PI)) * 2) / 3;
  const bulge = 1 - EE * sin(rad(lat)) ** 2;
  const meridian = (A * (1 - EE)) / bulge ** 1.5;
  const parallel = (A / sqrt(bulge)) * cos(rad(lat));
  return [lat + (north / meridian) * (180 / PI), lon + (east / parallel) * (180 / PI)];
}

function toBd09(place: Degrees): Degrees {
  const [lat, lon] = toGcj02(place);
  const radius = sqrt(lon * lon + lat * lat) + 0.000_02 * sin(lat * BD);
  const angle = atan2(lat, lon) + 0.000_003 * cos(lon * BD);
  const east = radius * cos(angle) + 0.0065;
  return [radius * sin(angle) + 0.006, ((east + 540) % 360) - 180];
}

const FROM_WGS84: Readonly<Record<Datum, (place: Degrees) => Degrees>> = {
  WGS84: (place) => place,
  GCJ02: toGcj02,
  BD09: toBd09,
};
