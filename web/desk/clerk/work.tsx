import type { Confirmation, Confirmed, FormDefinition, Value } from '@contract/generated/contract';
import { Notice } from '@shared/ui/parts';
import { labelled } from '@shared/words/i18n';
import { explain } from '@shared/words/problems';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { post } from '../api';
import { useDraft } from '../drafts';
import { projectOf } from '../projects';
import { tell } from '../toast';
import { codeOf } from '../trouble';
import { Trouble } from '../ui/page';
import { useTask } from '../ui/tasks';
import { candidatesOf, correctionsOf, type Line, linesOf, nextOf, type Order, ordered } from './chain';
import { Keys } from './keys';
import { LineRow } from './line';
import { PairDialog } from './pair';
import type { Paper } from './papers';
import { timing, Watch } from './timing';
import { readTyped, textOf } from './values';
import { FIT, turned, type View, Viewer, zoomed } from './viewer';
import { t } from './words';

/** What was typed over what was read, and what was looked at: kept until the paper is decided. */
interface Draft {
  readonly typed: Readonly<Record<string, string>>;
  readonly seen: readonly string[];
}
const BLANK: Draft = { typed: {}, seen: [] };

interface Props {
  readonly paper: Paper & Required<Pick<Paper, 'extraction' | 'form'>>;
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
  /** The paper is decided: go on. */
  readonly onDone: () => void;
  readonly onSkip: () => void;
  readonly onReject: () => void;
}

/** A paper whose form is known: the page at the left, its values at the right, one of them in hand. */
export function Work(props: Props) {
  const { paper, order } = props;
  const { extraction, form } = paper;
  const zone = projectOf(paper.scope)?.timeZone;
  const [draft, keep, forget] = useDraft<Draft>(`scan.${extraction.id}`, BLANK);
  const lines = useMemo(() => ordered(linesOf(form, extraction.values, paper.alternatives), order), [paper, order]);
  const seen = new Set(draft.seen);
  const [current, setCurrent] = useState(() => firstOf(lines, seen));
  const [why, showWhy] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const [view, look] = useState<View>(FIT);
  const [turnedTo, turnTo] = useState<number>();
  const [pair, setPair] = useState<string | undefined>(extraction.server.duplicates?.[0]);
  const inputs = useRef(new Map<string, HTMLElement>());
  const watch = useWatch();

  const line = lines.find((one) => one.path === current);
  const pages = extraction.values.rectified ?? [];
  const page = turnedTo ?? line?.proposed?.page ?? 1;
  const textFor = (one: Line) => draft.typed[one.path] ?? textOf(one.field, one.proposed?.value);
  const valueFor = (one: Line) => readTyped(one.field, textFor(one), zone);

  const focus = (path: string) => {
    setCurrent(path);
    turnTo(undefined);
    const input = inputs.current.get(path);
    input?.focus();
    if (input instanceof HTMLInputElement || input instanceof HTMLTextAreaElement) input.select();
    input?.closest('.line')?.scrollIntoView({ block: 'nearest' });
  };
  useEffect(() => focus(firstOf(lines, seen)), [order]);

  const confirm = useTask(async () => {
    const bad = lines.find((one) => valueFor(one) === undefined);
    if (bad) {
      setWrong(bad.path);
      focus(bad.path);
      return;
    }
    const typed = Object.fromEntries(lines.map((one) => [one.path, valueFor(one) as Value]));
    const said: Confirmation = { corrections: correctionsOf(lines, typed) };
    try {
      await post<Confirmed>(`/v1/extractions/${extraction.id}/confirm`, said);
    } catch (error) {
      if (codeOf(error) !== 'scans.maybe_duplicate') throw error;
      setPair((error as { params?: { pair?: string } }).params?.pair);
      return;
    }
    done(t('paper.confirmed'));
  });
  const done = (what: string) => {
    watch.current?.note();
    forget();
    tell(what);
    props.onDone();
  };

  const accept = () => {
    if (!line) return;
    if (valueFor(line) === undefined) {
      setWrong(line.path);
      return;
    }
    setWrong(undefined);
    const now = new Set(seen).add(line.path);
    keep({ ...draft, seen: [...now] });
    const next = nextOf(lines, line.path, now);
    if (next) focus(next.path);
    else void confirm.run();
  };
  const type = (path: string, text: string) => {
    setWrong(undefined);
    keep({ ...draft, typed: { ...draft.typed, [path]: text } });
  };
  const restore = (one: Line) => {
    const { [one.path]: _, ...rest } = draft.typed;
    setWrong(undefined);
    keep({ ...draft, typed: rest });
  };
  const take = (one: Line, value: Value) => type(one.path, textOf(one.field, value));
  const move = (by: 1 | -1) => {
    const to = lines[lines.findIndex((one) => one.path === current) + by];
    if (to) focus(to.path);
  };

  const key = (event: KeyboardEvent): boolean => {
    const altered = event.altKey && !event.ctrlKey && !event.metaKey;
    if (event.isComposing || pair !== undefined) return false;
    const typing = event.target instanceof HTMLSelectElement || event.target instanceof HTMLTextAreaElement;
    if (event.key === 'Enter') {
      if (event.repeat || event.target instanceof HTMLButtonElement) return false;
      if (event.ctrlKey || event.metaKey) void confirm.run();
      else if (event.shiftKey) move(-1);
      else accept();
      return true;
    }
    if (altered && /^[1-9]$/.test(event.key)) {
      const value = line && candidatesOf(line)[Number(event.key) - 1];
      if (line && value !== undefined) take(line, value);
      return true;
    }
    const deeds: Readonly<Record<string, () => void>> = {
      F2: () => showWhy(!why),
      F8: props.onSkip,
      F9: props.onReject,
      ...(typing ? {} : { ArrowDown: () => move(1), ArrowUp: () => move(-1) }),
      ...(line && draft.typed[line.path] !== undefined ? { Escape: () => restore(line) } : {}),
      PageUp: () => turnTo(Math.max(1, page - 1)),
      PageDown: () => turnTo(Math.min(pages.length, page + 1)),
      ...(altered
        ? {
            '=': () => look(zoomed(view, 1)),
            '-': () => look(zoomed(view, -1)),
            '0': () => look(FIT),
            r: () => look(turned(view)),
          }
        : {}),
    };
    deeds[event.key]?.();
    return event.key in deeds;
  };

  const left = lines.filter((one) => one.due && !seen.has(one.path)).length;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the inputs inside, in one place
    <div class="work" onKeyDown={(event) => key(event) && event.preventDefault()}>
      <Viewer
        pages={pages}
        page={page}
        box={line?.proposed && line.proposed.page === page ? line.proposed.box : undefined}
        view={view}
        onView={look}
        onPage={turnTo}
      />
      <section class="values" aria-label={t('paper.values')}>
        <header class="values-head">
          <label class="quiet">
            {t('paper.order')}{' '}
            <select value={order} onChange={(event) => props.onOrder(event.currentTarget.value as Order)}>
              <option value="form">{t('paper.order.form')}</option>
              <option value="confidence">{t('paper.order.confidence')}</option>
            </select>
          </label>
          <span class="gap" />
          <span class="quiet number" role="status">
            {left > 0 ? t('paper.left', { n: left }) : t('paper.leftNone')}
          </span>
        </header>
        <Whole form={form} paper={paper} />
        <ol class="lines">
          {lines.map((one) => (
            <LineRow
              key={one.path}
              form={form}
              line={one}
              page={pages[(one.proposed?.page ?? 1) - 1]}
              typed={textFor(one)}
              current={one.path === current}
              seen={seen.has(one.path)}
              changed={one.path in draft.typed && draft.typed[one.path] !== textOf(one.field, one.proposed?.value)}
              wrong={wrong === one.path}
              why={why}
              onType={(text) => type(one.path, text)}
              onFocus={() => {
                setCurrent(one.path);
                turnTo(undefined);
              }}
              onTake={(value) => take(one, value)}
              input={(element) => {
                if (element) inputs.current.set(one.path, element);
                else inputs.current.delete(one.path);
              }}
            />
          ))}
        </ol>
        <footer class="values-foot">
          <Trouble error={confirm.error} />
          <div class="buttons">
            <button type="button" class="button primary" disabled={confirm.busy} onClick={() => void confirm.run()}>
              {t('paper.confirm')}
            </button>
            <button type="button" class="button" onClick={props.onSkip}>
              {t('paper.skip')}
            </button>
            <button type="button" class="button" onClick={props.onReject}>
              {t('paper.reject')}
            </button>
            <span class="gap" />
            <Keys />
          </div>
          <Pace watch={watch} />
        </footer>
      </section>
      {pair !== undefined && (
        <PairDialog
          pair={pair}
          onClose={() => setPair(undefined)}
          onMerged={() => done(t('pair.merged'))}
          onKept={() => {
            setPair(undefined);
            tell(t('pair.kept'));
          }}
        />
      )}
    </div>
  );
}

