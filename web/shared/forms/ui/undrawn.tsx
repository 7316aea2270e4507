import type { Gone, ReportServer, Values } from '@contract/generated/contract';
import { useComputed } from '@preact/signals';
import { labelled, language } from '@shared/words/i18n';
import { sayMoment } from '@shared/words/when';
import { Fragment } from 'preact';
import { rowTitle } from '../answers';
import { isDrawn, nameOf, withRemoved } from '../at';
import { at, within } from '../definition';
import { valueAt } from '../draft';
import { missing } from '../operands';
import type { Around } from './around';
import { type Conflict, candidatesOf, isOpen, Sides, sidesOf } from './clash';
import { t } from './sentences';

/** The path of a conflict about a whole record: whether it is to be deleted. */
const WHOLE = '(record)';

const rowOf = (path: string): string => path.split('/').slice(0, 3).join('/');

/**
 * The conflicts that no field of the screen can show: in a row that went away, about the report as a whole, or where
 * this form draws nothing. Without them a report could not be signed, and its writer would not know why.
 */
export function Undrawn({ around }: { around: Around }) {
  const { session, locked } = around;
  const found = useComputed(() => {
    const open = session.conflicts.value.filter(isOpen);
    const [checker, fields] = [session.checker.value, session.fields.value];
    const drawn = (path: string) =>
      path.startsWith('fields/') &&
      isDrawn(session.form, checker, fields, within(path)) &&
      !(locked && missing(valueAt(fields, within(path)))); // what is blank is left out of a signed report
    return open.filter((one) => one.values.gone || !drawn(one.values.path));
  }).value;
  const gone = new Map<string, Conflict[]>();
  for (const one of found) {
    const row = rowOf(one.values.path);
    if (one.values.gone) gone.set(row, [...(gone.get(row) ?? []), one]);
  }
  return (
    <>
      {[...gone].map(([row, conflicts]) => (
        <GoneRow key={row} {...{ row, conflicts, around }} />
      ))}
      {found
        .filter((one) => !one.values.gone)
        .map((one) =>
          one.values.path === WHOLE ? (
            <Whole key={one.id} conflict={one} around={around} />
          ) : (
            <Elsewhere key={one.id} conflict={one} around={around} />
          ),
        )}
    </>
  );
}

/** What two people wrote into a row that was removed: one of their values brings it back whole, or it stays away. */
function GoneRow({ row, conflicts, around }: { row: string; conflicts: readonly Conflict[]; around: Around }) {
  const { session } = around;
  const fields = before(row, around);
  const { repeat, row: id } = at(session.form, within(row));
  const title = repeat && id ? rowTitle(session.form, repeat, id, fields, language.value) : '';
  const called = title || nameOf(session.form, within(row), fields, language.value);
  const [first] = conflicts;
  const leave = async () => {
    for (const conflict of conflicts) await session.resolve(conflict.id, null);
  };
  return (
    <fieldset class="clash">
      <legend>{t('gone.row', { row: called })}</legend>
      <p class="small wide">{[sayGone(first?.values.gone, around), t('gone.text')].filter(Boolean).join(' ')}</p>
      {conflicts.map((conflict) => {
        const { field } = at(session.form, within(conflict.values.path));
        const sides = candidatesOf(conflict, around);
        return (
          <Fragment key={conflict.id}>
            <p class="small">{labelled(field?.label)}</p>
            <Sides {...{ sides, field, around }} />
          </Fragment>
        );
      })}
      <button type="button" class="button wide" onClick={() => void leave()}>
        {t('gone.leave')}
      </button>
    </fieldset>
  );
}

/** The fields with the row as it was before it went. */
function before(row: string, { session }: Around): Values {
  const server = session.record.value?.server as ReportServer | undefined;
  const [, repeat = '', id = ''] = row.split('/');
  return withRemoved(session.fields.value, server?.removed ?? [], repeat, id);
}

function sayGone(gone: Gone | null | undefined, { names }: Around): string {
  if (!gone?.at) return '';
  return t('gone.by', { name: (gone.by && names(gone.by)) || t('clash.other'), at: sayMoment(gone.at) });
}

/** A deletion met a later change. Any choice but null keeps the report. */
function Whole({ conflict, around }: { conflict: Conflict; around: Around }) {
  const { session } = around;
  return (
    <fieldset class="clash">
      <legend>{t('whole.title')}</legend>
      <button type="button" class="button" onClick={() => void session.resolve(conflict.id, true)}>
        {t('whole.keep')}
      </button>
      <button type="button" class="button danger" onClick={() => void session.resolve(conflict.id, null)}>
        {t('whole.delete')}
      </button>
    </fieldset>
  );
}

function Elsewhere({ conflict, around }: { conflict: Conflict; around: Around }) {
  const { session } = around;
  const path = within(conflict.values.path);
  return (
    <fieldset class="clash">
      <legend>{`${nameOf(session.form, path, session.fields.value, language.value)}:${t('clash.title')}`}</legend>
      <Sides sides={sidesOf(conflict, around)} field={at(session.form, path).field} around={around} />
    </fieldset>
  );
}
