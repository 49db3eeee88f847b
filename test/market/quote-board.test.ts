import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { QuoteBoard } from '../../src/market/quote-board.js';

test('the nearest quote is the one a search through all posted in the last fifteen seconds finds, to a quarter of a second', () => {
  const steps = fc.array(
    fc.record({ afterMs: fc.integer({ min: 1, max: 3_000 }), bid: fc.double({ min: 1, max: 2, noNaN: true }) }),
    { minLength: 1, maxLength: 100 },
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 20_000 }), (posted, agoMs) => {
      const board = new QuoteBoard();
      let timeMs = 1_000_000;
      const all = posted.map(({ afterMs, bid }) => {
        timeMs += afterMs;
        const quote = { timeMs, bid, ask: bid + 0.0001 };
        board.post('EURUSD', quote);
        return quote;
      });
      assert.deepEqual(board.latest('EURUSD'), all.at(-1));
      const wanted = timeMs - agoMs;
      const kept = all.filter((quote) => quote.timeMs >= timeMs - 15_000);
      const best = Math.min(...kept.map((quote) => Math.abs(quote.timeMs - wanted)));
      const found = board.nearest('EURUSD', wanted);
      assert.ok(found !== undefined && Math.abs(Math.abs(found.timeMs - wanted) - best) < 250);
    }),
  );
  assert.equal(new QuoteBoard().nearest('EURUSD', 0), undefined);
});
