import { dayReader, number, shown, split, timeOfDay } from './field.js';
import { type Format, LineFault, type ParserContext, type Sample } from './format.js';
import { pointOf } from './point.js';

/** ISO-like files with no maker's mark: bars or ticks without a header, and bars under a header. */

const DAY = /^(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d)$/;
const INSTANT = String.raw`\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?`;

function fixedByZ({ lines }: Sample): string | undefined {
  const fields = (lines.at(-1) ?? '').split(',');
  return fields.some((field) => /^\d{4}-.*Z$/.test(field)) ? 'utc' : undefined;
}

/** `2021-01-25 00:09`, with seconds, fraction and `Z` as they come. */
export function instantReader({ toUtc }: Pick<ParserContext, 'toUtc'>): (text: string) => number {
  const dayMs = dayReader(DAY);
  return (text) => {
    const separator = text[10];
    if (separator !== ' ' && separator !== 'T') throw new LineFault(`not a date and time: ${shown(text)}`);
    const end = text.endsWith('Z') ? text.length - 1 : text.length;
    return toUtc(dayMs(text.slice(0, 10)) + timeOfDay(text.slice(11, end)));
  };
}

/** `2021-01-25 00:09,1.27244,1.27245,1.27235,1.2724,25` */
export const plain: Format = {
  name: 'plain',
  kind: 'bars',
  bothSides: false,
  recognises: ({ lines }) => new RegExp(`^${INSTANT}(,[^,]*){4,5}$`).test(lines[0] ?? ''),
  clock: fixedByZ,
  parser: (context) => {
    const instant = instantReader(context);
    return (line, row) => {
      const [time, open, high, low, close, volume] = split(line, ',', 5, 6);
      row.timeMs = instant(time as string);
      row.open = number(open, 'open');
      row.high = number(high, 'high');
      row.low = number(low, 'low');
      row.close = number(close, 'close');
      row.volume = number(volume ?? '0', 'volume');
      row.spread = 0;
      return true;
    };
  },
};

/** `2021-01-25 00:09:12.345,1.27244,1.27251` */
export const plainTicks: Format = {
  name: 'plain-ticks',
  kind: 'ticks',
  bothSides: true,
  recognises: ({ lines }) => new RegExp(`^${INSTANT}(,[^,]*){2}$`).test(lines[0] ?? ''),
  clock: fixedByZ,
  parser: (context) => {
    const instant = instantReader(context);
    return (line, row) => {
      const [time, bid, ask] = split(line, ',', 3, 3);
      row.timeMs = instant(time as string);
      row.bid = number(bid, 'bid');
      row.ask = number(ask, 'ask');
      return true;
    };
  },
};

const NEEDED = ['time', 'open', 'high', 'low', 'close'];

/** `time,open,high,low,close,tick_volume,spread,real_volume`: columns by name, the last three may lack; the spread is in points. */
export const headed: Format = {
  name: 'header',
  kind: 'bars',
  bothSides: false,
  recognises: ({ lines }) => /^time,open,high,low,close(,(tick_volume|volume|spread|real_volume))*$/i.test(lines[0] ?? ''),
  clock: fixedByZ,
  parser: (context) => {
    const instant = instantReader(context);
    const point = pointOf(context.symbol);
    let names: string[] | undefined;
    return (line, row) => {
      if (names === undefined) {
        names = line.toLowerCase().split(',');
        const missing = NEEDED.find((name) => !names?.includes(name));
        if (missing !== undefined) throw new LineFault(`the header has no column ${missing}`);
        return false;
      }
      const known = names;
      const fields = split(line, ',', known.length, known.length);
      const field = (name: string): string | undefined => fields[known.indexOf(name)];
      row.timeMs = instant(field('time') as string);
      row.open = number(field('open'), 'open');
      row.high = number(field('high'), 'high');
      row.low = number(field('low'), 'low');
      row.close = number(field('close'), 'close');
      const traded = number(field('real_volume') ?? '0', 'real_volume');
      row.volume = traded > 0 ? traded : number(field('tick_volume') ?? field('volume') ?? '0', 'volume');
      row.spread = number(field('spread') ?? '0', 'spread') * point;
      return true;
    };
  },
};
