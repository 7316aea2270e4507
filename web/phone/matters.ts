import type { RecordView } from '@shared/protocol/phone';
import { ROWS, rowOf } from './kinds';
import type { Found, Matter } from './kinds/row';

/** Return what is to be looked at, the most pressing first. `seen` are keys of what was put aside. */
export function mattersOf(found: Found, person: string, seen: ReadonlySet<string>): Matter[] {
  const asked = { person, found, addressOf };
  const all = ROWS.flatMap(([kind, row]) => {
    const records: readonly RecordView[] = found[kind] ?? [];
    return records.flatMap((one) => row.asks?.(one, asked) ?? []);
  });
  return all.filter((matter) => !matter.dismissible || !seen.has(matter.key));
}

function addressOf(kind: string, id: string): string | undefined {
  return rowOf(kind)?.address?.(id);
}
