/** Figures and instants as the page shows them. Times are the engine's, in UTC, so that two people name the same one. */

const NONE = '–';

function memo<T>(make: (digits: number) => T): (digits: number) => T {
  const made = new Map<number, T>();
  return (digits) => {
    const found = made.get(digits) ?? make(digits);
    made.set(digits, found);
    return found;
  };
}

const fixed = memo((digits) => new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }));
const atMost = memo((digits) => new Intl.NumberFormat('en-US', { maximumFractionDigits: digits }));
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

type Figure = number | null | undefined;

function known(value: Figure): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

export function count(value: Figure): string {
  return known(value) ? atMost(0).format(value) : NONE;
}

/** 12.3k: for tiles. */
export function short(value: Figure): string {
  if (!known(value)) return NONE;
  return Math.abs(value) < 10_000 ? atMost(0).format(value) : compact.format(value);
}

export function decimal(value: Figure, digits = 2): string {
  return known(value) ? fixed(digits).format(value) : NONE;
}

/** With its sign, a real minus. */
export function signed(value: Figure, digits = 2): string {
  if (!known(value)) return NONE;
  const text = fixed(digits).format(Math.abs(value));
  if (Number(text.replaceAll(',', '')) === 0) return text;
  return value < 0 ? `−${text}` : `+${text}`;
}

export function percent(value: Figure, digits = 1): string {
  return known(value) ? `${fixed(digits).format(value)} %` : NONE;
}

/** A share of one as percent. */
export function share(value: Figure, digits = 1): string {
  return known(value) ? percent(100 * value, digits) : NONE;
}

/** Digits after the point of a symbol's price: yen pairs have three, metals two. */
export function priceDigits(symbol: string): number {
  if (symbol.startsWith('XAU')) return 2;
  return symbol.endsWith('JPY') || symbol.startsWith('XAG') ? 3 : 5;
}

export function price(symbol: string, value: Figure): string {
  return known(value) && value !== 0 ? fixed(priceDigits(symbol)).format(value).replaceAll(',', '') : NONE;
}

export function ms(value: Figure): string {
  if (!known(value)) return NONE;
  if (value >= 1_000) return `${atMost(1).format(value / 1_000)} s`;
  return `${atMost(value >= 100 ? 0 : value >= 10 ? 1 : 2).format(value)} ms`;
}

const SPANS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** How long, by its largest unit: `3 min`. */
export function span(valueMs: Figure): string {
  if (!known(valueMs)) return NONE;
  const found = SPANS.find(([unitMs]) => valueMs >= unitMs);
  return found === undefined ? '0 s' : `${Math.floor(valueMs / found[0])} ${found[1]}`;
}

export type Instant = number | string | null | undefined;

export function instantMs(value: Instant): number | undefined {
  if (value === null || value === undefined) return undefined;
  const at = typeof value === 'number' ? value : Date.parse(value);
  return Number.isFinite(at) ? at : undefined;
}

function iso(value: Instant): string | undefined {
  const at = instantMs(value);
  return at === undefined ? undefined : new Date(at).toISOString();
}

/** 14:05:09 */
export function clock(value: Instant): string {
  return iso(value)?.slice(11, 19) ?? NONE;
}

/** 14:05 */
export function minute(value: Instant): string {
  return iso(value)?.slice(11, 16) ?? NONE;
}

/** 2026-01-06 14:05:09 */
export function instant(value: Instant): string {
  return iso(value)?.slice(0, 19).replace('T', ' ') ?? NONE;
}

export function day(value: Instant): string {
  return iso(value)?.slice(0, 10) ?? NONE;
}

/** A code as words: `quote-stale` is `quote stale`, `EXECUTED` is `Executed`. */
export function words(code: string): string {
  const text = code.replaceAll(/[-_]/g, ' ');
  return /^[A-Z ]+$/.test(text) ? text[0] + text.slice(1).toLowerCase() : text;
}

/** A field's name as words, its unit after a comma: `dailyLossMostPercent` is `Daily loss most, %`. */
export function fieldWords(name: string): string {
  const spaced = name.replaceAll(/([A-Z])/g, ' $1').toLowerCase();
  const told = spaced
    .replace(/ percent$/, ', %')
    .replace(/ ms$/, ', ms')
    .replace(/ percent /, ' % ')
    .replace(/ r$/, ', R');
  return told.charAt(0).toUpperCase() + told.slice(1);
}

/** The part of an id that tells it from others in a list. */
export function shortId(id: string): string {
  return id.length > 13 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id;
}
