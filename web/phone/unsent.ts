import type { Phone } from '@shared/protocol/phone';
import { CAPTURE_DRAFTS, type PhotoBatch, type ScanBatch } from './batch';
import { DRAFTS } from './reports';

/** What the server does not have yet. Files of captures that were never saved count as the draft they belong to. */
export interface Unsent {
  readonly ops: number;
  readonly held: number;
  readonly files: number;
  readonly drafts: number;
}

export async function unsentIn(phone: Phone): Promise<Unsent> {
  const { queue, held } = phone.status.value;
  const drafts = (await phone.drafts()).filter((key) => key.startsWith(DRAFTS) || CAPTURE_DRAFTS.includes(key));
  const captures = await Promise.all(CAPTURE_DRAFTS.map((key) => phone.draft<Partial<PhotoBatch & ScanBatch>>(key)));
  const drafted = new Set(
    captures.flatMap((one) => [...(one?.shots ?? []), ...(one?.pages ?? [])]).map((shot) => shot.sha256),
  );
  const files = (await phone.files()).filter((file) => file.standing !== 'safe' && !drafted.has(file.sha256));
  return { ops: queue.length, held: held.length, files: files.length, drafts: drafts.length };
}
