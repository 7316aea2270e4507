import type { FormDefinition } from '@contract/generated/contract';
import type { FormScreenProps } from '@shared/forms/ui/form-screen';
import { Notice, Screen } from '@shared/ui/parts';
import { siteDay } from '@shared/words/when';
import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { sayKind } from '../kinds';
import { useLive, useNow, usePhone, useStatus } from '../live';
import { useNames } from '../people';
import { placeOf } from '../places';
import { DRAFTS, type KeptDraft, lastBefore, offered, prefilled, suggested, version } from '../reports';
import { go, to } from '../router';
import { t } from '../sentences';
import { say } from '../toast';
import { ClockNotice } from '../ui/clock';

/** One report, new or there already: finds its form, and hands both to the form's screen. */
export function ReportScreen({ id, scope, form }: { id: string; scope?: string; form?: string }) {
  const phone = usePhone();
  const { account } = useStatus();
  const Form = useFormScreen();
  const found = useLive(
    async (from) => {
      const [record, draft, forms, projects] = await Promise.all([
        from.record<'report'>(id),
        from.draft<KeptDraft>(DRAFTS + id),
        from.records('form'),
        from.projects(),
      ]);
      const where = record?.scope ?? draft?.scope ?? scope ?? '';
      const [name, number] = record
        ? [record.values.form, record.values.formVersion]
        : [draft?.form ?? form ?? '', draft?.formVersion];
      const definition =
        number === undefined ? offered(forms).find((one) => one.id === name) : version(forms, name, number);
      const place = placeOf(where, projects);
      const [reports, lists] = await Promise.all([from.records('report', where), from.records('vocabulary')]);
      const own = lists.filter((list) => list.scope === where || list.scope === `project:${place.project?.id}`);
      return { where, definition, place, reports, lists: own };
    },
    [id, scope, form],
  );
  const definition = useSame(found?.definition);
  const names = useNames(found?.where ?? '');
  const now = useNow();
  if (!found || !Form)
    return (
      <Screen title={sayKind('report')} back={to('today')}>
        {null}
      </Screen>
    );
  const { where, place, reports, lists } = found;
  if (!definition || !where) {
    return (
      <Screen title={sayKind('report')} back={to('today')}>
        <Notice tone="warn" title={t('forms.unknown')}>
          {t('forms.unknownNext')}
        </Notice>
      </Screen>
    );
  }
  const zone = place.project?.timeZone;
  const day = siteDay(now, zone, place.project?.nightShiftEnds);
  const before = lastBefore(reports, definition, day);
  return (
    <Form
      phone={phone}
      form={definition}
      scope={where}
      id={id}
      back={to('today')}
      notice={<ClockNotice />}
      names={names}
      prefill={prefilled(definition, day, account?.name ?? '')}
      {...(before ? { before } : {})}
      {...(zone ? { timeZone: zone } : {})}
      suggestions={(field) => suggested(field, lists, reports)}
      onFiled={() => {
        say(t('today.saved'));
        go(['today'], true);
      }}
    />
  );
}

/** A published version never changes: the one read first stays, so that nothing open is opened anew. */
function useSame(form: FormDefinition | undefined): FormDefinition | undefined {
  const first = useRef(form);
  if (first.current?.id !== form?.id || first.current?.version !== form?.version) first.current = form;
  return first.current;
}

let loaded: ComponentType<FormScreenProps> | undefined;

/** The screen of forms is loaded apart: the first screen does not wait for it. */
function useFormScreen(): ComponentType<FormScreenProps> | undefined {
  const [, ready] = useState(loaded !== undefined);
  const [failure, fail] = useState<unknown>();
  useEffect(() => {
    if (loaded) return;
    import('@shared/forms/ui/form-screen').then((module) => {
      loaded = module.FormScreen;
      ready(true);
    }, fail);
  }, []);
  if (failure) throw failure;
  return loaded;
}
