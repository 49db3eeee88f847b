import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CatalogueVector } from '../../src/features/feature-stream.js';
import { VectorWindow } from '../../src/features/vector-window.js';
import { CANDLES_STAMP } from '../../src/models/candle-window.js';
import { askModels, drawOf, rowsFor } from '../../src/inference/ask-models.js';
import { TRIAL_SHARE } from '../../src/inference/model-shelf.js';
import { COLUMNS, placeOf } from '../../src/indicators/registry.js';
import { INSTRUMENTS } from '../../src/market/instrument.js';
import type { ModelCard } from '../../src/models/model-card.js';
import { cardOf } from '../support/model-cards.js';
import { walkOfCandles } from '../support/walk-of-candles.js';

const ROWS: readonly CatalogueVector[] = walkOfCandles('EURUSD', 'M1', 5).map((candle, at) => ({
  candle,
  values: Float64Array.from(COLUMNS, (_, place) => 1_000 * at + place),
}));

const WINDOW = new VectorWindow(ROWS, 5);

const of = (row: readonly number[], changes: Partial<ModelCard> = {}): ModelCard =>
  cardOf({ input: { name: 'vectors', type: 'float64', row: [...row] }, ...changes });

describe('the rows that a model is given', () => {
  it('are the newest vector, or so many of the newest, the newest last', () => {
    assert.deepEqual(rowsFor(of([176]), WINDOW), ROWS[4]?.values);
    const three = rowsFor(of([3, 176]), WINDOW);
    assert.equal(three?.length, 3 * 176);
    assert.deepEqual([three?.[0], three?.[176], three?.[352 + 175]], [2_000, 3_000, 4_175]);
    assert.equal(rowsFor(of([6, 176]), WINDOW), undefined, 'there are not yet so many');
  });

  it('or candles with their range', () => {
    const rows = rowsFor(of([2, 5], { columns: { set: 'candles', ...CANDLES_STAMP } }), WINDOW);
    const [, , , before, newest] = ROWS.map(({ candle: { open, high, low, close } }) => [open, high, low, close]);
    const atr = placeOf('atr_14');
    assert.deepEqual([...(rows ?? [])], [...(before ?? []), 3_000 + atr, ...(newest ?? []), 4_000 + atr]);
  });
});

describe('asking every model of a timeframe', () => {
  it('asks those that stand in one turn, and says of the others why not', async () => {
    const asked: string[] = [];
    const out = { kind: 'left out', model: 'c@1', why: 'expired', sentence: '' } as const;
    const shelf = {
      of: () => [
        { card: of([176], { name: 'a' }), out: undefined },
        { card: of([9, 176], { name: 'b' }), out: undefined },
        { card: of([176], { name: 'c' }), out },
        { card: of([176], { name: 'd' }), out: undefined },
      ],
      ask: async (name: string) => {
        asked.push(name);
        if (name === 'd') return { kind: 'left out', model: 'd@1', why: 'late', sentence: '' } as const;
        return { kind: 'answered', card: of([176], { name }), outputs: new Map() } as const;
      },
    };
    const answers = askModels(shelf, 'M1', WINDOW);
    assert.deepEqual(asked, ['a', 'd'], 'before anything is awaited');
    assert.deepEqual(
      (await answers).map((reply) => [reply.card.name, 'why' in reply ? reply.why : 'answered']),
      [
        ['a', 'answered'],
        ['b', 'not ready'],
        ['c', 'expired'],
        ['d', 'late'],
      ],
    );
  });

  it('draws a tenth of all closes for trials, of every symbol alike, and the same each time', () => {
    for (const { symbol } of INSTRUMENTS) {
      const draws = Array.from({ length: 10_000 }, (_, at) => drawOf(symbol, Date.UTC(2026, 0, 5) + 60_000 * at));
      const share = draws.filter((draw) => draw < TRIAL_SHARE).length / draws.length;
      // Three standard deviations of a fair draw.
      assert.ok(Math.abs(share - TRIAL_SHARE) < 0.009, `${symbol}: ${share}`);
      assert.ok(draws.every((draw) => draw >= 0 && draw < 1));
      assert.equal(drawOf(symbol, Date.UTC(2026, 0, 5)), draws[0]);
    }
  });
});
