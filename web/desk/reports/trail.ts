/** The list that a report was opened from, so that the next and the one before are one key away – after a reload too. */
import type { ReportRows } from '@contract/generated/contract';
import { get } from '../api';
import { keepDraft, readDraft } from '../drafts';
import { type Asked, asQuery } from './filter';

interface Trail {
  /** What the list asked, as text. */
  readonly of: string;
  readonly ids: readonly string[];
  /** Where its next page begins; empty on the last. */
  readonly next: string;
}

const KEPT_AS = 'reports.trail';
const PAGE = 200;

const nameOf = (asked: Asked) => JSON.stringify(asQuery(asked));

/** Remember which reports a list shows, in its order. */
export function keepTrail(asked: Asked, ids: readonly string[], next: string): void {
  keepDraft(KEPT_AS, { of: nameOf(asked), ids, next } satisfies Trail);
}

export interface Beside {
  readonly before?: string;
  readonly after?: string;
}

/** The reports before and after one in the list that is asked for; nothing where it is not among those shown. */
export async function beside(asked: Asked, id: string): Promise<Beside> {
  const of = nameOf(asked);
  const kept = readDraft<Trail>(KEPT_AS);
  let trail = kept?.of === of && kept.ids.includes(id) ? kept : await page({ of, ids: [], next: '' }, asked);
  if (trail.ids.at(-1) === id && trail.next) trail = await page(trail, asked);
  keepDraft(KEPT_AS, trail);
  const at = trail.ids.indexOf(id);
  const [before, after] = at < 0 ? [] : [trail.ids[at - 1], trail.ids[at + 1]];
  return { ...(before ? { before } : {}), ...(after ? { after } : {}) };
}

async function page(trail: Trail, asked: Asked): Promise<Trail> {
  const found = await get<ReportRows>('/v1/reports/rows', { ...asQuery(asked), after: trail.next, limit: PAGE });
  return { of: trail.of, ids: [...trail.ids, ...found.rows.map((row) => row.id)], next: found.next ?? '' };
}
