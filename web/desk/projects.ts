import type { Project, Projects, Section } from '@contract/generated/contract';
import { computed, signal } from '@preact/signals';
import { get } from './api';

/** The projects that the reader may know of, with their sections. */
export const projects = signal<readonly Project[]>([]);

const KEPT_AS = 'plumbline.desk.project';
const PAGES = 50;

const wanted = signal(kept());

/** The project that was chosen at the top; undefined: all of them. */
export const project = computed<Project | undefined>(() => projects.value.find((one) => one.id === wanted.value));

export function choose(id: string): void {
  wanted.value = id;
  try {
    localStorage.setItem(KEPT_AS, id);
  } catch {
    // Kept until the tab is closed.
  }
}

/** Ask for the projects again: at the start, and after one was made or changed. */
export async function loadProjects(): Promise<void> {
  const found: Project[] = [];
  let after = '';
  for (let page = 0; page < PAGES; page++) {
    const answer = await get<Projects>('/v1/projects', { after });
    found.push(...answer.projects);
    after = answer.next ?? '';
    if (after === '') break;
  }
  projects.value = found;
}

/** The scopes of the chosen project, or of all: its common part and its sections. */
export const scopes = computed<readonly string[]>(() =>
  (project.value ? [project.value] : projects.value).flatMap((one) => [
    `project:${one.id}`,
    ...(one.sections ?? []).map((section) => `section:${section.id}`),
  ]),
);

/** The section that a scope is; undefined of a project's common part, or where it is not known. */
export function sectionOf(scope: string): Section | undefined {
  return projects.value.flatMap((one) => one.sections ?? []).find((section) => `section:${section.id}` === scope);
}

/** The project that a scope belongs to. */
export function projectOf(scope: string): Project | undefined {
  const section = sectionOf(scope);
  return projects.value.find((one) => one.id === section?.project || `project:${one.id}` === scope);
}

/** A scope by its name; with the project's name before it unless that one is chosen, or the only one. */
export function sayScope(scope: string): string {
  const [whole, section] = [projectOf(scope), sectionOf(scope)];
  const name = section?.name ?? '';
  if (!whole) return name;
  const plain = whole.id === project.value?.id || projects.value.length === 1;
  return plain && name ? name : [whole.name, name].filter(Boolean).join(' · ');
}

function kept(): string {
  try {
    return localStorage.getItem(KEPT_AS) ?? '';
  } catch {
    return '';
  }
}
