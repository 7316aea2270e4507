import type { Phone, RecordView } from '@shared/protocol/phone';
import { ROWS, rowOf } from './kinds';
import type { Asked, Found, Matter } from './kinds/row';

/** Return what is to be looked at, the most pressing first. `seen` are keys of what was put aside. */
export function mattersOf(
  found: Found,
  person: string,
  seen: ReadonlySet<string>,
  warned: Asked['warned'] = new Map(),
): Matter[] {
  const asked = { person, found, warned, addressOf };
  const all = ROWS.flatMap(([kind, row]) => {
    const records: readonly RecordView[] = found[kind] ?? [];
    return records.flatMap((one) => row.asks?.(one, asked) ?? []);
  });
  return all.filter((matter) => !matter.dismissible || !seen.has(matter.key));
}

/** Read what this phone was warned of in receipts, of the reports in which the server still flags something. */
export async function readWarned(phone: Phone, found: Found): Promise<Asked['warned']> {
  const flagged = (found.report ?? []).filter((report) => report.server?.fieldFlags?.length);
  const answers = await Promise.all(flagged.map(({ id }) => phone.answers(id)));
  return new Map(flagged.map(({ id }, at) => [id, (answers[at] ?? []).flatMap((answer) => answer.warnings)]));
}

function addressOf(kind: string, id: string): string | undefined {
  return rowOf(kind)?.address?.(id);
}
