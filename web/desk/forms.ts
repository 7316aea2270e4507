import type { FormList } from '@contract/generated/contract';
import { signal } from '@preact/signals';
import { labelled } from '@shared/words/i18n';
import { get } from './api';

/** The forms that the reader may know of, the newest version of each. */
export const forms = signal<FormList['forms']>([]);

const PAGES = 20;

/** Ask for the forms again: when a page opens that names them. */
export async function loadForms(): Promise<void> {
  const found: FormList['forms'][number][] = [];
  let after = '';
  for (let page = 0; page < PAGES; page++) {
    const answer = await get<FormList>('/v1/forms', { after });
    found.push(...answer.forms);
    after = answer.next ?? '';
    if (after === '') break;
  }
  forms.value = found;
}

/** A form by its title; by its id until that is known. */
export function formTitle(id: string): string {
  return labelled(forms.value.find((form) => form.id === id)?.title) || id;
}
