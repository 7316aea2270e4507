import type { RecordView } from '@shared/protocol/phone';
import { explain } from '@shared/words/problems';
import { to } from '../router';
import { t } from '../sentences';
import type { KindRow, Matter } from './row';

/** An op that the server keeps whole without applying it. */
export const parked: KindRow<'parked'> = {
  called: ['未采用的操作', 'Entry not applied'],
  address: (id) => to('parked', id),
  asks: (one, { person }) => (one.server?.by === person && one.values.settledBy !== person ? matters(one) : []),
};

function matters({ id, values }: RecordView<'parked'>): Matter[] {
  const said = explain(values.code);
  const href = to('parked', id);
  if ((values.state ?? 'waiting') === 'waiting') {
    const detail = [said.sentence, said.next].filter(Boolean).join(' · ');
    return [{ key: id, tone: 'warn', icon: 'wait', title: t('matter.parked'), detail, href, dismissible: false }];
  }
  if (values.state !== 'discarded' || !values.settledBy) return [];
  const detail = values.reason || said.sentence;
  return [{ key: id, tone: 'bad', icon: 'flag', title: t('matter.discarded'), detail, href, dismissible: true }];
}
