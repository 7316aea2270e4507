/** Line drawings on a grid of 24, drawn for this app; they decorate: what they mean stands beside them in words. */
const DRAWN = {
  today: 'M12 2.5v6M8 8.5h8l-1 5L12 21l-3-7.5zM9 5.5h6',
  log: 'M6 3.5h9l4 4v13H6zM15 3.5v4h4M9 12h7M9 15.5h7',
  camera: 'M4 7.5h3.5L9 5h6l1.5 2.5H20v11.5H4zM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z',
  pin: 'M12 21.5c4-4.5 6.5-8 6.5-11.5a6.5 6.5 0 1 0-13 0c0 3.5 2.5 7 6.5 11.5zM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  scan: 'M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M8 9h8M8 12h8M8 15h5',
  forms: 'M5 4h14v16H5zM8.5 9h7M8.5 13h7M8.5 17h4',
  records: 'M4 6h16M4 12h16M4 18h16',
  send: 'M12 19V6M6.5 11.5 12 6l5.5 5.5M5 21h14',
  person: 'M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.8-4 3.7-6 7.5-6s6.7 2 7.5 6',
  back: 'M14.5 5 8 12l6.5 7',
  next: 'M9.5 5 16 12l-6.5 7',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  alert: 'M12 4 2.8 20h18.4zM12 10v4.5M12 17.3v.2',
  wait: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7.5V12l3 2',
  offline:
    'M4 4l16 16M5 10.5a11 11 0 0 1 4-2.3M12.5 7.5a11 11 0 0 1 6.5 3M8 14a6 6 0 0 1 3-1.6M15.5 13.7l.5.3M12 18v.2',
  close: 'M6 6l12 12M18 6 6 18',
  up: 'M12 19V5M6 11l6-6 6 6',
  down: 'M12 5v14M6 13l6 6 6-6',
  trash: 'M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13',
  again: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4v5h-5',
  plus: 'M12 5v14M5 12h14',
  picture: 'M4 5h16v14H4zM4 16l5-5 4 4 2.5-2.5L20 17M15.5 9.5v.1',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  qr: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2.5v2.5M20 14v6h-6v-1',
  flag: 'M6 21V4h12l-3 4 3 4H6',
  info: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 11v5.5M12 7.7v.2',
} as const;

export type IconName = keyof typeof DRAWN;

export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={DRAWN[name]} />
    </svg>
  );
}
