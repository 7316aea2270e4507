import type { Phone, Phones as PhonesPage } from '@contract/generated/contract';
import { sentences } from '@shared/words/i18n';
import { get } from '../api';
import { PhoneTable } from '../site/phones';
import { useList } from '../ui/list';
import { Loading, Page, Trouble } from '../ui/page';
import { t as shell } from '../words';

const t = sentences({
  title: ['手机', 'Phones'],
  how: ['在“人员”里打开一个人,即可为其启用手机。', 'To enrol a phone, open its owner under “People”.'],
});

/** Every phone: when it last spoke, what it still holds, what of it is stuck, how right its clock is. */
export default function Phones() {
  const listing = useList<Phone>(async (after) => {
    const page = await get<PhonesPage>('/v1/phones', { after });
    return { rows: page.phones, next: page.next ?? '' };
  }, []);
  const first = listing.busy && listing.rows.length === 0;
  return (
    <Page title={t('title')} wide>
      <p class="quiet">{t('how')}</p>
      {first ? <Loading /> : <PhoneTable of={listing.rows} onDone={listing.reload} whose />}
      <Trouble error={listing.error} onAgain={listing.load} />
      {!first && listing.more && (
        <button type="button" class="button" disabled={listing.busy} onClick={listing.load}>
          {shell('more')}
        </button>
      )}
    </Page>
  );
}
