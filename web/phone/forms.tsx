import type { RecordView } from '@shared/protocol/phone';
import { Icon } from '@shared/ui/icon';
import { Badge } from '@shared/ui/parts';
import { labelled } from '@shared/words/i18n';
import { useLive, useRecords, useStatus } from './live';
import type { Workplace } from './places';
import { DRAFTS, type KeptDraft, logId, logOf, offered } from './reports';
import { to } from './router';
import { t } from './sentences';
import { standingOf } from './standing';
import { StandingBadge } from './ui/standing';

/** The log of the day for one section, as a card of the first screen. */
export function LogCard({ place, day }: { place: Workplace; day: string }) {
  const { account } = useStatus();
  const forms = offered(useRecords('form') ?? []);
  const roles = new Set((account?.grants ?? []).filter((one) => one.scope === place.scope).map((one) => one.role));
  const form = logOf(forms, roles);
  const id = form ? logId(form, place.scope, day) : '';
  const kept = useLive(
    async (phone) => ({
      report: id ? await phone.record<'report'>(id) : undefined,
      draft: id ? await phone.draft<KeptDraft>(DRAFTS + id) : undefined,
    }),
    [id],
  );
  if (!form) return null;
  return (
    <a class="log" href={to('fill', place.scope, form.id, id)}>
      <Icon name="log" size={32} />
      <span class="text">
        <span class="title">{labelled(form.title)}</span>
        <span class="small">{t(`log.${stateOf(kept?.report, kept?.draft)}`)}</span>
      </span>
      {kept?.report ? <StandingBadge standing={standingOf(kept.report)} /> : <Icon name="next" size={20} />}
    </a>
  );
}

type LogState = 'none' | 'draft' | 'conflict' | 'amended' | 'signed' | 'filed';

function stateOf(report: RecordView<'report'> | undefined, draft: KeptDraft | undefined): LogState {
  if (draft && Object.keys(draft.changes).length > 0) return 'draft';
  if (!report) return 'none';
  if (report.server?.openConflicts?.length) return 'conflict';
  const signed = report.server?.signed?.at(-1);
  if (signed) return signed.digest === report.digest && report.pending.length === 0 ? 'signed' : 'amended';
  return 'filed';
}

/** The way to all other forms; with how many drafts lie there unfinished. */
export function OtherForms({ place }: { place: Workplace }) {
  const forms = offered(useRecords('form') ?? []);
  const drafts = useLive(async (phone) => (await phone.drafts(DRAFTS)).length) ?? 0;
  if (forms.length === 0) return null;
  return (
    <ul class="list">
      <li>
        <a class="item" href={to('forms', place.scope)}>
          <Icon name="forms" />
          <span class="text">
            <span class="title">{t('today.forms')}</span>
          </span>
          {drafts > 0 && <Badge tone="warn">{t('forms.drafts', { n: drafts })}</Badge>}
          <Icon name="next" size={20} />
        </a>
      </li>
    </ul>
  );
}
