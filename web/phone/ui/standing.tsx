import type { IconName } from '@shared/ui/icon';
import { Badge, type Tone } from '@shared/ui/parts';

import { t } from '../sentences';
import type { Standing } from '../standing';

const SHOWN: Readonly<Record<Standing, { tone?: Tone; icon: IconName }>> = {
  held: { tone: 'bad', icon: 'alert' },
  here: { icon: 'wait' },
  files: { tone: 'accent', icon: 'send' },
  safe: { tone: 'good', icon: 'check' },
};

/** How far something has come, as a word and a sign: never by colour alone. */
export function StandingBadge({ standing }: { standing: Standing }) {
  const shown = SHOWN[standing];
  return (
    <Badge {...(shown.tone ? { tone: shown.tone } : {})} icon={shown.icon}>
      {t(`standing.${standing}`)}
    </Badge>
  );
}
