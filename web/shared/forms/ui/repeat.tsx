import type { Field, Repeat } from '@contract/generated/contract';
import { useComputed } from '@preact/signals';
import { Icon } from '@shared/ui/icon';
import { labelled, language } from '@shared/words/i18n';
import { useEffect, useRef, useState } from 'preact/hooks';
import { rowTitle } from '../answers';
import { choicesOf } from '../definition';
import { valueAt } from '../draft';
import { rowsInOrder } from '../rows';
import type { Session } from '../session';
import type { Around } from './around';
import { FieldView, idOf } from './field';
import { t } from './sentences';

/** Rows that hold a key and one number sit on one line, key at the left and number at the right. */
const isPair = (repeat: Repeat): boolean => {
  const others = repeat.fields.filter((field) => !repeat.rowKey?.includes(field.name));
  return others.length === 1 && (others[0]?.type === 'integer' || others[0]?.type === 'decimal');
};

/** A table: cards on a phone, lines where there is room. */
export function RepeatView({ repeat, around }: { repeat: Repeat; around: Around }) {
  const { session, locked } = around;
  const asked = useComputed(() => session.checker.value.relevant(repeat, null)).value;
  const rows = useComputed(() => rowsInOrder(session.form, repeat, session.fields.value).join()).value;
  const [fresh, begin] = useState<string>();
  const held = rows === '' ? [] : rows.split(',');
  // A new row is there once a cell is filled in. It is drawn before that, and stays the same one: who is typing – or
  // composing a character – must not be interrupted.
  const ids = fresh === undefined || held.includes(fresh) ? held : [...held, fresh];
  if (!asked || (locked && ids.length === 0)) return null;
  const pair = isPair(repeat);
  return (
    <section
      class={`repeat${pair ? ' pairs' : ''}`}
      id={idOf(repeat.name)}
      tabIndex={-1}
      aria-label={labelled(repeat.label)}
    >
      <h2>{labelled(repeat.label)}</h2>
      {ids.length > 0 && (
        <ol class="rows">
          {ids.map((row, index) => (
            <Row
              key={row}
              {...{ repeat, row, around }}
              number={index + 1}
              focus={row === fresh}
              onRemove={() => begin(undefined)}
            />
          ))}
        </ol>
      )}
      {!locked && <Adder repeat={repeat} around={around} onAdd={begin} />}
    </section>
  );
}

function Row(props: {
  repeat: Repeat;
  row: string;
  number: number;
  around: Around;
  focus: boolean;
  onRemove: () => void;
}) {
  const { repeat, row, number, around, focus } = props;
  const { session } = around;
  const card = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (focus) card.current?.querySelector<HTMLElement>('input, select, textarea, [role=radio]')?.focus();
  }, [focus]);
  const others = repeat.fields.filter((field) => !repeat.rowKey?.includes(field.name));
  const title = rowTitle(session.form, repeat, row, session.fields.value, language.value) || t('rows.row', { number });
  const place = { repeat, row };
  return (
    <li class="line" ref={card} aria-label={title}>
      <div class="line-head">
        <strong>{title}</strong>
        {!around.locked && (
          <button
            type="button"
            class="button round"
            aria-label={t('rows.remove', { row: title })}
            onClick={() => {
              session.removeRow(repeat, row);
              props.onRemove();
            }}
          >
            <Icon name="trash" size={22} />
          </button>
        )}
      </div>
      <div class="cells form-grid">
        {others.map((field) => (
          <FieldView key={field.name} field={field} place={place} around={around} row={title} />
        ))}
      </div>
    </li>
  );
}

interface AdderProps {
  readonly repeat: Repeat;
  readonly around: Around;
  readonly onAdd: (row: string) => void;
}

/** What makes a new row: its key is chosen first, once, because the key is what makes the row. */
function Adder({ repeat, around, onAdd }: AdderProps) {
  const key = repeat.fields.find((field) => field.name === repeat.rowKey?.[0]);
  if (!key) return <PlainAdder {...{ repeat, around, onAdd }} />;
  if (key.type === 'selectOne' && repeat.rowKey?.length === 1)
    return <ChoiceAdder {...{ repeat, around, onAdd }} field={key} />;
  return <KeyAdder {...{ repeat, around, onAdd }} />;
}

