import { SuhoError } from '../errors.js';
import { canonicalSymbol } from '../market/instrument.js';
import { isTimeframe, TIMEFRAMES, type Timeframe } from '../market/timeframe.js';

/** `--symbol` as every command that reads market data takes it. */
export function symbolOf(text: string): string {
  const symbol = canonicalSymbol(text);
  if (symbol === undefined) throw new SuhoError('USAGE', `--symbol ${text} is no symbol.`);
  return symbol;
}

/** `--timeframe(s)`: one or a list. */
export function timeframesOf(list: string): Timeframe[] {
  return list.split(',').map((part) => {
    const name = part.trim();
    if (!isTimeframe(name))
      throw new SuhoError('USAGE', `--timeframes ${name} is not known; it is one of ${TIMEFRAMES.join(', ')}.`);
    return name;
  });
}
