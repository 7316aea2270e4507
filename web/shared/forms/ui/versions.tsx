import type { Field, Repeat, ReportServer, SignedVersion, Values } from '@contract/generated/contract';
import { labelled, language } from '@shared/words/i18n';
import { sayMoment } from '@shared/words/when';
import { rowTitle, shown } from '../answers';
import { differences } from '../differences';
import type { Around } from './around';
import { t } from './sentences';

/** Every signed version, newest first, and what each changed. The last one signed is in force. */
export function Versions({ around }: { around: Around }) {
  const record = around.session.record.value;
  const signed = (record?.server as ReportServer | undefined)?.signed ?? [];
  if (!record || signed.length === 0) return null;
  const newest = signed.at(-1) as SignedVersion;
  const amended = newest.digest !== record.digest || record.pending.some((op) => op.action === 'patch');
  return (
    <section class="card versions">
      <h2>{t('versions.title')}</h2>
      <ol>
        {amended && (
          <li>
            <strong>{t('versions.pending')}</strong>
            <Changes before={fieldsOf(newest)} after={record.values.fields} around={around} />
          </li>
        )}
        {[...signed].reverse().map((version) => {
          const before = signed.find((other) => other.version === version.version - 1);
          return (
            <li key={version.version}>
              <strong>{t('versions.one', { version: version.version })}</strong>
              {version === newest && <span class="badge good">{t('versions.current')}</span>}
              <p class="small quiet">
                {around.names(version.by) ?? t('clash.other')} · {sayMoment(version.at)}
              </p>
              {typeof version.values.reason === 'string' && before && (
                <p>{t('amend.told', { reason: version.values.reason })}</p>
              )}
              {before ? (
                <Changes before={fieldsOf(before)} after={fieldsOf(version)} around={around} />
              ) : (
                <p class="small">{t('versions.first')}</p>
              )}
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function fieldsOf(version: SignedVersion): Values {
  return (version.values.fields ?? {}) as Values;
}

function Changes({ before, after, around }: { before: Values; after: Values; around: Around }) {
  const { form } = around.session;
  const found = differences(form, before, after);
  if (found.length === 0) return <p class="small quiet">{t('versions.same')}</p>;
  const titleOf = ({ repeat, row }: { repeat: Repeat; row: string }) =>
    rowTitle(form, repeat, row, after, language.value) || rowTitle(form, repeat, row, before, language.value);
  const say = (field: Field | undefined, value: Values[string]) =>
    shown(form, field, value, language.value) || t('clash.empty');
  return (
    <dl class="changes">
      {found.map(({ path, field, place, before: was, after: is }) => (
        <div key={path}>
          <dt>
            {place && `${titleOf(place)} `}
            {field ? labelled(field.label) : path}
          </dt>
          <dd>
            {say(field, is)}{' '}
            <span class="quiet small">
              {t('versions.was')} <del>{say(field, was)}</del>
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
