import { sentences } from '@shared/words/i18n';
import type { ComponentChildren } from 'preact';
import type { Listing } from '../ui/list';
import { Loading, Trouble } from '../ui/page';

const t = sentences({ more: ['继续加载', 'Load more'] });

/** A list whose rows are too much for a line: one below the other, by cursor. */
export function Cards<T>(props: { of: Listing<T>; empty: string; children: (row: T) => ComponentChildren }) {
  const { of } = props;
  const still = !of.busy && of.error === undefined;
  return (
    <>
      {of.rows.map(props.children)}
      <Trouble error={of.error} onAgain={of.load} />
      {of.busy && <Loading />}
      {still && of.rows.length === 0 && <p class="state quiet">{props.empty}</p>}
      {still && of.more && (
        <div class="buttons">
          <button type="button" class="button" onClick={of.load}>
            {t('more')}
          </button>
        </div>
      )}
    </>
  );
}
