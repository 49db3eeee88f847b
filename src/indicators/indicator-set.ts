import { assert } from '../runtime/assert.js';
import type { CandleInput, CandleStream, Column, Indicator, IndicatorDefinition, IndicatorState } from './indicator.js';

/** A set's state. Names come with it: a state made by another catalogue is refused rather than misread. */
export interface IndicatorSetState {
  readonly columns: readonly string[];
  readonly states: readonly IndicatorState[];
}

/**
 * What a set hands to its indicators: always the same object, so that the code which reads it sees one shape, whoever made the
 * candle. Its fields begin as fractions for the same reason.
 */
class SetCandle implements CandleInput {
  time = 0.5;
  open = 0.5;
  high = 0.5;
  low = 0.5;
  close = 0.5;
  volume = 0.5;

  take({ time, open, high, low, close, volume }: CandleInput): this {
    this.time = time;
    this.open = open;
    this.high = high;
    this.low = low;
    this.close = close;
    this.volume = volume;
    return this;
  }
}

/** Several indicators over one stream of candles, their columns side by side. */
export class IndicatorSet {
  readonly columns: readonly Column[];
  /** Per column: its present value, NaN while not ready. Overwritten in place by `update`. */
  readonly values: Float64Array;
  readonly #candle = new SetCandle();
  readonly #indicators: readonly Indicator[];
  /** Their `update` methods. To look a method up anew among so many classes costs as much as most of them do. */
  readonly #updates: readonly Indicator['update'][];
  readonly #places: ReadonlyMap<string, number>;

  constructor(definitions: readonly IndicatorDefinition[], stream: CandleStream) {
    this.columns = definitions.flatMap(({ columns }) => columns);
    this.values = new Float64Array(this.columns.length).fill(Number.NaN);
    this.#indicators = definitions.map((definition) => definition.create(stream));
    this.#updates = this.#indicators.map(({ update }) => update);
    let place = 0;
    for (const indicator of this.#indicators) {
      const columns = indicator.values.length;
      indicator.showIn(this.values.subarray(place, place + columns));
      place += columns;
    }
    this.#places = new Map(this.columns.map(({ name }, place) => [name, place]));
  }

  update(candle: CandleInput): void {
    const same = this.#candle.take(candle);
    const indicators = this.#indicators;
    const updates = this.#updates;
    for (let at = 0; at < updates.length; at++) (updates[at] as Indicator['update']).call(indicators[at] as Indicator, same);
  }

  valueOf(column: string): number {
    const place = this.#places.get(column);
    assert(place !== undefined, `this set has no column ${column}`);
    return this.values[place] as number;
  }

  /** Some of the present values by name, for those who keep them beyond the next candle. */
  read<Name extends string>(columns: readonly Name[]): Readonly<Record<Name, number>> {
    const values: Partial<Record<Name, number>> = {};
    for (const name of columns) values[name] = this.valueOf(name);
    return values as Record<Name, number>;
  }

  reset(): void {
    for (const indicator of this.#indicators) indicator.reset();
  }

  snapshot(): IndicatorSetState {
    return {
      columns: this.columns.map(({ name }) => name),
      states: this.#indicators.map((indicator) => indicator.snapshot()),
    };
  }

  /** Whether the state was made by a set of the same columns, kept in as many numbers. */
  fits({ columns, states }: IndicatorSetState): boolean {
    return (
      columns.length === this.columns.length &&
      columns.every((name, at) => name === this.columns[at]?.name) &&
      states.length === this.#indicators.length &&
      states.every((state, at) => state.length === this.#indicators[at]?.snapshot().length)
    );
  }

  restore(state: IndicatorSetState): void {
    assert(this.fits(state), 'the state was made by a set of other columns');
    this.#indicators.forEach((indicator, at) => {
      indicator.restore(state.states[at] as IndicatorState);
    });
  }
}
