/** What a form's conditions say about what may be typed, so that the keyboard fits. */
import type { Field, FormDefinition } from '@contract/generated/contract';
import { Evaluation } from './evaluate';

/**
 * Whether a number below nought would be allowed: numeric keyboards of phones have no minus, so such a field offers a
 * button for the sign. Asked of the constraint itself, with nothing else filled in.
 */
export function allowsNegative(form: FormDefinition, field: Field): boolean {
  const rule = field.constraint?.expression;
  if (!rule) return false;
  return new Evaluation(form, { [field.name]: field.type === 'integer' ? -1 : '-1' }).holds(rule);
}
