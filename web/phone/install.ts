import { signal } from '@preact/signals';

/** What Chromium hands out when the app can be put on the home screen; other browsers have it in their menu. */
interface InstallPrompt extends Event {
  prompt(): Promise<void>;
}

export const canInstall = signal(false);
let prompt: InstallPrompt | undefined;

addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  prompt = event as InstallPrompt;
  canInstall.value = true;
});

export async function install(): Promise<void> {
  await prompt?.prompt();
  canInstall.value = false;
}
