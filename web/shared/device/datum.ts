import type { Datum } from '@contract/generated/contract';
import { signal } from '@preact/signals';

export const DATUMS = ['WGS84', 'GCJ02', 'BD09'] as const satisfies readonly Datum[];

const KEPT_AS = 'plumbline.datum';

/** The datum of the positions that this phone gives, as its owner says: WGS-84 by the standard, and not on every phone. */
export const datum = signal<Datum>(read());

export function chooseDatum(wanted: Datum): void {
  datum.value = wanted;
  try {
    localStorage.setItem(KEPT_AS, wanted);
  } catch {
    // Kept until the app is closed.
  }
}

function read(): Datum {
  try {
    const kept = localStorage.getItem(KEPT_AS);
    return DATUMS.find((known) => known === kept) ?? 'WGS84';
  } catch {
    return 'WGS84';
  }
}
