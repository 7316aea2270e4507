import type { FieldFlag, ReportServer } from '@contract/generated/contract';
import { useComputed } from '@preact/signals';
import { Notice } from '@shared/ui/parts';
import { language } from '@shared/words/i18n';
import { explain } from '@shared/words/problems';
import { isDrawn, nameOf } from '../at';
import { at, within } from '../definition';
import { sameValue, valueAt } from '../draft';
import type { Around } from './around';
import { idOf } from './field';
import { goTo } from './goto';
import { t } from './sentences';

/** The values that the server keeps although the form does not admit them: as they came, until they are corrected. */
export function Misfits({ around }: { around: Around }) {
  const { session } = around;
  const flags = useComputed(() => {
    const record = session.record.value;
    const stored = record?.stored?.fields ?? {};
    const still = (path: string) => sameValue(valueAt(session.fields.value, path), valueAt(stored, path));
    return ((record?.server as ReportServer | undefined)?.fieldFlags ?? []).filter((flag) => still(within(flag.path)));
  }).value;
  if (flags.length === 0) return null;
  return (
    <Notice tone="warn" title={t('misfit.title', { count: flags.length })}>
      <ul class="misfits">
        {flags.map((flag) => (
          <Misfit key={flag.path} flag={flag} around={around} />
        ))}
      </ul>
    </Notice>
  );
}

function Misfit({ flag, around }: { flag: FieldFlag; around: Around }) {
  const { session, locked } = around;
  const { form } = session;
  const [path, fields] = [within(flag.path), session.fields.value];
  const value = valueAt(fields, path);
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const name = nameOf(form, path, fields, language.value);
  const said = explain(flag.code, { path: name });
  return (
    <li>
      <p id={`${idOf(path)}-misfit`}>
        {said.sentence}:<q>{text}</q>
      </p>
      {locked ? null : !at(form, path).field || !isDrawn(form, session.checker.value, fields, path) ? (
        <p class="small">{t('misfit.elsewhere')}</p>
      ) : (
        <button type="button" class="button" onClick={() => goTo(path)} aria-describedby={`${idOf(path)}-misfit`}>
          {t('misfit.go')}
        </button>
      )}
    </li>
  );
}
