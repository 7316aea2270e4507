import { Notice, Screen } from '@shared/ui/parts';
import { Component, type ComponentChildren } from 'preact';
import { t } from '../sentences';

/**
 * Catches what a screen throws. Work is safe by then: it is in the phone's storage before a screen shows it, so all
 * that is lost is the picture on the glass. The screen is drawn anew on request, or when one goes elsewhere (`at`).
 */
export class Boundary extends Component<{ at: string; children: ComponentChildren }, { failed?: Error; at?: string }> {
  static override getDerivedStateFromError(failed: Error) {
    return { failed };
  }

  override componentDidUpdate(before: { at: string }): void {
    if (before.at !== this.props.at && this.state.failed) this.setState({ failed: undefined as never });
  }

  render() {
    const { failed } = this.state;
    if (!failed) return this.props.children;
    return (
      <Screen title={t('broken.title')}>
        <Notice tone="bad" live>
          <p>{t('broken.text')}</p>
          <p class="small quiet">{String(failed.message || failed)}</p>
        </Notice>
        <div class="row">
          <button type="button" class="button primary" onClick={() => location.reload()}>
            {t('broken.again')}
          </button>
          <a class="button" href="#/">
            {t('broken.home')}
          </a>
        </div>
      </Screen>
    );
  }
}

/** The phone's storage could not be opened: another version of the app holds it, or the browser forbids it. */
export function Unopened({ error }: { error: unknown }) {
  return (
    <Screen title={t('broken.unopened')} bare>
      <Notice tone="bad" live>
        <p>{t('broken.unopenedNext')}</p>
        <p class="small quiet">{String(error)}</p>
      </Notice>
      <button type="button" class="button primary" onClick={() => location.reload()}>
        {t('broken.again')}
      </button>
    </Screen>
  );
}
