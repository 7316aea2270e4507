import { render } from 'preact';
import { App } from './app/app.tsx';
import { language, speak } from './app/i18n.ts';
import { listen } from './app/router.ts';
import { startTheme } from './app/theme.ts';
import { keepForOffline } from './app/update.ts';
import './app/styles/base.css';
import './app/styles/parts.css';

startTheme();
speak(language.value);
listen();
const frame = document.getElementById('app');
if (frame) render(<App />, frame);
void keepForOffline();
