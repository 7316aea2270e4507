import type { Position } from '@contract/generated/contract';
import { useEffect, useState } from 'preact/hooks';
import { datum } from './datum';
import { stopwatch } from './elapsed';

/** Where the phone is. `denied`: the person or the phone forbids it; `absent`: no fix could be had (yet). */
export type Fix =
  | { state: 'looking' }
  | { state: 'denied' }
  | { state: 'absent' }
  | { state: 'found'; position: Position; age: () => number };

const MAX_AGE_MS = 15_000;
const TIMEOUT_MS = 45_000;

/**
 * A position as the contract has it, in the datum of this phone. Its accuracy is passed on as it is: browsers hand through the 68 % radius of the phone, though their standard speaks of 95 %; so if anything it is
 * too large, and a fence says “uncertain” once too often rather than “outside”.
 */
export function positionOf(coords: Pick<GeolocationCoordinates, 'latitude' | 'longitude' | 'accuracy'>): Position {
  return {
    lat: Math.round(coords.latitude * 1e7),
    lon: Math.round(coords.longitude * 1e7),
    datum: datum.value,
    ...(Number.isFinite(coords.accuracy) ? { accuracyCm: Math.ceil(coords.accuracy * 100) } : {}),
    provider: 'geolocation',
  };
}

/** Follow the phone's position while a screen is open. `again` asks anew, after a permission was given. */
export function useFix(): { fix: Fix; again: () => void } {
  const [fix, show] = useState<Fix>({ state: 'looking' });
  const [round, next] = useState(0);
  useEffect(() => {
    if (!('geolocation' in navigator)) {
      show({ state: 'absent' });
      return;
    }
    show({ state: 'looking' });
    const watch = navigator.geolocation.watchPosition(
      ({ coords }) => show({ state: 'found', position: positionOf(coords), age: stopwatch() }),
      (error) =>
        // A fix that was found stays; it carries its age.
        show((now) =>
          now.state === 'found' ? now : { state: error.code === error.PERMISSION_DENIED ? 'denied' : 'absent' },
        ),
      { enableHighAccuracy: true, maximumAge: MAX_AGE_MS, timeout: TIMEOUT_MS },
    );
    return () => navigator.geolocation.clearWatch(watch);
  }, [round]);
  return { fix, again: () => next(round + 1) };
}

/** A fix that is older says nothing about what is done now. */
const FIX_LASTS_MS = 60_000;

/**
 * Return the position of a fix that was received just now; undefined of any other. Its own time is not asked: it is
 * that of the satellites, which a phone's clock need not agree with.
 */
export function currentPosition(fix: Fix): Position | undefined {
  return fix.state === 'found' && fix.age() < FIX_LASTS_MS ? fix.position : undefined;
}

/** 32.04150°N 118.76740°E */
export function sayPosition(position: Pick<Position, 'lat' | 'lon'>): string {
  const degrees = (angle: number, positive: string, negative: string) =>
    `${(Math.abs(angle) / 1e7).toFixed(5)}°${angle < 0 ? negative : positive}`;
  return `${degrees(position.lat, 'N', 'S')} ${degrees(position.lon, 'E', 'W')}`;
}

/** ±12 m; never finer than it is. */
export function sayAccuracy(position: Position): string {
  return position.accuracyCm == null ? '±? m' : `±${Math.ceil(position.accuracyCm / 100)} m`;
}
