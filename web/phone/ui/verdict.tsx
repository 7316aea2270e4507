import type { CheckInServer } from '@contract/generated/contract';
import { Badge, type Tone } from '@shared/ui/parts';
import { t } from '../sentences';

const TONES: Readonly<Record<string, Tone>> = { inside: 'good', outside: 'bad', uncertain: 'warn' };

export function VerdictBadge({ server }: { server: CheckInServer | undefined }) {
  if (!server) return <Badge icon="wait">{t('verdict.pending')}</Badge>;
  const verdict = server.fence?.verdict;
  if (!verdict) return <Badge>{t('verdict.none')}</Badge>;
  const tone = TONES[verdict];
  return (
    <Badge {...(tone ? { tone } : {})} icon="pin">
      {t(`verdict.${verdict}`)}
    </Badge>
  );
}

/** The figures behind a verdict. */
export function sayVerdict(server: CheckInServer | undefined): string {
  const fence = server?.fence;
  if (!fence) return '';
  const metres = Math.round(Math.abs(fence.edgeCm) / 100);
  if (fence.verdict === 'uncertain') return fence.doubt ? t(`verdict.${fence.doubt}`) : '';
  return t(fence.edgeCm >= 0 ? 'verdict.insideBy' : 'verdict.outsideBy', { m: metres });
}
