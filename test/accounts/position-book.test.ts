import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PositionBook } from '../../src/accounts/position-book.js';
import type { TradeEvent } from '../../src/ea-sim/broker.js';
import { dealTrade, positionTrade, snapshot } from '../../src/ea-sim/reports.js';
import { NIL_ID, type SnapshotMessage, type TradeMessage } from '../../src/protocol/messages.js';
import { proofCount } from '../support/price-paths.js';
import { Desk } from '../ea-sim/desk.js';

const NAMING = { idOf: () => 0, signalOf: () => NIL_ID };

/** A broker whose trade events are told, and its snapshots, one position a page. */
class Told {
  readonly desk: Desk;
  readonly trades: TradeMessage[] = [];
  #query = 0;

  constructor(marginMode: 'HEDGING' | 'NETTING') {
    this.desk = new Desk({ terms: { marginMode } });
    this.desk.broker.onTrade((event: TradeEvent) => {
      const { broker } = this.desk;
      if (event.kind === 'deal') this.trades.push(dealTrade(event.deal, event.remaining, broker, NAMING));
      else if (event.kind === 'position') this.trades.push(positionTrade(event.position, broker, NAMING));
    });
  }

  pages(): readonly SnapshotMessage[] {
    this.#query += 1;
    const [whole] = snapshot(this.desk.broker, NAMING, this.desk.clock.nowMs(), { query: this.#query });
    assert.ok(whole);
    const cut = whole.positions.length === 0 ? [[]] : whole.positions.map((position) => [position]);
    return cut.map((positions, page) => ({ ...whole, positions, page, last: page === cut.length - 1 }));
  }
}

function shown(book: PositionBook): unknown {
  return [...book.all()]
    .map(({ position, direction, volume, openPrice, stopLoss }) => [
      position,
      direction,
      volume.toFixed(8),
      openPrice.toFixed(8),
      stopLoss,
    ])
    .sort();
}

function atBroker({ desk }: Told): unknown {
  return [...desk.broker.book.positions.values()]
    .map(({ ticket, side, volume, openPrice, stopLoss }) => [
      String(ticket),
      side,
      volume.toFixed(8),
      openPrice.toFixed(8),
      stopLoss,
    ])
    .sort();
}

const act = fc.oneof(
  fc.record({ kind: fc.constant('trade' as const), buy: fc.boolean(), steps: fc.integer({ min: 1, max: 5 }), pick: fc.nat(9) }),
  fc.record({ kind: fc.constant('close' as const), share: fc.constantFrom(0.5, 1), pick: fc.nat(9) }),
  fc.record({ kind: fc.constant('stop' as const), pips: fc.integer({ min: 20, max: 60 }), pick: fc.nat(9) }),
  fc.record({ kind: fc.constant('price' as const), pips: fc.integer({ min: -5, max: 5 }) }),
  fc.record({ kind: fc.constant('again' as const), pick: fc.nat(99) }),
  fc.record({ kind: fc.constant('snapshot' as const) }),
);

describe('the positions of an account', () => {
  for (const marginMode of ['HEDGING', 'NETTING'] as const) {
    it(`are those at the broker after any trades, repeats and snapshots (${marginMode})`, () => {
      fc.assert(
        fc.property(fc.array(act, { maxLength: 40 }), fc.nat(20), (acts, from) => {
          const told = new Told(marginMode);
          const { desk } = told;
          const book = new PositionBook();
          let seen = 0;
          let price = 1.1;
          acts.forEach((one, at) => {
            desk.wait(10);
            const positions = [...desk.broker.book.positions.values()];
            const held = positions[('pick' in one ? one.pick : 0) % Math.max(1, positions.length)];
            if (one.kind === 'trade') desk.trade({ side: one.buy ? 'BUY' : 'SELL', volume: one.steps / 10 });
            else if (one.kind === 'close' && held !== undefined) {
              const volume = Math.max(0.01, Math.round(held.volume * one.share * 100) / 100);
              desk.trade({ side: held.side === 'BUY' ? 'SELL' : 'BUY', volume, position: held.ticket });
            } else if (one.kind === 'stop' && held !== undefined) {
              const stopLoss = Math.round((price + (held.side === 'BUY' ? -1 : 1) * one.pips * 1e-4) * 1e5) / 1e5;
              const request = { action: 'stops' as const, position: held.ticket, stopLoss, takeProfit: 0 };
              desk.broker.send(request, () => {});
            } else if (one.kind === 'price') {
              price = Math.round((price + one.pips * 1e-4) * 1e5) / 1e5;
              desk.price('EURUSD', price, price + 0.0001);
            }
            desk.wait(100);
            if (at === from) for (const page of told.pages()) book.page(page);
            for (const trade of told.trades.slice(seen)) book.change(trade);
            seen = told.trades.length;
            if (one.kind === 'snapshot' && at > from) for (const page of told.pages()) book.page(page);
            if (one.kind === 'again' && at > from) {
              // What was not acked is told again in the next session, after its snapshot.
              const at = one.pick % Math.max(1, told.trades.length);
              const again = told.trades.slice(at, at + 1);
              desk.wait(10);
              for (const page of told.pages()) book.page(page);
              for (const trade of again) book.change(trade);
            }
            if (at >= from) assert.deepEqual(shown(book), atBroker(told));
          });
        }),
        { numRuns: proofCount(1_500) },
      );
    });
  }

  it('are not known before a whole snapshot, however many trades are told', () => {
    const told = new Told('HEDGING');
    told.desk.trade({ volume: 0.1 });
    told.desk.trade({ volume: 0.2 });
    const book = new PositionBook();
    for (const trade of told.trades) book.change(trade);
    const [first, second] = told.pages();
    assert.ok(first && second);
    book.page(first);
    assert.deepEqual([book.whole, book.size], [false, 0]);
    book.page(second);
    assert.deepEqual([book.whole, book.size], [true, 2]);
  });

  it('stay what they were when a page is missing, or the terminal could not look', () => {
    const told = new Told('HEDGING');
    told.desk.trade({ volume: 0.1 });
    const book = new PositionBook();
    for (const page of told.pages()) book.page(page);
    told.desk.trade({ volume: 0.2 });
    told.desk.trade({ volume: 0.3 });
    const [first, , third] = told.pages();
    assert.ok(first && third);
    book.page(first);
    book.page(third);
    assert.equal(book.size, 1);
    const [unknown] = told.pages();
    assert.ok(unknown);
    book.page({ ...unknown, completeness: 'UNKNOWN', positions: [], last: true });
    assert.equal(book.size, 1);
  });

  it('take in what was traded while the pages of a snapshot came', () => {
    const told = new Told('HEDGING');
    told.desk.trade({ volume: 0.1 });
    told.desk.trade({ volume: 0.2 });
    const book = new PositionBook();
    const [first, second] = told.pages();
    assert.ok(first && second);
    const before = told.trades.length;
    told.desk.wait(10);
    told.desk.trade({ volume: 0.3 });
    book.page(first);
    for (const trade of told.trades.slice(before)) book.change(trade);
    book.page(second);
    assert.deepEqual(shown(book), atBroker(told));
  });
});
