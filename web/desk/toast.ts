import { signal } from '@preact/signals';

const STAYS_MS = 5_000;

/** What was just done, in a few words at the lower edge; read out by screen readers. */
export const said = signal('');

let timer: ReturnType<typeof setTimeout> | undefined;

export function tell(sentence: string): void {
  clearTimeout(timer);
  said.value = sentence;
  timer = setTimeout(() => {
    said.value = '';
  }, STAYS_MS);
}
