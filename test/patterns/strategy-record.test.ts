import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCounted, newStrategy, strategyPlace, withSettings, withTrade } from '../../src/patterns/strategy-record.js';
import type { TradeResult } from '../../src/patterns/trade-result.js';
import { seededRandom } from '../../src/runtime/random.js';
import { dot } from '../../src/storage/patterns/embedding.js';
import { proofCount } from '../support/price-paths.js';

const SETTINGS = {
  strategy: 'main-1',
  timeframe: 'M15',
  symbols: ['EURUSD', 'XAUUSD'],
  thresholds: { strong: 75, moderate: 60 },
} as const;
const START = 1_772_000_000_000;

function trade(at: number, risked: number): TradeResult {
  const signalId = `signal-${String(at).padStart(6, '0')}`;
  return { signalId, strategy: 'main-1', symbol: 'EURUSD', won: risked > 0, pips: 0, risked, atMs: START + at };
}

const told = (results: readonly number[]) =>
  results.reduce((record, risked, at) => withTrade(record, trade(at, risked)), newStrategy('blue', 'main-1', START));

/** Each figure from the whole list, as a textbook has it. */
function worked(results: readonly number[]) {
  const sum = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0);
  const mean = sum(results) / results.length;
  const deviation = Math.sqrt(sum(results.map((one) => (one - mean) ** 2)) / (results.length - 1));
  const [won, lost] = [sum(results.filter((one) => one > 0)), -sum(results.filter((one) => one < 0))];
  let deepest = 0;
  for (let to = 0; to <= results.length; to++)
    for (let from = 0; from <= to; from++) deepest = Math.max(deepest, -sum(results.slice(from, to)));
  return {
    winRate: results.filter((one) => one > 0).length / results.length,
    profitFactor: won / lost,
    sharpe: mean / deviation,
    deepest,
  };
}

test('figures told trade by trade are those worked out of the whole list', () => {
  const random = seededRandom('strategies');
  for (let world = 0; world < proofCount(300); world++) {
    const results = Array.from({ length: 2 + random.int(60) }, () => random.normal() * 2 + 0.2);
    results.push(1, -1);
    const record = told(results);
    const { winRate, profitFactor, sharpe, deepest } = worked(results);
    const near = (actual: number, expected: number): void =>
      assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} ${expected}`);
    assert.equal(record.trades, results.length);
    near(record.winRate, winRate);
    near(record.profitFactor, Math.min(1_000, profitFactor));
    near(record.sharpeRatio, sharpe);
    near(record.maxDrawdown, deepest);
  }
});

test('figures that cannot be worked out yet are numbers all the same', () => {
  assert.deepEqual([told([]).profitFactor, told([]).sharpeRatio], [0, 0]);
  assert.deepEqual([told([1]).profitFactor, told([1]).sharpeRatio, told([1]).maxDrawdown], [1_000, 0, 0]);
  assert.deepEqual([told([-1, -1]).profitFactor, told([-1, -1]).sharpeRatio, told([-1, -1]).maxDrawdown], [0, 0, 2]);
});

test('what the record has counted it knows, by the ledger’s time, and at one time by id', () => {
  const record = told([1, -1, 1]);
  const late = { ...trade(2, 1), signalId: 'signal-000003' };
  assert.deepEqual(
    [0, 1, 2, 3].map((at) => isCounted(record, trade(at, 1))),
    [true, true, true, false],
  );
  assert.equal(isCounted(record, late), false);
  // One that was told again later: a deal came after it had closed.
  assert.equal(isCounted(record, { ...trade(1, 1), atMs: START + 90 }), true);
  assert.equal(isCounted(newStrategy('blue', 'main-1', START), trade(0, 1)), false);
});

test('strategies that trade the same are nearer each other than those that do not, and every one has a place', () => {
  const unit = (vector: Float32Array): number => Math.sqrt(dot(vector, 0, vector, 0));
  const near = (a: Float32Array, b: Float32Array): number => dot(a, 0, b, 0) / unit(a) / unit(b);
  const one = strategyPlace(withSettings(told([1, -1, 2]), SETTINGS));
  const alike = strategyPlace(withSettings(told([1, -1, -1]), SETTINGS));
  const other = strategyPlace(withSettings(told([1, -1, 2]), { ...SETTINGS, symbols: ['USDJPY'], timeframe: 'H1' }));
  assert.ok(near(one, alike) > near(one, other));
  assert.ok(near(one, alike) < 1);
  assert.ok(unit(strategyPlace(newStrategy('blue', 'old', START))) > 0);
});
