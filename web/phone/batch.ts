import type { Kinds, Position } from '@contract/generated/contract';
import type { Intent, Phone } from '@shared/protocol/phone';

/** Pictures that were kept but not yet saved as records: a draft, so that a phone that dies costs none of them. */
export interface Shot {
  readonly sha256: string;
  readonly name: string;
  readonly captured: { at: string; clockOffsetMs?: number };
  readonly position?: Position;
  /** It came out of the phone's files: when and where it was taken is only what the file says. */
  readonly fromFile?: boolean;
}

export interface PhotoBatch {
  readonly shots: readonly Shot[];
  readonly place: string;
  readonly note: string;
}

export interface ScanBatch {
  readonly pages: readonly Shot[];
  readonly note: string;
}

export const PHOTO_DRAFT = 'capture:photo';
export const SCAN_DRAFT = 'capture:scan';

/** As many as fit into one unit, which succeeds or parks together. */
export const MOST_SHOTS = 50;
/** A file this old was not taken just now, so the phone's position now is not the picture's. */
const JUST_NOW_MS = 2 * 60 * 1000;

/** Keep a picture, then say what is known of it. From the camera it is of now and here; a file has its own time. */
export async function keepShot(
  phone: Phone,
  picture: Blob,
  name: string,
  from: { camera: boolean; modifiedAt?: number; position?: Position },
): Promise<Shot> {
  const captured = phone.captured();
  const sha256 = await phone.keep(picture, name);
  const taken = from.modifiedAt ?? Date.now();
  // A file from later than now is not of now either: one of the two clocks was wrong.
  const old = !from.camera && Math.abs(Date.now() - taken) > JUST_NOW_MS;
  return {
    sha256,
    name,
    captured: old ? { ...captured, at: wallTime(new Date(taken)) } : captured,
    ...(from.position && !old ? { position: from.position } : {}),
    ...(old ? { fromFile: true } : {}),
  };
}

/** The records of a batch, one op each. */
export function photoIntents(scope: string, batch: PhotoBatch): Intent[] {
  return batch.shots.map((shot) => {
    const values: Kinds['photo']['values'] = {
      blob: shot.sha256,
      captured: shot.captured,
      fileName: shot.name,
      ...(shot.position ? { position: shot.position } : {}),
      ...(batch.place.trim() ? { place: batch.place.trim() } : {}),
      ...(batch.note.trim() ? { note: batch.note.trim() } : {}),
    };
    return { action: 'create', kind: 'photo', scope, values };
  });
}

export function scanIntent(scope: string, batch: ScanBatch): Intent {
  const [first] = batch.pages;
  if (!first) throw new RangeError('a scan has pages');
  const values: Kinds['scan']['values'] = {
    pages: batch.pages.map((page) => page.sha256),
    captured: first.captured,
    ...(batch.note.trim() ? { note: batch.note.trim() } : {}),
  };
  return { action: 'create', kind: 'scan', scope, values };
}

/** Move one item of a list by one place. */
export function moved<T>(items: readonly T[], from: number, by: -1 | 1): readonly T[] {
  const target = from + by;
  if (target < 0 || target >= items.length) return items;
  const copy = [...items];
  const [item] = copy.splice(from, 1);
  copy.splice(target, 0, item as T);
  return copy;
}

/** RFC 3339 with the phone's own offset, to the second. */
export function wallTime(moment: Date): string {
  const offset = -moment.getTimezoneOffset();
  const local = new Date(moment.getTime() + offset * 60_000).toISOString().slice(0, 19);
  const pad = (n: number) => String(n).padStart(2, '0');
  return `${local}${offset < 0 ? '-' : '+'}${pad(Math.trunc(Math.abs(offset) / 60))}:${pad(Math.abs(offset) % 60)}`;
}
