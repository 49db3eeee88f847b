/**
 * Wilder's parabolic stop and reverse, as TA-Lib bootstraps it: the second candle tells the direction (short only if it moved
 * down, and further than up), and the first one's extreme is the first stop.
 *
 * Prices are taken as the present side sees them, negated when short. A trade then always wants to rise: it `reaches` up to
 * the candle's far end, is `guarded` by its near end, and its stop lies below. One rule serves both sides, to the same bits.
 */
import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/** Candles seen, at most 2. */
const COUNT = 0;
/** 1 long, −1 short. */
const SIDE = 1;
/** The stop for the next candle, the farthest reach of the trade, and how fast the one follows the other. */
const STOP = 2;
const EXTREME = 3;
const ACCELERATION = 4;
const HIGH = 5;
const LOW = 6;

class Psar extends StreamingIndicator {
  readonly #state = this.keepCells(7);

  constructor(
    readonly acceleration: number,
    readonly maximum: number,
  ) {
    super(1);
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { high, low } = candle;
    if (state[COUNT] < 2) {
      state[COUNT] += 1;
      if (state[COUNT] === 2) this.#begin(candle);
    }
    if (state[COUNT] === 2) {
      const long = state[SIDE] === 1;
      if ((long ? low : -high) <= state[STOP]) this.#reverse(candle);
      else this.#follow(long ? low : -high, long ? high : -low);
    }
    state[HIGH] = high;
    state[LOW] = low;
  }

  #begin(candle: CandleInput): void {
    const state = this.#state;
    const { high, low } = candle;
    const down = state[LOW] - low;
    const long = !(down > 0 && down > high - state[HIGH]);
    state[SIDE] = long ? 1 : -1;
    state[STOP] = long ? state[LOW] : -state[HIGH];
    state[EXTREME] = long ? high : -low;
    state[ACCELERATION] = this.acceleration;
    // The first candle does not hold the first stop back: only the second one does.
    state[HIGH] = high;
    state[LOW] = low;
  }

  /** The stop was met: the trade turns, and its new stop is the farthest the old one came. */
  #reverse(candle: CandleInput): void {
    const state = this.#state;
    const side = -state[SIDE];
    const long = side === 1;
    const guard = long ? candle.low : -candle.high;
    const guardBefore = long ? state[LOW] : -state[HIGH];
    const stop = Math.min(-state[EXTREME], guardBefore, guard);
    const extreme = long ? candle.high : -candle.low;
    this.values[0] = side * stop;
    state[SIDE] = side;
    state[ACCELERATION] = this.acceleration;
    state[EXTREME] = extreme;
    state[STOP] = Math.min(stop + this.acceleration * (extreme - stop), guardBefore, guard);
  }

  #follow(guard: number, reach: number): void {
    const state = this.#state;
    const stop = state[STOP];
    const guardBefore = state[SIDE] === 1 ? state[LOW] : -state[HIGH];
    this.values[0] = state[SIDE] * stop;
    if (reach > state[EXTREME]) {
      state[EXTREME] = reach;
      state[ACCELERATION] = Math.min(state[ACCELERATION] + this.acceleration, this.maximum);
    }
    state[STOP] = Math.min(stop + state[ACCELERATION] * (state[EXTREME] - stop), guardBefore, guard);
  }
}

export function psar(acceleration: number, maximum: number): IndicatorDefinition {
  const follows = `the stop moves by ${acceleration}, ${acceleration} more at each new extreme up to ${maximum}, of its way to the extreme`;
  return {
    family: 'trend',
    source: 'TA-Lib',
    volume: false,
    columns: [
      {
        name: 'psar',
        definition: `Wilder's stop and reverse: ${follows}, never into the last two candles; met, it turns to the old trade's extreme`,
        warmup: 2,
        settles: 'turn',
        unit: 'price',
      },
    ],
    create: () => new Psar(acceleration, maximum),
  };
}
