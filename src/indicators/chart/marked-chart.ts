import type { SwingChain } from '../parts/swing-chain.js';
import { Corridor } from './corridor.js';

/** Levels count as one, and a swing as lying on a line, within this many ranges. */
export const TOLERANCE = 0.5;

/** Swings of the shortest and of the longest row whose two lines may meet. */
export const TOUCHES_LEAST = 5;
export const TOUCHES_MOST = 8;

/** What patterns are sought on: the newest swings, the range they are measured in, and lines drawn through them. */
export class MarkedChart {
  /** Drawn anew at each look, so no part of any state. */
  readonly #corridors = Array.from({ length: TOUCHES_MOST + 1 }, () => new Corridor());
  readonly #channel = new Corridor();

  constructor(readonly swings: SwingChain) {}

  /** atr_14 at the newest candle. */
  get range(): number {
    return this.swings.range;
  }

  get tolerance(): number {
    return TOLERANCE * this.swings.range;
  }

  look(): void {
    const { swings } = this;
    const most = Math.min(TOUCHES_MOST, swings.length);
    for (let touches = TOUCHES_LEAST; touches <= most; touches++) this.corridor(touches).fit(swings, touches, TOLERANCE);
  }

  /** Lines through so many of the newest swings, level where they can be. */
  corridor(touches: number): Corridor {
    return this.#corridors[touches] as Corridor;
  }

  /** The same, however level: good until the next is drawn. */
  channel(touches: number): Corridor {
    this.#channel.fit(this.swings, touches, 0);
    return this.#channel;
  }
}
