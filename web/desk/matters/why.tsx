import { sentences } from '@shared/words/i18n';
import { useDraft } from '../drafts';
import { tell } from '../toast';
import { Ask } from '../ui/dialog';
import { Area } from '../ui/fields';

const t = sentences({ reason: ['理由', 'Reason'] });

/** Ask why before something is decided; what was typed outlives the dialog, a reload and the end of the session. */
export function Why(props: {
  /** What the draft is kept under: what is decided, and about what. */
  about: string;
  title: string;
  does: string;
  /** What is said when it was done. */
  done?: string;
  hint?: string;
  optional?: boolean;
  onDo: (reason: string) => Promise<unknown>;
  onClose: () => void;
}) {
  const [reason, set, forget] = useDraft(`why.${props.about}`, '');
  const work = async () => {
    await props.onDo(reason.trim());
    forget();
    if (props.done) tell(props.done);
  };
  return (
    <Ask
      title={props.title}
      does={props.does}
      onDo={work}
      onClose={props.onClose}
      disabled={!props.optional && reason.trim() === ''}
    >
      <Area
        label={t('reason')}
        hint={props.hint}
        optional={props.optional}
        value={reason}
        onChange={set}
        maxLength={500}
        autofocus
      />
    </Ask>
  );
}
