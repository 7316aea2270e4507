import { startTheme } from '@shared/ui/theme';
import { language, speak } from '@shared/words/i18n';
import { render } from 'preact';
import { App } from './app';
import { listen } from './router';
import { watchOtherTabs } from './session';
import '@shared/ui/styles/base.css';
import '@shared/ui/styles/parts.css';
import './styles/desk.css';
import './styles/parts.css';

startTheme();
speak(language.value);
listen();
watchOtherTabs();
const frame = document.getElementById('app');
if (frame) render(<App />, frame);
