import type { BarcodeFormat } from 'barcode-detector/ponyfill';
import decoder from 'zxing-wasm/reader/zxing_reader.wasm?url';

/** Reads QR codes: by the browser where it can, else by ZXing as WebAssembly, from our own origin. */
export interface Detector {
  detect(source: ImageBitmapSource): Promise<readonly { rawValue: string }[]>;
}

type Native = {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
};

export async function openDetector(formats: readonly string[] = ['qr_code']): Promise<Detector> {
  const native = (globalThis as { BarcodeDetector?: Native }).BarcodeDetector;
  const known = (await native?.getSupportedFormats()) ?? [];
  if (native && formats.every((format) => known.includes(format))) return new native({ formats: [...formats] });
  const { BarcodeDetector, prepareZXingModule } = await import('barcode-detector/ponyfill');
  prepareZXingModule({ overrides: { locateFile: () => decoder } });
  return new BarcodeDetector({ formats: [...formats] as BarcodeFormat[] });
}
