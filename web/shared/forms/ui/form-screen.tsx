import type { Field, FormDefinition, ReportServer, Values } from '@contract/generated/contract';
import type { Phone, RecordView } from '@shared/protocol/phone';
import { Icon } from '@shared/ui/icon';
import { Badge, Notice, Screen } from '@shared/ui/parts';
import { labelled, language as speaks } from '@shared/words/i18n';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type Carried, carried, countOf } from '../carry';
import { Session } from '../session';
import type { Around } from './around';
import { Amend, Ask, Missing } from './asks';
import './forms.css';
import { goTo, goToClash } from './goto';
import { Items } from './items';
import { Misfits } from './misfits';
import { Returned } from './returned';
import { t } from './sentences';
import { Undrawn } from './undrawn';
import { Versions } from './versions';

export interface FormScreenProps {
  readonly phone: Phone;
  readonly form: FormDefinition;
  readonly scope: string;
  /** The record's id, or for a new report the id by which its draft is found again. */
  readonly id: string;
  /** Where the way back leads. */
  readonly back: string;
  /** Stands above the report: what its writer should know first. */
  readonly notice?: ComponentChildren;
  readonly prefill?: Values;
  /** An earlier report of the same form that 同昨日 takes from, and the day it is of. */
  readonly before?: { readonly fields: Values; readonly day: string };
  readonly names?: (person: string) => string | undefined;
  readonly timeZone?: string;
  readonly suggestions?: (field: Field) => readonly string[];
  /** Called with the record's id after it was filed. */
  readonly onFiled?: (record: string) => void;
}

/** One report: read, written, filed, signed and amended. */
export function FormScreen(props: FormScreenProps) {
  const { phone, form, scope, id, prefill } = props;
  const [session, open] = useState<Session>();
  useEffect(() => {
    let [over, opened]: [boolean, Session | undefined] = [false, undefined];
    const language = speaks.peek();
    void Session.open({ phone, form, scope, id, language, ...(prefill ? { prefill } : {}) }).then((made) => {
      opened = made;
      if (over) made.close();
      else open(made);
    });
    return () => {
      over = true;
      opened?.close();
    };
  }, [phone, form, scope, id]);
  return (
    <Screen title={labelled(form.title)} back={props.back}>
      {props.notice}
      {session ? <Report {...props} session={session} /> : <p class="empty">{t('loading')}</p>}
    </Screen>
  );
}

/** Whether it is signed: the server says so, or a signature is on its way. */
function isSigned(record: RecordView<'report'> | undefined): boolean {
  const server = record?.server as ReportServer | undefined;
  return (server?.signed ?? []).length > 0 || (record?.pending.some((op) => op.action === 'sign') ?? false);
}

type Asking = 'file' | 'sign' | 'amend' | 'discard' | undefined;

function Report(props: FormScreenProps & { session: Session }) {
  const { session, form } = props;
  const [asking, ask] = useState<Asking>();
  const [strict, judge] = useState(false);
  const [amending, amend] = useState(session.dirty.value);
  const signed = isSigned(session.record.value);
  const locked = signed && !amending;
  const around: Around = {
    session,
    locked,
    strict,
    names: (person) => (person === session.phone.status.value.account?.person ? t('clash.me') : props.names?.(person)),
    suggestions: props.suggestions ?? (() => []),
    ...(props.timeZone ? { timeZone: props.timeZone } : {}),
  };
  const done = async (sign: boolean) => {
    ask(undefined);
    const record = await session.file({ sign });
    amend(false);
    judge(false);
    props.onFiled?.(record);
  };
  const wanted = (what: 'file' | 'sign') => {
    if (session.flags.value.size === 0 && what === 'file') void done(false);
    else ask(what);
  };
  const show = () => {
    ask(undefined);
    judge(true);
    const [first] = session.flags.value.keys();
    if (first) setTimeout(() => goTo(first));
  };
  return (
    <>
      <State session={session} />
      <Returned around={around} />
      <Misfits around={around} />
      <Undrawn around={around} />
      {!locked && props.before && <Carry session={session} before={props.before} />}
      <div class="form form-grid">
        <Items items={form.items} around={around} />
      </div>
      <Versions around={around} />
      {session.dirty.value && !asking && (
        <button type="button" class="button plain" onClick={() => ask('discard')}>
          {t('discard')}
        </button>
      )}
      <Dock
        session={session}
        locked={locked}
        onAsk={(what) => (what === 'amend' ? ask(what) : wanted(what))}
        onShow={show}
      />
      {(asking === 'file' || asking === 'sign') && (
        <Missing
          flags={[...session.flags.value.values()]}
          form={form}
          sign={asking === 'sign'}
          onShow={show}
          onDone={() => void done(asking === 'sign')}
          onCancel={() => ask(undefined)}
        />
      )}
      {asking === 'amend' && (
        <Amend
          onCancel={() => ask(undefined)}
          onGo={(reason) => {
            session.because(reason);
            amend(true);
            ask(undefined);
          }}
        />
      )}
      {asking === 'discard' && (
        <Ask
          title={t('discard.sure')}
          yes={t('discard.do')}
          danger
          onCancel={() => ask(undefined)}
          onYes={() => {
            ask(undefined);
            amend(false);
            void session.discard();
          }}
        />
      )}
    </>
  );
}

