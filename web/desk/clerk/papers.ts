/** One paper as the desk works on it, and the next one, claimed and fetched ahead so that it opens without waiting. */
import type {
  Alternatives,
  ClaimedNext,
  ClaimScan,
  ExtractionServer,
  ExtractionValues,
  FormDefinition,
  NextScan,
  ScanServer,
  ScanValues,
  Upsert,
} from '@contract/generated/contract';
import { get, post, put, remove } from '../api';
import { keepDraft, readDraft } from '../drafts';
import { picture } from './pictures';

export interface Paper {
  readonly id: string;
  readonly scope: string;
  readonly scan: ScanValues;
  readonly server: ScanServer;
  readonly extraction?: { readonly id: string; readonly values: ExtractionValues; readonly server: ExtractionServer };
  readonly form?: FormDefinition;
  /** What else its values may be, by path, and why. */
  readonly alternatives?: Alternatives['fields'];
}

/** Versions of forms never change. */
const forms = new Map<string, Promise<FormDefinition>>();

export function formOf(id: string, version: number): Promise<FormDefinition> {
  const key = `${id} ${version}`;
  const wanted = forms.get(key) ?? get<FormDefinition>(`/v1/forms/${id}/${version}`);
  forms.set(key, wanted);
  wanted.catch(() => forms.delete(key));
  return wanted;
}

/** Claim a scan and fetch what is shown of it; its pictures are on their way then. */
export async function openPaper(scan: string, takeOver?: string): Promise<Paper> {
  await put(`/v1/scans/${scan}/claim`, { ...(takeOver ? { takeOver } : {}) } satisfies ClaimScan);
  return fetchPaper(scan);
}

async function fetchPaper(id: string): Promise<Paper> {
  const record = await get<Upsert>(`/v1/records/${id}`);
  const [scan, server] = [record.values as unknown as ScanValues, record.server as unknown as ScanServer];
  const paper: Paper = { id, scope: record.scope, scan, server };
  if (!server.extraction) return paper;
  const read = await get<Upsert>(`/v1/records/${server.extraction}`);
  const values = read.values as unknown as ExtractionValues;
  for (const page of values.rectified ?? []) void picture(page).catch(() => {});
  const [form, alternatives] = await Promise.all([
    values.form && values.formVersion ? formOf(values.form, values.formVersion) : undefined,
    get<Alternatives>(`/v1/extractions/${read.id}/alternatives`),
  ]);
  const extraction = { id: read.id, values, server: read.server as unknown as ExtractionServer };
  return { ...paper, extraction, alternatives: alternatives.fields, ...(form ? { form } : {}) };
}

/** Renew the claim, for as long as the paper is open. */
export const renew = (scan: string): Promise<void> => put(`/v1/scans/${scan}/claim`, {} satisfies ClaimScan);

/** Let others have it. What the server says to that is of no matter: the claim runs out by itself. */
export const release = (scan: string): Promise<void> => remove(`/v1/scans/${scan}/claim`).catch(() => {});

interface Ahead {
  /** What was asked for, as it stands in the address. */
  readonly asked: string;
  readonly scan: Promise<string | undefined>;
  readonly paper: Promise<Paper | undefined>;
}

let ahead: Ahead | undefined;
/** What lies ready, in this tab: a reload finds it again instead of leaving it claimed and unseen. */
const KEY = 'clerk.ahead';

/** Claim the next one of the queue and fetch it, unless that was done. */
export function prepare(asked: NextScan): void {
  const key = JSON.stringify(asked);
  if (ahead?.asked === key) return;
  dismiss();
  const scan = claimNext(asked, key);
  const paper = scan.then((id) => (id === undefined ? undefined : fetchPaper(id)));
  paper.catch(() => {});
  ahead = { asked: key, scan, paper };
}

async function claimNext(asked: NextScan, key: string): Promise<string | undefined> {
  const left = readDraft<{ asked: string; scan: string }>(KEY);
  keepDraft(KEY, undefined);
  if (
    left &&
    left.asked === key &&
    (await renew(left.scan).then(
      () => true,
      () => false,
    ))
  ) {
    keepDraft(KEY, left);
    return left.scan;
  }
  const { scan } = await post<ClaimedNext>('/v1/scans/queue/next', asked);
  if (scan) keepDraft(KEY, { asked: key, scan: scan.scan });
  return scan?.scan;
}

/** Take the next paper: the one that lies ready, or a new one. `undefined`: none waits that is free. */
export async function takeNext(asked: NextScan): Promise<string | undefined> {
  prepare(asked);
  const taken = ahead;
  ahead = undefined;
  keepDraft(KEY, undefined);
  const scan = await taken?.scan;
  if (scan && taken) ready.set(scan, taken.paper);
  return scan;
}

/** Papers that were fetched ahead, until they are opened. */
const ready = new Map<string, Promise<Paper | undefined>>();

/** Open a paper: the one that was fetched ahead, or by asking for it. */
export async function open(scan: string, takeOver?: string): Promise<Paper> {
  const there = ready.get(scan);
  ready.delete(scan);
  const fetched = await there?.catch(() => undefined);
  return fetched ?? openPaper(scan, takeOver);
}

/** Give back what lies ready: the clerk leaves the queue. */
export function dismiss(): void {
  void ahead?.scan.then((scan) => (scan ? release(scan) : undefined)).catch(() => {});
  ahead = undefined;
  keepDraft(KEY, undefined);
}
