/** One file to the server by tus 1.0, from the byte that the server says is durable. */
import { type HttpRequest, type HttpResponse, type HttpStack, Upload } from 'tus-js-client';
import type { Access } from './http';
import { judged } from './http';
import { type KeptFile, type Refused, Unreachable } from './ports';

/** Without a sign of progress for so long, a link is dead although no error says so. */
const SILENCE_MS = 60_000;
/**
 * Bytes of one request. When a kept-open connection breaks, Chromium sends the request once more from its beginning
 * without an error; what arrived is refused then and the rest asked for. So this much is what a break costs.
 */
const CHUNK = 1 << 20;

export interface Sending {
  /** Called when the upload has an address, at which it goes on after a restart. */
  at(address: string): Promise<void>;
  progress(sent: number): void;
  readonly signal?: AbortSignal;
}

/** Send a file. Rejects with `Refused` or `Unreachable`; what arrived by then stays and is not sent again. */
export function sendFile(file: KeptFile, blob: Blob, access: Access, sending: Sending): Promise<void> {
  return new Promise((resolve, reject) => {
    const blind = typeof XMLHttpRequest === 'undefined';
    let noted: Promise<void> = Promise.resolve();
    const upload = new Upload(blob, {
      endpoint: `${access.server || globalThis.location?.origin || ''}/v1/uploads`,
      uploadUrl: file.upload ?? null,
      metadata: { sha256: file.sha256, filename: file.name, filetype: file.type },
      headers: { Authorization: `Bearer ${access.token}` },
      storeFingerprintForResuming: false,
      retryDelays: null,
      chunkSize: CHUNK,
      ...(blind ? { httpStack: new FetchStack(), fileReader: new BlobReader() } : {}),
      onUploadUrlAvailable: () => {
        if (upload.url && upload.url !== file.upload) noted = sending.at(upload.url);
      },
      onProgress: (sent) => {
        sending.progress(sent);
        watch();
      },
      onChunkComplete: (_, sent) => sending.progress(sent),
      onSuccess: () => end(() => noted.then(resolve, reject)),
      onError: (error) => end(() => reject(meaning(error))),
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = (settle: () => void) => {
      clearTimeout(timer);
      sending.signal?.removeEventListener('abort', stop);
      settle();
    };
    const stop = () => {
      void upload.abort();
      end(() => reject(new Unreachable('the upload was stopped')));
    };
    const watch = () => {
      clearTimeout(timer);
      if (!blind) timer = setTimeout(stop, SILENCE_MS);
    };
    sending.signal?.addEventListener('abort', stop);
    watch();
    upload.start();
  });
}

function meaning(error: Error): Refused | Unreachable {
  const answer = (error as { originalResponse?: HttpResponse | null }).originalResponse;
  if (!answer || answer.getStatus() === 0) return new Unreachable('the link broke');
  let said: { code: string } | undefined;
  try {
    said = JSON.parse(answer.getBody());
  } catch {} // no problem of ours
  const why = judged(answer.getStatus(), answer.getHeader('Retry-After'), said);
  // The offset moved under us, or another request took over: the next attempt asks where to go on.
  return why.name === 'Refused' && [404, 409, 410, 423, 460].includes(why.status)
    ? new Unreachable(why.code, 1000)
    : why;
}

/** tus reads files its own way in each environment; where it does not know where it is, blobs are blobs. */
class BlobReader {
  async openFile(blob: Blob) {
    const slice = async (start: number, end: number) => ({ value: blob.slice(start, end), done: end >= blob.size });
    return { size: blob.size, slice, close() {} };
  }
}

/** tus over fetch, where there is no XMLHttpRequest: in a service worker. */
class FetchStack implements HttpStack {
  createRequest(method: string, url: string): HttpRequest {
    return new FetchRequest(method, url);
  }
  getName() {
    return 'FetchStack';
  }
}

class FetchRequest implements HttpRequest {
  private readonly headers: Record<string, string> = {};
  private readonly stop = new AbortController();

  constructor(
    private readonly method: string,
    private readonly url: string,
  ) {}

  getMethod() {
    return this.method;
  }
  getURL() {
    return this.url;
  }
  setHeader(header: string, value: string) {
    this.headers[header] = value;
  }
  getHeader(header: string) {
    return this.headers[header];
  }
  setProgressHandler() {}
  async send(body: Blob | null = null): Promise<HttpResponse> {
    const timer = setTimeout(() => this.stop.abort(), SILENCE_MS);
    const { method, headers } = this;
    const answer = await fetch(this.url, { method, headers, body, signal: this.stop.signal });
    const text = await answer.text().finally(() => clearTimeout(timer));
    return {
      getStatus: () => answer.status,
      getHeader: (name) => answer.headers.get(name) ?? undefined,
      getBody: () => text,
      getUnderlyingObject: () => answer,
    };
  }
  async abort() {
    this.stop.abort();
  }
  getUnderlyingObject() {
    return this.stop;
  }
}
