/** A report as it is read: its form with the answers in place, in the form's own order, on the screen and on paper. */
import type { Field, FieldFlag, FormDefinition, Item, Repeat, Value, Values } from '@contract/generated/contract';
import { shown } from '@shared/forms/answers';
import { Checker, pathOf } from '@shared/forms/check';
import { valueAt } from '@shared/forms/draft';
import type { Place } from '@shared/forms/evaluate';
import { missing } from '@shared/forms/operands';
import { rowsInOrder } from '@shared/forms/rows';
import { Unit } from '@shared/forms/ui/unit';
import { Notice } from '@shared/ui/parts';
import { labelled, language, sentences } from '@shared/words/i18n';
import { explain } from '@shared/words/problems';
import { createContext } from 'preact';
import { useContext, useId, useMemo } from 'preact/hooks';
import { Picture } from './picture';

const t = sentences({
  point: ['指出问题', 'Say what is wrong'],
  pointAt: ['指出问题:{name}', 'Say what is wrong: {name}'],
  pointed: ['“{name}”要改什么', 'What is wrong with “{name}”'],
  take: ['不提了', 'Leave it out'],
  conflict: ['有不一致,待裁定', 'In conflict, to be decided'],
  told: ['退回理由:{reason}', 'Returned: {reason}'],
  norows: ['没有填写', 'Nothing filled in'],
  also: ['表单之外的内容', 'Beyond the form'],
});

/** What is said of places, by their paths: `fields/weather`, `fields/labour/<row>/count`. */
export interface Said {
  readonly form: FormDefinition;
  readonly fields: Values;
  /** Values that the form does not admit. */
  readonly flags?: readonly FieldFlag[];
  /** Paths that people disagree on, each with the address where it is decided. */
  readonly conflicts?: ReadonlyMap<string, string>;
  /** Why a supervisor returned it. */
  readonly reasons?: Readonly<Record<string, string>>;
  /** While it is being returned: the reasons so far, and how one is set. */
  readonly pointing?: { readonly reasons: Readonly<Record<string, string>>; set(path: string, reason?: string): void };
}

interface Reading extends Said {
  readonly checker: Checker;
}

const Context = createContext<Reading | undefined>(undefined);

function useReading(): Reading {
  const found = useContext(Context);
  if (!found) throw new Error('outside a report');
  return found;
}

export function ReportReading(props: Said) {
  const { form, fields } = props;
  const checker = useMemo(() => new Checker(form, fields), [form, fields]);
  return (
    <Context.Provider value={{ ...props, checker }}>
      <div class="reading">
        <Items items={form.items} />
      </div>
    </Context.Provider>
  );
}

function Items({ items }: { items: readonly Item[] }) {
  return (
    <>
      {items.map((item) => (
        <Part key={item.name} item={item} />
      ))}
    </>
  );
}

function Part({ item }: { item: Item }) {
  const { checker } = useReading();
  switch (item.item) {
    case 'field':
      return checker.relevant(item, null) ? <Answer field={item} /> : null;
    case 'repeat':
      return checker.relevant(item, null) ? <Rows repeat={item} /> : null;
    case 'note':
      return <p class="note quiet">{labelled(item.label)}</p>;
    case 'group':
      return (
        <section class="reading" aria-label={labelled(item.label)}>
          <h3>{labelled(item.label)}</h3>
          <Items items={item.items} />
        </section>
      );
  }
}

/** In twelfths. What is ticked or computed is as wide on paper as its choices or boxes; read, it is a word. */
function widthOf(field: Field): number {
  if (field.type === 'selectOne' || field.type === 'boolean' || field.computed) return 3;
  return Math.min(12, Math.max(3, field.paperWidth ?? 12));
}

function Answer({ field }: { field: Field }) {
  const { fields } = useReading();
  const name = labelled(field.label);
  return (
    <div class={`answer w${widthOf(field)}`}>
      <div class="asked">
        {name}
        <Point path={pathOf(field.name)} name={name} />
      </div>
      <div class="given">
        <Given field={field} value={valueAt(fields, field.name)} />
      </div>
      <Remarks path={pathOf(field.name)} name={name} />
    </div>
  );
}

