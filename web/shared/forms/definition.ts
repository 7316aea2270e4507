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

/** Return a path of a report as one within `fields`. */
export const within = (path: string): string => path.replace(/^fields\//, '');

/** A path within `fields`, taken apart: `weather_am`, `labour`, `labour/<row>` or `labour/<row>/count`. */
export interface At {
  readonly field?: Field;
  readonly repeat?: Repeat;
  readonly row?: string;
}

/** Return what a path within `fields` leads to; of a name that the form does not have, nothing. */
export function at(form: FormDefinition, path: string): At {
  const [name, row, column] = path.split('/');
  const repeat = repeatsOf(form).find((one) => one.name === name);
  const field = (repeat?.fields ?? fieldsOf(form)).find((one) => one.name === (repeat ? column : name));
  return { ...(field ? { field } : {}), ...(repeat ? { repeat } : {}), ...(repeat && row ? { row } : {}) };
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
