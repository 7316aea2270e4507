import type { Field, FormDefinition, Repeat, ReportServer, SignedVersion, Values } from '@contract/generated/contract';
import { labelled, language } from '@shared/words/i18n';
import { sayMoment } from '@shared/words/when';
import { rowTitle, shown } from '../answers';
import { differences } from '../differences';
import type { Around } from './around';
import { t } from './sentences';

/** Every signed version of the report that is open. */
export function Versions({ around }: { around: Around }) {
  const { form } = around.session;
  const record = around.session.record.value;
  const signed = (record?.server as ReportServer | undefined)?.signed ?? [];
  if (!record || signed.length === 0) return null;
  const amended = signed.at(-1)?.digest !== record.digest || record.pending.some((op) => op.action === 'patch');
  return (
    <SignedVersions
      form={form}
      signed={signed}
      names={around.names}
      {...(amended ? { amended: record.values.fields } : {})}
    />
  );
}

/** Every signed version, newest first, and what each changed. The last one signed is in force. */
export function SignedVersions(props: {
  form: FormDefinition;
  signed: readonly SignedVersion[];
  /** The values now, where they are not those that were signed last. */
  amended?: Values;
  names: (person: string) => string | undefined;
}) {
  const { form, signed, amended, names } = props;
  const newest = signed.at(-1);
  return (
    <section class="card versions">
      <h2>{t('versions.title')}</h2>
      <ol>
        {amended && newest && (
          <li>
            <strong>{t('versions.pending')}</strong>
            <Changes before={fieldsOf(newest)} after={amended} form={form} />
          </li>
        )}
        {[...signed].reverse().map((version) => {
          const before = signed.find((other) => other.version === version.version - 1);
          return (
            <li key={version.version}>
              <strong>{t('versions.one', { version: version.version })}</strong>
              {version === newest && <span class="badge good">{t('versions.current')}</span>}
              <p class="small quiet">
                {names(version.by) ?? t('clash.other')} · {sayMoment(version.at)}
              </p>
              {typeof version.values.reason === 'string' && before && (
                <p>{t('amend.told', { reason: version.values.reason })}</p>
              )}
              {before ? (
                <Changes before={fieldsOf(before)} after={fieldsOf(version)} form={form} />
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

function Changes({ before, after, form }: { before: Values; after: Values; form: FormDefinition }) {
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
