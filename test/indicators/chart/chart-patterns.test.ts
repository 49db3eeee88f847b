import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHART } from '../../../src/indicators/chart/chart.js';
import type { CandleInput, IndicatorDefinition } from '../../../src/indicators/indicator.js';
import { type Random, seededRandom } from '../../../src/runtime/random.js';
import { type DrawnFormation, DRAWINGS, drawFormation, leastSpan } from '../../../src/training/nets/drawn-formations.js';
import { freshSeed, proofCount } from '../../support/price-paths.js';
import { chartReference } from '../../support/reference/chart.js';
import { columnOf, fresh, stream } from '../../support/stream.js';

const seed = freshSeed();
const definition = CHART[0] as IndicatorDefinition;
const names = definition.columns.map(({ name }) => name);

/** Standard deviation of the noise on each close, in shares of the formation's height: one with a chartist's eye still sees it at once. */
const MODERATE = 0.02;
const RECALL = 0.9;
const FALSE_PER_500 = 1;

/** Drawn over 20 to 110 candles, about a price of 0.001 to 1,000, between a tenth and a ten-thousandth of it high. */
function drawn(pattern: string, noise: number, random: Random): DrawnFormation {
  const least = leastSpan(pattern);
  const span = Math.round(least * (110 / least) ** random.next());
  const price = 10 ** (6 * random.next() - 3);
  return drawFormation(pattern, { span, price, height: price * 10 ** (-3 * random.next() - 1), noise }, random);
}

function column(pattern: string, candles: readonly CandleInput[]): number[] {
  return columnOf(stream(fresh(definition, candles), candles), names.indexOf(pattern));
}

/** What is told after its last swing and, the break being known a few candles late, about the break. */
function about(pattern: string, { candles, last, first, broken }: DrawnFormation): number[] {
  const late = 6 + Math.ceil(0.15 * (broken - first));
  return column(pattern, candles).slice(last + 1, broken + late + 1);
}

function recall(pattern: string, noise: number, count: number): number {
  let found = 0;
  for (let at = 0; at < count; at++) {
    const formation = drawn(pattern, noise, seededRandom(`${seed}/${pattern}/${noise}/${at}`));
    if (about(pattern, formation).includes(100 * formation.sign)) found += 1;
  }
  return found / count;
}

test('every pattern of the catalogue is drawn', () => {
  assert.deepEqual(Object.keys(DRAWINGS), names);
});

for (const pattern of names) {
  test(`${pattern}: of those drawn with moderate noise, of any height, price and stretch, nine in ten are found, seed ${seed}`, (context) => {
    const count = proofCount(3_000);
    const share = recall(pattern, MODERATE, count);
    const curve = [0, 0.01, 0.03, 0.05, 0.08].map((noise) => `${noise}: ${recall(pattern, noise, proofCount(600)).toFixed(2)}`);
    context.diagnostic(`${pattern} found at noise ${MODERATE}: ${share.toFixed(3)}; ${curve.join(', ')}`);
    // Three standard errors of a count, so that chance fails no run.
    assert.ok(share >= RECALL - 3 * Math.sqrt((RECALL * (1 - RECALL)) / count), `${share} of ${count}`);
  });

  test(`${pattern}: a formation is confirmed once, seed ${seed}`, () => {
    const count = proofCount(500);
    let confirmed = 0;
    for (let at = 0; at < count; at++) {
      const formation = drawn(pattern, 0, seededRandom(`${seed}/${pattern}/once/${at}`));
      const told = about(pattern, formation).filter((value) => value !== 0);
      assert.ok(told.length <= 1, `${at}: ${told}`);
      confirmed += told.length;
    }
    assert.ok(confirmed > 0.85 * count, `${confirmed} of ${count}`);
  });
}

const STEPS: Readonly<Record<string, (random: Random) => (at: number) => number>> = {
  'normal steps': (random) => () => random.normal(),
  'fat tails': (random) => () => random.normal() / Math.sqrt(0.05 + (random.normal() ** 2 + random.normal() ** 2) / 2),
  'a trend': (random) => () => random.normal() + 0.15,
  'wicks longer than bodies': (random) => () => 0.3 * random.normal(),
  'volatility that comes and goes': (random) => {
    let logarithm = 0;
    return () => {
      logarithm = 0.98 * logarithm + 0.15 * random.normal();
      return Math.exp(logarithm) * random.normal();
    };
  },
};

