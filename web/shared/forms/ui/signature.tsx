import { Icon } from '@shared/ui/icon';
import { labelled } from '@shared/words/i18n';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ControlProps } from './around';
import { Picture } from './files';
import { t } from './sentences';

/** Device pixels of what is kept, whatever the screen: enough to print, small to send. */
const WIDTH = 900;
const HEIGHT = 360;

/** A signature by hand: black ink on white, also at night, because it is printed. */
export function SignatureField({ field, path, id, value, around, described, wrong, locked }: ControlProps) {
  const [open, show] = useState(false);
  const [failed, fail] = useState(false);
  const sha256 = typeof value === 'string' ? value : undefined;
  const label = labelled(field.label);
  const keep = async (blob: Blob) => {
    try {
      around.session.set(path, await around.session.phone.keep(blob, `${field.name}.png`));
      show(false);
      fail(false);
    } catch {
      fail(true);
    }
  };
  return (
    <fieldset class="signature" id={id} tabIndex={-1} aria-labelledby={`${id}-label`} aria-describedby={described}>
      {sha256 && !open && <Picture phone={around.session.phone} sha256={sha256} label={label} ink />}
      {open && <Pad onDone={(blob) => void keep(blob)} onCancel={() => show(false)} />}
      {!locked && !open && (
        <button type="button" class="button wide" aria-invalid={wrong || undefined} onClick={() => show(true)}>
          <Icon name="log" /> {sha256 ? t('signature.clear') : t('signature.sign')}
        </button>
      )}
      {failed && (
        <p class="wrong" role="alert">
          {t('file.failed')}
        </p>
      )}
    </fieldset>
  );
}

function Pad({ onDone, onCancel }: { onDone: (blob: Blob) => void; onCancel: () => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const pen = useRef<{ x: number; y: number } | undefined>(undefined);
  const [written, write] = useState(false);
  useEffect(() => clear(canvas.current), []);
  const at = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLCanvasElement).getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) * WIDTH) / box.width,
      y: ((event.clientY - box.top) * HEIGHT) / box.height,
    };
  };
  const move = (event: PointerEvent) => {
    const context = canvas.current?.getContext('2d');
    if (!pen.current || !context) return;
    const next = at(event);
    context.beginPath();
    context.moveTo(pen.current.x, pen.current.y);
    context.lineTo(next.x, next.y);
    context.stroke();
    pen.current = next;
    if (!written) write(true);
  };
  return (
    <div class="pad">
      <p class="hint">{t('signature.here')}</p>
      <canvas
        ref={canvas}
        width={WIDTH}
        height={HEIGHT}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          pen.current = at(event);
        }}
        onPointerMove={move}
        onPointerUp={() => {
          pen.current = undefined;
        }}
        onPointerCancel={() => {
          pen.current = undefined;
        }}
      />
      <div class="row">
        <button type="button" class="button" onClick={onCancel}>
          {t('cancel')}
        </button>
        <button
          type="button"
          class="button"
          onClick={() => {
            clear(canvas.current);
            write(false);
          }}
        >
          {t('signature.clear')}
        </button>
        <button
          type="button"
          class="button primary"
          disabled={!written}
          onClick={() => canvas.current?.toBlob((blob) => blob && onDone(blob), 'image/png')}
        >
          {t('signature.done')}
        </button>
      </div>
    </div>
  );
}

function clear(canvas: HTMLCanvasElement | null): void {
  const context = canvas?.getContext('2d');
  if (!context) return;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, WIDTH, HEIGHT);
  Object.assign(context, { lineWidth: 6, lineCap: 'round', lineJoin: 'round', strokeStyle: '#101418' });
}
