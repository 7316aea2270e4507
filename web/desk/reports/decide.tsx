/** What a supervisor decides about one report: approve it, mark it as seen, or return it with what is to be corrected. */
import type { ReviewState } from '@contract/generated/contract';
import { sentences } from '@shared/words/i18n';
import { tell } from '../toast';
import { Area, Form } from '../ui/fields';
import { Trouble } from '../ui/page';
import { useTask } from '../ui/tasks';

const t = sentences({
  title: ['审核决定', 'Decision'],
  own: ['这份报告有您的签字,不能由您审核。', 'You signed this report: another supervisor reviews it.'],
  approve: ['通过', 'Approve'],
  review: ['标为已审核', 'Mark as reviewed'],
  return: ['退回…', 'Return…'],
  returning: ['退回', 'Return'],
  how: [
    '在左边点“指出问题”,逐项写明;也可以只写总的理由。',
    'Point at answers on the left and say what is wrong, or give a reason for the whole.',
  ],
  reason: ['总的理由', 'Reason for the whole'],
  cancel: ['不退回', 'Do not return it'],
  pointed: ['已指出 {n} 处', 'Pointed at: {n}'],
  'done.approved': ['已通过', 'Approved'],
  'done.reviewed': ['已标为已审核', 'Marked as reviewed'],
  'done.returned': ['已退回,填报人会在手机上看到', 'Returned; its writers see it on their phones'],
});

/** A return that is being written; kept in the tab until it is sent. */
export interface Returning {
  readonly on: boolean;
  readonly reason: string;
  /** By path. */
  readonly fields: Readonly<Record<string, string>>;
}

interface Props {
  readonly returning: Returning;
  readonly set: (returning: Returning) => void;
  readonly onDecide: (asked: { state: ReviewState; reason: string; fields: Record<string, string> }) => Promise<void>;
  /** What people call a place. */
  readonly named: (path: string) => string;
  readonly own: boolean;
}

export function Decide({ returning, set, onDecide, named, own }: Props) {
  const fields = Object.fromEntries(
    Object.entries(returning.fields)
      .map(([path, reason]): [string, string] => [path, reason.trim()])
      .filter(([, reason]) => reason !== ''),
  );
  const decide = useTask(async (state: ReviewState) => {
    const returned = state === 'returned';
    await onDecide({ state, reason: returned ? returning.reason.trim() : '', fields: returned ? fields : {} });
    tell(t(`done.${state}`));
  });
  const send = useTask(async () => {
    await onDecide({ state: 'returned', reason: returning.reason.trim(), fields });
    tell(t('done.returned'));
  });
  if (own) {
    return (
      <section class="card no-print">
        <p class="quiet">{t('own')}</p>
      </section>
    );
  }
  if (!returning.on) {
    return (
      <section class="card no-print" aria-label={t('title')}>
        <Trouble error={decide.error} />
        <div class="buttons">
          <button
            type="button"
            class="button primary"
            disabled={decide.busy}
            onClick={() => void decide.run('approved')}
          >
            {t('approve')}
          </button>
          <button type="button" class="button" disabled={decide.busy} onClick={() => void decide.run('reviewed')}>
            {t('review')}
          </button>
          <button type="button" class="button" onClick={() => set({ ...returning, on: true })}>
            {t('return')}
          </button>
        </div>
      </section>
    );
  }
  const places = Object.keys(fields);
  return (
    <section class="card no-print" aria-label={t('returning')}>
      <h2>{t('returning')}</h2>
      <p class="small quiet">{t('how')}</p>
      <Form
        task={send}
        does={t('returning')}
        disabled={places.length === 0 && returning.reason.trim() === ''}
        aside={
          <button type="button" class="button" onClick={() => set({ on: false, reason: '', fields: {} })}>
            {t('cancel')}
          </button>
        }
      >
        {places.length > 0 && (
          <div>
            <p class="small">{t('pointed', { n: places.length })}</p>
            <ul class="bullets">
              {places.map((path) => (
                <li key={path}>
                  <span class="quiet">{named(path)}</span> {fields[path]}
                </li>
              ))}
            </ul>
          </div>
        )}
        <Area
          label={t('reason')}
          optional
          value={returning.reason}
          onChange={(reason) => set({ ...returning, reason })}
          maxLength={500}
        />
      </Form>
    </section>
  );
}
