import type { Project, Role, Section } from '@contract/generated/contract';
import { signal } from '@preact/signals';
import type { Status } from '@shared/protocol/phone';
import { useMemo } from 'preact/hooks';
import { useLive, useStatus } from './live';

/** Who records what happened on site: those whom the server lets write reports, photos, check-ins and scans. */
const FIELD_ROLES: ReadonlySet<Role> = new Set(['inspector', 'contractor', 'clerk', 'supervisor']);

/** Where a person may record: a section, or what all sections of a project share. */
export interface Workplace {
  readonly scope: string;
  readonly project?: Project;
  readonly section?: Section;
}

/** Sections first, each project's common part after them. */
export function workplaces(status: Status, projects: readonly Project[]): Workplace[] {
  const held = (status.account?.grants ?? [])
    .filter((grant) => FIELD_ROLES.has(grant.role))
    .map((grant) => grant.scope);
  const found = [...new Set(held)].map((scope) => placeOf(scope, projects));
  return found.sort((a, b) => Number(!a.section) - Number(!b.section));
}

export function placeOf(scope: string, projects: readonly Project[]): Workplace {
  for (const project of projects) {
    if (scope === `project:${project.id}`) return { scope, project };
    const section = project.sections?.find((one) => scope === `section:${one.id}`);
    if (section) return { scope, project, section };
  }
  return { scope };
}

/** The name of a place: its section's, or its project's. Before projects were heard of, the start of its id. */
export function placeName(place: Workplace): string {
  return place.section?.name ?? place.project?.name ?? (place.scope.split(':')[1] ?? '').slice(-6);
}

const KEPT_AS = 'plumbline.workplace';
const chosen = signal(globalThis.localStorage?.getItem(KEPT_AS) ?? '');

/** Where the person works, and the place that captures go to: the one chosen last, if it is still held. */
export function useWorkplaces() {
  const status = useStatus();
  const projects = useLive((phone) => phone.projects(), [status.account?.scopes.join()]);
  const places = useMemo(() => workplaces(status, projects ?? []), [status.account, projects]);
  return {
    places,
    projects: projects ?? [],
    ready: projects !== undefined,
    current: places.find((place) => place.scope === chosen.value) ?? places[0],
    choose(scope: string): void {
      chosen.value = scope;
      localStorage.setItem(KEPT_AS, scope);
    },
  };
}
