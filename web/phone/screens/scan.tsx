import { Camera } from '@shared/ui/camera';
import { FileButton } from '@shared/ui/filebutton';
import { Icon } from '@shared/ui/icon';
import { Notice, Screen } from '@shared/ui/parts';
import { TextField } from '@shared/ui/textfield';
import { useEffect, useState } from 'preact/hooks';
import { keepShot, moved, SCAN_DRAFT, type ScanBatch, type Shot, scanIntent } from '../batch';
import { useDraft } from '../draft';
import { usePhone } from '../live';
import { useWorkplaces } from '../places';
import { go, to } from '../router';
import { t } from '../sentences';
import { say } from '../toast';
import { Picture } from '../ui/picture';
import { NoPlace, PlaceChoice } from '../ui/where';
import { KeepFailure, LowStorage } from './photo';

const EMPTY: ScanBatch = { pages: [], note: '' };
/** More pages than a form has. */
const MOST_PAGES = 50;

/** The pages of the draft: kept as they come, taken again, dropped, and in the end saved as one record. */
function usePages() {
  const phone = usePhone();
  const batch = useDraft(SCAN_DRAFT, EMPTY);
  const [keeping, setKeeping] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const put = async (pictures: readonly (Blob | File)[], at: number) => {
    setFailure(undefined);
    setKeeping(true);
    try {
      for (const [offset, picture] of pictures.entries()) {
        const name = picture instanceof File ? picture.name : `${Date.now()}.jpg`;
        const page = await keepShot(phone, picture, name, { camera: true });
        const replaced = batch.value.pages[at + offset];
        await batch.change((now) => ({ ...now, pages: placed(now.pages, at + offset, page) }));
        if (replaced && replaced.sha256 !== page.sha256) await phone.forget(replaced.sha256);
      }
    } catch (error) {
      setFailure(error);
    } finally {
      setKeeping(false);
    }
  };
  const drop = async (sha256: string) => {
    await batch.change((now) => ({ ...now, pages: now.pages.filter((one) => one.sha256 !== sha256) }));
    await phone.forget(sha256);
  };
  const save = async (scope: string) => {
    try {
      await phone.together([scanIntent(scope, batch.value)]);
      await batch.drop();
      say(t('today.saved'));
      go(['today'], true);
    } catch (error) {
      setFailure(error);
    }
  };
  return { batch, keeping, failure, put, drop, save };
}

/** Photograph a paper form page by page, put the pages in order, and hand them in as one scan. */
export function ScanScreen() {
  const { places, current, choose, ready } = useWorkplaces();
  const { batch, keeping, failure, put, drop, save } = usePages();
  /** The page that is being photographed; one past the last is a new one. */
  const [shooting, setShooting] = useState<number>();
  const { pages } = batch.value;
  if (ready && !current) {
    return (
      <Screen title={t('scan.title')} back={to('today')}>
        <NoPlace />
      </Screen>
    );
  }
  const full = pages.length >= MOST_PAGES;
  return (
    <Screen title={t('scan.title')} back={to('today')}>
      <PlaceChoice places={places} current={current} onChoose={choose} />
      <p>{t('scan.lead')}</p>
      <div class="row">
        <button type="button" class="button primary" disabled={full} onClick={() => setShooting(pages.length)}>
          <Icon name="scan" />
          {t('scan.shoot', { n: pages.length + 1 })}
        </button>
        <FileButton
          icon="picture"
          label={t('scan.files')}
          accept="image/*,application/pdf"
          multiple
          disabled={full}
          onFiles={(files) => put(files.slice(0, MOST_PAGES - pages.length), pages.length)}
        />
      </div>
      <LowStorage />
      {failure !== undefined && <KeepFailure failure={failure} />}
      <Pages batch={batch} onRetake={setShooting} onDrop={drop} />
      {keeping && <Notice live>{t('photo.keeping')}</Notice>}
      {pages.length > 0 && current && (
        <>
          <TextField
            id="note"
            label={t('scan.note')}
            value={batch.value.note}
            maxLength={500}
            onChange={(note) => void batch.change((now) => ({ ...now, note }))}
          />
          <div class="dock">
            <button type="button" class="button primary" disabled={keeping} onClick={() => save(current.scope)}>
              {t('scan.save', { n: pages.length })}
            </button>
          </div>
        </>
      )}
      {shooting !== undefined && (
        <PageCamera
          n={shooting + 1}
          onClose={() => setShooting(undefined)}
          onPage={(picture) => {
            const isNew = shooting >= pages.length;
            void put([picture], shooting);
            setShooting(isNew ? shooting + 1 : undefined);
          }}
        />
      )}
    </Screen>
  );
}

