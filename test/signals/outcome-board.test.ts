import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HORIZONS_MS } from '../../src/features/labels.js';
import { SPOKEN_HORIZONS } from '../../src/models/model-card.js';
import { NO_RECORDS } from '../../src/signals/model-record.js';
import { learnOutcome, OutcomeBoard } from '../../src/signals/outcome-board.js';
import type { ModelSaid, Prediction } from '../../src/signals/prediction.js';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5);

function saying(BUY: number): ModelSaid {
  const said = { output: { kind: 'sides' as const, BUY, SELL: 1 - BUY }, accuracy: 0.5, calibration: { kind: 'as is' as const } };
  const horizons = Object.fromEntries(SPOKEN_HORIZONS.map((horizon) => [horizon, said]));
  return { model: 'm', version: '1', kind: 'lstm', horizons, outlier: null, outlierMost: null, expiresAtMs: Infinity };
}

function predictionOf(symbol: string, time: number, said: readonly ModelSaid[] = [saying(0.6)]): Prediction {
  return { symbol, timeframe: 'M1', time, atMs: time + MINUTE, regime: 'QUIET', said, shapes: undefined, pooled: [] };
}

describe('what becomes of predictions', () => {
  it('each ends at the first candle that ends when its horizon does, or up to a quarter of it later, of its own symbol', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('EURUSD', 'USDJPY'), fc.integer({ min: 1, max: 12 })), { maxLength: 150 }),
        (steps) => {
          const board = new OutcomeBoard('M1');
          const closes = new Map<string, { time: number; close: number }[]>();
          const found: string[] = [];
          for (const [symbol, minutes] of steps) {
            const before = closes.get(symbol) ?? [];
            const time = (before.at(-1)?.time ?? START) + minutes * MINUTE;
            const close = 1 + before.length;
            for (const { prediction, horizon, from, to } of board.ended({ symbol, time, close }))
              found.push([prediction.symbol, prediction.time, horizon, from, to].join(' '));
            board.post(predictionOf(symbol, time), close);
            closes.set(symbol, [...before, { time, close }]);
          }
          // By brute force: of all later candles the first that ends by then.
          const expected: string[] = [];
          for (const [symbol, candles] of closes)
            for (const { time, close } of candles)
              for (const horizon of SPOKEN_HORIZONS) {
                const due = time + MINUTE + HORIZONS_MS[horizon];
                const end = candles.find((candle) => candle.time > time && candle.time + MINUTE >= due);
                const late = end === undefined ? Infinity : end.time + MINUTE - due;
                if (end !== undefined && late < MINUTE && late <= HORIZONS_MS[horizon] / 4)
                  expected.push([symbol, time, horizon, close, end.close].join(' '));
              }
          assert.deepEqual(found.sort(), expected.sort());
        },
      ),
    );
  });

  it('a horizon that ends within a candle is told by none: where the price was then is not known', () => {
    const board = new OutcomeBoard('M5');
    const atMs = START + 5 * MINUTE;
    board.post({ ...predictionOf('EURUSD', START), timeframe: 'M5', atMs }, 1);
    const told = [1, 2, 3].flatMap((at) => board.ended({ symbol: 'EURUSD', time: START + 5 * at * MINUTE, close: 1 + at }));
    assert.deepEqual(
      told.map(({ horizon, to }) => [horizon, to]),
      [
        ['5m', 2],
        ['15m', 4],
      ],
    );
  });

  it('a model is right where it leaned to the side that the price went, by its horizon; a price that stood proves nothing', () => {
    const prediction = predictionOf('EURUSD', START, [saying(0.7)]);
    const up = learnOutcome(NO_RECORDS, { prediction, horizon: '5m', from: 1, to: 1.1 });
    assert.deepEqual(up['m@1/5m']?.all, { told: 1, right: 1 });
    assert.deepEqual(up['m@1/5m']?.regimes.QUIET, { told: 1, right: 1 });
    assert.equal(up['m@1/1m'], undefined);
    const down = learnOutcome(up, { prediction, horizon: '5m', from: 1, to: 0.9 });
    assert.equal(down['m@1/5m']?.all.right, 0.998);
    assert.equal(learnOutcome(down, { prediction, horizon: '5m', from: 1, to: 1 }), down);
    const other = { ...saying(0.7), version: '2' } as ModelSaid;
    const tried = learnOutcome(up, { prediction: predictionOf('EURUSD', START, [other]), horizon: '5m', from: 1, to: 0.9 });
    assert.deepEqual(
      [tried['m@1/5m'], tried['m@2/5m']?.all],
      [up['m@1/5m'], { told: 1, right: 0 }],
      'a version has its own record',
    );
    const silent = predictionOf('EURUSD', START, [{ model: 'm', version: '1', kind: 'lstm', leftOut: 'slow' }]);
    assert.deepEqual(learnOutcome(NO_RECORDS, { prediction: silent, horizon: '5m', from: 1, to: 2 }), {});
  });
});
