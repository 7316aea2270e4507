import { currentPosition, type Fix, useFix } from '@shared/device/fix';
import { problemOf } from '@shared/protocol/problem';
import { Camera } from '@shared/ui/camera';
import { FileButton } from '@shared/ui/filebutton';
import { Icon } from '@shared/ui/icon';
import { Notice, Screen } from '@shared/ui/parts';
import { TextField } from '@shared/ui/textfield';
import { sayBytes } from '@shared/words/when';
import { useState } from 'preact/hooks';
import { keepShot, MOST_SHOTS, PHOTO_DRAFT, type PhotoBatch, photoIntents, type Shot } from '../batch';
import { useDraft } from '../draft';
import { sayFailure } from '../failure';
import { usePhone, useStatus } from '../live';
import { useWorkplaces } from '../places';
import { go, to } from '../router';
import { t } from '../sentences';
import { say } from '../toast';
import { Picture } from '../ui/picture';
import { FixNotice, NoPlace, PlaceChoice } from '../ui/where';

const EMPTY: PhotoBatch = { shots: [], place: '', note: '' };

/** The pictures of the draft: kept as they come, dropped, and in the end saved as records. */
function usePhotos(fix: Fix) {
  const phone = usePhone();
  const batch = useDraft(PHOTO_DRAFT, EMPTY);
  const [keeping, setKeeping] = useState(0);
  const [failure, setFailure] = useState<unknown>();
  const keep = async (picture: Blob | File, camera: boolean) => {
    const file = picture instanceof File ? picture : undefined;
    const position = currentPosition(fix);
    const shot = await keepShot(phone, picture, file?.name ?? `${Date.now()}.jpg`, {
      camera,
      ...(file ? { modifiedAt: file.lastModified } : {}),
      ...(position ? { position } : {}),
    });
    await batch.change((now) =>
      now.shots.some((one) => one.sha256 === shot.sha256) ? now : { ...now, shots: [...now.shots, shot] },
    );
  };
  const add = async (pictures: readonly (Blob | File)[], camera: boolean) => {
    setFailure(undefined);
    setKeeping((n) => n + pictures.length);
    for (const picture of pictures) {
      await keep(picture, camera).catch(setFailure);
      setKeeping((n) => n - 1);
    }
  };
  const drop = async (sha256: string) => {
    await batch.change((now) => ({ ...now, shots: now.shots.filter((one) => one.sha256 !== sha256) }));
    await phone.forget(sha256);
  };
  const save = async (scope: string) => {
    try {
      await phone.together(photoIntents(scope, batch.value), { unit: true });
      await batch.drop();
      say(t('today.saved'));
      go(['today'], true);
    } catch (error) {
      setFailure(error);
    }
  };
  return { batch, keeping, failure, add, drop, save };
}

/** Take or choose photographs; each is kept before anything is asked about it. */
export function PhotoScreen() {
  const { places, current, choose, ready } = useWorkplaces();
  const { fix, again } = useFix();
  const { batch, keeping, failure, add, drop, save } = usePhotos(fix);
  const [camera, setCamera] = useState(false);
  const { shots } = batch.value;
  const room = MOST_SHOTS - shots.length - keeping;
  const take = (pictures: readonly (Blob | File)[], fromCamera: boolean) => {
    if (pictures.length > room) say(t('photo.most', { n: MOST_SHOTS }));
    void add(pictures.slice(0, Math.max(0, room)), fromCamera);
  };
  if (ready && !current) {
    return (
      <Screen title={t('photo.title')} back={to('today')}>
        <NoPlace />
      </Screen>
    );
  }
  return (
    <Screen title={t('photo.title')} back={to('today')}>
      <PlaceChoice places={places} current={current} onChoose={choose} />
      <Sources full={room <= 0} onTake={take} onSeries={() => setCamera(true)} />
      <LowStorage />
      {failure !== undefined && <KeepFailure failure={failure} />}
      {shots.length === 0 && keeping === 0 && <p class="quiet">{t('photo.none')}</p>}
      <Shots shots={shots} onDrop={drop} />
      {keeping > 0 && <Notice live>{t('photo.keeping')}</Notice>}
      <FixNotice fix={fix} again={again} />
      <Words batch={batch} />
      {shots.length > 0 && current && (
        <div class="dock">
          <button type="button" class="button primary" disabled={keeping > 0} onClick={() => save(current.scope)}>
            {t('photo.save', { n: shots.length })}
          </button>
        </div>
      )}
      {camera && (
        <Camera
          label={t('photo.series')}
          frame="none"
          onClose={() => setCamera(false)}
          onShot={(picture) => take([picture], true)}
        >
          <span class="tally number" role="status">
            {shots.length}
          </span>
        </Camera>
      )}
    </Screen>
  );
}

function Sources(props: {
  full: boolean;
  onTake: (pictures: readonly File[], fromCamera: boolean) => void;
  onSeries: () => void;
}) {
  const { full, onTake } = props;
  return (
    <>
      <div class="row">
        <FileButton
          icon="camera"
          label={t('photo.camera')}
          capture
          primary
          disabled={full}
          onFiles={(files) => onTake(files, true)}
        />
      </div>
      <div class="row">
        <button type="button" class="button" disabled={full} onClick={props.onSeries}>
          <Icon name="plus" />
          {t('photo.series')}
        </button>
        <FileButton
          icon="picture"
          label={t('photo.files')}
          multiple
          disabled={full}
          onFiles={(files) => onTake(files, false)}
        />
      </div>
    </>
  );
}

function Shots({ shots, onDrop }: { shots: readonly Shot[]; onDrop: (sha256: string) => void }) {
  return (
    <ul class="shots">
      {shots.map((shot, at) => (
        <li key={shot.sha256}>
          <Picture sha256={shot.sha256} side={512} alt={t('photo.number', { n: at + 1 })} />
          <button
            type="button"
            class="button round"
            aria-label={t('photo.drop', { n: at + 1 })}
            onClick={() => onDrop(shot.sha256)}
          >
            <Icon name="close" />
          </button>
          {!shot.position && <span class="note small">{t('photo.noPosition')}</span>}
        </li>
      ))}
    </ul>
  );
}

function Words({ batch }: { batch: ReturnType<typeof useDraft<PhotoBatch>> }) {
  return (
    <>
      <TextField
        id="place"
        label={t('photo.place')}
        hint={t('photo.placeHint')}
        value={batch.value.place}
        maxLength={100}
        onChange={(place) => void batch.change((now) => ({ ...now, place }))}
      />
      <div class="field">
        <label for="note">{t('photo.note')}</label>
        <textarea
          id="note"
          value={batch.value.note}
          maxLength={1000}
          onInput={(event) => {
            const note = event.currentTarget.value;
            void batch.change((now) => ({ ...now, note }));
          }}
        />
      </div>
    </>
  );
}

/** Below this the phone soon cannot keep a day's pictures. */
const LOW_BYTES = 500e6;

export function LowStorage() {
  const { usage, quota } = useStatus().storage;
  if (usage === undefined || quota === undefined || quota - usage > LOW_BYTES) return null;
  return (
    <Notice tone="warn" title={t('photo.low', { left: sayBytes(Math.max(0, quota - usage)) })}>
      {t('photo.lowNext')}
    </Notice>
  );
}

export function KeepFailure({ failure }: { failure: unknown }) {
  const full = problemOf(failure).code === 'phone.no_space';
  return (
    <Notice tone="bad" title={t(full ? 'photo.full' : 'photo.unkept')} live>
      {full ? t('photo.fullNext') : sayFailure(failure)}
    </Notice>
  );
}
