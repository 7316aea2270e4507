import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon, type IconName } from './icon';
import { t } from './sentences';

/** The frame of one screen: its heading takes the focus, so that a screen reader says where one is now. */
export function Screen(props: {
  title: string;
  back?: string;
  actions?: ComponentChildren;
  bare?: boolean;
  children: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, []);
  useEffect(() => {
    document.title = `${props.title} · ${t('app.name')}`;
  }, [props.title]);
  return (
    <main class={props.bare ? 'screen bare' : 'screen'}>
      <header class="head">
        {props.back !== undefined && (
          <a class="button round back" href={props.back} aria-label={t('back')}>
            <Icon name="back" />
          </a>
        )}
        <h1 ref={heading} tabIndex={-1}>
          {props.title}
        </h1>
        {props.actions}
      </header>
      {props.children}
    </main>
  );
}

export type Tone = 'accent' | 'good' | 'warn' | 'bad';
const TONE_ICONS: Readonly<Record<Tone, IconName>> = { accent: 'info', good: 'check', warn: 'alert', bad: 'alert' };

/** Something to know: what is so in bold, what to do next below it. `live` is read out when it appears. */
export function Notice(props: {
  tone?: Tone;
  icon?: IconName;
  title?: string;
  live?: boolean;
  children?: ComponentChildren;
}) {
  const tone = props.tone ?? 'accent';
  return (
    <div class={`notice ${tone}`} role={props.live ? 'status' : undefined}>
      <Icon name={props.icon ?? TONE_ICONS[tone]} />
      <div>
        {props.title && <strong>{props.title}</strong>}
        {props.children}
      </div>
    </div>
  );
}

export function Badge({ tone, icon, children }: { tone?: Tone; icon?: IconName; children: ComponentChildren }) {
  return (
    <span class={tone ? `badge ${tone}` : 'badge'}>
      {icon && <Icon name={icon} size={18} />}
      {children}
    </span>
  );
}

/** One row of a `.list`: a link when it leads somewhere, a plain row when not. */
export function Item(props: {
  href?: string;
  icon?: IconName;
  title: string;
  detail?: ComponentChildren;
  end?: ComponentChildren;
}) {
  const inside = (
    <>
      {props.icon && <Icon name={props.icon} />}
      <span class="text">
        <span class="title">{props.title}</span>
        {props.detail && <span class="quiet small">{props.detail}</span>}
      </span>
      {props.end}
      {props.href !== undefined && <Icon name="next" size={20} />}
    </>
  );
  return props.href === undefined ? (
    <div class="item">{inside}</div>
  ) : (
    <a class="item" href={props.href}>
      {inside}
    </a>
  );
}

/** Choose one of a few: big, side by side. */
export function Choices<T extends string>(props: {
  label: string;
  value: T;
  options: readonly (readonly [value: T, text: string])[];
  onChoose: (value: T) => void;
}) {
  return (
    <fieldset class="choices" aria-label={props.label}>
      {props.options.map(([value, text]) => (
        <button key={value} type="button" aria-pressed={value === props.value} onClick={() => props.onChoose(value)}>
          {text}
        </button>
      ))}
    </fieldset>
  );
}
