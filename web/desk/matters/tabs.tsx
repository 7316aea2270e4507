import { path, query, to } from '../router';
import './tabs.css';

/** The states of a list as tabs; the first is what the address without a state means. */
export function Tabs(props: { label: string; states: readonly (readonly [state: string, name: string])[] }) {
  const [[first = ''] = []] = props.states;
  const now = query.value.get('state') ?? first;
  const others = Object.fromEntries([...query.value].filter(([name]) => name !== 'state'));
  return (
    <nav class="tab-row" aria-label={props.label}>
      {props.states.map(([state, name]) => (
        <a
          key={state}
          class="tab"
          href={to(path.value, { ...others, state: state === first ? '' : state })}
          {...(state === now ? { 'aria-current': 'page' as const } : {})}
        >
          {name}
        </a>
      ))}
    </nav>
  );
}

export const stateAsked = (first: string): string => query.value.get('state') ?? first;
