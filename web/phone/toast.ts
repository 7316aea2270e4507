import { signal } from '@preact/signals';

/** A short word about what just happened; it goes by itself and never asks anything. */
export const said = signal('');

const SHOWN_MS = 4_000;
let timer: ReturnType<typeof setTimeout> | undefined;

export function say(text: string): void {
  said.value = text;
  clearTimeout(timer);
  timer = setTimeout(() => {
    said.value = '';
  }, SHOWN_MS);
}
