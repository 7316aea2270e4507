import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../words';
import { Form } from './fields';
import { useTask } from './tasks';

/** A dialog over the page. Escape closes it, unless `onClose` is left out: then only what is inside does. */
export function Dialog(props: {
  title: string;
  onClose?: (() => void) | undefined;
  wide?: boolean;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the next frame: a key pressed right after must not reach the page below.
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={props.wide ? 'dialog wide' : 'dialog'}
      aria-labelledby={id}
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return; // a file input says so too, when nothing is chosen
        event.preventDefault();
        props.onClose?.();
      }}
    >
      <h2 id={id}>{props.title}</h2>
      {props.children}
    </dialog>
  );
}

/** Ask before something is done; inputs may stand between (a reason, say). Closes itself when it was done. */
export function Ask(props: {
  title: string;
  /** On the button. */
  does: string;
  onDo: () => Promise<unknown>;
  onClose: () => void;
  disabled?: boolean;
  children?: ComponentChildren;
}) {
  const task = useTask(async () => {
    await props.onDo();
    props.onClose();
  });
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <Form
        task={task}
        does={props.does}
        disabled={props.disabled ?? false}
        aside={
          <button type="button" class="button" onClick={props.onClose}>
            {t('cancel')}
          </button>
        }
      >
        {props.children}
      </Form>
    </Dialog>
  );
}
