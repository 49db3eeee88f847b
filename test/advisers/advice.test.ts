import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { questionOf, sidesOfAnswer } from '../../src/advisers/advice.js';
import { vectorSummary } from '../../src/advisers/vector-summary.js';
import { isOutput } from '../../src/signals/model-output.js';
import { proofCount } from '../support/price-paths.js';
import { walked } from '../support/walked-vector.js';

test('what is given to neither side is half of each', () => {
  const cases: readonly (readonly [text: string, buy: number])[] = [
    ['{"buy": 0.6, "sell": 0.4}', 0.6],
    ['{"buy": 0.6, "sell": 0.2, "hold": 0.2}', 0.7],
    ['{"buy": 0, "sell": 0, "hold": 1}', 0.5],
    ['{"buy": 0.3, "sell": 0.1}', 0.6],
    [' ```json\n{"buy": 0, "sell": 1}\n``` ', 0],
    ['{"buy": 0.51, "sell": 0.5}', 0.51 / 1.01],
  ];
  for (const [text, buy] of cases) {
    const sides = sidesOfAnswer(text);
    assert.ok(sides !== undefined && Math.abs(sides.BUY - buy) < 1e-12, `${text}: ${sides?.BUY}`);
    assert.ok(Math.abs(sides.BUY + sides.SELL - 1) < 1e-12);
  }
});

test('whatever else is said is no answer', () => {
  const rubbish = [
    '',
    'BUY',
    'null',
    '[0.5, 0.5]',
    '{"buy": "0.6", "sell": 0.4}',
    '{"buy": 0.6}',
    '{"buy": 1.2, "sell": 0}',
    '{"buy": -0.1, "sell": 0.5}',
    '{"buy": 0.9, "sell": 0.9}',
    '{"buy": 0.2, "sell": 0.2, "hold": 0.2}',
    '{"buy": 0.5, "sell": 0.5, "why": "a hunch"}',
    '{"buy": 1e999, "sell": 0}',
    '{"buy": 0.5, "sell": 0.5, "hold": null}',
    '{"buy": 0.6, "sell": 0.4} as I said',
  ];
  for (const text of rubbish) assert.equal(sidesOfAnswer(text), undefined, text);
});

test('of any text comes nothing, or what the ensemble takes', () => {
  const number = fc.oneof(fc.double({ min: 0, max: 1 }), fc.double(), fc.constantFrom('0.5', null, true));
  const object = fc
    .record({ buy: number, sell: number, hold: number }, { requiredKeys: [] })
    .map((value) => JSON.stringify(value));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), object), (text) => {
      const sides = sidesOfAnswer(text);
      assert.ok(sides === undefined || isOutput({ kind: 'sides', ...sides }), text);
    }),
    { numRuns: proofCount(20_000) },
  );
});

test('a question holds a symbol, a timeframe and figures that know no scale, and nothing else', () => {
  const [small, large] = [walked(1, 300), walked(100, 300)].map(vectorSummary);
  assert.ok(small !== undefined && large !== undefined);
  assert.equal(small.atMs, 300 * 60_000);
  assert.ok(Object.keys(small.figures).length >= 18, JSON.stringify(small.figures));
  assert.deepEqual(Object.keys(large.figures), Object.keys(small.figures));
  for (const [name, value] of Object.entries(small.figures))
    assert.ok(Math.abs((large.figures[name] as number) - value) <= 2e-4 * Math.max(1, Math.abs(value)), name);
  const [, user] = questionOf(small);
  assert.deepEqual(JSON.parse(user?.content ?? ''), { symbol: 'EURUSD', timeframe: 'M1', figures: small.figures });
});

test('figures that are not ready are left out, and without a range there is no question', () => {
  assert.equal(vectorSummary(walked(1, 3)), undefined);
  const early = vectorSummary(walked(1, 40));
  assert.ok(early !== undefined && !('close_minus_ema_200_in_atr' in early.figures) && 'rsi_14' in early.figures);
});