function Pages(props: {
  batch: ReturnType<typeof useDraft<ScanBatch>>;
  onRetake: (at: number) => void;
  onDrop: (sha256: string) => void;
}) {
  const { change, value } = props.batch;
  return (
    <ol class="pages">
      {value.pages.map((page, at) => (
        <Page
          key={page.sha256}
          page={page}
          n={at + 1}
          last={at === value.pages.length - 1}
          onMove={(by) => change((now) => ({ ...now, pages: moved(now.pages, at, by) }))}
          onRetake={() => props.onRetake(at)}
          onDrop={() => props.onDrop(page.sha256)}
        />
      ))}
    </ol>
  );
}

function placed(pages: readonly Shot[], at: number, page: Shot): readonly Shot[] {
  const others = pages.map((one, index) => (index === at ? page : one));
  if (pages.some((one) => one.sha256 === page.sha256)) return pages;
  return at < pages.length ? others : [...pages, page];
}

function Page(props: {
  page: Shot;
  n: number;
  last: boolean;
  onMove: (by: -1 | 1) => void;
  onRetake: () => void;
  onDrop: () => void;
}) {
  const { n } = props;
  return (
    <li class="card page">
      <Picture sha256={props.page.sha256} side={512} alt="" />
      <div class="stack">
        <strong>{t('scan.page', { n })}</strong>
        <div class="tools">
          <button
            type="button"
            class="button round"
            aria-label={t('scan.up', { n })}
            disabled={n === 1}
            onClick={() => props.onMove(-1)}
          >
            <Icon name="up" />
          </button>
          <button
            type="button"
            class="button round"
            aria-label={t('scan.down', { n })}
            disabled={props.last}
            onClick={() => props.onMove(1)}
          >
            <Icon name="down" />
          </button>
          <button type="button" class="button round" aria-label={t('scan.retake', { n })} onClick={props.onRetake}>
            <Icon name="again" />
          </button>
          <button type="button" class="button round" aria-label={t('scan.drop', { n })} onClick={props.onDrop}>
            <Icon name="trash" />
          </button>
        </div>
      </div>
    </li>
  );
}

/** The view-finder, then the picture: it is used or taken again. With “use”, the next page is up at once. */
function PageCamera({ n, onClose, onPage }: { n: number; onClose: () => void; onPage: (picture: Blob) => void }) {
  const [taken, setTaken] = useState<{ picture: Blob; url: string }>();
  useEffect(() => () => taken && URL.revokeObjectURL(taken.url), [taken]);
  const again = () => setTaken(undefined);
  return (
    <Camera
      label={t('scan.shoot', { n })}
      frame={taken ? 'none' : 'a4'}
      hint={taken ? t('scan.page', { n }) : `${t('scan.page', { n })} · ${t('scan.aim')}`}
      onClose={onClose}
      {...(taken ? {} : { onShot: (picture: Blob) => setTaken({ picture, url: URL.createObjectURL(picture) }) })}
    >
      {taken && (
        <>
          <img class="taken" src={taken.url} alt={t('scan.page', { n })} />
          <div class="row">
            <button type="button" class="button" onClick={again}>
              <Icon name="again" />
              {t('scan.again')}
            </button>
            <button
              type="button"
              class="button primary"
              onClick={() => {
                onPage(taken.picture);
                again();
              }}
            >
              <Icon name="check" />
              {t('scan.use')}
            </button>
          </div>
        </>
      )}
    </Camera>
  );
}
