import type { EvidenceFlag } from '@contract/generated/contract';
import type { RecordView } from '@shared/protocol/phone';
import { type Sentence, say } from '@shared/words/i18n';
import { explain } from '@shared/words/problems';
import { sayMoment, wallDay } from '@shared/words/when';
import { to } from '../router';
import { receiptsOf } from '../standing';
import type { Matter } from './row';

/** What the kinds have in common that are captured on site: when, by whom, and what speaks against them. */
type CapturedView = RecordView<'photo' | 'checkIn' | 'scan'>;

interface Words {
  readonly place?: string;
  readonly note?: string;
}

export const capture = {
  mine: (record: CapturedView, person: string) => record.server?.by == null || record.server.by === person,
  at: (record: CapturedView) => Date.parse(record.values.captured.at) || 0,
  day: (record: CapturedView) =>
    (record.server as { businessDate?: string } | undefined)?.businessDate ??
    wallDay(record.values.captured.at, record.values.captured.clockOffsetMs ?? 0),
  notes: (record: CapturedView) => {
    const { place, note } = record.values as Words;
    return [place, note];
  },
} as const;

/** What the server found out about the files and circumstances of a capture. */
export function evidenceMatters(record: RecordView<'photo' | 'checkIn'>, person: string, called: Sentence): Matter[] {
  if (record.server?.by !== person) return [];
  const flags: readonly EvidenceFlag[] = record.server.flags ?? [];
  return [...fileMatters(record), ...flags.map((flag) => flagMatter(record, flag, called))];
}

function fileMatters(record: CapturedView): Matter[] {
  return receiptsOf(record).flatMap((file): Matter[] => {
    if (!file.problem) return [];
    const said = explain(file.problem);
    return [
      {
        key: `${record.id}:${file.sha256}`,
        tone: 'warn',
        icon: 'picture',
        title: said.sentence,
        detail: said.next,
        href: to('records', record.id),
        dismissible: true,
      },
    ];
  });
}

function flagMatter(record: CapturedView, flag: EvidenceFlag, called: Sentence): Matter {
  return {
    key: flag.id,
    tone: flag.state === 'confirmed' ? 'bad' : 'warn',
    icon: 'flag',
    title: explain(flag.code, flag.params).sentence,
    detail: `${say(called)} ${sayMoment(record.values.captured.at)}`,
    href: to('records', record.id),
    dismissible: true,
  };
}
