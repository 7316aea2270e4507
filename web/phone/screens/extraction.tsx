import type { FormDefinition, FoundLine, FoundPair, ProposedField, Value } from '@contract/generated/contract';
import { type At, at, within } from '@shared/forms/definition';
import type { RecordView } from '@shared/protocol/phone';
import { Badge, Notice, type Tone } from '@shared/ui/parts';
import { labelled } from '@shared/words/i18n';
import { explain } from '@shared/words/problems';
import { useLive } from '../live';
import { t } from '../sentences';
import { Picture } from '../ui/picture';

/** What the machine read from a scan: looked at here, confirmed by the desk. */
export function Extraction({ id }: { id: string }) {
  const found = useLive(
    async (phone) => {
      const extraction = await phone.record<'extraction'>(id);
      const forms = extraction?.values.form ? await phone.records('form') : [];
      return { extraction, form: formOf(extraction, forms) };
    },
    [id],
  );
  if (!found?.extraction) return null;
  const { values } = found.extraction;
  const { form } = found;
  const fields = values.fields ?? [];
  const state = STATES.find((one) => one === values.state) ?? 'proposed';
  return (
    <>
      <section class="section" aria-labelledby="read">
        <h2 id="read">{t('scan.result')}</h2>
        <Notice tone={STATE_TONES[state]} title={t(`scan.${state}`)}>
          {state === 'proposed' && t('scan.resultNote')}
        </Notice>
        {form ? (
          <p class="where">
            <strong>{labelled(form.title)}</strong>
          </p>
        ) : (
          <p class="quiet">{t('scan.unknown')}</p>
        )}
        <Flags flags={values.flags ?? []} form={form} />
        <Proposed fields={fields} form={form} />
        <Found pairs={values.pairs ?? []} lines={values.lines ?? []} />
        {fields.length + (values.pairs ?? []).length + (values.lines ?? []).length === 0 && (
          <p class="quiet">{t('scan.nothing')}</p>
        )}
      </section>
      <ol class="sheets">
        {(values.boxed ?? []).map((page, at) => (
          <li key={page}>
            <Picture class="large" sha256={page} side={1600} alt={t('scan.pageOf', { n: at + 1 })} />
          </li>
        ))}
      </ol>
    </>
  );
}

function Proposed({ fields, form }: { fields: readonly ProposedField[]; form: FormDefinition | undefined }) {
  if (fields.length === 0) return null;
  return (
    <ul class="list">
      {fields.map((field) => (
        <li key={field.path} class="item">
          <span class="text">
            <span class="quiet small">{sayPath(field.path, form)}</span>
            <span class="title">{sayValue(field, form)}</span>
          </span>
          <Confidence thousandths={field.confidence} />
        </li>
      ))}
    </ul>
  );
}

/** What stands on pages of an unknown form: labels with their values, or else its lines. */
function Found({ pairs, lines }: { pairs: readonly FoundPair[]; lines: readonly FoundLine[] }) {
  const shown = pairs.length > 0 ? pairs : lines.map((line) => ({ ...line, key: '', value: line.text }));
  if (shown.length === 0) return null;
  return (
    <ul class="list">
      {shown.map((pair) => (
        <li key={`${pair.page} ${pair.box.join()}`} class="item">
          <span class="text">
            {pair.key && <span class="quiet small">{pair.key}</span>}
            <span class="title">{pair.value || '–'}</span>
          </span>
          <Confidence thousandths={pair.confidence} />
        </li>
      ))}
    </ul>
  );
}

/** Between things in a row, in either language. */
const SEPARATOR = ' · ';
const STATES = ['proposed', 'confirmed', 'discarded'] as const;
const STATE_TONES: Readonly<Record<(typeof STATES)[number], Tone>> = {
  proposed: 'accent',
  confirmed: 'good',
  discarded: 'warn',
};

function Flags(props: {
  flags: NonNullable<RecordView<'extraction'>['values']['flags']>;
  form: FormDefinition | undefined;
}) {
  return (
    <>
      {props.flags.map((flag) => {
        const said = explain(flag.code, flag.params);
        const where = (flag.paths ?? []).map((path) => sayPath(path, props.form)).join(SEPARATOR);
        return (
          <Notice key={`${flag.code}${flag.paths?.join()}`} tone="warn" icon="flag" title={said.sentence}>
            {where && <p class="small quiet">{where}</p>}
            {flag.suggestion != null && <p class="small">{t('scan.suggestion', { value: String(flag.suggestion) })}</p>}
          </Notice>
        );
      })}
    </>
  );
}

/** From these thousandths on a value is called sure, or worth a look. */
const SURE = 950;
const FAIR = 800;

function Confidence({ thousandths }: { thousandths: number }) {
  const [word, tone]: [string, Tone] =
    thousandths >= SURE
      ? [t('confidence.high'), 'good']
      : thousandths >= FAIR
        ? [t('confidence.middle'), 'warn']
        : [t('confidence.low'), 'bad'];
  return (
    <Badge tone={tone}>
      <span>{word}</span> <span class="number">{Math.round(thousandths / 10)}%</span>
    </Badge>
  );
}

function formOf(
  extraction: RecordView<'extraction'> | undefined,
  forms: readonly RecordView<'form'>[],
): FormDefinition | undefined {
  const { form, formVersion } = extraction?.values ?? {};
  return forms.find((one) => one.values.id === form && one.values.version === formVersion)?.values;
}

function fieldAt(path: string, form: FormDefinition | undefined): At {
  return form ? at(form, within(path)) : {};
}

/** `fields/labour/2/count` → 分工种人数 第 2 行 · 人数. */
export function sayPath(path: string, form: FormDefinition | undefined): string {
  const { field, repeat, row } = fieldAt(path, form);
  if (repeat) {
    const table = t('scan.row', { table: labelled(repeat.label), n: row ?? '' });
    return field ? `${table} · ${labelled(field.label)}` : table;
  }
  return field ? labelled(field.label) : within(path);
}

function sayValue(proposed: ProposedField, form: FormDefinition | undefined): string {
  const { field } = fieldAt(proposed.path, form);
  const value = proposed.value;
  if (value === null || value === undefined || value === '') return '–';
  const choices = field?.choices ? form?.choices?.[field.choices] : undefined;
  const word = (one: Value) => labelled(choices?.find((choice) => choice.name === one)?.label) || String(one);
  if (typeof value === 'boolean') return word(value ? 'yes' : 'no');
  if (Array.isArray(value)) return value.map(word).join(SEPARATOR);
  if (typeof value === 'object') return JSON.stringify(value);
  if (field?.unit === 'CNY_FEN' && typeof value === 'number')
    return `¥${(value / 100).toLocaleString('en-US', { minimumFractionDigits: 2 })}`;
  return field?.unit ? `${word(value)} ${field.unit}` : word(value);
}
