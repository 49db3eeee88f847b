import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adosc } from '../../../src/indicators/volume/adosc.js';
import { taLibFunction, priceSeries, withoutTaLib } from '../../support/libraries/libraries.js';
import { freshSeed, PRICE_PATHS, proofCount } from '../../support/price-paths.js';
import { columnOf, fresh, stream } from '../../support/stream.js';

const seed = freshSeed();

test(`adosc is TA-Lib's, to the last digits that TA-Lib's line has left, seed ${seed}`, { skip: withoutTaLib }, () => {
  const line = taLibFunction('AD');
  const oscillator = taLibFunction('ADOSC', { optInFastPeriod: 3, optInSlowPeriod: 10 });
  for (const [name, path] of Object.entries(PRICE_PATHS)) {
    const candles = path(proofCount(20_000), seed);
    const series = priceSeries(candles);
    const theirs = oscillator(series).outReal ?? [];
    const ours = columnOf(stream(fresh(adosc(3, 10), candles), candles), 0);
    let farthest = 0;
    (line(series).outReal ?? []).forEach((height, at) => {
      farthest = Math.max(farthest, Math.abs(height));
      const [left, right] = [ours[at] as number, theirs[at] as number];
      // Rounding the line and two averages of it, each time by half of the last of 53 digits, which the slow one keeps 5.5 times over.
      const allowed = (1 + 2 * 5.5) * farthest * 2 ** -52 + 1e-12 * Math.abs(right);
      assert.ok(
        Number.isNaN(left) ? Number.isNaN(right) : Math.abs(left - right) <= allowed,
        `${left} beside ${right} at ${at}, ${name}`,
      );
    });
  }
});
