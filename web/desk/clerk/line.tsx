import type { FormDefinition, Value } from '@contract/generated/contract';
import { shown, unitText } from '@shared/forms/answers';
import { choicesOf } from '@shared/forms/definition';
import { Badge, type Tone } from '@shared/ui/parts';
import { labelled, language } from '@shared/words/i18n';
import { explain } from '@shared/words/problems';
import { candidatesOf, type Line } from './chain';
import { textOf } from './values';
import { Crop } from './viewer';
import { t } from './words';

/** From these thousandths on a value is called sure, or worth a look. */
const [SURE, FAIR] = [950, 800];

export interface LineProps {
  readonly form: FormDefinition;
  readonly line: Line;
  /** The page that the value stands on. */
  readonly page: string | undefined;
  readonly typed: string;
  readonly current: boolean;
  readonly seen: boolean;
  readonly changed: boolean;
  readonly wrong: boolean;
  readonly why: boolean;
  readonly onType: (text: string) => void;
  readonly onFocus: () => void;
  readonly onTake: (value: Value) => void;
  readonly input: (element: HTMLElement | null) => void;
}

/** One value: its label, its piece of the page, what was read, and when it is in hand what speaks against it. */
export function LineRow(props: LineProps) {
  const { line, current } = props;
  const { field, proposed, flags } = line;
  const id = `value-${line.path}`;
  return (
    <li
      class={['line', current && 'current', props.seen && 'seen', flags.length > 0 && 'flagged']
        .filter(Boolean)
        .join(' ')}
    >
      <div class="line-head">
        <label for={id}>{line.label}</label>
        <span class="marks">
          {props.changed && <Badge tone="accent">{t('paper.changed')}</Badge>}
          {props.seen && !props.changed && <span class="quiet small">{t('paper.seen')}</span>}
          {proposed && <Sure thousandths={proposed.confidence} />}
        </span>
      </div>
      <div class="line-body">
        <span class="line-crop">{proposed && <Crop page={props.page} box={proposed.box} />}</span>
        <ValueInput {...props} id={id} />
        {unitText(field, '元') && <span class="quiet">{unitText(field, '元')}</span>}
      </div>
      {props.wrong && (
        <p class="wrong" id={`${id}-wrong`}>
          {t('paper.notValue', { type: typeOf(field.type) })}
        </p>
      )}
      {flags.map((flag) => {
        const said = explain(flag.code, flag.params);
        return (
          <p key={flag.code} class="line-flag">
            {said.sentence}
          </p>
        );
      })}
      {current && <Candidates {...props} />}
    </li>
  );
}

function Sure({ thousandths }: { thousandths: number }) {
  const tone: Tone = thousandths >= SURE ? 'good' : thousandths >= FAIR ? 'warn' : 'bad';
  return (
    <Badge tone={tone}>
      <span class="number">{t('paper.sure', { n: (thousandths / 10).toFixed(thousandths >= SURE ? 1 : 0) })}</span>
    </Badge>
  );
}

function ValueInput(props: LineProps & { id: string }) {
  const { form, line, typed, id } = props;
  const { field } = line;
  const common = {
    id,
    ref: props.input,
    onFocus: props.onFocus,
    'aria-invalid': props.wrong,
    ...(props.wrong ? { 'aria-describedby': `${id}-wrong` } : {}),
  };
  if (field.type === 'selectOne' || field.type === 'boolean') {
    const choices = choicesOf(form, field);
    const offered = choices.length > 0 ? choices : YES_NO;
    return (
      <select {...common} value={typed} onChange={(event) => props.onType(event.currentTarget.value)}>
        <option value="">{t('paper.blank')}</option>
        {offered.map((choice) => (
          <option key={choice.name} value={choice.name}>
            {labelled(choice.label)}
          </option>
        ))}
        {typed !== '' && !offered.some((choice) => choice.name === typed) && <option value={typed}>{typed}</option>}
      </select>
    );
  }
  if ((field.paperLines ?? 1) > 1) {
    return <textarea {...common} rows={2} value={typed} onInput={(event) => props.onType(event.currentTarget.value)} />;
  }
  return (
    <input
      {...common}
      type="text"
      autocomplete="off"
      spellcheck={false}
      value={typed}
      class={field.type === 'integer' || field.type === 'decimal' ? 'number' : undefined}
      onInput={(event) => props.onType(event.currentTarget.value)}
    />
  );
}

const YES_NO = [
  { name: 'yes', label: { 'zh-CN': '是', en: 'Yes' } },
  { name: 'no', label: { 'zh-CN': '否', en: 'No' } },
];

/** What else it could be, each by one key; and on `F2` what was read where. */
function Candidates(props: LineProps) {
  const { form, line } = props;
  const candidates = candidatesOf(line);
  const [readings, rule] = [Object.entries(line.proposed?.readings ?? {}), line.proposed?.rule];
  return (
    <>
      {(candidates.length > 1 || props.why) && (
        <ol class="candidates" aria-label={t('paper.candidates')}>
          {candidates.map((value, index) => (
            <li key={textOf(line.field, value)}>
              <button type="button" class="button" tabIndex={-1} onClick={() => props.onTake(value)}>
                <kbd>Alt+{index + 1}</kbd> {shown(form, line.field, value, language.value)}
              </button>
            </li>
          ))}
        </ol>
      )}
      {props.why && (
        <dl class="why">
          {readings.map(([source, text]) => (
            <div key={source}>
              <dt>
                {t('paper.readings')} {source}
              </dt>
              <dd>{text}</dd>
            </div>
          ))}
          {rule && (
            <div>
              <dt>{t('paper.rule')}</dt>
              <dd>{rule}</dd>
            </div>
          )}
          {line.others.map((other) => {
            const said = explain(other.code, other.params);
            return (
              <div key={other.code + textOf(line.field, other.value)}>
                <dt>{shown(form, line.field, other.value, language.value)}</dt>
                <dd>{said.sentence}</dd>
              </div>
            );
          })}
          {line.flags.map((flag) => (
            <div key={flag.code}>
              <dt>{explain(flag.code, flag.params).sentence}</dt>
              <dd>{explain(flag.code, flag.params).next}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

function typeOf(type: string): string {
  return type === 'integer' || type === 'decimal' || type === 'date' || type === 'time'
    ? t(`type.${type}`)
    : t('type.other');
}
