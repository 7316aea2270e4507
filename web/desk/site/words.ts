import type { Datum } from '@contract/generated/contract';
import { type Sentence, say, sentences } from '@shared/words/i18n';

/** What the pages of projects, people and maps say alike. */
export const t = sentences({
  name: ['名称', 'Name'],
  code: ['代码', 'Code'],
  edit: ['修改', 'Edit'],
  lat: ['纬度', 'Latitude'],
  lon: ['经度', 'Longitude'],
  datum: ['坐标来自', 'Coordinates are from'],
  angleHint: ['度,例如 {example}', 'Degrees, such as {example}'],
  badAngle: ['请填写纬度和经度,例如 30.1234567', 'Give a latitude and a longitude, such as 30.1234567'],
});

const DATUMS: Readonly<Record<Datum, Sentence>> = {
  WGS84: ['GPS、CGCS2000(WGS-84)', 'GPS, CGCS2000 (WGS-84)'],
  GCJ02: ['高德、腾讯地图(GCJ-02)', 'AMap, Tencent maps (GCJ-02)'],
  BD09: ['百度地图(BD-09)', 'Baidu maps (BD-09)'],
};

/** The datums to choose from. */
export const datums = (): readonly (readonly [Datum, string])[] =>
  (Object.keys(DATUMS) as Datum[]).map((datum) => [datum, say(DATUMS[datum])]);
