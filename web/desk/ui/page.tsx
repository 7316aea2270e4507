import { Notice } from '@shared/ui/parts';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { sayTrouble } from '../trouble';
import { t } from '../words';
import type { Loaded } from './tasks';

/** The frame of one page: its heading takes the focus unless an input did, so that a screen reader says where one is now. */
export function Page(props: {
  title: string;
  /** Beside the heading: what can be done here. */
  actions?: ComponentChildren;
  /** As wide as the window, for what is worked on; left out, as wide as can be read. */
  wide?: boolean;
  children?: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const taken = heading.current?.closest('.page')?.contains(document.activeElement);
    if (!taken) heading.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    document.title = `${props.title} · ${t('app.name')}`;
  }, [props.title]);
  return (
    <div class={props.wide ? 'page wide' : 'page'}>
      <header class="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {props.title}
        </h1>
        {props.actions && <div class="actions">{props.actions}</div>}
      </header>
      {props.children}
    </div>
  );
}

/** Why something failed, what to do next, and a button to try again. */
export function Trouble({ error, onAgain }: { error: unknown; onAgain?: (() => void) | undefined }) {
  if (error === undefined) return null;
  const said = sayTrouble(error);
  return (
    <Notice tone="bad" title={said.sentence} live>
      {said.next && <p>{said.next}</p>}
      {onAgain && (
        <button type="button" class="button" onClick={onAgain}>
          {t('again')}
        </button>
      )}
    </Notice>
  );
}

/** What was asked for once it is there; until then that it is loading, or why it did not come. */
export function Awaited<T>(props: {
  of: readonly [Loaded<T>, again: () => void];
  children: (value: T) => ComponentChildren;
}) {
  const [loaded, again] = props.of;
  return (
    <>
      {loaded.state === 'failed' && <Trouble error={loaded.error} onAgain={again} />}
      {loaded.value !== undefined && props.children(loaded.value)}
      {loaded.state === 'loading' && loaded.value === undefined && <Loading />}
    </>
  );
}

export function Loading() {
  return (
    <p class="state quiet" role="status">
      {t('loading')}
    </p>
  );
}

/** A list of names and values. */
export function Facts({ rows }: { rows: readonly (readonly [name: string, value: ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
