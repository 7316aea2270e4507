import { Notice } from '@shared/ui/parts';
import { language } from '@shared/words/i18n';
import { nameOf } from '../at';
import { within } from '../definition';
import type { Around } from './around';
import { goTo } from './goto';
import { t } from './sentences';
import { returned } from './to-correct';

/** Why a supervisor returned the report: the reason for the whole, and what is to be corrected where. */
export function Returned({ around }: { around: Around }) {
  const { session } = around;
  const review = returned(session);
  if (!review) return null;
  const places = Object.entries(review.fields ?? {});
  return (
    <Notice tone="bad" icon="flag" title={t('returned.title')}>
      {review.reason && <p>{review.reason}</p>}
      <ul class="misfits">
        {places.map(([path, reason]) => (
          <li key={path}>
            <button type="button" class="button" onClick={() => goTo(within(path))}>
              {nameOf(session.form, within(path), session.fields.value, language.value)}
            </button>
            <p>{reason}</p>
          </li>
        ))}
      </ul>
    </Notice>
  );
}
