import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CandleInput } from '../../../src/indicators/indicator.js';
import { regimeColumns } from '../../../src/indicators/regime/regime-columns.js';
import { REGIMES, type Regime } from '../../../src/indicators/regime/regimes.js';
import { type Random, seededRandom } from '../../../src/runtime/random.js';
import { columnOf, fresh, stream } from '../../support/stream.js';

/** A stretch of a market: how many candles, how far each goes of itself, and how far chance sends it. */
type Stretch = readonly [candles: number, drift: number, noise: number];

/** A market that wanders without end or aim, its swings growing and shrinking a little. */
const CALM: readonly Stretch[] = [0.9, 1.1, 1, 0.8, 1.2, 1, 0.9, 1.1].map((noise) => [25, 0, 1e-4 * noise]);

function candlesOf(stretches: readonly Stretch[], random: Random): CandleInput[] {
  const candles: CandleInput[] = [];
  let close = 1.1;
  let pull = 1.1;
  for (const [count, drift, noise] of stretches) {
    for (let at = 0; at < count; at++) {
      const open = close;
      pull *= 1 + drift;
      close = open * (1 + drift + noise * random.normal()) + 0.1 * (pull - open);
      const reach = noise * random.next();
      const [high, low] = [Math.max(open, close) + reach, Math.min(open, close) - reach];
      candles.push({ time: candles.length * 60_000, open, high, low, close, volume: 1 });
    }
  }
  return candles;
}

/** What a trader would draw to show each of them, after a calm market: strong is a trend that has paused, so that it is not overbought. */
const DRAWN: Readonly<Record<Regime, readonly Stretch[]>> = {
  TREND_UP_STRONG: [
    [30, 2.5e-4, 2e-4],
    [12, -2e-4, 5e-5],
  ],
  TREND_UP_WEAK: [[40, 5e-5, 1e-4]],
  TREND_UP_EXHAUSTING: [[40, 3e-4, 5e-5]],
  TREND_DOWN_STRONG: [
    [30, -2.5e-4, 2e-4],
    [12, 2e-4, 5e-5],
  ],
  TREND_DOWN_WEAK: [[40, -5e-5, 1e-4]],
  TREND_DOWN_EXHAUSTING: [[40, -3e-4, 5e-5]],
  RANGE_TIGHT: [[40, 0, 8e-5]],
  RANGE_WIDE: [[40, 0, 1.2e-4]],
  BREAKOUT_UP: [[7, 2.5e-4, 2e-4]],
  BREAKOUT_DOWN: [[7, -2.5e-4, 2e-4]],
  VOLATILE: [[40, 0, 4e-4]],
  QUIET: [[40, 0, 2e-5]],
};

for (const regime of REGIMES) {
  test(`${regime} is what a market drawn to show it comes to, more often than any calm one does`, () => {
    const share = (stretches: readonly Stretch[]): number => {
      let found = 0;
      for (let seed = 0; seed < 60; seed++) {
        const candles = candlesOf([...CALM, ...stretches], seededRandom(seed));
        const held = columnOf(stream(fresh(regimeColumns(), candles), candles), 0).slice(200);
        if (held.includes(REGIMES.indexOf(regime))) found += 1;
      }
      return found / 60;
    };
    const length = DRAWN[regime].reduce((sum, [candles]) => sum + candles, 0);
    const [drawn, calm] = [share(DRAWN[regime]), share([[length, 0, 1e-4]])];
    assert.ok(drawn >= 0.4 && drawn > calm, `in ${drawn} of those drawn, in ${calm} of calm ones`);
  });
}
