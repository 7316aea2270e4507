import decoder from 'zxing-wasm/reader/zxing_reader.wasm?url';

/** Reads QR codes: by the browser where it can, else by ZXing as WebAssembly, from our own origin. */
export interface Detector {
  detect(source: ImageBitmapSource): Promise<readonly { rawValue: string }[]>;
}

type Native = {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
};

export async function openDetector(): Promise<Detector> {
  const native = (globalThis as { BarcodeDetector?: Native }).BarcodeDetector;
  if (native && (await native.getSupportedFormats()).includes('qr_code')) return new native({ formats: ['qr_code'] });
  const { BarcodeDetector, prepareZXingModule } = await import('barcode-detector/ponyfill');
  prepareZXingModule({ overrides: { locateFile: () => decoder } });
  return new BarcodeDetector({ formats: ['qr_code'] });
}
