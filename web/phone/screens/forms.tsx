import { Item, Screen } from '@shared/ui/parts';
import { labelled } from '@shared/words/i18n';
import { sayAgo, siteDay } from '@shared/words/when';
import { useMemo } from 'preact/hooks';
import { formTitle } from '../kinds/report';
import { useLive, useNow, usePhone, useRecords } from '../live';
import { useWorkplaces } from '../places';
import { DRAFTS, dayField, type KeptDraft, logId, offered } from '../reports';
import { to } from '../router';
import { t } from '../sentences';

/** Every form that may be filled in here, and what was begun and not yet filed. */
export function FormsScreen({ scope }: { scope: string }) {
  const phone = usePhone();
  const all = useRecords('form') ?? [];
  const project = useWorkplaces().places.find((place) => place.scope === scope)?.project;
  const day = siteDay(useNow(), project?.timeZone, project?.nightShiftEnds);
  // One id for this visit: to open a form twice by mistake is to open one report.
  const fresh = useMemo(() => new Map<string, string>(), [scope]);
  const idFor = (form: string) => {
    const id = fresh.get(form) ?? phone.newId();
    fresh.set(form, id);
    return id;
  };
  const drafts = useLive(async (from) => {
    const keys = await from.drafts(DRAFTS);
    return Promise.all(
      keys.map(async (key) => ({ id: key.slice(DRAFTS.length), kept: await from.draft<KeptDraft>(key) })),
    );
  });
  const begun = (drafts ?? []).filter(({ kept }) => kept !== undefined);
  return (
    <Screen title={t('forms.title')} back={to('today')}>
      {begun.length > 0 && (
        <section class="section" aria-labelledby="begun">
          <h2 id="begun">{t('forms.begun')}</h2>
          <ul class="list">
            {begun.map(({ id, kept }) => (
              <li key={id}>
                <Item
                  href={to('fill', kept?.scope ?? scope, kept?.form ?? '', id)}
                  icon="log"
                  title={formTitle(
                    kept?.form ?? '',
                    all.map((form) => form.values),
                  )}
                  detail={kept ? sayAgo(kept.at) : ''}
                />
              </li>
            ))}
          </ul>
        </section>
      )}
      <section class="section" aria-labelledby="new">
        <h2 id="new">{t('forms.new')}</h2>
        <ul class="list">
          {offered(all).map((form) => (
            <li key={form.id}>
              <Item
                href={to(
                  'fill',
                  scope,
                  form.id,
                  form.uniqueBy?.length === 1 && dayField(form) ? logId(form, scope, day) : idFor(form.id),
                )}
                icon="forms"
                title={labelled(form.title)}
              />
            </li>
          ))}
        </ul>
      </section>
    </Screen>
  );
}
