import type { ReportReview, ReportServer } from '@contract/generated/contract';
import type { Session } from '../session';
import type { Around } from './around';
import { t } from './sentences';

/** The return of the report as it stands; none once it was changed since. */
export function returned({ record }: Session): ReportReview | undefined {
  const review = (record.value?.server as ReportServer | undefined)?.review;
  return review?.state === 'returned' && review.digest === record.value?.digest ? review : undefined;
}

/** What a supervisor wants corrected in an answer, beside it. */
export function ToCorrect({ path, around }: { path: string; around: Around }) {
  const reason = returned(around.session)?.fields?.[`fields/${path}`];
  return reason ? <p class="wrong">{t('returned.field', { reason })}</p> : null;
}
