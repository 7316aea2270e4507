import { sentences } from '@shared/words/i18n';
import { useState } from 'preact/hooks';
import { file } from '../api';
import { project, projects } from '../projects';
import { Form, Input, Select } from '../ui/fields';
import { useTask } from '../ui/tasks';

const t = sentences({
  how: [
    'A4、黑白。工程和编号印在每一页上,也写进二维码:扫描回来时据此认出是哪一份。',
    'A4, black and white. Project and serial stand on every page and in its QR code, by which a scan is known again.',
  ],
  project: ['工程', 'Project'],
  none: ['不印工程', 'None'],
  prefix: ['编号前缀', 'Before the number'],
  prefixHint: ['字母、数字、汉字和 . / ( ) - ', 'Letters, digits and . / ( ) -'],
  first: ['起始编号', 'First number'],
  count: ['份数', 'Sheets'],
  countHint: ['每次最多 {n} 份', '{n} at most at a time'],
  language: ['语言', 'Language'],
  make: ['生成', 'Make'],
  made: ['已生成,逐份打开后打印', 'Made; open each and print it'],
  open: ['打开 {serial}', 'Open {serial}'],
  blank: ['空白表', 'Blank sheet'],
});

const MOST = 50;

/** Sheets of a form to be printed: one, or a run of serials for a project. */
export function PrintSheets({ form, version }: { form: string; version: number }) {
  const [where, choose] = useState(project.value?.id ?? '');
  const [prefix, setPrefix] = useState('');
  const [first, setFirst] = useState('');
  const [count, setCount] = useState('1');
  const [language, speak] = useState('zh-CN');
  const [made, show] = useState<readonly (readonly [serial: string, address: string])[]>([]);
  const task = useTask(async () => {
    for (const [, address] of made) URL.revokeObjectURL(address);
    const sheets: (readonly [string, string])[] = [];
    for (const serial of serials(prefix, first, Number(count))) {
      const sheet = await file(`/v1/forms/${form}/${version}/sheet.pdf`, { project: where, serial, language });
      sheets.push([serial, URL.createObjectURL(sheet)]);
      show([...sheets]);
    }
  });
  return (
    <section class="card" aria-label={t('make')}>
      <p class="quiet">{t('how')}</p>
      <Form task={task} does={t('make')}>
        <div class="beside">
          <Select
            label={t('project')}
            value={where}
            onChange={choose}
            options={[['', t('none')], ...projects.value.map((one) => [one.id, one.name] as const)]}
          />
          <Select
            label={t('language')}
            value={language}
            onChange={speak}
            options={[
              ['zh-CN', '中文'],
              ['en', 'English'],
            ]}
          />
        </div>
        <div class="beside">
          <Input
            label={t('prefix')}
            hint={t('prefixHint')}
            optional
            value={prefix}
            onChange={setPrefix}
            maxLength={18}
          />
          <Input
            label={t('first')}
            optional
            value={first}
            onChange={setFirst}
            inputMode="numeric"
            pattern="\d{0,6}"
            maxLength={6}
          />
          <Input
            label={t('count')}
            hint={t('countHint', { n: MOST })}
            value={count}
            onChange={setCount}
            inputMode="numeric"
            pattern="[1-9]|[1-4]\d|50"
          />
        </div>
      </Form>
      {made.length > 0 && (
        <>
          <p>{t('made')}</p>
          <ul class="rows" aria-label={t('made')}>
            {made.map(([serial, address]) => (
              <li key={address}>
                <a href={address} target="_blank" rel="noopener">
                  {t('open', { serial: serial || t('blank') })}
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** `A-007`, `A-008`, …: as wide as the first number was written. Without a number the prefix alone, once. */
export function serials(prefix: string, first: string, count: number): readonly string[] {
  if (first === '') return [prefix];
  return Array.from(
    { length: Math.min(count, MOST) },
    (_, at) => `${prefix}${String(Number(first) + at).padStart(first.length, '0')}`,
  );
}
