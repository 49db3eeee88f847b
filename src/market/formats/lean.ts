import { dayReader, midnight, number, split, timeOfDay } from './field.js';
import { type BarRow, type Format, LineFault, type Sample } from './format.js';

/** QuantConnect Lean's FX files, in UTC. Ticks and bars of a day tell only the time of day; the date is in the file's name. */

const DAY_MS = 86_400_000;

function dateInName({ names }: Sample): number | undefined {
  for (const name of names) {
    const [, text] = /(?:^|\D)(\d{8})(?:\D|$)/.exec(name) ?? [];
    if (text !== undefined) return midnight(Number(text.slice(0, 4)), Number(text.slice(4, 6)), Number(text.slice(6)), text);
  }
  return undefined;
}

function instantOfDay(sample: Sample): (text: string | undefined) => number {
  const dayMs = dateInName(sample);
  return (text) => {
    if (dayMs === undefined)
      throw new LineFault('the line tells only the time of day, and no date (YYYYMMDD) is in the file name');
    const ms = number(text, 'the time of day');
    if (!(ms >= 0 && ms < DAY_MS)) throw new LineFault(`${text} is no millisecond of a day`);
    return dayMs + ms;
  };
}

function readSides(fields: readonly string[], row: BarRow): void {
  row.open = number(fields[1], 'bid open');
  row.high = number(fields[2], 'bid high');
  row.low = number(fields[3], 'bid low');
  row.close = number(fields[4], 'bid close');
  row.askOpen = number(fields[6], 'ask open');
  row.askHigh = number(fields[7], 'ask high');
  row.askLow = number(fields[8], 'ask low');
  row.askClose = number(fields[9], 'ask close');
  // The sizes are of the last quotes, which is no volume.
  row.volume = 0;
  row.spread = 0;
}

/** `292,1.38676,1.38686`, the milliseconds with a fraction at times. */
export const leanTicks: Format = {
  name: 'lean-ticks',
  kind: 'ticks',
  bothSides: true,
  recognises: ({ lines }) => /^\d{1,8}(\.\d+)?(,[^,]+){2}$/.test(lines[0] ?? ''),
  clock: () => 'utc',
  parser: ({ sample, toUtc }) => {
    const instant = instantOfDay(sample);
    return (line, row) => {
      const [time, bid, ask] = split(line, ',', 3, 3);
      row.timeMs = toUtc(instant(time));
      row.bid = number(bid, 'bid');
      row.ask = number(ask, 'ask');
      return true;
    };
  },
};

/** `0,1.38676,1.38686,1.38669,1.38686,0,1.38686,1.38697,1.38680,1.38697,0` */
export const leanBars: Format = {
  name: 'lean-bars',
  kind: 'bars',
  bothSides: true,
  recognises: ({ lines }) => /^\d{1,8}(,[^,]*){10}$/.test(lines[0] ?? ''),
  clock: () => 'utc',
  parser: ({ sample, toUtc }) => {
    const instant = instantOfDay(sample);
    return (line, row) => {
      const fields = split(line, ',', 11, 11);
      row.timeMs = toUtc(instant(fields[0]));
      readSides(fields, row);
      return true;
    };
  },
};

/** `20070101 21:00,1.31927,…`: hours, and days at 00:00. */
export const leanHours: Format = {
  name: 'lean-hours',
  kind: 'bars',
  bothSides: true,
  recognises: ({ lines }) => /^\d{8} \d\d:\d\d(,[^,]*){10}$/.test(lines[0] ?? ''),
  clock: () => 'utc',
  parser: ({ toUtc }) => {
    const dayMs = dayReader(/^(?<y>\d{4})(?<m>\d\d)(?<d>\d\d)$/);
    return (line, row) => {
      const fields = split(line, ',', 11, 11);
      const [day = '', time = ''] = (fields[0] as string).split(' ');
      row.timeMs = toUtc(dayMs(day) + timeOfDay(time));
      readSides(fields, row);
      return true;
    };
  },
};
