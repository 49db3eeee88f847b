/** Whoever has closed a candle, every node has journalled it in the end. */
import type { Candle } from '../../../src/market/candle.js';
import type { WorldChecker } from '../evidence.js';

const nameOf = ({ symbol, timeframe, time }: Candle): string => `${symbol} ${timeframe} ${time}`;

export const candlesReachEveryNode: WorldChecker = ({ candles }) => {
  const had = candles.map(({ node, candles: own }) => ({ node, names: new Set(own.map(nameOf)) }));
  const all = new Set(had.flatMap(({ names }) => [...names]));
  return had.flatMap(({ node, names }) =>
    [...all].filter((name) => !names.has(name)).map((name) => `${node} has no candle ${name}`),
  );
};