function Rows({ repeat }: { repeat: Repeat }) {
  const { form, fields, checker } = useReading();
  const rows = rowsInOrder(form, repeat, fields);
  const title = labelled(repeat.label);
  const path = `fields/${repeat.name}`;
  if (rows.length === 0) {
    return (
      <div class="answer">
        <div class="asked">
          {title} <Point path={path} name={title} />
        </div>
        <div class="given quiet">{t('norows')}</div>
        <Remarks path={path} name={title} />
      </div>
    );
  }
  return (
    <div class="answer rows">
      <h3>
        {title} <Point path={path} name={title} />
      </h3>
      <Remarks path={path} name={title} />
      <table class="table" aria-label={title}>
        <thead>
          <tr>
            {repeat.fields.map((field) => (
              <th key={field.name} scope="col" class={isFigure(field) ? 'figure' : undefined}>
                {labelled(field.label)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row}>
              {repeat.fields.map((field) => {
                const place: Place = { repeat, row };
                return (
                  <td key={field.name} class={isFigure(field) ? 'figure' : undefined}>
                    {checker.relevant(field, place) && <Cell field={field} place={place} />}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ field, place }: { field: Field; place: NonNullable<Place> }) {
  const { fields } = useReading();
  const name = labelled(field.label);
  const path = pathOf(field.name, place);
  return (
    <>
      <Given field={field} value={valueAt(fields, path.slice('fields/'.length))} />
      <Point path={path} name={name} />
      <Remarks path={path} name={name} />
    </>
  );
}

const isFigure = (field: Field) => field.type === 'integer' || field.type === 'decimal';

const FILES: ReadonlySet<Field['type']> = new Set(['photo', 'signature']);

function Given({ field, value }: { field: Field; value: Value }) {
  const { form } = useReading();
  if (missing(value)) return <span class="quiet">—</span>;
  if (FILES.has(field.type) && typeof value === 'string')
    return <Picture sha256={value} label={labelled(field.label)} ink={field.type === 'signature'} />;
  return (
    <>
      <span class={isFigure(field) ? 'number' : 'text'}>{shown(form, field, value, language.value)}</span>{' '}
      {isFigure(field) && <Unit field={field} />}
    </>
  );
}

/** The button that points at a place while a report is being returned. */
function Point({ path, name }: { path: string; name: string }) {
  const { pointing } = useReading();
  if (!pointing || path in pointing.reasons) return null;
  return (
    <button
      type="button"
      class="button plain point no-print"
      aria-label={t('pointAt', { name })}
      onClick={() => pointing.set(path, '')}
    >
      {t('point')}
    </button>
  );
}

/** What is to be said of a place: it does not fit, people disagree, it was returned, it is being returned. */
function Remarks({ path, name }: { path: string; name: string }) {
  const { flags, conflicts, reasons, pointing } = useReading();
  const flag = flags?.find((one) => one.path === path);
  const conflict = conflicts?.get(path);
  const told = pointing ? undefined : reasons?.[path];
  const pointed = pointing?.reasons[path];
  return (
    <>
      {flag && <Notice tone="warn">{explain(flag.code, { path: name }).sentence}</Notice>}
      {conflict && (
        <Notice tone="bad">
          <a href={conflict}>{t('conflict')}</a>
        </Notice>
      )}
      {told && <Notice tone="bad">{t('told', { reason: told })}</Notice>}
      {pointing && pointed !== undefined && <Pointed path={path} name={name} reason={pointed} set={pointing.set} />}
    </>
  );
}

function Pointed(props: { path: string; name: string; reason: string; set(path: string, reason?: string): void }) {
  const id = useId();
  return (
    <div class="pointed no-print">
      <label for={id}>{t('pointed', { name: props.name })}</label>
      <textarea
        id={id}
        rows={2}
        maxLength={500}
        value={props.reason}
        ref={(area) => {
          if (area && props.reason === '') area.focus();
        }}
        onInput={(event) => props.set(props.path, event.currentTarget.value)}
      />
      <button type="button" class="button plain" onClick={() => props.set(props.path)}>
        {t('take')}
      </button>
    </div>
  );
}
