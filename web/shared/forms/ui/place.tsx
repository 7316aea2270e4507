import type { Value, Values } from '@contract/generated/contract';
import { positionOf, sayPosition } from '@shared/device/fix';
import { Icon } from '@shared/ui/icon';
import { useState } from 'preact/hooks';
import { isObject } from '../evaluate';
import type { ControlProps } from './around';
import { t } from './sentences';

const TIMEOUT_MS = 30_000;

/** A position: as the phone had it, in the datum of this phone, with its accuracy. */
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
  if (typeof lat !== 'number' || typeof lon !== 'number') return null;
  return (
    <p class="number">
      {sayPosition({ lat, lon })}
      {typeof accuracyCm === 'number' && (
        <span class="quiet"> {t('place.accuracy', { metres: Math.ceil(accuracyCm / 100), datum: String(datum) })}</span>
      )}
    </p>
  );
}
