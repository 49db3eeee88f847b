import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { INSTRUMENTS } from '../../src/market/instrument.js';
import { symbolClassOf } from '../../src/market/symbol-class.js';
import { type PatternNeighbour, patternPart, patternQuestion } from '../../src/signals/pattern-part.js';
import type { Direction } from '../../src/signals/signal.js';
import type { NearestQuery, Neighbour, Pattern, PatternFilter } from '../../src/storage/patterns/patterns.js';
import { proofCount } from '../support/price-paths.js';
import { evenNumber } from '../support/even-numbers.js';

type Wish = Partial<PatternNeighbour['item']> & { readonly certainty?: number };

function near({ certainty = 0.9, ...item }: Wish): PatternNeighbour {
  return {
    certainty,
    item: { id: 'one', timeframe: 'M15', symbolClass: 'major', direction: 'BUY', trades: 10, wins: 5, ...item },
  };
}
const part = (...found: readonly PatternNeighbour[]) => patternPart('EURUSD', 'M15', found);

test('what the pattern store answers and asks is what the part reads and asks', () => {
  // Compiled, or not: the store's own types, without a step in between.
  const query: NearestQuery<PatternFilter> = patternQuestion('EURUSD', 'M15');
  const answer: readonly Neighbour<Pattern>[] = [];
  assert.equal(patternPart('EURUSD', 'M15', answer), undefined);
  assert.deepEqual(query, {
    count: 10,
    certainty: 0.7,
    filter: { timeframe: 'M15', symbolClass: 'major', tradesOver: 5 },
  });
});

test('every symbol of the reference set has its class', () => {
  const classes = new Map(INSTRUMENTS.map(({ symbol }) => [symbol, symbolClassOf(symbol)]));
  const of = (name: string) => [...classes].flatMap(([symbol, one]) => (one === name ? [symbol] : [])).sort();
  assert.deepEqual(of('major'), ['AUDUSD', 'EURUSD', 'GBPUSD', 'NZDUSD', 'USDCAD', 'USDCHF', 'USDJPY']);
  assert.equal(of('cross').length, 21);
  assert.deepEqual([of('metal'), of('exotic')], [['XAUUSD'], ['USDSEK']]);
  assert.deepEqual(['XAGUSD', 'EURTRY', 'BTCUSD'].map(symbolClassOf), ['metal', 'exotic', 'exotic']);
});

test('the success of few trades is drawn towards a half, worked by hand', () => {
  // (9 + 3) / (10 + 6) = 0.75
  const [one] = part(near({ trades: 10, wins: 9 }))?.neighbours ?? [];
  assert.equal(one?.success, 0.75);
  assert.deepEqual(part(near({ trades: 10, wins: 9 }))?.scores, { BUY: 75, SELL: 25 });
});

test('the nearest weighs most, and an opposite neighbour counts as what is left', () => {
  // BUY: (1.0 · 0.75 + 0.9 · (1 − 0.25)) / 1.9 = 0.75
  const both = part(
    near({ id: 'far', certainty: 0.8, direction: 'SELL', trades: 10, wins: 1 }),
    near({ id: 'close', certainty: 0.95, trades: 10, wins: 9 }),
  );
  assert.deepEqual(
    both?.neighbours.map(({ id, weight, supports }) => [id, weight, supports]),
    [
      ['close', 10, 'BUY'],
      ['far', 9, 'BUY'],
    ],
  );
  assert.deepEqual(both?.scores, { BUY: 75, SELL: 25 });
});

test('from 60 % on a neighbour supports its side, from 40 % down the other, between them none', () => {
  // Of 14 trades with 9 wins: 12 / 20 = 0.6.
  const said = [9, 8, 5].map((wins) => part(near({ trades: 14, wins }))?.neighbours[0]?.supports);
  assert.deepEqual(said, ['BUY', undefined, 'SELL']);
});

