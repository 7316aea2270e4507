/** Names of what records mention by id: people of a scope, titles of forms. Asked once, and kept while the desk is open. */
import type { Colleagues, FormDefinition, FormList, PublishedForm } from '@contract/generated/contract';
import { get } from '../api';

const people = new Map<string, Promise<ReadonlyMap<string, string>>>();
const definitions = new Map<string, Promise<FormDefinition>>();

/** The people of a scope by id; none where the scope is not one's own. */
export function peopleOf(scope: string): Promise<ReadonlyMap<string, string>> {
  return kept(people, scope, async () => {
    const found = await get<Colleagues>(`/v1/scopes/${scope}/people`).catch(() => ({ people: [] }));
    return new Map(found.people.map(({ id, name }) => [id, name]));
  });
}

/** A version of a form: it never changes. */
export function formOf(form: string, version: number): Promise<FormDefinition> {
  return kept(definitions, `${form}/${version}`, () => get<FormDefinition>(`/v1/forms/${form}/${version}`));
}

/** The newest version of every form, by title. */
export async function allForms(): Promise<readonly PublishedForm[]> {
  const found: PublishedForm[] = [];
  let after = '';
  do {
    const page = await get<FormList>('/v1/forms', { after });
    found.push(...page.forms);
    after = page.next ?? '';
  } while (after !== '');
  return found.filter((form) => form.version > 0);
}

/** What was asked before stands; what failed is asked again. */
function kept<T>(cache: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const known = cache.get(key);
  if (known) return known;
  const asked = ask();
  cache.set(key, asked);
  asked.catch(() => cache.delete(key));
  return asked;
}
