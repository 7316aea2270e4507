import { problemOf } from '@shared/protocol/problem';
import { explain, type Said } from '@shared/words/problems';
import { t } from './words';

/** Say why something did not happen and what to do next, in the reader's language. */
export function sayTrouble(error: unknown): Said {
  const { code, params } = problemOf(error);
  if (code === 'phone.unreachable') return { sentence: t('trouble.unreachable'), next: t('trouble.unreachableNext') };
  if (code.startsWith('phone.')) return { sentence: t('trouble.failed'), next: params?.reason ?? '' };
  return explain(code, params);
}

/** The code of a problem of the contract; empty where it is none. */
export function codeOf(error: unknown): string {
  const { code } = problemOf(error);
  return code.startsWith('phone.') ? '' : code;
}
