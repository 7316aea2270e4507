import type { Field } from '@contract/generated/contract';
import { useComputed } from '@preact/signals';
import { labelled, language } from '@shared/words/i18n';
import { shown } from '../answers';
import { pathOf } from '../check';
import { choicesOf } from '../definition';
import { valueAt } from '../draft';
import type { Place } from '../evaluate';
import { missing } from '../operands';
import type { Around } from './around';
import { Clash } from './clash';
import { control } from './controls';
import { t } from './sentences';
import { ToCorrect } from './to-correct';
import { Unit } from './unit';

/** The id of the control of a path, so that its label, hint and problem belong to it. */
export const idOf = (path: string): string => `f-${path.replaceAll('/', '-')}`;

/** Field by its path within `fields`. */
export const pathIn = (field: Field, place: Place): string => pathOf(field.name, place).slice('fields/'.length);

/** Answers that need no more than half a line of a phone, where the form's author gave them no more. */
const SHORT: ReadonlySet<Field['type']> = new Set(['integer', 'decimal', 'date', 'time']);

/** Words so short that half a line holds them. */
const SHORT_TEXT = 4;

function layout(field: Field, read: boolean): string {
  const short = SHORT.has(field.type) || (field.type === 'text' && (field.paperWidth ?? 12) <= SHORT_TEXT);
  return `field${read ? ' read' : ''}${short ? ' short' : ''} w${field.paperWidth ?? 12}`;
}

/** One question: what is asked, the control that answers it, and whatever there is to say of the answer. */
export function FieldView(props: { field: Field; place: Place; around: Around; row?: string }) {
  const { field, place, around } = props;
  const { session } = around;
  const path = pathIn(field, place);
  const value = useComputed(() => valueAt(session.fields.value, path)).value;
  const asked = useComputed(() => session.checker.value.relevant(field, place)).value;
  const flag = useComputed(() => session.flags.value.get(path)?.code).value;
  if (!asked) return null;
  if (field.computed || field.phoneOnly) return <Worked field={field} path={path} around={around} />;
  const id = idOf(path);
  const fixed = session.record.value !== undefined && !place && session.form.uniqueBy?.includes(field.name);
  const told = flag && (around.strict || flag !== 'field.blank') ? flag : undefined;
  const hint = labelled(field.hint);
  const described = [hint && `${id}-hint`, told && `${id}-wrong`].filter(Boolean).join(' ') || undefined;
  const read = around.locked || Boolean(fixed);
  if (around.locked && missing(value)) return null;
  const Control = control(field, choicesOf(session.form, field).length);
  return (
    <div class={layout(field, read)} id={`${id}-field`}>
      <Label field={field} id={id} group={Control.group || read} must={!read} row={props.row} />
      {hint && !read && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {read ? (
        <p class="said" id={id}>
          {shown(session.form, field, value, language.value) || '—'} {!Control.group && <Unit field={field} />}
          {Control.shows && <Control {...{ field, path, id, value, around, described }} wrong={false} locked />}
        </p>
      ) : (
        <Control {...{ field, path, id, value, around, described }} wrong={told !== undefined} locked={false} />
      )}
      <p class="wrong" id={`${id}-wrong`} role={told ? 'alert' : undefined} hidden={!told}>
        {told && sentenceOf(field, told)}
      </p>
      <ToCorrect path={path} around={around} />
      <Clash field={field} path={path} around={around} />
    </div>
  );
}

function Label(props: { field: Field; id: string; group: boolean; must: boolean; row: string | undefined }) {
  const { field, id, group, must, row } = props;
  const kind = `label${field.required && must ? ' must' : ''}`;
  const text = (
    <>
      {labelled(field.label)}
      {row && <span class="unseen"> {row}</span>}
    </>
  );
  return group ? (
    <span class={kind} id={`${id}-label`}>
      {text}
    </span>
  ) : (
    <label class={kind} for={id} id={`${id}-label`}>
      {text}
    </label>
  );
}

/** A total: worked out, never typed. */
function Worked({ field, path, around }: { field: Field; path: string; around: Around }) {
  const { session } = around;
  const text = useComputed(() => shown(session.form, field, valueAt(session.fields.value, path), language.value)).value;
  const id = idOf(path);
  return (
    <div class={`field worked w${field.paperWidth ?? 12}`} id={`${id}-field`}>
      <span class="label" id={`${id}-label`}>
        {labelled(field.label)}
      </span>
      <output id={id} aria-labelledby={`${id}-label`}>
        <strong class="number">{text || '—'}</strong> <Unit field={field} />
      </output>
      <Clash field={field} path={path} around={around} />
    </div>
  );
}

function sentenceOf(
  field: Field,
  code: 'field.blank' | 'field.not_a_value' | 'field.not_a_choice' | 'field.out_of_range',
) {
  if (code === 'field.out_of_range') return labelled(field.constraint?.message) || t('flag.field.out_of_range');
  const number = field.type === 'integer' || field.type === 'decimal';
  if (code === 'field.not_a_value' && number) return t('flag.field.not_a_value.number');
  return t(`flag.${code}`);
}
