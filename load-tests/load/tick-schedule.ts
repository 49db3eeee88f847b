/**
 * When each tick of the load is due. The schedule is open-loop: it depends on the machine's time alone and not on whether the
 * engine keeps up, and every process works it out by itself from the same few numbers. So an EA that gets a signal knows when the
 * tick that closed the candle was due, however late the engine took it, and a slow engine does not slow its own load.
 */
import { assert } from '../../src/runtime/assert.js';

/** From `fromUs` on so many ticks a second, evenly, the symbols in turn. */
export interface TickSegment {
  readonly fromUs: number;
  readonly perSecond: number;
}

export class TickSchedule {
  readonly #segments: TickSegment[];
  /** The next tick to be taken: of which segment, and its number there. */
  #segment = 0;
  #tick = 0;
  taken = 0;

  constructor(
    readonly symbols: number,
    first: TickSegment,
  ) {
    this.#segments = [first];
  }

  begin(segment: TickSegment): void {
    const last = this.#segments.at(-1) as TickSegment;
    assert(segment.fromUs > last.fromUs, 'segments of the schedule come in their order');
    assert(segment.perSecond > 0, 'a segment has ticks');
    this.#segments.push(segment);
  }

  /** Hands over every tick that is due by `untilUs` and was not handed over before. */
  take(untilUs: number, each: (symbol: number, dueUs: number) => void): void {
    for (;;) {
      const dueUs = this.#dueUs(this.#segment, this.#tick);
      if (dueUs >= this.#endUs(this.#segment)) {
        this.#segment += 1;
        this.#tick = 0;
      } else if (dueUs <= untilUs) {
        each(this.#tick % this.symbols, dueUs);
        this.#tick += 1;
        this.taken += 1;
      } else return;
    }
  }

  /** How many were due by then, taken or not. */
  dueBy(untilUs: number): number {
    let due = 0;
    for (const [at, { fromUs, perSecond }] of this.#segments.entries()) {
      const endUs = this.#endUs(at);
      // The tick on the edge belongs to the next segment.
      if (untilUs >= endUs) due += Math.ceil(((endUs - fromUs) * perSecond) / 1e6);
      else if (untilUs >= fromUs) due += Math.floor(((untilUs - fromUs) * perSecond) / 1e6) + 1;
    }
    return due;
  }

  /** When the symbol's first tick at or after `fromUs` is due. */
  firstDueUs(symbol: number, fromUs: number): number {
    for (const [at, segment] of this.#segments.entries()) {
      const endUs = this.#endUs(at);
      if (endUs <= fromUs) continue;
      const apart = 1e6 / segment.perSecond;
      let tick = Math.max(0, Math.ceil((fromUs - segment.fromUs) / apart));
      while (this.#dueUs(at, tick) < fromUs) tick += 1;
      tick += (symbol - (tick % this.symbols) + this.symbols) % this.symbols;
      const dueUs = this.#dueUs(at, tick);
      if (dueUs < endUs) return dueUs;
    }
    return Number.POSITIVE_INFINITY;
  }

  #dueUs(segment: number, tick: number): number {
    const { fromUs, perSecond } = this.#segments[segment] as TickSegment;
    return fromUs + (tick * 1e6) / perSecond;
  }

  #endUs(segment: number): number {
    return this.#segments[segment + 1]?.fromUs ?? Number.POSITIVE_INFINITY;
  }
}
