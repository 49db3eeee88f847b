import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BollingerBands, EMA } from 'technicalindicators';
import { loadOf, rowsOf } from '../../web/actor-rows.js';
import type { SeenActor } from '../../web/answers.js';
import { bands, ema } from '../../web/indicators.js';
import { outcomesOf, overall } from '../../web/model-outcomes.js';

const candles = Array.from({ length: 120 }, (_, at) => {
  const close = 1.1 + Math.sin(at / 7) / 100 + (at % 5) / 10_000;
  return { time: at * 60_000, open: close, high: close, low: close, close, volume: 1 };
});
const values = candles.map(({ close }) => close);

function actor(path: string, children: readonly SeenActor[] = [], change: Partial<SeenActor> = {}): SeenActor {
  const name = path.split('/').at(-1) ?? '';
  const counts = { mailbox: 0, handled: 0, refused: 0, restarts: 0, renewals: 0, ageMs: 0, waitingMs: 0 };
  const seen = { state: 'running', stuck: false, lastError: null, figures: null } as const;
  return { path, name, ...counts, ...seen, childCount: children.length, children, ...change };
}

function close(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  for (const [at, value] of actual.entries()) assert.ok(Math.abs(value - (expected[at] as number)) < 1e-9, `${at}: ${value}`);
}

describe('what the page works out by itself', () => {
  it('lines over candles are those of another library', () => {
    close(
      ema(candles, 20).map(({ value }) => value),
      EMA.calculate({ period: 20, values }),
    );
    const [upper, lower] = bands(candles, 20, 2);
    const oracle = BollingerBands.calculate({ period: 20, values, stdDev: 2 });
    close(
      upper.map(({ value }) => value),
      oracle.map((one) => one.upper),
    );
    close(
      lower.map(({ value }) => value),
      oracle.map((one) => one.lower),
    );
    assert.equal(upper[0]?.time, candles[19]?.time);
    assert.deepEqual(ema(candles.slice(0, 5), 20), []);
  });

  it('an actor’s load has all that is below it, and trouble is counted where it cannot be seen', () => {
    const tree = actor('/e', [
      actor('/e/a', [actor('/e/a/x'), actor('/e/a/y', [], { stuck: true })]),
      actor('/e/b', [], { state: 'stopped' }),
    ]);
    const loaded = loadOf(
      tree,
      new Map([
        ['/e', 1],
        ['/e/a', 2],
        ['/e/a/x', 30],
        ['/e/a/y', 0],
        ['/e/b', 4],
      ]),
    );
    assert.deepEqual([loaded.perSecond, loaded.below, loaded.troubled], [37, 4, 2]);
    const [a, b] = loaded.children;
    assert.deepEqual([a?.perSecond, a?.heat, a?.troubled], [32, 1, 1]);
    assert.ok((b?.heat ?? 1) < 0.5);
    assert.deepEqual(
      rowsOf(loaded, new Set(['/e'])).map(({ node }) => node.name),
      ['e', 'a', 'b'],
    );
  });

  it('how right a model was comes of the counters of its outcomes', () => {
    const outcomes = outcomesOf(
      [
        '# TYPE suho_model_outcomes_total counter',
        'suho_model_outcomes_total{model="trees-m1@1",horizon="15m",right="true"} 30',
        'suho_model_outcomes_total{model="trees-m1@1",horizon="15m",right="false"} 10',
        'suho_model_outcomes_total{model="trees-m1@1",horizon="1h",right="true"} 2',
        'suho_signals_total{state="SENT"} 7',
      ].join('\n'),
    );
    assert.deepEqual(outcomes.get('trees-m1@1')?.get('15m'), { told: 40, right: 30 });
    assert.deepEqual(overall(outcomes.get('trees-m1@1')), { told: 42, right: 32 });
    assert.deepEqual(overall(undefined), { told: 0, right: 0 });
  });
});
