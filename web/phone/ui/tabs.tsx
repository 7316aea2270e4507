import { Icon, type IconName } from '@shared/ui/icon';
import { useStatus } from '../live';
import { place, to } from '../router';
import { t } from '../sentences';
import { unsentOf } from '../trouble';

const TABS: readonly (readonly [place: 'today' | 'records' | 'outbox' | 'me', icon: IconName])[] = [
  ['today', 'today'],
  ['records', 'records'],
  ['outbox', 'send'],
  ['me', 'person'],
];

/** The four places of the app, at the thumb. Screens where something is being done hide it. */
export function Tabs() {
  const unsent = unsentOf(useStatus());
  return (
    <nav class="tabs" aria-label={t('tabs.label')}>
      {TABS.map(([name, icon]) => (
        <a key={name} href={to(name)} aria-current={place.value === name ? 'page' : undefined}>
          <span class="mark">
            <Icon name={icon} />
            {name === 'outbox' && unsent > 0 && <span class="count number">{unsent > 99 ? '99+' : unsent}</span>}
          </span>
          {t(`tabs.${name}`)}
        </a>
      ))}
    </nav>
  );
}
