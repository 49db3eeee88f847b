import { dayReader, number, split, timeOfDay } from './field.js';
import { type Format, LineFault } from './format.js';
import { pointOf } from './point.js';

/** Exports of MetaTrader, in the broker's clock: MT4's history centre, MT5's bars and MT5's ticks. */

const DAY = /^(?<y>\d{4})\.(?<m>\d\d)\.(?<d>\d\d)$/;

/** `2016.05.27,09:54,1.11920,1.11929,1.11917,1.11929,35` */
export const mt4: Format = {
  name: 'mt4',
  kind: 'bars',
  bothSides: false,
  recognises: ({ lines }) => /^\d{4}\.\d\d\.\d\d,\d\d:\d\d(,[^,]*){5}$/.test(lines[0] ?? ''),
  clock: () => undefined,
  parser: ({ toUtc }) => {
    const dayMs = dayReader(DAY);
    return (line, row) => {
      const [day, time, open, high, low, close, volume] = split(line, ',', 7, 7);
      row.timeMs = toUtc(dayMs(day as string) + timeOfDay(time as string));
      row.open = number(open, 'open');
      row.high = number(high, 'high');
      row.low = number(low, 'low');
      row.close = number(close, 'close');
      row.volume = number(volume, 'volume');
      row.spread = 0;
      return true;
    };
  },
};

function columns(header: string): string[] {
  return header.split('\t').map((name) => name.trim().replace(/[<>]/g, '').toUpperCase());
}

function columnReader(names: readonly string[]): (fields: readonly string[], name: string) => string | undefined {
  return (fields, name) => fields[names.indexOf(name)];
}

/** `<DATE> <TIME> <OPEN> <HIGH> <LOW> <CLOSE> <TICKVOL> <VOL> <SPREAD>`, by tabs; days have no time, and the spread is in points. */
export const mt5: Format = {
  name: 'mt5',
  kind: 'bars',
  bothSides: false,
  recognises: ({ lines }) => /^<DATE>\t(<TIME>\t)?<OPEN>\t/i.test(lines[0] ?? ''),
  clock: () => undefined,
  parser: ({ symbol, toUtc }) => {
    const dayMs = dayReader(DAY);
    const point = pointOf(symbol);
    let names: string[] | undefined;
    let field = columnReader([]);
    return (line, row) => {
      if (names === undefined) {
        names = columns(line);
        field = columnReader(names);
        if (!names.includes('DATE')) throw new LineFault('the header <DATE>… is missing');
        return false;
      }
      const fields = split(line, '\t', names.length, names.length);
      const time = field(fields, 'TIME');
      row.timeMs = toUtc(dayMs(fields[0] as string) + (time === undefined ? 0 : timeOfDay(time)));
      row.open = number(field(fields, 'OPEN'), 'open');
      row.high = number(field(fields, 'HIGH'), 'high');
      row.low = number(field(fields, 'LOW'), 'low');
      row.close = number(field(fields, 'CLOSE'), 'close');
      const traded = number(field(fields, 'VOL') ?? '0', 'volume');
      row.volume = traded > 0 ? traded : number(field(fields, 'TICKVOL') ?? '0', 'tick volume');
      row.spread = number(field(fields, 'SPREAD') ?? '0', 'spread') * point;
      return true;
    };
  },
};

/** `<DATE> <TIME> <BID> <ASK> <LAST> <VOLUME> <FLAGS>`, by tabs; a side that did not change is blank. */
export const mt5Ticks: Format = {
  name: 'mt5-ticks',
  kind: 'ticks',
  bothSides: true,
  recognises: ({ lines }) => /^<DATE>\t<TIME>\t<BID>\t<ASK>/i.test(lines[0] ?? ''),
  clock: () => undefined,
  parser: ({ toUtc }) => {
    const dayMs = dayReader(DAY);
    let headed = false;
    let bid: number | undefined;
    let ask: number | undefined;
    return (line, row) => {
      if (!headed) {
        headed = true;
        if (!columns(line).includes('BID')) throw new LineFault('the header <DATE> <TIME> <BID> <ASK>… is missing');
        return false;
      }
      const fields = split(line, '\t', 4, 7);
      if (fields[2] !== '') bid = number(fields[2], 'bid');
      if (fields[3] !== '') ask = number(fields[3], 'ask');
      row.timeMs = toUtc(dayMs(fields[0] as string) + timeOfDay(fields[1] as string));
      // Until both sides were told once there is no quote.
      if (bid === undefined || ask === undefined) return false;
      row.bid = bid;
      row.ask = ask;
      return true;
    };
  },
};
