import { useState } from 'preact/hooks';
import type { Position, Value, Values } from '../../../../generated/contract';
import { Icon } from '../../app/ui/icon';
import { Decimal } from '../decimal';
import { isObject } from '../evaluate';
import type { ControlProps } from './controls';
import { t } from './sentences';

const TIMEOUT_MS = 30_000;

/** A position: as the phone had it, in the datum of browsers (WGS-84), with its accuracy. */
export function PlaceField({ path, id, value, around, described, wrong }: ControlProps) {
  const [state, show] = useState<'idle' | 'taking' | 'failed'>('idle');
  const take = () => {
    show('taking');
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        around.session.set(path, positionOf(coords) as unknown as Value);
        show('idle');
      },
      () => show('failed'),
      { enableHighAccuracy: true, timeout: TIMEOUT_MS, maximumAge: 0 },
    );
  };
  return (
    <fieldset class="stack" id={id} tabIndex={-1} aria-labelledby={`${id}-label`} aria-describedby={described}>
      {isObject(value) && <Shown position={value} />}
      <button
        type="button"
        class="button wide"
        aria-invalid={wrong || undefined}
        disabled={state === 'taking'}
        onClick={take}
      >
        <Icon name="pin" /> {t(state === 'taking' ? 'place.taking' : isObject(value) ? 'place.again' : 'place.take')}
      </button>
      {state === 'failed' && (
        <p class="wrong" role="alert">
          {t('place.failed')}
        </p>
      )}
    </fieldset>
  );
}

function Shown({ position }: { position: Values }) {
  const { lat, lon, accuracyCm, datum } = position;
  const degree = (units: Value | undefined) =>
    typeof units === 'number' ? new Decimal(BigInt(units), 7).rounded(5).text() : '?';
  return (
    <p class="number">
      {t('place.shown', { lat: degree(lat), lon: degree(lon) })}
      {typeof accuracyCm === 'number' && (
        <span class="quiet">
          {' '}
          {t('place.accuracy', { metres: Math.max(1, Math.round(accuracyCm / 100)), datum: String(datum) })}
        </span>
      )}
    </p>
  );
}

function positionOf(coords: GeolocationCoordinates): Position {
  return {
    lat: Math.round(coords.latitude * 1e7),
    lon: Math.round(coords.longitude * 1e7),
    datum: 'WGS84',
    accuracyCm: Math.round(coords.accuracy * 100),
    provider: 'browser',
  };
}
