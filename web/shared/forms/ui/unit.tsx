import type { Field } from '@contract/generated/contract';
import { unitText } from '../answers';
import { t } from './sentences';

/** The unit behind an answer, where it has one. */
export function Unit({ field }: { field: Field }) {
  const unit = unitText(field, t('money'));
  return unit ? <span class="unit">{unit}</span> : null;
}
