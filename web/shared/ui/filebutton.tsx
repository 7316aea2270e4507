import { useRef } from 'preact/hooks';
import { Icon, type IconName } from './icon';

/** A button that opens the phone's camera (`capture`) or its files. */
export function FileButton(props: {
  icon: IconName;
  label: string;
  accept?: string;
  capture?: boolean;
  multiple?: boolean;
  primary?: boolean;
  disabled?: boolean;
  onFiles: (files: readonly File[]) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        class={props.primary ? 'button primary' : 'button'}
        disabled={props.disabled ?? false}
        onClick={() => input.current?.click()}
      >
        <Icon name={props.icon} />
        {props.label}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={props.label}
        accept={props.accept ?? 'image/*'}
        multiple={props.multiple ?? false}
        {...(props.capture ? { capture: 'environment' as const } : {})}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = ''; // so that the same file can be chosen again
          if (files.length > 0) props.onFiles(files);
        }}
      />
    </>
  );
}