test('a neighbour at certainty 0.7 counts and one of five trades does not', () => {
  assert.ok(part(near({ certainty: 0.7, trades: 6 })));
  assert.equal(part(near({ certainty: 0.6999 })), undefined);
  assert.equal(part(near({ trades: 5 })), undefined);
  assert.equal(part(near({ timeframe: 'M5' })), undefined);
  assert.equal(part(near({ symbolClass: 'cross' })), undefined);
  assert.equal(part(), undefined);
});

const neighbour: fc.Arbitrary<PatternNeighbour> = fc
  .record({
    id: fc.uuid(),
    timeframe: fc.constantFrom('M15' as const, 'M15' as const, 'H1' as const),
    symbolClass: fc.constantFrom('major', 'major', 'metal'),
    direction: fc.constantFrom<Direction>('BUY', 'SELL'),
    trades: fc.integer({ min: 0, max: 60 }),
    won: evenNumber(0, 1),
    certainty: fc.oneof(fc.constantFrom(0.7, 0.8, 0.95), evenNumber(0, 1)),
  })
  .map(({ certainty, won, ...item }) => ({ certainty, item: { ...item, wins: Math.floor(won * item.trades) } }));
const found = fc.uniqueArray(neighbour, { maxLength: 40, selector: ({ item }) => item.id });

/** The rule again, in the plainest way: each neighbour is given its rank by counting those that are nearer. */
function byBruteForce(all: readonly PatternNeighbour[], side: Direction): number | undefined {
  const fit = all.filter(
    ({ item, certainty }) => certainty >= 0.7 && item.trades > 5 && item.timeframe === 'M15' && item.symbolClass === 'major',
  );
  let above = 0;
  let below = 0;
  for (const one of fit) {
    const nearer = fit.filter(
      (other) => other.certainty > one.certainty || (other.certainty === one.certainty && other.item.id < one.item.id),
    ).length;
    if (nearer >= 10) continue;
    const weight = 1 - nearer / 10;
    const success = (one.item.wins + 3) / (one.item.trades + 6);
    above += weight * (one.item.direction === side ? success : 1 - success);
    below += weight;
  }
  return below === 0 ? undefined : (100 * above) / below;
}

test('whatever is found, the part is what brute force makes of it', () => {
  let present = 0;
  fc.assert(
    fc.property(found, (all) => {
      const made = part(...all);
      for (const side of ['BUY', 'SELL'] as const) {
        const expected = byBruteForce(all, side);
        assert.equal(made === undefined, expected === undefined);
        if (made !== undefined && expected !== undefined) assert.ok(Math.abs(made.scores[side] - expected) < 1e-9);
      }
      present += made === undefined ? 0 : 1;
    }),
    { numRuns: proofCount(5_000) },
  );
  assert.ok(present > 0);
});

test('the order in which they were found makes no difference, and sides are equals', () => {
  const turned = ({ item, certainty }: PatternNeighbour): PatternNeighbour => ({
    certainty,
    item: { ...item, direction: item.direction === 'BUY' ? 'SELL' : 'BUY' },
  });
  fc.assert(
    fc.property(found, (all) => {
      assert.deepEqual(part(...[...all].reverse()), part(...all));
      const [one, other] = [part(...all)?.scores, part(...all.map(turned))?.scores];
      assert.deepEqual(one && [one.BUY, one.SELL], other && [other.SELL, other.BUY]);
      if (one !== undefined) {
        assert.ok(Math.abs(one.BUY + one.SELL - 100) < 1e-9);
        assert.ok(one.BUY > 0 && one.BUY < 100);
      }
    }),
    { numRuns: proofCount(2_000) },
  );
});

test('a further win of any neighbour never lowers the side of its direction', () => {
  fc.assert(
    fc.property(found, fc.nat(), (all, pick) => {
      const at = all.length === 0 ? 0 : pick % all.length;
      const one = all[at];
      if (one === undefined || one.item.wins === one.item.trades) return;
      const better = { ...one, item: { ...one.item, wins: one.item.wins + 1 } };
      const [before, after] = [part(...all), part(...all.with(at, better))];
      if (before === undefined || after === undefined) return;
      assert.ok(after.scores[one.item.direction] >= before.scores[one.item.direction] - 1e-12);
    }),
    { numRuns: proofCount(2_000) },
  );
});
