/** Line icons of our own on a 24-pixel grid, drawn with the colour of the text beside them. */
const PATHS = {
  board: 'M3 12h4l3-7 4 14 3-7h4',
  payments: 'M4 9h15l-4-4M20 15H5l4 4',
  orders: 'M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6',
  review: 'M12 4 2.8 20h18.4zM12 10v4M12 17v.2',
  jobs: 'M12 21a9 9 0 1 1 9-9M12 7v5l3 2M16 19l2 2 4-4',
  registers: 'M5 3h14v18H5zM9 8h6M9 12h6M9 16h3',
  reconciliation: 'M12 3v18M6 21h12M12 6 5 8l-3 6h6L5 8M12 6l7 2 3 6h-6l3-6',
  mails: 'M3 6h18v13H3zM3 7l9 7 9-7',
  participants: 'M3 21h18M5 21V10M19 21V10M9 21V10M15 21V10M3 10l9-6 9 6z',
  aliases: 'M5 3h13a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H5zM3 8h3M3 12h3M3 16h3M12 11a2 2 0 1 0 0-.1M9 17c0-3 6-3 6 0',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M20 20l-4.8-4.8',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M4 12H2M22 12h-2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5',
  moon: 'M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.500 10.500',
  leave: 'M14 4h5v16h-5M4 12h11M11 8l4 4-4 4',
  menu: 'M4 7h16M4 12h16M4 17h16',
  shield: 'M12 3l7.500 3v5c0 5-3.200 8.300-7.500 10-4.300-1.700-7.500-5-7.500-10V6zM9 12l2.200 2.200L15.500 10',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  download: 'M12 4v11M7.500 11l4.500 4.500L16.500 11M4 20h16',
  again: 'M4 12a8 8 0 0 1 14-5l2 2M20 4v5h-5M20 12a8 8 0 0 1-14 5l-2-2M4 20v-5h5',
  down: 'M6 9l6 6 6-6',
  right: 'M9 6l6 6-6 6',
  plus: 'M12 5v14M5 12h14',
  key: 'M14.500 9.500a4.500 4.500 0 1 0-4 4.470L12 15.500h2v2h2v2h4v-3.500l-6-6z',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" className="icon">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The hub's mark. Its yellow is used nowhere else. */
export function Mark({ size = 28 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="mark">
      <rect width="32" height="32" rx="9" />
      <path d="M8 21.5 13 11l4 7 3-4.500 4 8" />
    </svg>
  );
}
