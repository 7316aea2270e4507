import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const KEPT_AS = 'plumbline.theme';

export const theme = signal<Theme>('system');

/** Show the theme that was chosen, or follow the phone. */
export function startTheme(): void {
  const kept = read();
  theme.value = kept === 'light' || kept === 'dark' ? kept : 'system';
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show);
  show();
}

export function chooseTheme(wanted: Theme): void {
  theme.value = wanted;
  try {
    localStorage.setItem(KEPT_AS, wanted);
  } catch {
    // Kept until the app is closed.
  }
  show();
}

function show(): void {
  const dark =
    theme.value === 'dark' || (theme.value === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  const ground = getComputedStyle(document.documentElement).getPropertyValue('--ground').trim();
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', ground);
}

function read(): string | null {
  try {
    return localStorage.getItem(KEPT_AS);
  } catch {
    return null;
  }
}
