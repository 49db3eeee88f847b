import { number, shown, split } from './field.js';
import { type Format, LineFault } from './format.js';
import { instantReader } from './plain.js';

export const CANDLE_COLUMNS = 'time,symbol,timeframe,open,high,low,close,volume,gap_before';

/**
 * What `suho candles` prints. Of a file with several symbols or timeframes only the asked symbol is read, and the timeframe
 * that comes first: the shortest, since a minute closes before the hour it ends.
 */
export const suhoCandles: Format = {
  name: 'suho',
  kind: 'bars',
  bothSides: false,
  recognises: ({ lines }) => lines[0] === CANDLE_COLUMNS,
  clock: () => 'utc',
  parser: (context) => {
    const instant = instantReader(context);
    let begun = false;
    let wanted: string | undefined;
    return (line, row) => {
      if (!begun) {
        begun = true;
        if (line !== CANDLE_COLUMNS) throw new LineFault(`the header is not ${CANDLE_COLUMNS}: ${shown(line)}`);
        return false;
      }
      const [time, symbol, timeframe, open, high, low, close, volume] = split(line, ',', 9, 9);
      if (symbol !== context.symbol) return false;
      wanted ??= timeframe;
      if (timeframe !== wanted) return false;
      row.timeMs = instant(time as string);
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
