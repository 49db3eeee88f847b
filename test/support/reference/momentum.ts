import type { CandleInput } from '../../../src/indicators/indicator.js';
import { named, ratio, type ReferenceColumns, type Series, smoothed } from './series.js';

function rsiOf(closes: Series, period: number): number[] {
  const changes = closes.map((close, at) => (at === 0 ? Number.NaN : close - (closes[at - 1] as number)));
  const gains = smoothed(
    changes.map((change) => Math.max(change, 0)),
    period,
    period,
    1 / period,
  );
  const losses = smoothed(
    changes.map((change) => Math.max(-change, 0)),
    period,
    period,
    1 / period,
  );
  return closes.map((_, at) =>
    at < period ? Number.NaN : 100 * ratio(gains[at] as number, (gains[at] as number) + (losses[at] as number)),
  );
}

export function momentumReference(candles: readonly CandleInput[]): ReferenceColumns {
  const closes = candles.map(({ close }) => close);
  return named('rsi', [7, 14, 21], (period) => rsiOf(closes, period));
}
