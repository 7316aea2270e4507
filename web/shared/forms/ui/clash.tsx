import type { Field, Value } from '@contract/generated/contract';
import { useComputed } from '@preact/signals';
import { language } from '@shared/words/i18n';
import { shown } from '../answers';
import { valueAt } from '../draft';
import type { Around } from './around';
import { t } from './sentences';
import { sayMoment } from './when';

interface Side {
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
      {sides.map((side) => (
        <button key={side.key} type="button" class="button side" onClick={side.choose}>
          <span class="small quiet">{side.title}</span>
          <strong class="side-value">
            {shown(around.session.form, field, side.value, language.value) || t('clash.empty')}
          </strong>
          <span class="small quiet">{side.detail}</span>
        </button>
      ))}
    </fieldset>
  );
}

function conflictSides(path: string, around: Around): Side[] {
  const { session, names } = around;
  const conflict = session.conflicts.value.find((one) => one.values.path === `fields/${path}`);
  if (conflict?.values.state === 'resolved' || !conflict) return [];
  const choose = (value: Value) => () => void session.resolve(conflict.id, value);
  const { standing, candidates } = conflict.values;
  const stands: Side = {
    key: 'standing',
    title: t('clash.standing'),
    value: standing ?? null,
    detail: '',
    choose: choose(standing ?? null),
  };
  const others = Object.entries(candidates).map(([replica, candidate]): Side => {
    const mine = replica === session.phone.status.value.account?.replica;
    return {
      key: replica,
      title: mine ? t('clash.mine') : (names(candidate.by) ?? t('clash.other')),
      value: candidate.value ?? null,
      detail: sayMoment(candidate.deviceTime ?? candidate.at),
      choose: choose(candidate.value ?? null),
    };
  });
  return [stands, ...others];
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
