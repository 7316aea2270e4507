import { computed, signal } from '@preact/signals';

/**
 * Where in the app one is: the part of the address behind `#`, so that any screen opens without the network and
 * without a rule on the server. `#/records/<id>` → `['records', '<id>']`; `#enrol=CODE` is not a place.
 */
export const path = signal<readonly string[]>(parse(globalThis.location?.hash ?? ''));

export const place = computed(() => path.value[0] ?? 'today');

/** Read a fragment into its decoded steps. */
export function parse(hash: string): readonly string[] {
  if (!hash.startsWith('#/')) return [];
  return hash
    .slice(2)
    .split('/')
    .filter((step) => step !== '')
    .map(decode);
}

/** The address of a screen. */
export function to(...steps: string[]): string {
  return `#/${steps.map(encodeURIComponent).join('/')}`;
}

/** Go to a screen; `replace` leaves no way back to the one before (after a form was sent, say). */
export function go(steps: readonly string[], replace = false): void {
  const address = to(...steps);
  if (replace) location.replace(address);
  else location.hash = address;
}

/** Follow the address from now on. */
export function listen(): void {
  addEventListener('hashchange', () => {
    path.value = parse(location.hash);
  });
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
