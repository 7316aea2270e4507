import { sentences } from '@shared/words/i18n';
import { useEffect, useState } from 'preact/hooks';
import { file } from '../api';
import { Dialog } from '../ui/dialog';

const t = sentences({
  alt: ['{label}:照片', '{label}: photograph'],
  ink: ['{label}:手写签名', '{label}: signature'],
  open: ['看大图:{label}', 'Enlarge: {label}'],
  missing: ['图片没有到,或打不开', 'The picture is not here, or cannot be opened'],
  close: ['关闭', 'Close'],
});

/** A picture of the server as an address for `<img>`: fetched with the token, which an address must not carry. */
export function usePicture(sha256: string, side: number): { url?: string; missing: boolean } {
  const [shown, show] = useState<{ url?: string; missing: boolean }>({ missing: false });
  useEffect(() => {
    const stop = new AbortController();
    let url: string | undefined;
    show({ missing: false });
    file(`/v1/blobs/${sha256}/thumbnail`, { side }, stop.signal).then(
      (blob) => {
        if (stop.signal.aborted) return;
        url = URL.createObjectURL(blob);
        show({ url, missing: false });
      },
      () => stop.signal.aborted || show({ missing: true }),
    );
    return () => {
      stop.abort();
      if (url) URL.revokeObjectURL(url);
    };
  }, [sha256, side]);
  return shown;
}

const SMALL = 512;
const LARGE = 1024;

/** A photograph as a thumbnail that opens large; a signature as it was drawn. */
export function Picture({ sha256, label, ink = false }: { sha256: string; label: string; ink?: boolean }) {
  const { url, missing } = usePicture(sha256, SMALL);
  const [large, enlarge] = useState(false);
  if (missing) return <span class="quiet small">{t('missing')}</span>;
  if (!url) return <span class="thumb waiting" aria-hidden="true" />;
  if (ink) return <img class="ink" src={url} alt={t('ink', { label })} />;
  return (
    <>
      <button type="button" class="thumb" aria-label={t('open', { label })} onClick={() => enlarge(true)}>
        <img src={url} alt={t('alt', { label })} />
      </button>
      {large && <Large sha256={sha256} label={label} onClose={() => enlarge(false)} />}
    </>
  );
}

function Large({ sha256, label, onClose }: { sha256: string; label: string; onClose: () => void }) {
  const { url, missing } = usePicture(sha256, LARGE);
  return (
    <Dialog title={label} wide onClose={onClose}>
      {missing && <p>{t('missing')}</p>}
      {url && <img class="enlarged" src={url} alt={t('alt', { label })} />}
      <div class="buttons">
        <button type="button" class="button" onClick={onClose}>
          {t('close')}
        </button>
      </div>
    </Dialog>
  );
}
