import table from '../../../generated/problems.json';
import { fill, language, type Params } from './i18n.ts';

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
export function explain(code: string, params: Params = {}): Said {
  const row = rows[code];
  if (!row) return { sentence: code, next: '' };
  const chinese = language.value !== 'en';
  return { sentence: fill(chinese ? row.zh : row.en, params), next: fill(chinese ? row.nextZh : row.nextEn, params) };
}
