import { problemOf } from '@shared/protocol/problem';
import { explain } from '@shared/words/problems';
import { TABLE, t } from './sentences';

/** Say in words why something did not happen, and what to do next; `offline` is said when the server did not answer. */
export function sayFailure(error: unknown, offline: string = t('outbox.offline')): string {
  const problem = problemOf(error);
  return problem.code === 'phone.unreachable' ? offline : sayProblem(problem);
}

/** A problem of the contract, or one of the phone's own. */
export function sayProblem(problem: { code: string; params?: Readonly<Record<string, string>> }): string {
  if (isOwn(problem.code)) return t(problem.code);
  const said = explain(problem.code, problem.params);
  return [said.sentence, said.next].filter(Boolean).join(' · ');
}

function isOwn(code: string): code is keyof typeof TABLE & `phone.${string}` {
  return code.startsWith('phone.') && code in TABLE;
}
