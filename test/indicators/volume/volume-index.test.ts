import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loneStream } from '../../../src/indicators/candle-stream.js';
import { nvi, pvi } from '../../../src/indicators/volume/volume-index.js';
import { seededRandom } from '../../../src/runtime/random.js';
import { freshSeed, proofCount } from '../../support/price-paths.js';

const CANDLES = proofCount(10_000_000);
const SEED = freshSeed();

/** A sum that keeps aside what each addition rounds away (Neumaier). */
class ExactSum {
  #sum = 0;
  #lost = 0;

  add(value: number): void {
    const sum = this.#sum + value;
    this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }

  get value(): number {
    return this.#sum + this.#lost;
  }
}

test(`nvi and pvi are 1000 times e to the exact sum of their candles' log returns after ${CANDLES.toLocaleString('en')}, seed ${SEED}`, () => {
  const random = seededRandom(SEED);
  const [falling, rising] = [nvi(), pvi()].map((definition) => definition.create(loneStream('EURUSD', 'M1')));
  const [fallingReturns, risingReturns] = [new ExactSum(), new ExactSum()];
  let [close, volume] = [1.1, 0];
  for (let at = 0; at < CANDLES; at++) {
    const [closeBefore, volumeBefore] = [close, volume];
    close = closeBefore * (1 + 2e-4 * random.normal()) + 1e-5 * (1.1 - closeBefore);
    volume = 1 + random.int(500);
    const candle = { time: at * 60_000, open: close, high: close, low: close, close, volume };
    falling?.update(candle);
    rising?.update(candle);
    if (at === 0 || volume === volumeBefore) continue;
    (volume < volumeBefore ? fallingReturns : risingReturns).add(Math.log1p((close - closeBefore) / closeBefore));
  }
  for (const [index, returns] of [
    [falling, fallingReturns],
    [rising, risingReturns],
  ] as const) {
    const wanted = 1_000 * Math.exp(returns.value);
    assert.ok(Math.abs((index?.values[0] ?? Number.NaN) / wanted - 1) <= 1e-9, `${index?.values[0]} beside ${wanted}`);
  }
});
