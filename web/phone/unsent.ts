import type { Phone } from '@shared/protocol/phone';
import { ROWS } from './kinds';
import { DRAFTS } from './reports';

/** What the server does not have yet. Files of captures that were never saved count as the draft they belong to. */
export interface Unsent {
  readonly ops: number;
  readonly held: number;
  readonly files: number;
  readonly drafts: number;
}

const CAPTURES = ROWS.flatMap(([, row]) => row.made?.draft ?? []);

export async function unsentIn(phone: Phone): Promise<Unsent> {
  const { queue, held } = phone.status.value;
  const isDraft = (key: string) => key.startsWith(DRAFTS) || CAPTURES.some((one) => one.key === key);
  const drafts = (await phone.drafts()).filter(isDraft);
  const drafted = new Set<string>();
  for (const { key, files } of CAPTURES) {
    const draft = await phone.draft<unknown>(key);
    if (draft !== undefined) for (const sha256 of files(draft)) drafted.add(sha256);
  }
  const files = (await phone.files()).filter((file) => file.standing !== 'safe' && !drafted.has(file.sha256));
  return { ops: queue.length, held: held.length, files: files.length, drafts: drafts.length };
}
