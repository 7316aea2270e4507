import { render } from 'preact';
import { App } from './app/app.tsx';
import { takeOfferedCode } from './app/enrolment.ts';
import { language, speak } from './app/i18n.ts';
import { guard } from './app/locking.ts';
import { listen } from './app/router.ts';
import { startTheme } from './app/theme.ts';
import { Unopened } from './app/ui/boundary.tsx';
import { keepForOffline } from './app/update.ts';
import { openPhone } from './sync/open.ts';
import './app/install.ts';
import './app/styles/base.css';
import './app/styles/parts.css';
import './app/styles/screens.css';

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
