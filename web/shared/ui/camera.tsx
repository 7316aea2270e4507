import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './icon';
import { Notice } from './parts';
import { t } from './sentences';

/** The frame over the picture: a sheet of A4, a QR code, or none. It guides the eye; nothing is cut away. */
export type Frame = 'a4' | 'qr' | 'none';

interface Props {
  label: string;
  frame: Frame;
  hint?: string;
  onClose: () => void;
  /** A picture was taken. Left out: there is nothing to press (a QR code is found by itself). */
  onShot?: (picture: Blob) => void;
  /** Called with the running picture once it is there; gives what ends it. */
  onRunning?: (video: HTMLVideoElement) => () => void;
  children?: ComponentChildren;
}

/** The camera on the whole screen. */
export function Camera(props: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const [state, setState] = useState<'opening' | 'running' | 'denied'>('opening');
  const [shooting, setShooting] = useState(false);

  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    let stream: MediaStream | undefined;
    let end: (() => void) | undefined;
    let over = false;
    openCamera().then(
      async (opened) => {
        stream = opened;
        const screen = video.current;
        if (over || !screen) return stop(opened);
        screen.srcObject = opened;
        await screen.play().catch(() => {});
        if (over) return;
        setState('running');
        end = props.onRunning?.(screen);
      },
      () => over || setState('denied'),
    );
    return () => {
      over = true;
      end?.();
      if (stream) stop(stream);
    };
  }, []);

  const shoot = async () => {
    if (!video.current || shooting) return;
    setShooting(true);
    try {
      props.onShot?.(await picture(video.current));
    } finally {
      setShooting(false);
    }
  };

  return (
    <dialog ref={dialog} class="camera" aria-label={props.label} onCancel={props.onClose}>
      <button type="button" class="button round" aria-label={t('close')} onClick={props.onClose}>
        <Icon name="close" />
      </button>
      <video ref={video} playsInline muted hidden={state !== 'running'} />
      {state === 'running' && props.frame !== 'none' && <div class={`frame ${props.frame}`} aria-hidden="true" />}
      {state === 'opening' && <p class="hint">{t('camera.opening')}</p>}
      {state === 'denied' && (
        <Notice tone="warn" title={t('camera.denied')} live>
          {t('camera.deniedNext')}
        </Notice>
      )}
      {state === 'running' && props.hint && <p class="hint">{props.hint}</p>}
      <div class="controls">
        {props.children}
        {props.onShot && state === 'running' && (
          <button type="button" class="shutter" aria-label={t('camera.shoot')} disabled={shooting} onClick={shoot} />
        )}
      </div>
    </dialog>
  );
}

async function openCamera(): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: { ideal: 'environment' }, width: { ideal: 3840 }, height: { ideal: 2160 } },
  });
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** What the camera sees now, at the size of its picture, as JPEG. */
async function picture(video: HTMLVideoElement): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  return new Promise((done, fail) => {
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('no picture'))), 'image/jpeg', 0.92);
  });
}
