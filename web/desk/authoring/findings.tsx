import { Refused } from '@shared/protocol/ports';
import { sentences } from '@shared/words/i18n';
import { explain } from '@shared/words/problems';
import { Trouble } from '../ui/page';

const t = sentences({
  found: ['{n} 处需要改正,表单没有保存', '{n} to be corrected; the form was not kept'],
  what: ['问题', 'What is wrong'],
  how: ['怎么改', 'What to do'],
  more: [
    '只列出前 {n} 处;改正后会检查其余的。',
    'The first {n} are listed; the others are looked at once these are corrected.',
  ],
});

interface Finding {
  readonly code: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Why a form was refused: each finding by its sheet and row, with what to do. */
export function FormTrouble({ error }: { error: unknown }) {
  const found = error instanceof Refused && error.code === 'forms.invalid' ? listed(error) : [];
  if (!(error instanceof Refused) || found.length === 0) return <Trouble error={error} />;
  const count = Number(error.params.count);
  return (
    <div role="status">
      <p>
        <strong>{t('found', { n: count })}</strong>
      </p>
      <div class="list-frame">
        <table class="table" aria-label={t('what')}>
          <thead>
            <tr>
              <th scope="col">{t('what')}</th>
              <th scope="col">{t('how')}</th>
            </tr>
          </thead>
          <tbody>
            {found.map(({ code, params }, at) => {
              const said = explain(code, params);
              return (
                <tr key={`${at}${code}`}>
                  <td>{said.sentence}</td>
                  <td>{said.next}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {count > found.length && <p class="quiet">{t('more', { n: found.length })}</p>}
    </div>
  );
}

function listed(error: Refused): readonly Finding[] {
  try {
    return JSON.parse(error.params.findings ?? '[]') as Finding[];
  } catch {
    return [];
  }
}
