import { randomInt } from 'node:crypto';
import type { CandleInput } from '../../src/indicators/indicator.js';
import { type Random, seededRandom } from '../../src/runtime/random.js';

/** Full counts in `npm run proof`, a tenth else. */
export function proofCount(full: number): number {
  return process.env.SUHO_PROOF ? full : Math.ceil(full / 10);
}

/** A fresh seed each run; SUHO_TEST_SEED repeats one. */
export function freshSeed(): number {
  return process.env.SUHO_TEST_SEED ? Number(process.env.SUHO_TEST_SEED) : randomInt(2 ** 31);
}

/** A candle that opens at the close before and wanders `reach` beyond both ends. */
function candleOf(at: number, open: number, close: number, reach: number, random: Random): CandleInput {
  const high = Math.max(open, close) + random.next() * reach;
  const low = Math.max(Math.min(open, close) - random.next() * reach, Math.min(open, close) / 2);
  return { time: at * 60_000, open, high, low, close, volume: 1 + random.int(200) };
}

type NextClose = (close: number, at: number, random: Random) => number;

function path(start: number, reach: number, next: NextClose): (length: number, seed: number) => CandleInput[] {
  return (length, seed) => {
    const random = seededRandom(seed);
    const candles: CandleInput[] = [];
    let close = start;
    for (let at = 0; at < length; at++) {
      const open = close;
      close = next(close, at, random);
      candles.push(candleOf(at, open, close, reach * close, random));
    }
    return candles;
  };
}

const wander: NextClose = (close, _at, random) => close * Math.exp(1e-4 * random.normal());

/**
 * Candles all alike, but for one high that is a hair higher, and later one candle that reaches out equally far both ways: the
 * only movement there was is then nothing beside the range, and the candle itself moves in neither direction.
 */
function stirLostInStorm(length: number): CandleInput[] {
  const [hair, reach] = [2 ** -52, 2 ** -10];
  return Array.from({ length }, (_, at) => {
    const high = 1 + (at % 97 === 20 ? 0.875 : reach + (at === 8 ? hair : 0));
    const low = 1 - (at % 97 === 20 ? 0.875 : reach);
    return { time: at * 60_000, open: 1, high, low, close: 1, volume: 1 };
  });
}

type Path = (length: number, seed: number) => CandleInput[];

const MONDAY = Date.UTC(2021, 0, 4);
const SUNDAY_EVENING = Date.UTC(2021, 0, 3, 22);

/** The same candles, each `spanMs` long from `start` on; where the span is short of a day, two of seven days have none. */
function timed(make: Path, spanMs: number, start = MONDAY): Path {
  const perWeek = Math.floor((5 * 86_400_000) / spanMs);
  return (length, seed) =>
    make(length, seed).map((candle, at) => {
      const week = spanMs < 86_400_000 ? Math.floor(at / perWeek) * 7 * 86_400_000 : 0;
      return { ...candle, time: start + week + (spanMs < 86_400_000 ? at % perWeek : at) * spanMs };
    });
}

function withVolume(make: Path, volumeOf: (volume: number, at: number) => number): Path {
  return (length, seed) => make(length, seed).map((candle, at) => ({ ...candle, volume: volumeOf(candle.volume, at) }));
}

const walk = path(1.1, 5e-5, wander);

/** What indicators are tried on: each name says what is hard about it. */
export const PRICE_PATHS: Readonly<Record<string, Path>> = {
  'a random walk': walk,
  'flat prices': path(1.23457, 0, (close) => close),
  'flat prices after a walk': path(1.1, 5e-5, (close, at, random) => (at < 150 ? wander(close, at, random) : close)),
  'a walk after flat prices': path(1.1, 0, (close, at, random) => (at < 150 ? close : wander(close, at, random))),
  'a steady rise': path(1.1, 0, (close) => close * 1.0001),
  'a zigzag': path(1.1, 1e-5, (_close, at) => (at % 2 === 0 ? 1.1 : 1.1002)),
  'prices on a grid of pips': path(1.1, 0, (close, _at, random) => Math.round((close + 1e-4 * (random.int(3) - 1)) * 1e4) / 1e4),
  'gaps up and down': path(1.1, 5e-5, (close, at, random) => {
    const jump = at % 37 === 36 ? (close > 2 ? 1 / 3 : 3) : 1;
    return wander(close, at, random) * jump;
  }),
  'a stir lost in a storm': stirLostInStorm,
  'huge prices': path(4e9, 5e-5, wander),
  'tiny prices': path(3e-6, 5e-4, (close, _at, random) => close * Math.exp(1e-3 * random.normal())),
  'hours with weekends': timed(walk, 3_600_000),
  'hours from Sunday evenings on': timed(walk, 3_600_000, SUNDAY_EVENING),
  'four hours at a time': timed(walk, 4 * 3_600_000),
  days: timed(walk, 86_400_000),
  'no volume': timed(
    withVolume(walk, () => 0),
    900_000,
  ),
  'constant volume': timed(
    withVolume(walk, () => 100),
    900_000,
  ),
  'volume that comes and goes': withVolume(walk, (volume, at) => (Math.floor(at / 40) % 2 === 0 ? volume * 1e6 : 0)),
};
