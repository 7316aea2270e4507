import { Icon, type IconName } from '@shared/ui/icon';
import type { Tone } from '@shared/ui/parts';
import { useStatus } from '../live';
import { online } from '../online';
import { to } from '../router';
import { t } from '../sentences';
import { type Traffic, trafficOf, unsentOf } from '../trouble';

const SHOWN: Readonly<Record<Traffic, { tone?: Tone; icon: IconName }>> = {
  stopped: { tone: 'bad', icon: 'alert' },
  failing: { tone: 'warn', icon: 'alert' },
  offline: { tone: 'warn', icon: 'offline' },
  sending: { tone: 'accent', icon: 'send' },
  waiting: { icon: 'wait' },
  done: { tone: 'good', icon: 'check' },
};

/** How sending stands, in a few words at the top of a screen; it leads to the whole story. */
export function TrafficChip() {
  const status = useStatus();
  const n = unsentOf(status);
  const traffic = trafficOf(status, online.value);
  const { tone, icon } = SHOWN[traffic];
  return (
    <a class={`chip ${tone ?? ''}`} href={to('outbox')} aria-live="polite">
      <Icon name={icon} size={20} />
      {t(traffic === 'offline' && n > 0 ? 'traffic.offlineN' : `traffic.${traffic}`, { n })}
    </a>
  );
}
