import type { FormState } from '@contract/generated/contract';
import { Badge, type Tone } from '@shared/ui/parts';
import { type Sentence, say } from '@shared/words/i18n';

const SAID: Readonly<Record<FormState, readonly [Sentence, Tone | undefined]>> = {
  draft: [['草稿', 'Draft'], 'warn'],
  published: [['使用中', 'In use'], 'good'],
  retired: [['已停用', 'Retired'], undefined],
};

/** How a version of a form stands, in a word. */
export function FormStanding({ state }: { state: FormState }) {
  const [said, tone] = SAID[state];
  return <Badge {...(tone ? { tone } : {})}>{say(said)}</Badge>;
}