/** How far this report has come, in a line: what is on the phone, what is on its way, what is signed. */
function State({ session }: { session: Session }) {
  const record = session.record.value;
  const server = record?.server as ReportServer | undefined;
  const version = server?.signed?.at(-1)?.version;
  const clashes = session.conflicts.value.length + session.crossed.value.length;
  const saving = session.saving.value;
  const standing = standingOf(record, version !== undefined);
  return (
    <div class="form-state" role="status">
      {clashes > 0 && (
        <Badge tone="bad" icon="alert">
          {t('state.conflict', { count: clashes })}
        </Badge>
      )}
      {version !== undefined && (
        <Badge tone="good" icon="check">
          {t('state.signed', { version })}
        </Badge>
      )}
      {server?.late && <Badge tone="warn">{t('state.late')}</Badge>}
      {session.dirty.value ? (
        <Badge tone={saving === 'failed' ? 'bad' : 'accent'} icon={saving === 'failed' ? 'alert' : 'check'}>
          {saving === 'saved' ? `${t('state.draft')} · ${t('draft.saved')}` : t(`draft.${saving}`)}
        </Badge>
      ) : (
        standing && (
          <Badge icon={standing === 'state.new' || standing === 'state.filed' ? 'log' : 'wait'}>{t(standing)}</Badge>
        )
      )}
    </div>
  );
}

/** What is to be said of a report without a draft; nothing of one that is simply signed. */
function standingOf(record: RecordView<'report'> | undefined, signed: boolean) {
  if (!record) return 'state.new';
  if (record.pending.some((op) => op.action === 'sign')) return 'state.signing';
  if (record.pending.length) return 'state.queued';
  return signed ? undefined : 'state.filed';
}

/** 同昨日, and afterwards what it did. */
function Carry({ session, before }: { session: Session; before: { fields: Values; day: string } }) {
  const [told, tell] = useState(0);
  const offered: Carried = carried(session.form, before.fields, session.fields.value);
  if (session.record.value) return null;
  if (told > 0) return <Notice tone="good">{t('carry.told', { count: told, day: before.day })}</Notice>;
  const count = countOf(offered);
  if (count === 0) return null;
  const take = () => {
    session.carry(before.fields);
    tell(count);
  };
  return (
    <button type="button" class="button wide" onClick={take}>
      <Icon name="again" /> {t('carry.button')}
    </button>
  );
}

function Dock(props: {
  session: Session;
  locked: boolean;
  onAsk: (what: 'file' | 'sign' | 'amend') => void;
  onShow: () => void;
}) {
  const { session, locked, onAsk } = props;
  if (locked) {
    return (
      <div class="dock">
        <button type="button" class="button" onClick={() => onAsk('amend')}>
          <Icon name="log" /> {t('amend')}
        </button>
      </div>
    );
  }
  const left = session.flags.value.size;
  const clashes = session.conflicts.value.length + session.crossed.value.length;
  return (
    <div class="dock forms-dock">
      {clashes > 0 ? (
        <button type="button" class="button plain left" onClick={goToClash}>
          {t('state.conflict', { count: clashes })}
        </button>
      ) : left === 0 ? (
        <span class="left quiet">{t('missing.none')}</span>
      ) : (
        <button type="button" class="button plain left" onClick={props.onShow}>
          {t('missing.left', { count: left })}
        </button>
      )}
      <button type="button" class="button act" disabled={!session.dirty.value} onClick={() => onAsk('file')}>
        {t('file')}
      </button>
      <button
        type="button"
        class="button primary act"
        disabled={clashes > 0 || (!session.dirty.value && !session.record.value)}
        title={clashes > 0 ? t('sign.conflict') : undefined}
        onClick={() => onAsk('sign')}
      >
        {t('sign')}
      </button>
    </div>
  );
}
