import { dayReader, number, split, timeOfDay } from './field.js';
import { type Format, LineFault } from './format.js';

/** HistData's generic ASCII files, minutes and ticks, stamped UTC−5 all year. */

const DAY = /^(?<y>\d{4})(?<m>\d\d)(?<d>\d\d)$/;

function instantReader(): (text: string) => number {
  const dayMs = dayReader(DAY);
  return (text) => {
    if (text[8] !== ' ') throw new LineFault(`not a date and time: ${JSON.stringify(text.slice(0, 40))}`);
    return dayMs(text.slice(0, 8)) + timeOfDay(text.slice(9));
  };
}

/** `20120201 000000;1.306600;1.306600;1.306560;1.306560;0` */
export const histdata: Format = {
  name: 'histdata',
  kind: 'bars',
  bothSides: false,
  recognises: ({ lines }) => /^\d{8} \d{6}(;[^;]*){5}$/.test(lines[0] ?? ''),
  clock: () => 'est',
  parser: ({ toUtc }) => {
    const instant = instantReader();
    return (line, row) => {
      const [time, open, high, low, close, volume] = split(line, ';', 6, 6);
      row.timeMs = toUtc(instant(time as string));
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

/** `20120201 000003660,1.306600,1.306770,0` */
export const histdataTicks: Format = {
  name: 'histdata-ticks',
  kind: 'ticks',
  bothSides: true,
  recognises: ({ lines }) => /^\d{8} \d{9}(,[^,]*){2,3}$/.test(lines[0] ?? ''),
  clock: () => 'est',
  parser: ({ toUtc }) => {
    const instant = instantReader();
    return (line, row) => {
      const [time, bid, ask] = split(line, ',', 3, 4);
      row.timeMs = toUtc(instant(time as string));
      row.bid = number(bid, 'bid');
      row.ask = number(ask, 'ask');
      return true;
    };
  },
};
