import table from '@contract/generated/problems.json';
import { fill, language, type Params } from './i18n';
import { sayMoment } from './when';

interface Row {
  zh: string;
  en: string;
  nextZh: string;
  nextEn: string;
}

const rows: Readonly<Record<string, Row>> = table;

/** What a problem's code says, and what to do next, in the language of the app. */
export interface Said {
  sentence: string;
  next: string;
}

/** Say a code of the contract in words. A code that this app does not know yet is shown as it is. */
export function explain(code: string, given: Params = {}): Said {
  const row = rows[code];
  if (!row) return { sentence: code, next: '' };
  const params = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, readable(value)]));
  const chinese = language.value !== 'en';
  return { sentence: fill(chinese ? row.zh : row.en, params), next: fill(chinese ? row.nextZh : row.nextEn, params) };
}

/** Parameters are as they travel; of those only instants are not fit to be read. */
function readable(value: string | number): string | number {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(value) ? sayMoment(value) : value;
}
