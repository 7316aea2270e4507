import type { Field } from '@contract/generated/contract';
import type { Phone } from '@shared/protocol/phone';
import { Icon } from '@shared/ui/icon';
import { labelled } from '@shared/words/i18n';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { ControlProps } from './around';
import { usePicture } from './picture';
import { t } from './sentences';

const ACCEPTS: Partial<Record<Field['type'], string>> = { photo: 'image/*', audio: 'audio/*', video: 'video/*' };

/** A photograph, a recording or a video: kept on the phone before the report names it. */
export function FileField({ field, path, id, value, around, described, wrong, locked }: ControlProps) {
  const [failed, fail] = useState(false);
  const sha256 = typeof value === 'string' ? value : undefined;
  const take = async (input: HTMLInputElement) => {
    const file = input.files?.[0];
    input.value = '';
    if (!file) return;
    try {
      around.session.set(path, await around.session.phone.keep(file, file.name));
      fail(false);
    } catch {
      fail(true);
    }
  };
  const capture = field.type === 'photo' ? 'photo.take' : field.type === 'audio' ? 'audio.take' : 'video.take';
  return (
    <fieldset class="file" id={id} tabIndex={-1} aria-labelledby={`${id}-label`} aria-describedby={described}>
      {sha256 && field.type === 'photo' && (
        <Picture phone={around.session.phone} sha256={sha256} label={labelled(field.label)} />
      )}
      {sha256 && field.type !== 'photo' && <Recording sha256={sha256} video={field.type === 'video'} around={around} />}
      {!locked && (
        <div class="row">
          <Picker id={`${id}-capture`} accept={ACCEPTS[field.type]} capture wrong={wrong} onPick={take}>
            <Icon name={field.type === 'audio' ? 'plus' : 'camera'} />{' '}
            {sha256 && field.type === 'photo' ? t('photo.again') : t(capture)}
          </Picker>
          <Picker id={`${id}-pick`} accept={ACCEPTS[field.type]} onPick={take}>
            <Icon name="picture" /> {field.type === 'photo' ? t('photo.pick') : t('file.pick')}
          </Picker>
          {sha256 && (
            <button type="button" class="button plain" onClick={() => around.session.set(path, null)}>
              {t('photo.remove')}
            </button>
          )}
        </div>
      )}
      {failed && (
        <p class="wrong" role="alert">
          {t('file.failed')}
        </p>
      )}
    </fieldset>
  );
}

export function Picture(props: { phone: Phone; sha256: string; label: string; ink?: boolean }) {
  const { phone, sha256, label, ink = false } = props;
  const { url, missing } = usePicture(phone, sha256, 1024);
  if (missing) return <p class="hint">{t('file.elsewhere')}</p>;
  const alt = t(ink ? 'signature.alt' : 'photo.alt', { label });
  return url ? (
    <img class={ink ? 'ink' : 'shot'} src={url} alt={alt} />
  ) : (
    <div class="shot waiting" aria-hidden="true" />
  );
}

function Recording({ sha256, video, around }: { sha256: string; video: boolean; around: ControlProps['around'] }) {
  const [url, show] = useState<string>();
  const play = async () => {
    const blob = await around.session.phone.file(sha256);
    if (blob) show(URL.createObjectURL(blob));
  };
  if (!url) {
    return (
      <button type="button" class="button" onClick={() => void play()}>
        <Icon name="check" /> {t('file.kept')}
      </button>
    );
  }
  // biome-ignore lint/a11y/useMediaCaption: what was just recorded on site has no captions
  return video ? <video src={url} controls /> : <audio src={url} controls />;
}

/** A button that opens the camera or the files: a label around its input, so that the whole of it is touched. */
export function Picker(props: {
  id: string;
  accept: string | undefined;
  capture?: boolean;
  wrong?: boolean;
  onPick: (input: HTMLInputElement) => void;
  children: ComponentChildren;
}) {
  return (
    <label class="button picker" for={props.id}>
      <input
        id={props.id}
        type="file"
        class="unseen"
        accept={props.accept}
        capture={props.capture ? 'environment' : undefined}
        aria-invalid={props.wrong || undefined}
        onChange={(event) => void props.onPick(event.currentTarget)}
      />
      {props.children}
    </label>
  );
}
