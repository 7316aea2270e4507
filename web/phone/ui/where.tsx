import { type Fix, sayAccuracy, sayPosition } from '@shared/device/fix';
import { Notice } from '@shared/ui/parts';
import { placeName, type Workplace } from '../places';
import { t } from '../sentences';

/** From here on a fence hardly ever tells inside from outside; metres. */
const ROUGH_CM = 10_000;

/** What is known of the position, and what to do when nothing is. */
export function FixNotice({ fix, again }: { fix: Fix; again: () => void }) {
  if (fix.state === 'looking') return <Notice icon="pin">{t('fix.looking')}</Notice>;
  if (fix.state === 'found') {
    const rough = (fix.position.accuracyCm ?? Number.POSITIVE_INFINITY) > ROUGH_CM;
    return (
      <Notice tone={rough ? 'warn' : 'good'} icon="pin" title={t('fix.found', { accuracy: sayAccuracy(fix.position) })}>
        <p class="small number">{sayPosition(fix.position)}</p>
        {rough && <p class="small">{t('fix.rough')}</p>}
      </Notice>
    );
  }
  return (
    <div class="stack">
      <Notice tone="warn" icon="pin" title={t(`fix.${fix.state}`)} live>
        {t(fix.state === 'denied' ? 'fix.deniedNext' : 'fix.absentNext')}
      </Notice>
      <button type="button" class="button" onClick={again}>
        {t('fix.again')}
      </button>
    </div>
  );
}

/** Where a capture goes: asked only of people who work in more than one place. */
export function PlaceChoice(props: {
  places: readonly Workplace[];
  current: Workplace | undefined;
  onChoose: (scope: string) => void;
}) {
  if (props.places.length < 2) return null;
  return (
    <div class="field">
      <select
        aria-label={t('today.place')}
        value={props.current?.scope ?? ''}
        onChange={(event) => props.onChoose(event.currentTarget.value)}
      >
        {props.places.map((place) => (
          <option key={place.scope} value={place.scope}>
            {placeName(place)}
          </option>
        ))}
      </select>
      {props.current?.section && props.current.project && <span class="hint">{props.current.project.name}</span>}
    </div>
  );
}

/** Nothing can be recorded without a place to record it in: shown instead of a screen that cannot work. */
export function NoPlace() {
  return (
    <Notice tone="warn" title={t('today.noPlace')}>
      {t('today.noPlaceNext')}
    </Notice>
  );
}
