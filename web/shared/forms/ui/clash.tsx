import type { Field, Value } from '@contract/generated/contract';
import { useComputed } from '@preact/signals';
import type { RecordView } from '@shared/protocol/phone';
import { language } from '@shared/words/i18n';
import { sayMoment } from '@shared/words/when';
import { shown } from '../answers';
import { valueAt } from '../draft';
import type { Around } from './around';
import { t } from './sentences';

export interface Side {
  readonly key: string;
  readonly title: string;
  readonly value: Value;
  readonly detail: string;
  readonly choose: () => void;
}

/**
 * Where two people wrote differently: every value side by side with who and when, one tap settles it. It may be a
 * conflict that the server keeps, or one that has come in under a draft.
 */
export function Clash({ field, path, around }: { field: Field; path: string; around: Around }) {
  const sides = useComputed(() => [...conflictSides(path, around), ...crossedSides(path, around)]).value;
  if (sides.length === 0) return null;
  return (
    <fieldset class="clash">
      <legend>{t('clash.title')}</legend>
      <Sides {...{ sides, field, around }} />
    </fieldset>
  );
}

/** The values to choose from; `field` says how they read. */
export function Sides(props: { sides: readonly Side[]; field: Field | undefined; around: Around }) {
  const { sides, field, around } = props;
  return (
    <>
      {sides.map((side) => (
        <button key={side.key} type="button" class="button side" onClick={side.choose}>
          <span class="small quiet">{side.title}</span>
          <strong class="side-value">
            {shown(around.session.form, field, side.value, language.value) || t('clash.empty')}
          </strong>
          <span class="small quiet">{side.detail}</span>
        </button>
      ))}
    </>
  );
}

export type Conflict = RecordView<'conflict'>;

export const isOpen = (conflict: Conflict): boolean => conflict.values.state !== 'resolved';

/** The values that ops wanted to set. */
export function candidatesOf(conflict: Conflict, { session, names }: Around): Side[] {
  return Object.entries(conflict.values.candidates).map(([replica, candidate]): Side => {
    const mine = replica === session.phone.status.value.account?.replica;
    const value = candidate.value ?? null;
    return {
      key: `${conflict.id}/${replica}`,
      title: mine ? t('clash.mine') : (names(candidate.by) ?? t('clash.other')),
      value,
      detail: sayMoment(candidate.deviceTime ?? candidate.at),
      choose: () => void session.resolve(conflict.id, value),
    };
  });
}

/** The value that stands, then those that ops wanted to set. */
export function sidesOf(conflict: Conflict, around: Around): Side[] {
  const value = conflict.values.standing ?? null;
  const choose = () => void around.session.resolve(conflict.id, value);
  const stands: Side = { key: conflict.id, title: t('clash.standing'), value, detail: '', choose };
  return [stands, ...candidatesOf(conflict, around)];
}

function conflictSides(path: string, around: Around): Side[] {
  const conflict = around.session.conflicts.value.find((one) => one.values.path === `fields/${path}`);
  return conflict && isOpen(conflict) ? sidesOf(conflict, around) : [];
}

function crossedSides(path: string, { session }: Around): Side[] {
  if (!session.crossed.value.includes(path)) return [];
  return [
    {
      key: 'theirs',
      title: t('clash.theirs'),
      value: valueAt(session.base.value, path),
      detail: '',
      choose: () => session.settle(path, false),
    },
    {
      key: 'mine',
      title: t('clash.mine'),
      value: session.draft.value.changes[path]?.value ?? null,
      detail: sayMoment(session.draft.value.at),
      choose: () => session.settle(path, true),
    },
  ];
}