function firstOf(lines: readonly Line[], seen: ReadonlySet<string>): string {
  return (lines.find((one) => one.due && !seen.has(one.path)) ?? lines[0])?.path ?? '';
}

/** What is to be said of the whole paper: its number, and what concerns no single value. */
function Whole({ form, paper }: { form: FormDefinition; paper: Props['paper'] }) {
  const flags = (paper.extraction.values.flags ?? []).filter((flag) => (flag.paths ?? []).length === 0);
  return (
    <>
      <p class="small quiet">
        {labelled(form.title)}
        {paper.extraction.values.serial && ` · ${paper.extraction.values.serial}`}
      </p>
      {flags.map((flag) => {
        const said = explain(flag.code, flag.params);
        return (
          <Notice key={flag.code + JSON.stringify(flag.params)} tone="warn" title={said.sentence}>
            {said.next && <p class="small">{said.next}</p>}
          </Notice>
        );
      })}
    </>
  );
}

function useWatch() {
  const watch = useRef<Watch>(undefined);
  useEffect(() => {
    const mine = new Watch();
    watch.current = mine;
    return () => mine.stop();
  }, []);
  return watch;
}

const TICK_MS = 1_000;

/** How long this paper takes, and those before it did: for the clerk alone. */
function Pace({ watch }: { watch: { readonly current: Watch | undefined } }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((was) => was + 1), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const { pages, ms, keys } = timing();
  return (
    <p class="quiet small number no-print">
      {t('paper.time', { now: Math.round((watch.current?.ms ?? 0) / 1000) })}
      {pages > 0 &&
        ` · ${t('paper.average', { ms: Math.round(ms / pages / 1000), keys: Math.round(keys / pages), pages })}`}
    </p>
  );
}