/** A row without a key. */
function PlainAdder({ around, onAdd }: AdderProps) {
  return (
    <button type="button" class="button wide add" onClick={() => onAdd(around.session.phone.newId())}>
      <Icon name="plus" /> {t('rows.add')}
    </button>
  );
}

function ChoiceAdder({ repeat, around, onAdd, field }: AdderProps & { field: Field }) {
  const { session } = around;
  const [open, show] = useState(false);
  const taken = useComputed(() => {
    const rows = rowsInOrder(session.form, repeat, session.fields.value);
    return rows.map((row) => String(valueAt(session.fields.value, `${repeat.name}/${row}/${field.name}`))).join();
  }).value.split(',');
  const left = choicesOf(session.form, field).filter((choice) => !taken.includes(choice.name));
  if (left.length === 0) return null;
  if (!open) {
    return (
      <button type="button" class="button wide add" aria-expanded={false} onClick={() => show(true)}>
        <Icon name="plus" /> {t('rows.add.key', { label: labelled(field.label) })}
      </button>
    );
  }
  return (
    <div class="adder">
      <fieldset class="options" aria-label={t('rows.add.key', { label: labelled(field.label) })}>
        {left.map((choice) => (
          <button
            key={choice.name}
            type="button"
            class="option"
            onClick={() => onAdd(session.addRow(repeat, { [field.name]: choice.name }))}
          >
            {labelled(choice.label)}
          </button>
        ))}
      </fieldset>
      <button type="button" class="button wide" onClick={() => show(false)}>
        {t('rows.done')}
      </button>
    </div>
  );
}

/** Keys that are typed: the row is made when all of them are there. */
function KeyAdder({ repeat, around, onAdd }: AdderProps) {
  const { session } = around;
  const [typed, type] = useState<Record<string, string>>({});
  const next = useComputed(() => String(nextNumber(session, repeat))).value;
  const keys = repeat.fields.filter((field) => repeat.rowKey?.includes(field.name));
  const textOf = (field: Field) => (typed[field.name] ?? (field.type === 'integer' ? next : '')).trim();
  const whole = keys.every((field) => textOf(field) !== '');
  const add = () => {
    const values = keys.map((field) => [field.name, keyValue(field, textOf(field))]);
    onAdd(session.addRow(repeat, Object.fromEntries(values)));
    type({});
  };
  return (
    <form
      class="adder keyed"
      onSubmit={(event) => {
        event.preventDefault();
        if (whole) add();
      }}
    >
      {keys.map((field) => (
        <div class="field" key={field.name}>
          <label for={idOf(`${repeat.name}-new-${field.name}`)}>{labelled(field.label)}</label>
          <input
            id={idOf(`${repeat.name}-new-${field.name}`)}
            type="text"
            inputMode={field.type === 'integer' ? 'numeric' : 'text'}
            autocomplete="off"
            value={typed[field.name] ?? textOf(field)}
            onInput={(event) => type({ ...typed, [field.name]: event.currentTarget.value })}
          />
        </div>
      ))}
      <button type="submit" class="button add" disabled={!whole}>
        <Icon name="plus" /> {t('rows.add')}
      </button>
    </form>
  );
}

/** Items count themselves: one more than the highest there is. */
function nextNumber(session: Session, repeat: Repeat): number {
  const rows = rowsInOrder(session.form, repeat, session.fields.value);
  const numbers = rows.map((row) =>
    Number(valueAt(session.fields.value, `${repeat.name}/${row}/${repeat.rowKey?.[0]}`)),
  );
  return Math.max(0, ...numbers.filter(Number.isSafeInteger)) + 1;
}

function keyValue(field: Field, text: string): string | number {
  return field.type === 'integer' && /^\d{1,9}$/.test(text) ? Number(text) : text;
}
