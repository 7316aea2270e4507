import { idOf } from './field';

/** Bring a field into sight and give it the focus. */
export function goTo(path: string): void {
  const field = document.getElementById(`${idOf(path)}-field`) ?? document.getElementById(idOf(path));
  field?.scrollIntoView({ block: 'center' });
  const control = document.getElementById(idOf(path));
  const inside = control?.matches('input, select, textarea')
    ? control
    : control?.querySelector<HTMLElement>('input, button');
  (inside ?? control)?.focus({ preventScroll: true });
}

export function goToClash(): void {
  const clash = document.querySelector<HTMLElement>('.clash');
  clash?.scrollIntoView({ block: 'center' });
  clash?.querySelector<HTMLElement>('button')?.focus({ preventScroll: true });
}
