import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CandleInput, IndicatorDefinition } from '../../src/indicators/indicator.js';
import { CATALOGUE } from '../../src/indicators/registry.js';
import { assertSameColumn, distance } from '../support/column-tolerance.js';
import { freshSeed, PRICE_PATHS, proofCount } from '../support/price-paths.js';
import {
  priceSeries,
  taLibFunction,
  type TaLibRun,
  tulipFunction,
  withoutTaLib,
  withoutTulip,
} from '../support/reference-libraries.js';
import { columnOf, stream } from '../support/stream.js';

const seed = freshSeed();
const paths = Object.entries(PRICE_PATHS).map(([name, path]) => [name, path(proofCount(20_000) + 300, seed)] as const);

const period = (name: string): number => Number(name.split('_')[1] ?? 14);
const MACD = { optInFastPeriod: 12, optInSlowPeriod: 26, optInSignalPeriod: 9 };
const BANDS = { optInTimePeriod: 20, optInNbDevUp: 2, optInNbDevDn: 2, optInMAType: 0 };

/** What TA-Lib calls a column: the function, its options, and which of its outputs. */
function taLibOf(column: string): readonly [TaLibRun, string] | undefined {
  const single = { sma: 'SMA', ema: 'EMA', rsi: 'RSI', atr: 'ATR', natr: 'NATR', adx: 'ADX', adxr: 'ADXR', dx: 'DX' };
  const family = column.split('_')[0] as keyof typeof single;
  if (single[family] !== undefined) return [taLibFunction(single[family], { optInTimePeriod: period(column) }), 'outReal'];
  const known: Readonly<Record<string, readonly [TaLibRun, string]>> = {
    macd: [taLibFunction('MACD', MACD), 'outMACD'],
    macd_signal: [taLibFunction('MACD', MACD), 'outMACDSignal'],
    macd_hist: [taLibFunction('MACD', MACD), 'outMACDHist'],
    plus_di: [taLibFunction('PLUS_DI', { optInTimePeriod: 14 }), 'outReal'],
    minus_di: [taLibFunction('MINUS_DI', { optInTimePeriod: 14 }), 'outReal'],
    tr: [taLibFunction('TRANGE'), 'outReal'],
    bb_upper: [taLibFunction('BBANDS', BANDS), 'outRealUpperBand'],
    bb_middle: [taLibFunction('BBANDS', BANDS), 'outRealMiddleBand'],
    bb_lower: [taLibFunction('BBANDS', BANDS), 'outRealLowerBand'],
  };
  return known[column];
}

const prices = (candles: readonly CandleInput[]): number[] => candles.map(({ close }) => close);
/** TA-Lib's running sums lose precision here, so the exact window is the reference and TA-Lib's distance is only shown. */
const isShown = (column: string): boolean => column.startsWith('bb_');

const againstTaLib = CATALOGUE.filter(({ source }) => source === 'TA-Lib');

for (const definition of againstTaLib) {
  const names = definition.columns.map(({ name }) => name).join(' ');
  test(`${names}: equal to TA-Lib's on every kind of prices, seed ${seed}`, { skip: withoutTaLib }, (t) => {
    for (const [path, candles] of paths) {
      const rows = stream(definition.create(), candles);
      const series = priceSeries(candles);
      definition.columns.forEach((column, place) => {
        const theirs = taLibOf(column.name);
        if (theirs === undefined) return;
        const [run, output] = theirs;
        const reference = run(series)[output] ?? [];
        const streamed = columnOf(rows, place);
        if (!isShown(column.name)) assertSameColumn(column, prices(candles), streamed, reference);
        else {
          const worst = streamed.reduce((most, value, at) => Math.max(most, relative(value, reference[at] as number)), 0);
          t.diagnostic(`${column.name} on ${path}: TA-Lib is at most ${worst.toExponential(1)} away`);
        }
      });
    }
  });
}

function relative(left: number, right: number): number {
  return Number.isNaN(left) ? 0 : Math.abs(left - right) / Math.max(Math.abs(left), Math.abs(right));
}

function definitionOf(column: string): readonly [IndicatorDefinition, number] {
  for (const definition of CATALOGUE) {
    const place = definition.columns.findIndex(({ name }) => name === column);
    if (place >= 0) return [definition, place];
  }
  throw new Error(`no column ${column}`);
}

/** Tulip seeds its averages otherwise: a seed weighs less than 1e-10 after this many candles. */
const SEEDED = { ema_20: 250, rsi_14: 0, atr_14: 350, sma_20: 0 } as const;

for (const [column, from] of Object.entries(SEEDED)) {
  const [kind] = column.split('_') as ['ema' | 'rsi' | 'atr' | 'sma'];
  test(`${column}: equal to Tulip's from candle ${from} on, seed ${seed}`, { skip: withoutTulip }, async () => {
    const candles = PRICE_PATHS['a random walk']?.(proofCount(20_000) + 1_000, seed) ?? [];
    const [definition, place] = definitionOf(column);
    const [reference = []] = await tulipFunction(
      kind,
      kind === 'atr' ? ['high', 'low', 'close'] : ['close'],
      [period(column)],
      candles,
    );
    const found = definition.columns[place];
    if (found === undefined) throw new Error(`no column ${column}`);
    assertSameColumn(found, prices(candles), columnOf(stream(definition.create(), candles), place), reference, from);
  });
}

test('the tolerance tells a part in a hundred million from equal', () => {
  const [definition, place] = definitionOf('rsi_14');
  const [column] = definition.columns.slice(place);
  assert.ok(column !== undefined && distance(column, 1, 50, 50 * (1 + 1e-8)) > 1);
});
