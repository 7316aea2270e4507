import type { ComparedField, Comparison, FormDefinition, MergeDuplicate, Side } from '@contract/generated/contract';
import { shown } from '@shared/forms/answers';
import { at, within } from '@shared/forms/definition';
import { labelled, language } from '@shared/words/i18n';
import { useState } from 'preact/hooks';
import { get, post } from '../api';
import { Ask, Dialog } from '../ui/dialog';
import { Area } from '../ui/fields';
import { Awaited, Trouble } from '../ui/page';
import { useLoaded, useTask } from '../ui/tasks';
import { t } from './words';

interface Props {
  readonly pair: string;
  readonly onMerged: () => void;
  readonly onKept: () => void;
}

/** Two that may be one, side by side: made one by a choice where they differ, or kept as two with a reason. */
export function Pair({ pair, onMerged, onKept, form }: Props & { form?: FormDefinition | undefined }) {
  const compared = useLoaded(() => get<Comparison>(`/v1/duplicates/${pair}`), [pair]);
  const [choices, choose] = useState<Readonly<Record<string, Side>>>({});
  const [keeping, keep] = useState(false);
  const [reason, say] = useState('');
  const merge = useTask(async () => {
    await post(`/v1/duplicates/${pair}/merge`, { choices } satisfies MergeDuplicate);
    onMerged();
  });
  return (
    <Awaited of={compared}>
      {(found) => {
        const open = found.fields.filter((field) => field.differs && both(field) && !(field.path in choices));
        const reasons = found.duplicate.reasons.map((one) =>
          one in REASONS ? t(REASONS[one as keyof typeof REASONS]) : one,
        );
        return (
          <>
            <p class="quiet">
              {t('pair.reasons')} {reasons.join('、')}
            </p>
            <table class="table compared">
              <thead>
                <tr>
                  <th />
                  <th scope="col">{t('pair.paper')}</th>
                  <th scope="col">{found.report ? t('pair.report') : t('pair.other')}</th>
                </tr>
              </thead>
              <tbody>
                {found.fields.map((field) => (
                  <tr key={field.path} class={field.differs ? 'differs' : undefined}>
                    <th scope="row">{labelled(field.label)}</th>
                    {SIDES.map((side) => (
                      <td key={side}>
                        {field.differs ? (
                          <label class="check">
                            <input
                              type="radio"
                              name={field.path}
                              checked={choices[field.path] === side}
                              onChange={() => choose({ ...choices, [field.path]: side })}
                            />
                            {sayValue(field, side, form) || '–'}
                          </label>
                        ) : (
                          sayValue(field, side, form)
                        )}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
            <Trouble error={merge.error} />
            <div class="buttons">
              <button
                type="button"
                class="button primary"
                disabled={open.length > 0 || merge.busy}
                onClick={() => void merge.run()}
              >
                {t('pair.merge')}
              </button>
              <button type="button" class="button" onClick={() => keep(true)}>
                {t('pair.keep')}
              </button>
              {open.length > 0 && <span class="quiet">{t('pair.choose', { n: open.length })}</span>}
            </div>
            {keeping && (
              <Ask
                title={t('pair.keep')}
                does={t('pair.keep')}
                onDo={async () => {
                  await post(`/v1/duplicates/${pair}/keep`, { reason });
                  onKept();
                }}
                onClose={() => keep(false)}
              >
                <Area label={t('pair.keepWhy')} value={reason} onChange={say} maxLength={500} autofocus />
              </Ask>
            )}
          </>
        );
      }}
    </Awaited>
  );
}

/** The same over the paper that one was about to confirm. */
export function PairDialog(props: Props & { onClose: () => void }) {
  return (
    <Dialog title={t('pair.title')} onClose={props.onClose} wide>
      <Pair pair={props.pair} onMerged={props.onMerged} onKept={props.onKept} />
    </Dialog>
  );
}

const SIDES: readonly Side[] = ['paper', 'other'];
const REASONS = {
  sameFile: 'reason.sameFile',
  sameSheet: 'reason.sameSheet',
  sameAnswers: 'reason.sameAnswers',
  sameKey: 'reason.sameKey',
} as const;

const both = (field: ComparedField) => field.paper != null && field.other != null;

function sayValue(field: ComparedField, side: Side, form: FormDefinition | undefined): string {
  const value = field[side] ?? null;
  if (form) return shown(form, at(form, within(field.path)).field, value, language.value);
  return value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}
