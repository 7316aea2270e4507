import { signal } from '@preact/signals';

/** The code that a link or QR code brought (`/app/#enrol=CODE`), until it was used. */
export const offeredCode = signal('');

/** Find an enrolment code in what was scanned, pasted or opened: ten letters and digits, alone or in an address. */
export function codeIn(text: string): string | undefined {
  const fromLink = /[#?&]enrol=([^&#\s]+)/.exec(text)?.[1];
  const bare = decode(fromLink ?? text)
    .replace(/[\s-]/g, '')
    .toUpperCase();
  return /^[0-9A-Z]{10}$/.test(bare) ? bare : undefined;
}

/** Take the code out of the address, where it would stay in the history. */
export function takeOfferedCode(): void {
  const code = codeIn(location.hash);
  if (code === undefined || !location.hash.startsWith('#enrol=')) return;
  offeredCode.value = code;
  history.replaceState(null, '', `${location.pathname}${location.search}`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
