import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { refusedOutcome } from '../../src/accounts/refused-outcome.js';
import type { Candle } from '../../src/market/candle.js';
import type { Direction } from '../../src/signals/signal.js';
import type { RefusalRow } from '../../src/storage/ledger/ledger.js';
import { refuse, START_MS } from '../contracts/ledger-world.js';
import { proofCount } from '../support/price-paths.js';

const SPAN_MS = 900_000;
const SPREAD = 0.0001;

function refusal(direction: Direction, stop: number, target: number, change: Partial<RefusalRow> = {}): RefusalRow {
  const figures = { decisionEntry: 1.1, decisionStop: stop, decisionTarget: target };
  const op = refuse(1, 0, { direction, closeTime: START_MS, figures, ...change });
  if (op.kind !== 'refuse') throw new Error('a refusal');
  return op.refusal;
}

/** After the candle that decided, which closed at 1.1. */
function candles(
  ...later: readonly (readonly [open: number, high: number, low: number, close: number, gapBefore?: number])[]
): Candle[] {
  let time = START_MS - SPAN_MS;
  const shared = { symbol: 'EURUSD', timeframe: 'M15', volume: 1, spread: SPREAD } as const;
  const decided = { ...shared, time, open: 1.1, high: 1.1, low: 1.1, close: 1.1, gapBefore: 0 };
  return [
    decided,
    ...later.map(([open, high, low, close, gapBefore = 0]) => {
      time += SPAN_MS * (1 + gapBefore);
      return { ...shared, time, open, high, low, close, gapBefore };
    }),
  ];
}

function told(refused: RefusalRow, all: readonly Candle[]): readonly unknown[] {
  const outcome = refusedOutcome(refused, all);
  if (outcome.kind === 'unknown') return [outcome.kind, outcome.why];
  return [
    outcome.kind,
    Number(outcome.exitPrice.toFixed(5)),
    Number(outcome.pips.toFixed(1)),
    Number(outcome.risks.toFixed(2)),
    outcome.gap,
  ];
}

const BUY = refusal('BUY', 1.098, 1.103);
const SELL = refusal('SELL', 1.102, 1.097);

describe('what a refused signal would have brought', () => {
  it('a buy pays the spread and leaves at the bid: target, stop, and neither yet', () => {
    assert.deepEqual(told(BUY, candles([1.1, 1.101, 1.099, 1.1], [1.1, 1.1035, 1.1, 1.103])), ['target', 1.103, 29, 1.38, false]);
    assert.deepEqual(told(BUY, candles([1.1, 1.101, 1.0979, 1.1])), ['stop', 1.098, -21, -1, false]);
    assert.deepEqual(told(BUY, candles([1.1, 1.101, 1.0981, 1.1005])), ['open', 1.1005, 4, 0.19, false]);
  });

  it('a sell leaves at the ask: its stop is nearer by the spread, its target farther', () => {
    assert.deepEqual(told(SELL, candles([1.1, 1.1019, 1.0999, 1.1])), ['stop', 1.102, -20, -1, false]);
    // 1.1018 + 0.0001 is a hair below 1.1019 in binary fractions.
    const met = refusedOutcome(refusal('SELL', 1.1019, 1.09), candles([1.1, 1.1018, 1.0999, 1.1]));
    assert.equal(met.kind, 'stop');
    assert.deepEqual(told(SELL, candles([1.1, 1.1018, 1.09695, 1.098])), ['open', 1.0981, 19, 0.95, false]);
    assert.deepEqual(told(SELL, candles([1.1, 1.1018, 1.0969, 1.098])), ['target', 1.097, 30, 1.5, false]);
  });

  it('one candle that reached both has reached the stop, unless it opened beyond the target', () => {
    assert.deepEqual(told(BUY, candles([1.1, 1.104, 1.097, 1.1])), ['stop', 1.098, -21, -1, false]);
    assert.deepEqual(told(BUY, candles([1.104, 1.104, 1.097, 1.1])), ['target', 1.104, 39, 1.86, false]);
  });

  it('after a gap it is left at the opening price, and told so', () => {
    assert.deepEqual(told(BUY, candles([1.095, 1.096, 1.094, 1.095, 8])), ['stop', 1.095, -51, -2.43, true]);
    assert.deepEqual(told(SELL, candles([1.105, 1.106, 1.104, 1.105, 8])), ['stop', 1.1051, -51, -2.55, true]);
    assert.deepEqual(told(BUY, candles([1.106, 1.107, 1.105, 1.106, 8])), ['target', 1.106, 59, 2.81, true]);
  });

  it('nothing is said without levels, without the candle that decided, and before the next', () => {
    assert.deepEqual(told(refusal('BUY', 1.098, 1.103, { figures: {} }), candles([1.1, 1.2, 1, 1.1])), ['unknown', 'no levels']);
    assert.deepEqual(told(refusal('BUY', 0, 0), candles([1.1, 1.2, 1, 1.1])), ['unknown', 'no levels']);
    assert.deepEqual(told(BUY, candles([1.1, 1.2, 1, 1.1]).slice(1)), ['unknown', 'no candles']);
    assert.deepEqual(told(BUY, candles()), ['unknown', 'no candles']);
  });

  it('is what a walk over each quote comes to, wherever no candle holds both levels', () => {
    const walk = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 20, maxLength: 400 });
    const distance = fc.integer({ min: 5, max: 40 });
    let decided = 0;
    const property = fc.property(
      walk,
      distance,
      distance,
      fc.constantFrom<Direction>('BUY', 'SELL'),
      (steps, down, up, direction) => {
        // In whole points, so that a level is met or not, and not nearly.
        let bid = 11_000;
        const bids = steps.map((step) => {
          bid += step;
          return bid;
        });
        const buy = direction === 'BUY';
        const [stop, target] = buy ? [11_000 - down, 11_000 + up] : [11_000 + down, 11_000 - up];
        const groups = Array.from({ length: Math.ceil(bids.length / 10) }, (_, at) => bids.slice(at * 10, at * 10 + 10));
        const left = (at: number): 'stop' | 'target' | undefined => {
          const price = buy ? at : at + 1;
          if (buy ? price <= stop : price >= stop) return 'stop';
          return (buy ? price >= target : price <= target) ? 'target' : undefined;
        };
        for (const group of groups) if (new Set(group.map(left).filter(Boolean)).size > 1) return;
        const first = bids.findIndex((at) => left(at) !== undefined);
        const all = candles(
          ...groups.map((group) => {
            const [open, high, low, close] = [group[0], Math.max(...group), Math.min(...group), group.at(-1)] as number[];
            return [(open ?? 0) / 10_000, (high ?? 0) / 10_000, (low ?? 0) / 10_000, (close ?? 0) / 10_000] as const;
          }),
        );
        const outcome = refusedOutcome(refusal(direction, stop / 10_000, target / 10_000), all);
        assert.ok(outcome.kind !== 'unknown');
        assert.equal(outcome.kind, first < 0 ? 'open' : left(bids[first] as number));
        if (first < 0) return;
        decided += 1;
        assert.equal(outcome.atMs, START_MS + Math.floor(first / 10) * SPAN_MS);
      },
    );
    fc.assert(property, { numRuns: proofCount(2_000) });
    assert.ok(decided > 10, `only ${decided} came to an end`);
  });
});
