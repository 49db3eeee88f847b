import type { CandleInput } from '../../src/indicators/indicator.js';
import { type Random, seededRandom } from '../../src/runtime/random.js';

/** Prices here are whole points, so that bodies meet exactly and are exactly as long as the mean of others. */
interface Shape {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

const POINTS_PER_PRICE = 2 ** 17;
const HOME = 144_000;
const LARGEST_BODY = 60;

const bodies = [
  (random: Random) => random.int(3),
  (random: Random) => 3 + random.int(10),
  (random: Random) => 10 + random.int(25),
  (random: Random) => 15 + random.int(10),
  (random: Random) => 30 + random.int(LARGEST_BODY - 30),
];

const within = ({ open, close }: Shape, random: Random): number => Math.min(open, close) + random.int(Math.abs(close - open) + 1);

/** Where a candle may open, by the one before it. */
const openings = [
  ({ close }: Shape) => close,
  ({ open }: Shape) => open,
  within,
  within,
  ({ open, close }: Shape, random: Random) => Math.max(open, close) + 5 + random.int(15),
  ({ open, close }: Shape, random: Random) => Math.min(open, close) - 5 - random.int(15),
  ({ high }: Shape, random: Random) => high + 1 + random.int(10),
  ({ low }: Shape, random: Random) => low - 1 - random.int(10),
];

const shadows = [() => 0, (random: Random) => random.int(3), (random: Random) => random.int(LARGEST_BODY)];

/** 1 white, −1 black, 0 either. */
const colours = [1, -1, 0];

const pick = <Item>(items: readonly Item[], random: Random): Item => items[random.int(items.length)] as Item;

/** What a few candles in a row have in common, without which the patterns of three or four would hardly ever come about. */
const mood = (random: Random) => ({
  opening: pick(openings, random),
  shadow: pick(shadows, random),
  colour: pick(colours, random),
});

function closeOf(open: number, before: Shape, colour: number, random: Random): number {
  // Now and then a body ends just where the one before it does, or a little past where that one began.
  const ending = random.int(8);
  if (ending === 0) return random.int(2) === 0 ? before.open : before.close;
  // Far from home the way back is likelier.
  const home = random.next() * 20_000 < HOME - open + 10_000 ? 1 : -1;
  const way = colour === 0 ? home : colour;
  if (ending <= 3 && way * (before.open - open) > 0) return before.open + way * (1 + random.int(5));
  return open + way * pick(bodies, random)(random);
}

/**
 * Candles of every shape: bodies from none to long, shadows from none to long, opening at, within, beside or beyond the candle
 * before, so that there are gaps between them; and every candle pattern comes about often.
 */
export function shapedCandles(length: number, seed: number): CandleInput[] {
  const random = seededRandom(seed);
  let before: Shape = { open: HOME, high: HOME, low: HOME, close: HOME };
  let { opening, shadow, colour } = mood(random);
  return Array.from({ length }, (_, at) => {
    if (random.int(4) === 0) ({ opening, shadow, colour } = mood(random));
    const open = (random.int(4) === 0 ? pick(openings, random) : opening)(before, random);
    const close = closeOf(open, before, colour, random);
    const high = Math.max(open, close) + (random.int(3) === 0 ? pick(shadows, random) : shadow)(random);
    const low = Math.min(open, close) - (random.int(3) === 0 ? pick(shadows, random) : shadow)(random);
    before = { open, high, low, close };
    const price = (points: number): number => points / POINTS_PER_PRICE;
    return {
      time: at * 60_000,
      open: price(open),
      high: price(high),
      low: price(low),
      close: price(close),
      volume: 1 + random.int(200),
    };
  });
}
