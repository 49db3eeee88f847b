/** Whoever has closed a candle, every node has journalled it in the end; but for what the bus had told some of them when it lost everything. */
import type { Candle } from '../../../src/market/candle.js';
import { TIMEFRAME_MS } from '../../../src/market/timeframe.js';
import type { WorldChecker } from '../evidence.js';

const nameOf = ({ symbol, timeframe, time }: Candle): string => `${symbol} ${timeframe} ${time}`;

export const candlesReachEveryNode: WorldChecker = ({ candles, wipedMs = 0 }) => {
  const isKept = ({ timeframe, time }: Candle): boolean => time + TIMEFRAME_MS[timeframe] > wipedMs;
  const had = candles.map(({ node, candles: own }) => ({ node, names: new Set(own.map(nameOf)) }));
  const all = new Set(candles.flatMap(({ candles: own }) => own.filter(isKept).map(nameOf)));
  return had.flatMap(({ node, names }) =>
    [...all].filter((name) => !names.has(name)).map((name) => `${node} has no candle ${name}`),
  );
};
