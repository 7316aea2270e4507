import { Badge, type Tone } from '@shared/ui/parts';
import { sentences } from '@shared/words/i18n';
import { sayBytes } from '@shared/words/when';
import { useEffect, useRef, useState } from 'preact/hooks';
import { again, type Bringing, bring, clear, items, type State, underway } from '../clerk/bringing';
import { me } from '../me';
import { sayScope, scopes } from '../projects';
import { sayTrouble } from '../trouble';
import { Select } from '../ui/fields';
import { Page } from '../ui/page';
import '../clerk/bringing.css';

const t = sentences({
  title: ['批量上传', 'Bring a folder'],
  text: [
    '每个文件(照片、扫描件或 PDF)算一份单据。断网或关机后会接着传;重新选同一文件夹,已传的不会再传,也不会重复。',
    'Each file (a photograph, a scan or a PDF) is one paper. What breaks off goes on; choose the same folder again and what is there is neither sent nor filed twice.',
  ],
  scope: ['标段', 'Section'],
  folder: ['选择文件夹', 'Choose a folder'],
  files: ['选择文件', 'Choose files'],
  drop: ['或者把文件拖到这里', 'or drop files here'],
  none: ['您在任何标段都不是资料员', 'You are a clerk of no section'],
  sum: ['共 {n} 个,已完成 {done},失败 {failed}', '{n} files, {done} done, {failed} failed'],
  again: ['重试失败的', 'Try the failed ones again'],
  clear: ['清除已完成的', 'Clear what is done'],
  name: ['文件', 'File'],
  size: ['大小', 'Size'],
  state: ['状态', 'State'],
  'state.waiting': ['等待', 'Waiting'],
  'state.reading': ['正在读取', 'Reading'],
  'state.sending': ['上传中 {percent}%', 'Sending {percent}%'],
  'state.broken': ['连接中断,自动重试', 'The link broke; it goes on by itself'],
  'state.done': ['已提交', 'Done'],
  'state.failed': ['失败', 'Failed'],
  skipped: ['跳过了 {n} 个不是图像或 PDF 的文件', '{n} files are no pictures and no PDF, and were passed over'],
});

const TONES: Readonly<Partial<Record<State, Tone>>> = {
  sending: 'accent',
  broken: 'warn',
  done: 'good',
  failed: 'bad',
};
/** What a scan may be made of, by the ending: browsers do not know the type of every picture. */
const READABLE = /\.(jpe?g|png|webp|heic|heif|avif|tiff?|bmp|pdf)$/i;

/** A folder of files brought as scans. */
export default function BringPage() {
  const mine = scopes.value.filter((scope) =>
    me.value?.grants.some((grant) => grant.role === 'clerk' && grant.scope === scope && scope.startsWith('section:')),
  );
  const [chosen, choose] = useState('');
  const [skipped, skip] = useState(0);
  const scope = mine.includes(chosen) ? chosen : (mine[0] ?? '');
  const list = items.value;
  const busy = underway(list);
  useEffect(() => {
    if (!busy) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [busy]);
  const take = (files: readonly File[]) => {
    const readable = files.filter((file) => READABLE.test(file.name));
    skip(files.length - readable.length);
    bring(readable, scope);
  };
  if (mine.length === 0) return <Page title={t('title')}>{t('none')}</Page>;
  const [done, failed] = [of(list, 'done'), of(list, 'failed')];
  return (
    <Page title={t('title')}>
      <p class="quiet">{t('text')}</p>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is beside two buttons that do the same */}
      <div
        class="bring-drop"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          take([...(event.dataTransfer?.files ?? [])]);
        }}
      >
        <Select
          label={t('scope')}
          value={scope}
          onChange={choose}
          options={mine.map((one) => [one, sayScope(one)] as const)}
        />
        <Choose label={t('folder')} folder onFiles={take} />
        <Choose label={t('files')} onFiles={take} />
        <span class="quiet">{t('drop')}</span>
      </div>
      {skipped > 0 && <p class="quiet">{t('skipped', { n: skipped })}</p>}
      {list.length > 0 && (
        <>
          <div class="buttons">
            <progress max={list.length} value={done} aria-label={t('state')} />
            <span class="number" role="status">
              {t('sum', { n: list.length, done, failed })}
            </span>
            {failed > 0 && (
              <button type="button" class="button" onClick={again}>
                {t('again')}
              </button>
            )}
            {done > 0 && (
              <button type="button" class="button" onClick={clear}>
                {t('clear')}
              </button>
            )}
          </div>
          <Files list={list} />
        </>
      )}
    </Page>
  );
}

const of = (list: readonly Bringing[], state: State): number => list.filter((one) => one.state === state).length;

/** What failed stands first, then what is under way. */
const ORDER: readonly State[] = ['failed', 'broken', 'sending', 'reading', 'waiting', 'done'];
const rank = (one: Bringing) => ORDER.indexOf(one.state);

function Files({ list }: { list: readonly Bringing[] }) {
  return (
    <table class="table" aria-label={t('title')}>
      <thead>
        <tr>
          <th scope="col">{t('name')}</th>
          <th scope="col" class="figure">
            {t('size')}
          </th>
          <th scope="col">{t('state')}</th>
        </tr>
      </thead>
      <tbody>
        {[...list]
          .sort((a, b) => rank(a) - rank(b))
          .map((one) => (
            <tr key={one.scope + one.name}>
              <td class="short">{one.name}</td>
              <td class="figure">{sayBytes(one.size)}</td>
              <td>
                <Standing of={one} />
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function Standing({ of: one }: { of: Bringing }) {
  const tone = TONES[one.state];
  const percent = one.size > 0 ? Math.floor((100 * one.sent) / one.size) : 0;
  const said = one.state === 'failed' ? sayTrouble(one.error) : undefined;
  return (
    <>
      <Badge {...(tone ? { tone } : {})}>{t(`state.${one.state}`, { percent })}</Badge>
      {said && ` ${[said.sentence, said.next].filter(Boolean).join(' · ')}`}
    </>
  );
}

function Choose(props: { label: string; folder?: boolean; onFiles: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (input.current) input.current.webkitdirectory = props.folder ?? false;
  }, []);
  return (
    <>
      <button type="button" class="button" onClick={() => input.current?.click()}>
        {props.label}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        aria-label={props.label}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = ''; // so that the same folder can be chosen again
          props.onFiles(files);
        }}
      />
    </>
  );
}
