// Sends one file with tus-js-client, as argv[2] (JSON) says, and prints what became of it (JSON).
//
// file, endpoint, token, metadata, and options of the client: chunkSize, uploadDataDuringCreation, overridePatchMethod.
// urls: a file that keeps where uploads went on, as a browser's storage does. terminateAt: the number of bytes at which
// it gives the upload up.
import { createReadStream } from "node:fs";
import http from "node:http";
import * as tus from "tus-js-client";

const job = JSON.parse(process.argv[2]);
const requests = [];

const finish = (said) => {
  console.log(JSON.stringify({ url: upload.url, requests, ...said }));
  process.exit(0);
};

let terminating = false;
const upload = new tus.Upload(createReadStream(job.file), {
  endpoint: job.endpoint,
  headers: { Authorization: `Bearer ${job.token}` },
  metadata: job.metadata,
  uploadSize: job.size,
  chunkSize: job.chunkSize ?? Number.POSITIVE_INFINITY,
  uploadDataDuringCreation: job.uploadDataDuringCreation ?? false,
  overridePatchMethod: job.overridePatchMethod ?? false,
  retryDelays: [50, 100, 200, 400, 800, 800, 800, 800],
  // A connection for each request: behind a balancer each may end at another process.
  httpStack: new tus.DefaultHttpStack({ agent: new http.Agent({ keepAlive: false }) }),
  urlStorage: job.urls ? new tus.FileUrlStorage(job.urls) : undefined,
  fingerprint: async () => job.file,
  storeFingerprintForResuming: Boolean(job.urls),
  removeFingerprintOnSuccess: true,
  onBeforeRequest: (request) => {
    requests.push([request.getMethod(), Number(request.getHeader("Upload-Offset") ?? -1)]);
  },
  onProgress: (sent) => {
    if (job.terminateAt && sent >= job.terminateAt) {
      job.terminateAt = 0;
      terminating = true;
      upload.abort(true).then(
        () => finish({ terminated: true }),
        (error) => finish({ error: error.message }),
      );
    }
  },
  // The last bytes may have been taken before the termination was: then its answer is what counts.
  onSuccess: () => terminating || finish({ sent: true }),
  onError: (error) => finish({ error: error.message, status: error.originalResponse?.getStatus() ?? 0 }),
});

const [earlier] = job.urls ? await upload.findPreviousUploads() : [];
if (earlier) upload.resumeFromPreviousUpload(earlier);
upload.start();
