import { t } from '../sentences';
import type { KindRow } from './row';

/** Two values of one field; the screen of the record it is about lets a person choose. */
export const conflict: KindRow<'conflict'> = {
  called: ['不一致', 'Conflict'],
  asks: ({ id, values, pending }, { addressOf }) => {
    if ((values.state ?? 'open') !== 'open' || pending.length > 0) return [];
    return [
      {
        key: id,
        tone: 'bad',
        icon: 'alert',
        title: t('matter.conflict'),
        detail: t('matter.conflictNext'),
        href: addressOf(values.kind, values.record),
        dismissible: false,
      },
    ];
  },
};
