/** Which reports are meant: the address of a list says it, so that back, reload and a link that was sent keep it. */
import type { ReportFilter, ReportState, Signature } from '@contract/generated/contract';
import type { Query } from '../api';
import { project } from '../projects';
import { query } from '../router';

/** The questions of the address, as `/v1/reports/…` asks them too. */
export const ASKED = [
  'scope',
  'form',
  'since',
  'until',
  'person',
  'state',
  'signature',
  'late',
  'conflicts',
  'flags',
] as const;

export type Asked = { readonly [name in (typeof ASKED)[number]]?: string };

/** What the address asks, without what it leaves open. */
export function asked(from: URLSearchParams = query.value): Asked {
  return Object.fromEntries(ASKED.flatMap((name) => (from.get(name) ? [[name, from.get(name) ?? '']] : [])));
}

/** The same as a query of the server: within the project that was chosen at the top. */
export function asQuery(from: Asked): Query {
  return { ...from, project: from.scope ? undefined : project.value?.id };
}

/** The same as the body of what is done to all that match. */
export function asFilter(from: Asked, asOf: string): ReportFilter {
  const { late, conflicts, flags, state, signature, ...words } = from;
  const marks = Object.entries({ late, conflicts, flags }).filter(([, value]) => value !== undefined);
  return {
    ...words,
    ...(state ? { state: state as ReportState } : {}),
    ...(signature ? { signature: signature as Signature } : {}),
    ...Object.fromEntries(marks.map(([name, value]) => [name, value === 'true'])),
    ...(project.value && !from.scope ? { project: project.value.id } : {}),
    asOf,
  };
}
