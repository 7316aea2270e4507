import { sayMoment } from '@shared/words/when';
import { to } from '../router';
import { t } from '../sentences';
import { capture } from './captured';
import type { KindRow } from './row';

/** What a machine read from a scan; the screen of the scan shows it. */
export const extraction: KindRow<'extraction'> = {
  called: ['识别结果', 'Reading of a scan'],
  /** What the desk made of it: filed as a report, or not used. */
  asks: ({ id, values }, { person, found }) => {
    const scan = found.scan?.find((one) => one.id === values.scan && one.server?.extraction === id);
    if (!scan || !capture.mine(scan, person)) return [];
    if (values.state !== 'confirmed' && values.state !== 'discarded') return [];
    const filed = values.state === 'confirmed';
    return [
      {
        key: `${scan.id}:${values.state}`,
        tone: filed ? 'good' : 'warn',
        icon: filed ? 'check' : 'flag',
        title: t(filed ? 'matter.scanConfirmed' : 'matter.scanDiscarded'),
        detail: sayMoment(scan.values.captured.at),
        href: to('records', scan.id),
        dismissible: true,
      },
    ];
  },
};
