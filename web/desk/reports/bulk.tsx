/** What a supervisor decides about many reports at once: those chosen, or all that match – also on pages never seen. */
import type {
  ReportRow,
  ReviewMatching,
  ReviewReports,
  ReviewResult,
  ReviewResults,
  ReviewState,
} from '@contract/generated/contract';
import { Notice } from '@shared/ui/parts';
import { sentences } from '@shared/words/i18n';
import { explain } from '@shared/words/problems';
import { useEffect, useState } from 'preact/hooks';
import { post } from '../api';
import { to } from '../router';
import { tell } from '../toast';
import { Ask, Dialog } from '../ui/dialog';
import { Area } from '../ui/fields';
import { asFilter, asked } from './filter';

const t = sentences({
  label: ['批量审核', 'Review many'],
  picked: ['已选 {n} 份', '{n} chosen'],
  all: ['已选全部符合条件的 {n} 份', 'All {n} that match are chosen'],
  takeAll: ['选择全部符合条件的 {n} 份', 'Choose all {n} that match'],
  drop: ['取消选择', 'Choose none'],
  reviewed: ['标为已审核', 'Mark as reviewed'],
  approved: ['通过', 'Approve'],
  returned: ['退回…', 'Return…'],
  'ask.reviewed': ['把 {n} 份标为已审核?', 'Mark {n} as reviewed?'],
  'ask.approved': ['通过 {n} 份?', 'Approve {n}?'],
  'ask.returned': ['退回 {n} 份', 'Return {n}'],
  each: [
    '逐份检查权限;自己签字的、您看过之后又有改动的不会处理,会逐份列出。',
    'Each is judged by itself; those that you signed and those that changed since are left, and listed.',
  ],
  reason: ['理由', 'Reason'],
  reasonHint: ['填报人会在手机上看到', 'The writers see it on their phones'],
  'do.reviewed': ['标为已审核', 'Mark as reviewed'],
  'do.approved': ['通过', 'Approve'],
  'do.returned': ['退回', 'Return'],
  done: ['{n} 份已处理', '{n} done'],
  left: ['{n} 份没有处理', '{n} were left as they are'],
  report: ['打开', 'Open'],
  close: ['知道了', 'Close'],
});

const MOST = 200;
/** A filter takes 500 at a time; more rounds than this no list of one person has. */
const ROUNDS = 200;

interface Props {
  readonly chosen: readonly ReportRow[];
  /** Whether all that are shown are chosen and there are more. */
  readonly whole: boolean;
  readonly matching: number;
  readonly asOf: string;
  readonly onDone: () => void;
  readonly onDrop: () => void;
}

export function Bulk({ chosen, whole, matching, asOf, onDone, onDrop }: Props) {
  const [all, takeAll] = useState(false);
  const [state, decide] = useState<ReviewState>();
  const [reason, setReason] = useState('');
  const [results, show] = useState<readonly ReviewResult[]>();
  useEffect(() => takeAll(false), [chosen.length]);
  const n = all ? matching : chosen.length;
  const work = async () => {
    if (!state) return;
    const found = all ? await reviewMatching(state, reason, asOf) : await reviewChosen(chosen, state, reason);
    const left = found.filter((one) => !one.review);
    tell(t('done', { n: found.length - left.length }));
    if (left.length > 0) show(left);
    setReason('');
    onDone();
  };
  return (
    <>
      {chosen.length > 0 && (
        <section class="bulk" aria-label={t('label')}>
          <strong>{t(all ? 'all' : 'picked', { n })}</strong>
          {whole && !all && matching > chosen.length && (
            <button type="button" class="button plain" onClick={() => takeAll(true)}>
              {t('takeAll', { n: matching })}
            </button>
          )}
          <button type="button" class="button primary" onClick={() => decide('approved')}>
            {t('approved')}
          </button>
          <button type="button" class="button" onClick={() => decide('reviewed')}>
            {t('reviewed')}
          </button>
          <button type="button" class="button" onClick={() => decide('returned')}>
            {t('returned')}
          </button>
          <button type="button" class="button plain" onClick={onDrop}>
            {t('drop')}
          </button>
        </section>
      )}
      {state && (
        <Ask
          title={t(`ask.${state}`, { n })}
          does={t(`do.${state}`)}
          onDo={work}
          onClose={() => decide(undefined)}
          disabled={state === 'returned' && reason.trim() === ''}
        >
          {state === 'returned' && (
            <Area
              label={t('reason')}
              hint={t('reasonHint')}
              value={reason}
              onChange={setReason}
              maxLength={500}
              autofocus
            />
          )}
          <p class="quiet small">{t('each')}</p>
        </Ask>
      )}
      {results && (
        <Dialog title={t('left', { n: results.length })} onClose={() => show(undefined)}>
          <Left results={results} />
          <div class="buttons">
            <button type="button" class="button primary" onClick={() => show(undefined)}>
              {t('close')}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

/** What was left as it is, by why. */
function Left({ results }: { results: readonly ReviewResult[] }) {
  const codes = [...new Set(results.map((one) => one.code ?? ''))];
  return (
    <>
      {codes.map((code) => {
        const said = explain(code);
        return (
          <Notice key={code} tone="warn" title={said.sentence}>
            <p>{said.next}</p>
            <ul class="inline-list">
              {results
                .filter((one) => (one.code ?? '') === code)
                .map((one, at) => (
                  <li key={one.id}>
                    <a href={to(`/reports/${one.id}`)}>
                      {t('report')} {at + 1}
                    </a>
                  </li>
                ))}
            </ul>
          </Notice>
        );
      })}
    </>
  );
}

async function reviewChosen(
  rows: readonly ReportRow[],
  state: ReviewState,
  reason: string,
): Promise<readonly ReviewResult[]> {
  const results: ReviewResult[] = [];
  for (let at = 0; at < rows.length; at += MOST) {
    const reviews = rows
      .slice(at, at + MOST)
      .map(({ id, digest }) => ({ id, review: { state, digest, reason: reason.trim() } }));
    const answer = await post<ReviewResults>('/v1/reports/reviews', { reviews } satisfies ReviewReports);
    results.push(...answer.results);
  }
  return results;
}

/** Round after round: what was reviewed has changed since the list, and does not match again. */
async function reviewMatching(state: ReviewState, reason: string, asOf: string): Promise<readonly ReviewResult[]> {
  const results = new Map<string, ReviewResult>();
  const matching = asFilter(asked(), asOf);
  for (let round = 0; round < ROUNDS; round++) {
    const body = { matching, state, reason: reason.trim() } satisfies ReviewMatching;
    const answer = await post<ReviewResults>('/v1/reports/reviews/matching', body);
    for (const one of answer.results) results.set(one.id, one);
    if (!answer.more || !answer.results.some((one) => one.review)) break;
  }
  return [...results.values()];
}
