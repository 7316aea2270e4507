/** Walks a `FormDefinition`: what `mobile_contract/forms.py` offers beside the type. */
import type { Choice, Field, FormDefinition, Item, Note, Repeat } from '@contract/generated/contract';

/** A text by language tag; Chinese is always there. */
export type Label = FormDefinition['title'];

/** The fields outside repeats in reading order, groups opened. */
export function fieldsOf(form: FormDefinition): readonly Field[] {
  return walked(form).fields;
}

/** The repeats in reading order, groups opened. */
export function repeatsOf(form: FormDefinition): readonly Repeat[] {
  return walked(form).repeats;
}

/** The answers a field offers. */
export function choicesOf(form: FormDefinition, field: Field): readonly Choice[] {
  return form.choices?.[field.choices ?? ''] ?? [];
}

/** A text in the person's language: else in the Chinese that every form has, else in whatever there is. */
export function said(label: Label | undefined, language: string): string {
  if (!label) return '';
  const near = Object.keys(label).find((tag) => tag.split('-')[0] === language.split('-')[0]);
  return label[language] ?? (near && label[near]) ?? label['zh-CN'] ?? Object.values(label)[0] ?? '';
}

interface Walked {
  readonly fields: readonly Field[];
  readonly repeats: readonly Repeat[];
}

/** Forms never change, and every keystroke asks. */
const WALKED = new WeakMap<FormDefinition, Walked>();

function walked(form: FormDefinition): Walked {
  let found = WALKED.get(form);
  if (!found) {
    const all = flat(form.items);
    found = {
      fields: all.filter((item) => item.item === 'field'),
      repeats: all.filter((item) => item.item === 'repeat'),
    };
    WALKED.set(form, found);
  }
  return found;
}

function flat(items: readonly Item[]): (Field | Note | Repeat)[] {
  return items.flatMap((item) => (item.item === 'group' ? flat(item.items) : [item]));
}
