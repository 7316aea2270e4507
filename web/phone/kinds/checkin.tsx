import { type Sentence, say } from '@shared/words/i18n';
import { to } from '../router';
import { CheckInScreen } from '../screens/checkin';
import { t } from '../sentences';
import { sayVerdict, VerdictBadge } from '../ui/verdict';
import { capture, evidenceMatters } from './captured';
import type { KindRow } from './row';

const CALLED: Sentence = ['打卡', 'Check-in'];

export const checkIn: KindRow<'checkIn'> = {
  called: CALLED,
  deed: {
    ...capture,
    icon: 'pin',
    today: true,
    title: () => say(CALLED),
    badge: (one) => <VerdictBadge server={one.server} />,
  },
  made: {
    tile: { place: 'checkIn', icon: 'pin', words: ['打卡', 'Check in'] },
    Screen: CheckInScreen,
  },
  screen: {
    facts: (one) => [
      {
        name: t('record.verdict'),
        value: (
          <>
            <VerdictBadge server={one.server} /> <span class="small quiet">{sayVerdict(one.server)}</span>
          </>
        ),
      },
    ],
  },
  address: (id) => to('records', id),
  asks: (one, { person }) => evidenceMatters(one, person, CALLED),
};
