import { clockNamed } from './clock.js';
import { dayReader, number, shown, split, timeOfDay } from './field.js';
import { type Format, LineFault, type ParserContext, type Sample } from './format.js';

/**
 * Dukascopy's CSV, bars of one side or ticks. Its makers stamp in four ways, told by the header's first column:
 * `Gmt time` and `Time (UTC)`; `Time (EET)`, with European summer time; `Local time`, each line with its own `GMT+0100`;
 * and `timestamp`, in milliseconds of the epoch. Days come as `01.02.2021` or `2021.02.01`.
 */
const HEADER = /^(gmt time|local time|time \((?:utc|gmt|eet)\)|timestamp),/i;
const DAY = /^(?<d>\d\d)\.(?<m>\d\d)\.(?<y>\d{4})$/;
const DAY_FROM_YEAR = /^(?<y>\d{4})[.-](?<m>\d\d)[.-](?<d>\d\d)$/;

function stampOf({ lines }: Sample): string {
  return (HEADER.exec(lines[0] ?? '')?.[1] ?? '').toLowerCase();
}

function clock(sample: Sample): string | undefined {
  const stamp = stampOf(sample);
  return stamp === '' ? undefined : stamp === 'time (eet)' ? 'eet-eu' : 'utc';
}

function instantReader({ toUtc, sample }: ParserContext): (text: string) => number {
  const yearLast = dayReader(DAY);
  const yearFirst = dayReader(DAY_FROM_YEAR);
  if (stampOf(sample) === 'timestamp') {
    return (text) => {
      const ms = number(text, 'the timestamp');
      if (!Number.isFinite(ms)) throw new LineFault(`not a timestamp: ${shown(text)}`);
      return ms;
    };
  }
  return (text) => {
    const [day = '', time = '', zone] = text.split(' ');
    const local = (day[2] === '.' ? yearLast(day) : yearFirst(day)) + timeOfDay(time);
    if (zone === undefined) return toUtc(local);
    const own = clockNamed(zone.replace(/^GMT([+-]\d\d)(\d\d)$/, '$1:$2'));
    if (own === undefined) throw new LineFault(`not a time zone: ${shown(zone)}`);
    return own(local);
  };
}

function columns(header: string): string[] {
  return header.split(',').map((name) =>
    name
      .trim()
      .toLowerCase()
      .replace(/price$/, ''),
  );
}

/** `Gmt time,Open,High,Low,Close,Volume` */
export const dukascopy: Format = {
  name: 'dukascopy',
  kind: 'bars',
  bothSides: false,
  recognises: ({ lines }) => HEADER.test(lines[0] ?? '') && columns(lines[0] as string)[1] === 'open',
  clock,
  parser: (context) => {
    const instant = instantReader(context);
    let begun = false;
    return (line, row) => {
      if (!begun) {
        begun = true;
        if (columns(line)[1] !== 'open') throw new LineFault('the header Gmt time,Open,… is missing');
        return false;
      }
      const [time, open, high, low, close, volume] = split(line, ',', 5, 6);
      row.timeMs = instant(time as string);
      row.open = number(open, 'open');
      row.high = number(high, 'high');
      row.low = number(low, 'low');
      row.close = number(close, 'close');
      row.volume = number(volume ?? '0', 'volume');
      row.spread = 0;
      // Closed hours are filled with flat bars of no volume: nothing was quoted, so there is no bar.
      return volume === undefined || row.volume !== 0 || row.high !== row.low;
    };
  },
};

/** `Gmt time,Ask,Bid,AskVolume,BidVolume` */
export const dukascopyTicks: Format = {
  name: 'dukascopy-ticks',
  kind: 'ticks',
  bothSides: true,
  recognises: ({ lines }) => HEADER.test(lines[0] ?? '') && ['ask', 'bid'].includes(columns(lines[0] as string)[1] ?? ''),
  clock,
  parser: (context) => {
    const instant = instantReader(context);
    let askAt = -1;
    return (line, row) => {
      if (askAt < 0) {
        askAt = columns(line).indexOf('ask');
        if (askAt !== 1 && askAt !== 2) throw new LineFault('the header has no column Ask beside Bid');
        return false;
      }
      const fields = split(line, ',', 3, 5);
      row.timeMs = instant(fields[0] as string);
      row.ask = number(fields[askAt], 'ask');
      row.bid = number(fields[3 - askAt], 'bid');
      return true;
    };
  },
};
