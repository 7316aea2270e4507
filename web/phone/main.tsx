import { openPhone } from '@shared/protocol/open';
import { startTheme } from '@shared/ui/theme';
import { language, speak } from '@shared/words/i18n';
import { render } from 'preact';
import { App } from './app';
import { takeOfferedCode } from './enrolment';
import { guard } from './locking';
import { listen } from './router';
import { Unopened } from './ui/boundary';
import { keepForOffline } from './update';
import './install';
import '@shared/ui/styles/base.css';
import '@shared/ui/styles/parts.css';
import './styles/screens.css';

async function start(): Promise<void> {
  startTheme();
  speak(language.value);
  guard();
  takeOfferedCode();
  addEventListener('hashchange', takeOfferedCode);
  listen();
  void keepForOffline();
  const frame = document.getElementById('app');
  if (!frame) return;
  try {
    const phone = await openPhone();
    render(<App phone={phone} />, frame);
  } catch (error) {
    render(<Unopened error={error} />, frame);
  }
}

void start();
