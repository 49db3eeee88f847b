/** Line drawings on a grid of 20, in the colour of the text; each stands beside a word or in something that has a name. */
const PATHS = {
  overview: 'M3 11l4-6 3 9 3-5h4',
  symbols: 'M6 3v3M6 13v4M4 6h4v7H4zM14 2v4M14 12v4M12 6h4v6h-4z',
  signals:
    'M10 10m-1.5 0a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0M6.5 13.5a5 5 0 0 1 0-7M13.5 6.5a5 5 0 0 1 0 7M4 16a8.5 8.5 0 0 1 0-12M16 4a8.5 8.5 0 0 1 0 12',
  refusals: 'M10 3a7 7 0 1 0 0 14a7 7 0 0 0 0-14M5 5l10 10',
  accounts: 'M3 6h14v10H3zM3 9h14M6 13h3',
  tenants: 'M4 17V4h7v13M11 8h5v9M2 17h16M6.5 7h2M6.5 10h2M6.5 13h2',
  models: 'M10 2l7 4v8l-7 4l-7-4V6zM3 6l7 4l7-4M10 10v8',
  actors: 'M10 3v4M4 13v-3h12v3M10 7v3M2.5 13h3v3h-3zM8.5 13h3v3h-3zM14.5 13h3v3h-3z',
  audit: 'M5 2h8l3 3v13H5zM8 8h5M8 11h5M8 14h3',
  jobs: 'M10 3a7 7 0 1 0 0 14a7 7 0 0 0 0-14M10 6v4l3 2',
  alerts: 'M10 3a5 5 0 0 0-5 5c0 4-2 5-2 6h14c0-1-2-2-2-6a5 5 0 0 0-5-5M8 17h4',
  results: 'M3 17h14M5 14V9M9 14V5M13 14v-3M17 14V7',
  settings: 'M3 6h9M15 6h2M3 14h2M8 14h9M12 4v4M5 12v4',
  menu: 'M3 6h14M3 10h14M3 14h14',
  close: 'M5 5l10 10M15 5L5 15',
  sun: 'M10 7a3 3 0 1 0 0 6a3 3 0 0 0 0-6M10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M15.7 4.3l-1.4 1.4M5.7 14.3l-1.4 1.4',
  moon: 'M16 12.5A7 7 0 0 1 7.5 4a7 7 0 1 0 8.5 8.5z',
  half: 'M10 3a7 7 0 1 0 0 14a7 7 0 0 0 0-14M10 3v14M12 4v12M14 5.5v9',
  help: 'M10 3a7 7 0 1 0 0 14a7 7 0 0 0 0-14M8 8a2 2 0 1 1 2.6 1.9c-.4.2-.6.5-.6 1.1M10 13.5v.1',
  out: 'M8 4H4v12h4M8 10h9M14 7l3 3l-3 3',
  stop: 'M7 2.5h6L17.5 7v6L13 17.5H7L2.5 13V7zM7.5 7.5h5v5h-5z',
  play: 'M6 4l10 6l-10 6z',
  right: 'M8 5l5 5l-5 5',
  back: 'M12 5l-5 5l5 5',
  search: 'M9 3a6 6 0 1 0 0 12a6 6 0 0 0 0-12M13.5 13.5L17 17',
  plus: 'M10 4v12M4 10h12',
  check: 'M4 10l4 4l8-8',
  key: 'M7 8a3.5 3.5 0 1 0 0 4M7 10h10v3M14 10v2',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
