interface Props {
  id: string;
  label: string;
  value: string;
  hint?: string;
  wrong?: boolean;
  class?: string;
  placeholder?: string;
  maxLength: number;
  autocomplete?: string;
  autocapitalize?: 'characters' | 'sentences';
  enterkeyhint?: 'done' | 'next';
  onChange: (value: string) => void;
}

/** One line to type into, with its label and what helps to fill it in. */
export function TextField({ id, label, value, hint, wrong, onChange, ...rest }: Props) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...rest}
        id={id}
        value={value}
        aria-invalid={wrong ?? false}
        {...(hint ? { 'aria-describedby': `${id}-hint` } : {})}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      {hint && (
        <span id={`${id}-hint`} class="hint">
          {hint}
        </span>
      )}
    </div>
  );
}
