import { Notice } from '@shared/ui/parts';
import { Component, type ComponentChildren } from 'preact';
import { t } from '../words';
import { Page } from './page';

/** Keep a page that fails from taking the frame with it. */
export class Boundary extends Component<{ children: ComponentChildren }, { error: unknown }> {
  override state = { error: undefined };

  override componentDidCatch(error: unknown) {
    console.error(error);
    this.setState({ error });
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <Page title={t('broken.title')}>
        <Notice tone="bad">
          <p>{t('broken.text')}</p>
          <p class="quiet small">{String(this.state.error)}</p>
          <button type="button" class="button" onClick={() => this.setState({ error: undefined })}>
            {t('broken.again')}
          </button>
        </Notice>
      </Page>
    );
  }
}
