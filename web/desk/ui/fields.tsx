import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { t } from '../words';
import { Trouble } from './page';
import type { Task } from './tasks';

interface About {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly optional?: boolean | undefined;
}

/** The label above an input and what helps to fill it in below; the input takes `id` and `aria-describedby`. */
function Labelled(props: About & { id: string; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={props.id}>
        {props.label}
        {props.optional && <span class="quiet"> {t('optional')}</span>}
      </label>
      {props.children}
      {props.hint && (
        <span id={`${props.id}-hint`} class="hint">
          {props.hint}
        </span>
      )}
    </div>
  );
}

const described = (id: string, hint: string | undefined) => (hint ? { 'aria-describedby': `${id}-hint` } : {});

interface Common extends About {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly disabled?: boolean;
}

/** Take the keys when the page opens: browsers heed `autofocus` only on the first page, and in dialogs. */
function useFocus<T extends HTMLElement>(wanted: boolean | undefined) {
  const input = useRef<T>(null);
  useEffect(() => {
    if (wanted) input.current?.focus();
  }, []);
  return input;
}

/** One line: words, a password, a day, a number. */
export function Input(
  props: Common & {
    type?: 'text' | 'password' | 'date' | 'time' | 'month' | 'number' | 'search' | 'url';
    autocomplete?: string;
    maxLength?: number;
    inputMode?: 'numeric' | 'decimal';
    pattern?: string;
    autofocus?: boolean;
    readOnly?: boolean;
    placeholder?: string;
  },
) {
  const { label, hint, optional, value, onChange, type = 'text', ...rest } = props;
  const id = useId();
  const input = useFocus<HTMLInputElement>(props.autofocus);
  return (
    <Labelled id={id} label={label} hint={hint} optional={optional}>
      <input
        {...rest}
        {...described(id, hint)}
        ref={input}
        id={id}
        type={type as 'text' /* the roles that Preact's types tie to a type are of no matter here */}
        value={value}
        required={!optional}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </Labelled>
  );
}

/** Several lines. */
export function Area(props: Common & { rows?: number; maxLength?: number; autofocus?: boolean; placeholder?: string }) {
  const { label, hint, optional, value, onChange, ...rest } = props;
  const id = useId();
  const input = useFocus<HTMLTextAreaElement>(props.autofocus);
  return (
    <Labelled id={id} label={label} hint={hint} optional={optional}>
      <textarea
        ref={input}
        rows={3}
        {...rest}
        {...described(id, hint)}
        id={id}
        value={value}
        required={!optional}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </Labelled>
  );
}

/** One of a few or of many. */
export function Select(props: Common & { options: readonly (readonly [value: string, text: string])[] }) {
  const { label, hint, optional, value, onChange, options, ...rest } = props;
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint} optional={optional}>
      <select
        {...rest}
        {...described(id, hint)}
        id={id}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

export function Check(props: { label: string; checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.checked}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      {props.label}
    </label>
  );
}

/** Inputs that are sent together: Enter sends, what failed stands above the button. */
export function Form(props: {
  task: Task<[]>;
  /** On the button. */
  does: string;
  children: ComponentChildren;
  /** Beside the button. */
  aside?: ComponentChildren;
  disabled?: boolean;
}) {
  const send = (event: Event) => {
    event.preventDefault();
    void props.task.run();
  };
  return (
    <form class="inputs" onSubmit={send}>
      {props.children}
      <Trouble error={props.task.error} />
      <div class="buttons">
        <button type="submit" class="button primary" disabled={props.task.busy || props.disabled}>
          {props.does}
        </button>
        {props.aside}
      </div>
    </form>
  );
}

/** The inputs above a list that narrow it: all in one line, none required. */
export function Filters({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: <search> is not known to all readers yet
    <div class="filters" role="search" aria-label={label}>
      {children}
    </div>
  );
}
