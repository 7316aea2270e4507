import { Icon } from '@shared/ui/icon';
import { usePicture } from '../live';
import { t } from '../sentences';

/** A picture by its digest. What is neither here nor to be had now says so. */
export function Picture(props: { sha256: string; side?: number; alt: string; class?: string }) {
  const { url, missing } = usePicture(props.sha256, props.side);
  const shape = `picture ${props.class ?? ''}`;
  if (url) return <img class={shape} src={url} alt={props.alt} />;
  return (
    <span
      class={`${shape} absent`}
      role="img"
      aria-label={`${props.alt}${missing ? ` (${t('record.pictureMissing')})` : ''}`}
    >
      <Icon name="picture" />
    </span>
  );
}