/** A walk by such steps on a grid so fine that nobody sees it, about which prices can be turned over without rounding. */
function walkOf(kind: string, length: number): CandleInput[] {
  const random = seededRandom(`${seed}/${kind}`);
  const step = (STEPS[kind] as (random: Random) => (at: number) => number)(random);
  const grid = (price: number): number => Math.round(price * 2 ** 12) / 2 ** 12;
  let close = 2 ** 20;
  return Array.from({ length }, (_, at) => {
    const open = close;
    close = grid(close + step(at));
    const high = grid(Math.max(open, close) + 0.5 * random.next());
    const low = grid(Math.min(open, close) - 0.5 * random.next());
    return { time: at * 60_000, open, high, low, close, volume: 1 };
  });
}

for (const kind of Object.keys(STEPS)) {
  test(`on a random walk with ${kind} each pattern is seen at most once in 500 candles, seed ${seed}`, (context) => {
    const candles = walkOf(kind, proofCount(1_000_000));
    const counts = names.map(() => 0);
    const indicator = fresh(definition, candles);
    for (const candle of candles) {
      indicator.update(candle);
      for (let place = 0; place < counts.length; place++)
        if (Math.abs(indicator.values[place] as number) === 100) (counts[place] as number)++;
    }
    const rates = counts.map((count) => (count * 500) / candles.length);
    const all = rates.reduce((sum, rate) => sum + rate, 0);
    context.diagnostic(
      `${kind}, per 500: ${names.map((name, at) => `${name} ${rates[at]?.toFixed(2)}`).join(', ')}; all ${all.toFixed(2)}`,
    );
    rates.forEach((rate, at) => {
      assert.ok(rate <= FALSE_PER_500, `${names[at]} ${rate} per 500`);
    });
  });
}

/** Which column tells, and with the other sign, what this one tells in prices turned over. */
const MIRROR: Readonly<Record<string, string>> = {
  chart_head_shoulders: 'chart_inverse_head_shoulders',
  chart_inverse_head_shoulders: 'chart_head_shoulders',
  chart_double_top: 'chart_double_bottom',
  chart_double_bottom: 'chart_double_top',
  chart_triangle_ascending: 'chart_triangle_descending',
  chart_triangle_descending: 'chart_triangle_ascending',
  chart_triangle_symmetric: 'chart_triangle_symmetric',
  chart_wedge_rising: 'chart_wedge_falling',
  chart_wedge_falling: 'chart_wedge_rising',
  chart_flag: 'chart_flag',
};

test(`prices turned over turn every pattern into its mirror image, with the other sign, seed ${seed}`, () => {
  const candles = Object.keys(STEPS).flatMap((kind) => walkOf(kind, 5_000));
  const over = candles.map((candle) => {
    const [open, high, low, close] = [candle.open, candle.low, candle.high, candle.close].map((price) => 2 ** 21 - price);
    return { ...candle, open, high, low, close } as CandleInput;
  });
  for (const [pattern, image] of Object.entries(MIRROR)) {
    const [here, there] = [column(pattern, candles), column(image, over)];
    assert.ok(here.filter((value) => Math.abs(value) === 100).length > 0, `${pattern} never came`);
    assert.deepEqual(
      here.map((value) => 0 - value),
      there.map((value) => 0 + value),
      pattern,
    );
  }
});

test(`prices in another unit change nothing, seed ${seed}`, () => {
  const candles = Object.keys(STEPS).flatMap((kind) => walkOf(kind, 2_000));
  const values = stream(fresh(definition, candles), candles);
  for (const unit of [2 ** -40, 2 ** 30]) {
    const scaled = candles.map(({ open, high, low, close, ...rest }) => ({
      ...rest,
      open: open * unit,
      high: high * unit,
      low: low * unit,
      close: close * unit,
    }));
    assert.deepEqual(stream(fresh(definition, scaled), scaled), values);
  }
});

test(`drawn formations are told as their definitions, searched over the whole series, tell them, seed ${seed}`, () => {
  for (const pattern of names) {
    for (let at = 0; at < proofCount(150); at++) {
      const { candles } = drawn(pattern, 0.05 * (at % 3), seededRandom(`${seed}/${pattern}/reference/${at}`));
      const reference = chartReference(candles);
      const rows = stream(fresh(definition, candles), candles);
      for (const [place, name] of names.entries())
        assert.deepEqual(columnOf(rows, place), reference[name], `${name} in ${pattern} ${at}`);
    }
  }
});
