import { openDetector } from '@shared/device/barcodes';
import { Icon } from '@shared/ui/icon';
import { useState } from 'preact/hooks';
import { missing } from '../operands';
import type { ControlProps } from './around';
import { Picker } from './files';
import { t } from './sentences';

/** A code: typed, or read from a photograph of it. */
export function Barcode({ path, id, value, around, described, wrong, field }: ControlProps) {
  const [failed, fail] = useState(false);
  const read = async (input: HTMLInputElement) => {
    const file = input.files?.[0];
    input.value = '';
    if (!file) return;
    const code = await codeIn(file).catch(() => undefined);
    fail(code === undefined);
    if (code !== undefined) around.session.set(path, code);
  };
  return (
    <div class="stack">
      <input
        id={id}
        type="text"
        autocomplete="off"
        aria-describedby={described}
        aria-invalid={wrong || undefined}
        aria-required={field.required || undefined}
        value={missing(value) ? '' : String(value)}
        onInput={(event) => around.session.set(path, event.currentTarget.value)}
      />
      <Picker id={`${id}-scan`} accept="image/*" capture onPick={(input) => void read(input)}>
        <Icon name="qr" /> {t('barcode.scan')}
      </Picker>
      {failed && (
        <p class="wrong" role="alert">
          {t('barcode.nothing')}
        </p>
      )}
    </div>
  );
}

async function codeIn(file: Blob): Promise<string | undefined> {
  const detector = await openDetector(['qr_code', 'code_128', 'code_39', 'ean_13', 'data_matrix']);
  const [found] = await detector.detect(await createImageBitmap(file));
  return found?.rawValue;
}
