import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';

const START = 1_000;

const SEEN = 0;
const CLOSE = 1;
const VOLUME = 2;

/** What the price did on the candles whose volume went one way. */
class VolumeIndex extends StreamingIndicator {
  readonly #state = this.keepCells(3);

  constructor(readonly way: 1 | -1) {
    super(1);
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { close, volume } = candle;
    const index = this.values[0] as number;
    if (state[SEEN] === 0) this.values[0] = START;
    else if ((volume - state[VOLUME]) * this.way > 0) this.values[0] = index + index * ((close - state[CLOSE]) / state[CLOSE]);
    state[SEEN] = 1;
    state[CLOSE] = close;
    state[VOLUME] = volume;
  }
}

function volumeIndex(name: string, way: 1 | -1): IndicatorDefinition {
  const where = way === 1 ? 'above' : 'below';
  const definition = `from ${START} on: times close / close before on candles of a volume ${where} the one before`;
  return {
    family: 'volume',
    source: 'Tulip',
    volume: true,
    columns: [{ name, definition, warmup: 1, settles: 'never', unit: 'index' }],
    create: () => new VolumeIndex(way),
  };
}

export function nvi(): IndicatorDefinition {
  return volumeIndex('nvi', -1);
}

export function pvi(): IndicatorDefinition {
  return volumeIndex('pvi', 1);
}
