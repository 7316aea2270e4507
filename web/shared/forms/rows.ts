import type { FormDefinition, Repeat, Values } from '@contract/generated/contract';
import { valueAt } from './draft';
import { isObject } from './evaluate';

/** The rows of a table in the order people read them: by the list of their key, else as they were added. */
export function rowsInOrder(form: FormDefinition, repeat: Repeat, fields: Values): string[] {
  const rows = fields[repeat.name];
  if (!isObject(rows)) return [];
  const key = repeat.fields.find((field) => field.name === repeat.rowKey?.[0]);
  const order = (form.choices?.[key?.choices ?? ''] ?? []).map((choice) => choice.name);
  const rank = (row: string): string => {
    const value = key ? valueAt(rows, `${row}/${key.name}`) : null;
    const place = order.indexOf(String(value));
    if (place >= 0) return String(place).padStart(6, '0');
    if (value !== null) return typeof value === 'number' ? String(value).padStart(16, '0') : String(value);
    return `${row[14] === '7' ? 1 : 0}${row}`; // ids made afresh tell the time, others nothing
  };
  return Object.keys(rows)
    .filter((row) => isObject(rows[row]))
    .sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : a < b ? -1 : 1));
}
