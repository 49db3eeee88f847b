/** A candle of five minutes and more is what the minutes in it are together, on every node, whoever has closed which of them. */
import type { Candle } from '../../../src/market/candle.js';
import { TIMEFRAME_MS } from '../../../src/market/timeframe.js';
import type { WorldChecker } from '../evidence.js';

/** Open, high, low, close, volume. */
function together(minutes: readonly Candle[]): string {
  const [first, last] = [minutes[0], minutes.at(-1)];
  const high = Math.max(...minutes.map((minute) => minute.high));
  const low = Math.min(...minutes.map((minute) => minute.low));
  const volume = minutes.reduce((sum, minute) => sum + minute.volume, 0);
  return [first?.open, high, low, last?.close, volume].join(' ');
}

export const longCandlesAreMadeOfMinutes: WorldChecker = ({ candles, startMs }) =>
  candles.flatMap(({ node, candles: own }) => {
    const minutes = own.filter(({ timeframe }) => timeframe === 'M1');
    const long = own.filter(({ timeframe, time }) => timeframe !== 'M1' && time >= startMs);
    return long.flatMap((candle) => {
      const { symbol, timeframe, time } = candle;
      const endMs = time + TIMEFRAME_MS[timeframe];
      const within = minutes.filter((minute) => minute.symbol === symbol && minute.time >= time && minute.time < endMs);
      const [is, should] = [together([candle]), together(within)];
      return is === should ? [] : [`${symbol} ${timeframe} ${time} of ${node} is ${is}, and its minutes are ${should}`];
    });
  });
