/** A candle of five minutes and more is what the minutes in it are together, on every node, whoever has closed which of them. */
import type { Candle } from '../../../src/market/candle.js';
import { TIMEFRAME_MS } from '../../../src/market/timeframe.js';
import type { NodeCandles, WorldChecker } from '../evidence.js';

/** Open, high, low, close, volume. */
function together(minutes: readonly Candle[]): string {
  const [first, last] = [minutes[0], minutes.at(-1)];
  const high = Math.max(...minutes.map((minute) => minute.high));
  const low = Math.min(...minutes.map((minute) => minute.low));
  const volume = minutes.reduce((sum, minute) => sum + minute.volume, 0);
  return [first?.open, high, low, last?.close, volume].join(' ');
}

const figures = (candle: Candle): string => together([candle]);
const nameOf = ({ symbol, time }: Candle): string => `${symbol} ${time}`;
const isWithin = (name: string, { symbol, timeframe, time }: Candle): boolean => {
  const [of, minuteMs] = name.split(' ');
  return of === symbol && Number(minuteMs) >= time && Number(minuteMs) < time + TIMEFRAME_MS[timeframe];
};

/**
 * Minutes of which there are two versions, one of them of a node that was cut off as it closed them; or that not all nodes have, which
 * is another checker's matter. Which of them its longer candles are made of is open.
 */
function doubtful(candles: readonly NodeCandles[]): ReadonlySet<string> {
  const versions = new Map<string, readonly string[]>();
  for (const { candles: own } of candles)
    for (const minute of own.filter(({ timeframe }) => timeframe === 'M1'))
      versions.set(nameOf(minute), [...(versions.get(nameOf(minute)) ?? []), figures(minute)]);
  const isDoubtful = (all: readonly string[]): boolean => all.length < candles.length || new Set(all).size > 1;
  return new Set([...versions].filter(([, all]) => isDoubtful(all)).map(([name]) => name));
}

/** Longer candles of which there are two versions, told before the bus lost everything: who had not heard of the one has made the other. */
function parted(candles: readonly NodeCandles[], wipedMs: number): ReadonlySet<string> {
  const versions = new Map<string, Set<string>>();
  for (const candle of candles.flatMap(({ candles: own }) => own)) {
    const { timeframe, time } = candle;
    if (timeframe === 'M1' || time + TIMEFRAME_MS[timeframe] > wipedMs) continue;
    const name = `${timeframe} ${nameOf(candle)}`;
    versions.set(name, (versions.get(name) ?? new Set()).add(figures(candle)));
  }
  return new Set([...versions].filter(([, all]) => all.size > 1).map(([name]) => name));
}

export const longCandlesAreMadeOfMinutes: WorldChecker = ({ candles, startMs, wipedMs = 0, cluster: { nobodyFitMs } }) => {
  const open = [...doubtful(candles)];
  const apart = parted(candles, wipedMs);
  return candles.flatMap(({ node, candles: own }) => {
    const minutes = own.filter(({ timeframe }) => timeframe === 'M1');
    const long = own.filter(({ timeframe, time }) => timeframe !== 'M1' && time >= startMs);
    return long.flatMap((candle) => {
      const { symbol, timeframe, time } = candle;
      const endMs = time + TIMEFRAME_MS[timeframe];
      const within = minutes.filter((minute) => minute.symbol === symbol && minute.time >= time && minute.time < endMs);
      const [is, should] = [figures(candle), together(within)];
      // A clock that is off, where no other node can act, closes before the time.
      const isNobodys = nobodyFitMs.some((atMs) => atMs >= time && atMs < endMs);
      const isParted = apart.has(`${timeframe} ${nameOf(candle)}`);
      const isOpen = isNobodys || isParted || open.some((name) => isWithin(name, candle));
      return is === should || isOpen ? [] : [`${symbol} ${timeframe} ${time} of ${node} is ${is}, and its minutes are ${should}`];
    });
  });
};
