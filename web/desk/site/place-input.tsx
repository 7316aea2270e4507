import type { Datum } from '@contract/generated/contract';
import { Input, Select } from '../ui/fields';
import { inDegrees, inUnits, offMap, readAngle, type Spot, sayAngle } from './degrees';
import { datums, t } from './words';

/** A place as it is typed: two angles, and the kind of map that they were read off. */
export interface TypedPlace {
  readonly lat: string;
  readonly lon: string;
  readonly datum: Datum;
}

export const NOWHERE: TypedPlace = { lat: '', lon: '', datum: 'WGS84' };

export const typedOf = (spot: Spot): TypedPlace => ({
  lat: sayAngle(spot.lat),
  lon: sayAngle(spot.lon),
  datum: 'WGS84',
});

/** The place that was typed, in WGS-84; undefined while it is none. */
export function placeOf(typed: TypedPlace): Spot | undefined {
  const [lat, lon] = [readAngle(typed.lat, 90), readAngle(typed.lon, 180)];
  if (lat === undefined || lon === undefined) return undefined;
  return typed.datum === 'WGS84' ? { lat, lon } : inUnits(offMap(inDegrees({ lat, lon }), typed.datum));
}

export function PlaceInput({ value, onChange }: { value: TypedPlace; onChange: (value: TypedPlace) => void }) {
  const set = (some: Partial<TypedPlace>) => onChange({ ...value, ...some });
  return (
    <div class="beside">
      <Input
        label={t('lat')}
        hint={t('angleHint', { example: '30.1234567' })}
        value={value.lat}
        onChange={(lat) => set({ lat })}
        inputMode="decimal"
      />
      <Input
        label={t('lon')}
        hint={t('angleHint', { example: '104.1234567' })}
        value={value.lon}
        onChange={(lon) => set({ lon })}
        inputMode="decimal"
      />
      <Select
        label={t('datum')}
        value={value.datum}
        onChange={(datum) => set({ datum: datum as Datum })}
        options={datums()}
      />
    </div>
  );
}
