import type { ArrangeScans, ExtractionValues } from '@contract/generated/contract';
import { Notice } from '@shared/ui/parts';
import { labelled } from '@shared/words/i18n';
import { explain } from '@shared/words/problems';
import { useState } from 'preact/hooks';
import { file, post } from '../api';
import { forms, loadForms } from '../forms';
import { tell } from '../toast';
import { Form, Select } from '../ui/fields';
import { Trouble } from '../ui/page';
import { useLoaded, useTask } from '../ui/tasks';
import type { Paper } from './papers';
import { FIT, type View, Viewer } from './viewer';
import { t } from './words';

interface Props {
  readonly paper: Paper;
  readonly onDone: () => void;
  readonly onSkip: () => void;
  readonly onReject: () => void;
}

/** A paper that is not read as a form: its form is unknown, or it could not be read at all. */
export function Unknown({ paper, onDone, onSkip, onReject }: Props) {
  const [view, look] = useState<View>(FIT);
  const [page, turnTo] = useState(1);
  const { extraction, server, scan } = paper;
  const failed = server.state === 'failed';
  const again = useTask(async () => {
    await post(`/v1/scans/${paper.id}/read`);
    tell(t('paper.readingAgain'));
    onDone();
  });
  const said = server.problem ? explain(server.problem) : undefined;
  return (
    <div class="work">
      <Viewer
        pages={extraction?.values.rectified?.length ? extraction.values.rectified : scan.pages}
        page={page}
        view={view}
        onView={look}
        onPage={turnTo}
      />
      <section class="values" aria-label={t('paper.values')}>
        {failed ? (
          <Notice tone="bad" title={t('paper.failed')}>
            {said && <p>{[said.sentence, said.next].filter(Boolean).join(' · ')}</p>}
          </Notice>
        ) : (
          <Notice tone="warn" title={t('state.formUnknown')}>
            <p>{t('paper.unknownText')}</p>
          </Notice>
        )}
        {!failed && <Choose paper={paper} onDone={onDone} />}
        {extraction && <Found values={extraction.values} />}
        <footer class="values-foot">
          <Trouble error={again.error} />
          <div class="buttons">
            {failed && (
              <button type="button" class="button primary" disabled={again.busy} onClick={() => void again.run()}>
                {t('paper.readAgain')}
              </button>
            )}
            <button type="button" class="button" onClick={onSkip}>
              {t('paper.skip')}
            </button>
            {extraction && (
              <button type="button" class="button" onClick={onReject}>
                {t('paper.reject')}
              </button>
            )}
          </div>
        </footer>
      </section>
    </div>
  );
}

/** Say which form it is, and have it read as that; or start a form from the sample. */
function Choose({ paper, onDone }: { paper: Paper; onDone: () => void }) {
  const extraction = paper.extraction?.id ?? '';
  const [chosen, choose] = useState('');
  useLoaded(loadForms, []);
  const published = forms.value.filter((form) => form.state === 'published');
  const read = useTask(async () => {
    const form = published.find((one) => one.id === chosen);
    if (!form) return;
    const pages = (paper.extraction?.values.rectified ?? paper.scan.pages).map((_, at) => ({
      scan: paper.id,
      page: at + 1,
    }));
    const asked: ArrangeScans = { into: [{ pages, form: form.id, formVersion: form.version }] };
    await post('/v1/scans/arrange', asked);
    tell(t('paper.readingAgain'));
    onDone();
  });
  const draft = useTask(async () => {
    const text = await file(`/v1/extractions/${extraction}/form-draft`);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(text);
    link.download = `form-${extraction.slice(0, 8)}.md`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  });
  return (
    <div class="inputs">
      <Form task={read} does={t('paper.readAs')} disabled={chosen === ''}>
        <Select
          label={t('paper.chooseForm')}
          value={chosen}
          onChange={choose}
          options={[['', ''], ...published.map((one) => [one.id, labelled(one.title)] as const)]}
        />
      </Form>
      <div class="buttons">
        <button type="button" class="button" disabled={draft.busy} onClick={() => void draft.run()}>
          {t('paper.draftForm')}
        </button>
      </div>
      <Trouble error={draft.error} />
    </div>
  );
}

/** What stands on the page: labels with what is written beside them, or else its lines. */
function Found({ values }: { values: ExtractionValues }) {
  const pairs = (values.pairs ?? []).map((one) => [one.key, one.value] as const);
  const rows = pairs.length > 0 ? pairs : (values.lines ?? []).map((one) => ['', one.text] as const);
  if (rows.length === 0) return null;
  return (
    <>
      <h2>{t('paper.found')}</h2>
      <table class="table">
        <tbody>
          {rows.map(([key, value], index) => (
            <tr key={index}>
              <th scope="row">{key}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
