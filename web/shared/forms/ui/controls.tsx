import type { Field } from '@contract/generated/contract';
import { labelled } from '@shared/words/i18n';
import type { ComponentType } from 'preact';
import { useState } from 'preact/hooks';
import { numberText, readNumber } from '../answers';
import { choicesOf } from '../definition';
import { missing } from '../operands';
import { allowsNegative } from '../ranges';
import { atZone, wallOf } from '../zone';
import type { Around, ControlProps } from './around';
import { Barcode } from './barcode';
import { FileField } from './files';
import { PlaceField } from './place';
import { t } from './sentences';
import { SignatureField } from './signature';
import { Unit } from './unit';

/** `group`: it is several buttons, named by the label. `shows`: it also draws an answer that is locked. */
type Control = ComponentType<ControlProps> & { readonly group: boolean; readonly shows: boolean };

function as(component: ComponentType<ControlProps>, kind: { group?: boolean; shows?: boolean } = {}): Control {
  return Object.assign(component, { group: kind.group ?? false, shows: kind.shows ?? false });
}

/** More choices than this are a list to pick from. */
const MAX_BUTTONS = 6;
const LONG = 2;

function aria({ id, described, wrong, field }: ControlProps) {
  return {
    id,
    'aria-describedby': described,
    'aria-invalid': wrong || undefined,
    'aria-required': field.required || undefined,
  };
}

const TextControl = as(function TextControl(props: ControlProps) {
  const { field, path, around, value } = props;
  const text = missing(value) ? '' : String(value);
  const write = (event: { currentTarget: { value: string } }) => around.session.set(path, event.currentTarget.value);
  if ((field.paperLines ?? 1) >= LONG) {
    return <textarea {...aria(props)} value={text} rows={1} onInput={write} />;
  }
  const offered = around.suggestions(field);
  return (
    <>
      <input
        {...aria(props)}
        type="text"
        value={text}
        onInput={write}
        autocomplete="off"
        list={offered.length ? `${props.id}-list` : undefined}
      />
      {offered.length > 0 && (
        <datalist id={`${props.id}-list`}>
          {offered.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </>
  );
});

const NumberControl = as(function NumberControl(props: ControlProps) {
  const { field, path, around, value } = props;
  const [typed, type] = useState<string>();
  const decimal = field.type === 'decimal' || field.unit === 'CNY_FEN';
  const text = typed ?? numberText(field, value);
  return (
    <div class="with-unit">
      {allowsNegative(around.session.form, field) && (
        <button
          type="button"
          class="button sign"
          aria-label={t('number.sign')}
          onClick={() => {
            const next = text.startsWith('-') ? text.slice(1) : `-${text}`;
            type(next === '-' ? next : undefined);
            around.session.set(path, readNumber(field, next === '-' ? '' : next));
          }}
        >
          ±
        </button>
      )}
      <input
        {...aria(props)}
        type="text"
        inputMode={decimal ? 'decimal' : 'numeric'}
        autocomplete="off"
        class="number"
        value={text}
        onInput={(event) => {
          type(event.currentTarget.value);
          around.session.set(path, readNumber(field, event.currentTarget.value));
        }}
        onBlur={() => type(undefined)}
      />
      <Unit field={field} />
    </div>
  );
});

const DateControl = as(function DateControl(props: ControlProps) {
  const { field, path, around, value } = props;
  const text = typeof value === 'string' ? value : '';
  const zone = around.timeZone;
  const moment = field.type === 'dateTime';
  return (
    <input
      {...aria(props)}
      type={field.type === 'date' ? 'date' : moment ? 'datetime-local' : 'time'}
      value={moment ? wallOf(text) : text}
      onInput={(event) => {
        const wall = event.currentTarget.value;
        around.session.set(path, wall === '' ? null : moment ? atZone(wall, zone) : wall);
      }}
    />
  );
});

const OneControl = as(
  function OneControl(props: ControlProps) {
    const { field, path, id, around, value } = props;
    const options = optionsOf(field, around);
    const name = typeof value === 'boolean' ? (value ? 'yes' : 'no') : value;
    const store = (chosen: string | null) =>
      around.session.set(path, chosen !== null && field.type === 'boolean' ? chosen === 'yes' : chosen);
    return (
      <div class="options" role="radiogroup" aria-labelledby={`${id}-label`} {...aria(props)}>
        {options.map(([option, text]) => (
          <label key={option} class="option">
            <input
              type="radio"
              class="unseen"
              name={id}
              checked={name === option}
              onChange={() => store(option)}
              onClick={() => name === option && store(null)}
            />
            {text}
          </label>
        ))}
      </div>
    );
  },
  { group: true },
);

const ListControl = as(function ListControl(props: ControlProps) {
  const { field, path, around, value } = props;
  return (
    <select
      {...aria(props)}
      value={typeof value === 'string' ? value : ''}
      onChange={(event) => around.session.set(path, event.currentTarget.value || null)}
    >
      <option value="">{t('choose.none')}</option>
      {optionsOf(field, around).map(([option, text]) => (
        <option key={option} value={option}>
          {text}
        </option>
      ))}
    </select>
  );
});

const ManyControl = as(
  function ManyControl(props: ControlProps) {
    const { field, path, id, around, value } = props;
    const options = optionsOf(field, around);
    const chosen = new Set(Array.isArray(value) ? value : []);
    const toggle = (option: string) => {
      if (!chosen.delete(option)) chosen.add(option);
      const inOrder = options.map(([name]) => name).filter((name) => chosen.has(name));
      around.session.set(path, inOrder.length ? inOrder : null);
    };
    return (
      <fieldset class="options" id={id} aria-labelledby={`${id}-label`} aria-describedby={props.described}>
        {options.map(([option, text]) => (
          <label key={option} class="option">
            <input type="checkbox" class="unseen" checked={chosen.has(option)} onChange={() => toggle(option)} />
            {text}
          </label>
        ))}
      </fieldset>
    );
  },
  { group: true },
);

function optionsOf(field: Field, { session }: Around): (readonly [string, string])[] {
  const options = choicesOf(session.form, field).map(({ name, label }) => [name, labelled(label)] as const);
  if (options.length || field.type !== 'boolean') return options;
  return [
    ['yes', t('yes.fallback')],
    ['no', t('no.fallback')],
  ];
}

const FILES = as(FileField, { group: true, shows: true });
const SIGNATURE = as(SignatureField, { group: true, shows: true });
const PLACE = as(PlaceField, { group: true });
const BARCODE = as(Barcode);

/** The control for a field. Many choices are a list; few are buttons that gloves can hit. */
export function control(field: Field, choices = 0): Control {
  switch (field.type) {
    case 'integer':
    case 'decimal':
      return NumberControl;
    case 'boolean':
      return OneControl;
    case 'date':
    case 'time':
    case 'dateTime':
      return DateControl;
    case 'selectOne':
      return choices > MAX_BUTTONS ? ListControl : OneControl;
    case 'selectMultiple':
      return ManyControl;
    case 'geopoint':
      return PLACE;
    case 'photo':
    case 'audio':
    case 'video':
      return FILES;
    case 'signature':
      return SIGNATURE;
    case 'barcode':
      return BARCODE;
    default:
      return TextControl;
  }
}
