import type { Kind } from '@contract/generated/contract';
import type { Phone } from '@shared/protocol/phone';
import { say } from '@shared/words/i18n';
import { checkIn } from './checkin';
import { conflict } from './conflict';
import { extraction } from './extraction';
import { parked } from './parked';
import { photo } from './photo';
import { form, vocabulary } from './reference';
import { report } from './report';
import type { Found, KindRow, KindTable } from './row';
import { scan } from './scan';

/**
 * One row per kind of the contract: a kind without one does not compile. Where several ask for something, the first
 * here is the most pressing; tiles stand in this order too.
 */
export const KINDS: KindTable = { conflict, parked, report, checkIn, photo, scan, extraction, form, vocabulary };

/** The rows in their order, each as what a record of any kind is shown by. */
export const ROWS = Object.entries(KINDS) as readonly (readonly [Kind, KindRow])[];

/** Return the row of a kind, which a newer server may know alone. */
export function rowOf(kind: string): KindRow | undefined {
  return ROWS.find(([name]) => name === kind)?.[1];
}

/** What a kind is called; one that this app does not know yet is shown as it is. */
export function sayKind(kind: string): string {
  const row = rowOf(kind);
  return row ? say(row.called) : kind;
}

/** Read all records of the kinds whose row is wanted. */
export async function readFound(phone: Phone, wanted: (row: KindRow) => boolean): Promise<Found> {
  const kinds = ROWS.filter(([, row]) => wanted(row)).map(([kind]) => kind);
  return Object.fromEntries(await Promise.all(kinds.map(async (kind) => [kind, await phone.records(kind)])));
}
