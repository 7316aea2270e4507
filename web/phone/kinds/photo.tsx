import type { RecordView } from '@shared/protocol/phone';
import { type Sentence, say } from '@shared/words/i18n';
import { PHOTO_DRAFT, type PhotoBatch } from '../batch';
import { to } from '../router';
import { PhotoScreen } from '../screens/photo';
import { t } from '../sentences';
import { Picture } from '../ui/picture';
import { capture, evidenceMatters } from './captured';
import type { KindRow } from './row';

const CALLED: Sentence = ['照片', 'Photo'];
/** Photographs of one place with one note, taken within this time of each other, are one deed. */
const TOGETHER_MS = 10 * 60 * 1000;
const MOST_THUMBNAILS = 4;

export const photo: KindRow<'photo'> = {
  called: CALLED,
  deed: {
    ...capture,
    icon: 'camera',
    today: true,
    title: (photos) => t('kind.photos', { n: photos.length }),
    together: (first, second) =>
      capture.at(second) - capture.at(first) <= TOGETHER_MS &&
      (first.values.note ?? '') === (second.values.note ?? '') &&
      (first.values.place ?? '') === (second.values.place ?? ''),
    body: (photos) => <Thumbnails photos={photos} />,
  },
  made: {
    tile: { place: 'photo', icon: 'camera', words: ['拍照', 'Photo'] },
    Screen: PhotoScreen,
    draft: { key: PHOTO_DRAFT, files: (draft) => (draft as PhotoBatch).shots.map((shot) => shot.sha256) },
  },
  screen: {
    above: (one) => <Picture class="large" sha256={one.values.blob} side={1024} alt={say(CALLED)} />,
  },
  address: (id) => to('records', id),
  blobs: (one) => [one.values.blob],
  asks: (one, { person }) => evidenceMatters(one, person, CALLED),
};

function Thumbnails({ photos }: { photos: readonly RecordView<'photo'>[] }) {
  return (
    <span class="thumbnails">
      {photos.slice(0, MOST_THUMBNAILS).map((one) => (
        <Picture key={one.id} sha256={one.values.blob} side={256} alt="" />
      ))}
      {photos.length > MOST_THUMBNAILS && <span class="more number">+{photos.length - MOST_THUMBNAILS}</span>}
    </span>
  );
}
