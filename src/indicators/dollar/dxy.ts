import type { CandleInput, CandleStream, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';

const SCALE = 50.14348112;

/** Each of the six with its exponent: below zero where the dollar is the quote, and so falls as the pair rises. */
const PAIRS: readonly (readonly [symbol: string, exponent: number])[] = [
  ['EURUSD', -0.576],
  ['USDJPY', 0.136],
  ['GBPUSD', -0.119],
  ['USDCAD', 0.091],
  ['USDSEK', 0.042],
  ['USDCHF', 0.036],
];

class Dxy extends StreamingIndicator {
  constructor(readonly stream: CandleStream) {
    super(1);
  }

  /** One unknown close is NaN and makes the whole NaN. */
  override update(candle: CandleInput): void {
    const { stream } = this;
    let power = 0;
    for (let at = 0; at < PAIRS.length; at++) {
      const [symbol, exponent] = PAIRS[at] as (typeof PAIRS)[number];
      const close = symbol === stream.symbol ? candle.close : stream.closeBefore(symbol, candle.time);
      power += exponent * Math.log(close);
    }
    this.values[0] = SCALE * Math.exp(power);
  }
}

export function dxy(): IndicatorDefinition {
  const powers = PAIRS.map(([symbol, exponent]) => `${symbol}^${String(exponent).replace('-', '−')}`).join(' · ');
  const closes = "the stream's own symbol by this close, the others by the newest before it; none unless all six are known";
  return {
    family: 'dollar',
    source: 'Suho',
    volume: false,
    columns: [{ name: 'dxy', definition: `${SCALE} · ${powers}: ${closes}`, warmup: 1, unit: 'index' }],
    create: (stream) => new Dxy(stream),
  };
}
