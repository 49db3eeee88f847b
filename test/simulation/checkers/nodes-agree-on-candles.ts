/** Two nodes that both ran in step with the market from before a minute to after it have made the same candle of it. */
import type { Candle } from '../../../src/market/candle.js';
import { TIMEFRAME_MS } from '../../../src/market/timeframe.js';
import type { NodeCandles, WorldChecker } from '../evidence.js';

/** A close waits for late ticks, and a poll comes once a second. */
const AROUND_MS = 5_000;

function sure({ candles, inStep }: NodeCandles): ReadonlyMap<string, Candle> {
  const whole = candles.filter(({ time, timeframe }) => {
    const [fromMs, toMs] = [time - AROUND_MS, time + TIMEFRAME_MS[timeframe] + AROUND_MS];
    return timeframe === 'M1' && inStep.some((span) => span.fromMs <= fromMs && toMs <= span.toMs);
  });
  return new Map(whole.map((candle) => [`${candle.symbol} ${candle.time}`, candle]));
}

/** What trades made of it; whether there was a gap before it depends on what the node had seen. */
const figures = ({ open, high, low, close, volume }: Candle): string => [open, high, low, close, volume].join(' ');

export const nodesAgreeOnCandles: WorldChecker = ({ candles }) => {
  const first = new Map<string, { readonly node: string; readonly candle: Candle }>();
  return candles.flatMap((of) =>
    [...sure(of)].flatMap(([key, candle]) => {
      const other = first.get(key);
      if (other === undefined) first.set(key, { node: of.node, candle });
      return other === undefined || figures(other.candle) === figures(candle)
        ? []
        : [`${key}: ${figures(other.candle)} at ${other.node}, ${figures(candle)} at ${of.node}`];
    }),
  );
};
