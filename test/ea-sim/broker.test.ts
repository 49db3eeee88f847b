import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BEHAVIOURS } from '../../src/ea-sim/behaviour.js';
import type { TradeAnswer, TradeEvent } from '../../src/ea-sim/broker.js';
import { tickValues } from '../../src/ea-sim/margin.js';
import { meaningOf, RETCODE } from '../../src/ea-sim/retcode.js';
import type { Deal } from '../../src/ea-sim/trading-book.js';
import { Desk, type DeskWish } from './desk.js';

const RUNS = process.env.SUHO_PROOF ? 2_000 : 120;

function lastDeal(desk: Desk): Deal {
  const deal = desk.broker.book.deals.at(-1);
  assert.ok(deal);
  return deal;
}

describe('a simulated broker, worked by hand', () => {
  it('buys at its ask and sells at its bid, with its mark-up on both sides', () => {
    const desk = new Desk({ symbol: { markupPoints: 4, offsetPoints: 1, suffix: '.m' } });
    assert.deepEqual(desk.broker.quote('EURUSD'), undefined);
    const quote = desk.broker.quote('EURUSD.m');
    assert.equal(quote?.bid, 1.09999);
    assert.equal(quote?.ask, 1.10013);
    assert.equal(desk.trade({ symbol: 'EURUSD.m' }).price, 1.10013);
    assert.equal(desk.trade({ symbol: 'EURUSD.m', side: 'SELL' }).price, 1.09999);
  });

  it('makes 100 dollars a lot for ten pips of EURUSD, and charges commission on both deals', () => {
    const desk = new Desk({ terms: { commissionPerLot: 3.5 } });
    const { position } = desk.trade({ volume: 1 });
    desk.price('EURUSD', 1.1011, 1.1012);
    assert.deepEqual(desk.broker.account(), {
      balance: 9_996.5,
      equity: 10_096.5,
      margin: 1_101.1,
      freeMargin: 8_995.4,
      floating: 100,
    });
    desk.trade({ side: 'SELL', position, volume: 1 });
    assert.equal(lastDeal(desk).profit, 100);
    assert.equal(desk.broker.account().balance, 10_093);
    assert.equal(desk.broker.dayProfit(), 93);
    assert.equal(desk.broker.account().margin, 0);
  });

  it('changes profit in a third currency at the adverse side', () => {
    const desk = new Desk();
    // Half a lot of EURJPY, sold at 165.00, bought back 32 pips dearer at 165.32: 16,000 yen, bought at 150.00 a dollar.
    const { position } = desk.trade({ symbol: 'EURJPY', side: 'SELL', volume: 0.5 });
    desk.price('EURJPY', 165.3, 165.32);
    desk.trade({ symbol: 'EURJPY', side: 'BUY', volume: 0.5, position });
    assert.equal(lastDeal(desk).profit, -106.67);
  });

  it('tells the tick value of both sides, and 0 before it can know', () => {
    const desk = new Desk({ terms: { currency: 'USD' } });
    const yen = desk.broker.quotes.symbol('EURJPY');
    const franc = desk.broker.quotes.symbol('EURCHF');
    assert.ok(yen && franc);
    const value = tickValues(yen, desk.broker.quotes, 'USD');
    assert.ok(Math.abs(value.profit - 100 / 150.01) < 1e-9);
    assert.ok(Math.abs(value.loss - 100 / 150) < 1e-9);
    assert.deepEqual(tickValues(franc, desk.broker.quotes, 'USD'), { profit: 0, loss: 0 });
  });

  it("tries a buy's stop against the bid", () => {
    const desk = new Desk();
    desk.trade({ stopLoss: 1.099, takeProfit: 1.102 });
    desk.price('EURUSD', 1.09901, 1.0992);
    desk.wait(20);
    assert.equal(desk.broker.book.positions.size, 1);
    desk.price('EURUSD', 1.099, 1.0992);
    desk.wait(20);
    assert.equal(desk.broker.book.positions.size, 0);
    assert.deepEqual([lastDeal(desk).reason, lastDeal(desk).price, lastDeal(desk).profit], ['SL', 1.099, -110]);
  });

  it("tries a sell's stop against the ask, while the bid is still inside", () => {
    const desk = new Desk();
    desk.trade({ side: 'SELL', stopLoss: 1.101, takeProfit: 1.098 });
    desk.price('EURUSD', 1.0979, 1.09801);
    desk.price('EURUSD', 1.1007, 1.10099);
    desk.wait(20);
    assert.equal(desk.broker.book.positions.size, 1);
    desk.price('EURUSD', 1.1007, 1.101);
    desk.wait(20);
    assert.deepEqual([lastDeal(desk).reason, lastDeal(desk).price], ['SL', 1.101]);
  });

  it('fills a stop that the price jumped beyond it, and takes profit at the better price', () => {
    const desk = new Desk();
    desk.trade({ stopLoss: 1.099 });
    desk.price('EURUSD', 1.095, 1.0951);
    desk.wait(20);
    assert.deepEqual([lastDeal(desk).reason, lastDeal(desk).price, lastDeal(desk).profit], ['SL', 1.095, -510]);
    desk.trade({ takeProfit: 1.096 });
    desk.price('EURUSD', 1.097, 1.0971);
    desk.wait(20);
    assert.deepEqual([lastDeal(desk).reason, lastDeal(desk).price], ['TP', 1.097]);
  });

  it('sees a spike that came and went between two of its turns', () => {
    const desk = new Desk();
    desk.trade({ stopLoss: 1.099 });
    desk.prices.accept('EURUSD', desk.clock.nowMs(), 1.0985, 1.0986);
    desk.prices.accept('EURUSD', desk.clock.nowMs(), 1.1, 1.1001);
    desk.wait(20);
    assert.deepEqual([lastDeal(desk).reason, lastDeal(desk).price], ['SL', 1.0985]);
  });

  it('nets on a netting account: adds, reduces, and turns round in one deal', () => {
    const desk = new Desk({ terms: { marginMode: 'NETTING' } });
    const { position } = desk.trade({ volume: 0.3 });
    desk.price('EURUSD', 1.1019, 1.102);
    desk.trade({ volume: 0.1 });
    const [held] = desk.broker.book.positions.values();
    assert.equal(held?.volume, 0.4);
    assert.ok(Math.abs((held?.openPrice ?? 0) - 1.100575) < 1e-9);
    desk.trade({ side: 'SELL', volume: 0.1 });
    assert.equal(lastDeal(desk).entry, 'OUT');
    desk.trade({ side: 'SELL', volume: 0.5 });
    assert.deepEqual([lastDeal(desk).entry, lastDeal(desk).profit], ['INOUT', 39.75]);
    const [turned] = desk.broker.book.positions.values();
    assert.deepEqual([turned?.ticket, turned?.side, turned?.volume, turned?.openPrice], [position, 'SELL', 0.2, 1.1019]);
  });

  it('holds several positions on a hedging account and charges margin for the larger side', () => {
    const desk = new Desk();
    desk.trade({ volume: 0.3 });
    desk.trade({ volume: 0.2 });
    desk.trade({ side: 'SELL', volume: 0.4 });
    assert.equal(desk.broker.book.positions.size, 3);
    assert.equal(desk.broker.account().margin, 550);
  });

  it('closes the worst position when equity falls to the stop-out level', () => {
    const desk = new Desk({ terms: { deposit: 1_500, leverage: 100 } });
    desk.trade({ volume: 0.5 });
    const worst = desk.trade({ volume: 0.7 });
    desk.price('EURUSD', 1.0929, 1.093);
    desk.wait(20);
    // Equity 1500 − 1.2 lots · 72 pips · 10 = 636 against a margin of 1311.48: below half. Worst is the larger.
    assert.deepEqual([lastDeal(desk).reason, lastDeal(desk).position], ['SO', worst.position]);
    assert.equal(desk.broker.book.positions.size, 1);
  });

  it('requotes on instant execution once the price has moved beyond the deviation', () => {
    const desk = new Desk({ symbol: { execution: 'INSTANT' } });
    const moved = (points: number): number => 1.1001 - points * 0.00001;
    assert.equal(desk.trade({ price: moved(11), deviationPoints: 10 }).retcode, RETCODE.REQUOTE);
    assert.equal(desk.trade({ price: moved(10), deviationPoints: 10 }).retcode, RETCODE.DONE);
  });

  it('refuses by code what a server refuses', () => {
    const desk = new Desk({ symbol: { stopsLevel: 20 } });
    const { position } = desk.trade({ volume: 0.1 });
    const code = (wish: Parameters<Desk['request']>[0]): number => desk.trade(wish).retcode;
    assert.equal(code({ symbol: 'DOGE' }), RETCODE.INVALID);
    assert.equal(code({ symbol: 'AUDCAD' }), RETCODE.PRICE_OFF);
    assert.equal(code({ volume: 0.015 }), RETCODE.INVALID_VOLUME);
    assert.equal(code({ volume: 101 }), RETCODE.INVALID_VOLUME);
    assert.equal(code({ volume: 50 }), RETCODE.NO_MONEY);
    assert.equal(code({ stopLoss: 1.09981 }), RETCODE.INVALID_STOPS);
    assert.equal(code({ volume: 0.1, stopLoss: 1.0998 }), RETCODE.DONE);
    assert.equal(code({ stopLoss: 1.2 }), RETCODE.INVALID_STOPS);
    assert.equal(code({ side: 'SELL', position, volume: 0.2 }), RETCODE.INVALID_CLOSE_VOLUME);
    assert.equal(code({ side: 'SELL', position: 5n, volume: 0.1 }), RETCODE.POSITION_CLOSED);
    const buyOnly = new Desk({ symbol: { tradeMode: 'LONG_ONLY' } });
    assert.equal(buyOnly.trade({ side: 'SELL' }).retcode, RETCODE.LONG_ONLY);
    desk.wait(4 * 86_400_000);
    assert.equal(code({}), RETCODE.MARKET_CLOSED);
  });

  it('acts only on milliseconds that end in 7, and answers never in the instant of the question', () => {
    const desk = new Desk({ behaviour: BEHAVIOURS.hostile });
    const instants: number[] = [];
    desk.broker.onTrade(() => instants.push(desk.clock.nowMs() % 10));
    for (let at = 0; at < 20; at++) {
      desk.trade({ volume: 0.1, stopLoss: 1.0999 });
      desk.price('EURUSD', at % 2 ? 1.1 : 1.09, at % 2 ? 1.1001 : 1.0901);
      desk.wait(10);
    }
    assert.ok(instants.length > 20);
    assert.deepEqual([...new Set(instants)], [7]);
  });

  it('knows nothing while it is cut off from the server', () => {
    const always = { ...BEHAVIOURS.clean, ambiguousChance: 1, ambiguousTradedChance: 1, linkDownMsMost: 30_000 };
    for (let seed = 1; ; seed++) {
      const desk = new Desk({ behaviour: always, seed });
      if (desk.trade({}).retcode !== RETCODE.CONNECTION) continue;
      assert.equal(desk.broker.linkedSinceMs(), undefined);
      assert.equal(desk.broker.history({ sinceMs: 0 }), undefined);
      assert.equal(desk.broker.holdings(), undefined);
      assert.equal(desk.trade({}).retcode, RETCODE.CONNECTION);
      desk.wait(60_000);
      assert.ok(desk.broker.linkedSinceMs());
      assert.equal(desk.broker.history({ magic: 1n })?.deals.length, 1);
      return;
    }
  });
});

type Move =
  | { readonly kind: 'price'; readonly pips: number }
  | { readonly kind: 'open'; readonly side: 'BUY' | 'SELL'; readonly steps: number; readonly stopPips: number }
  | { readonly kind: 'close'; readonly which: number; readonly part: boolean }
  | { readonly kind: 'wait'; readonly ms: number };

const moves: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constant('price' as const), pips: fc.integer({ min: -40, max: 40 }) }),
  fc.record({
    kind: fc.constant('open' as const),
    side: fc.constantFrom('BUY' as const, 'SELL' as const),
    steps: fc.integer({ min: 1, max: 80 }),
    stopPips: fc.integer({ min: 0, max: 30 }),
  }),
  fc.record({ kind: fc.constant('close' as const), which: fc.nat(5), part: fc.boolean() }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 10, max: 8_000 }) }),
);

interface Told {
  readonly magic: bigint;
  readonly answers: TradeAnswer[];
}

class Play {
  readonly desk: Desk;
  readonly told: Told[] = [];
  readonly events: TradeEvent[] = [];
  #mid = 1.1;

  constructor(wish: DeskWish) {
    this.desk = new Desk(wish);
    this.desk.broker.onTrade((event) => this.events.push(event));
  }

  do(move: Move): void {
    if (move.kind === 'wait') this.desk.wait(move.ms);
    else if (move.kind === 'price') {
      this.#mid += move.pips / 10_000;
      this.desk.price('EURUSD', Number((this.#mid - 0.00005).toFixed(5)), Number((this.#mid + 0.00005).toFixed(5)));
    } else if (move.kind === 'open') {
      const sign = move.side === 'BUY' ? 1 : -1;
      const stopLoss = move.stopPips ? Number((this.#mid - sign * move.stopPips * 0.0001).toFixed(5)) : 0;
      this.#send({ side: move.side, volume: Math.round(move.steps) / 100, stopLoss });
    } else {
      const open = [...this.desk.broker.book.positions.values()];
      const position = open[move.which % Math.max(1, open.length)];
      if (!position) return;
      const volume = move.part && position.volume > 0.01 ? 0.01 : position.volume;
      this.#send({ side: position.side === 'BUY' ? 'SELL' : 'BUY', volume, position: position.ticket });
    }
  }

  #send(wish: Parameters<Desk['request']>[0]): void {
    const request = this.desk.request(wish);
    const told: Told = { magic: request.magic, answers: [] };
    this.told.push(told);
    this.desk.broker.send(request, (answer) => told.answers.push(answer));
  }
}

function checkBooks(desk: Desk): void {
  const { book } = desk.broker;
  const account = desk.broker.account();
  assert.ok(Math.abs(account.balance + account.floating - account.equity) < 1e-6, 'balance + floating = equity');
  const money = book.deals.reduce((sum, deal) => sum + deal.profit + deal.commission + deal.swap, 0);
  assert.ok(Math.abs(money - account.balance) < 1e-6, 'the balance is the sum of the deals');
  const volumes = new Map<bigint, number>();
  for (const deal of book.deals) {
    if (deal.kind === 'BALANCE') continue;
    volumes.set(deal.position, (volumes.get(deal.position) ?? 0) + (deal.kind === 'BUY' ? deal.volume : -deal.volume));
  }
  for (const [ticket, volume] of volumes) {
    const position = book.positions.get(ticket);
    const held = position ? (position.side === 'BUY' ? position.volume : -position.volume) : 0;
    assert.ok(Math.abs(held - volume) < 1e-8, `position ${ticket} holds ${held}, its deals add up to ${volume}`);
  }
  if (book.marginMode === 'NETTING') assert.ok(book.positions.size <= 1, 'one position a symbol');
}

const plays = fc.record({
  seed: fc.nat(),
  marginMode: fc.constantFrom('NETTING' as const, 'HEDGING' as const),
  execution: fc.constantFrom('INSTANT' as const, 'MARKET' as const),
  moves: fc.array(moves, { minLength: 5, maxLength: 60 }),
});

describe('a hostile broker, whatever is asked of it', () => {
  it('keeps books that add up, fills a request at most once, and answers what its history says', () => {
    fc.assert(
      fc.property(plays, ({ seed, marginMode, execution, moves: list }) => {
        const play = new Play({
          seed,
          terms: { marginMode, deposit: 50_000 },
          symbol: { execution },
          behaviour: BEHAVIOURS.hostile,
        });
        for (const move of list) {
          play.do(move);
          checkBooks(play.desk);
        }
        play.desk.wait(120_000);
        checkBooks(play.desk);
        assert.equal(play.desk.broker.book.orders.size, 0, 'every order comes to an end');
        for (const { magic, answers } of play.told) {
          assert.equal(answers.length, 1, 'one answer to one request');
          const deals = play.desk.broker.book.deals.filter((deal) => deal.magic === magic && deal.reason === 'EXPERT');
          assert.ok(deals.length <= 1, 'one request makes one deal at most');
          const [answer] = answers;
          const meaning = meaningOf(answer?.retcode ?? 0);
          if (meaning === 'ambiguous') continue;
          assert.equal(deals.length, meaning === 'done' ? 1 : 0, 'an answer that is not ambiguous is true');
          if (deals[0]) assert.deepEqual([answer?.deal, answer?.volume], [deals[0].ticket, deals[0].volume]);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('does the same for the same seed', () => {
    fc.assert(
      fc.property(plays, ({ seed, marginMode, execution, moves: list }) => {
        const deals = [0, 1].map(() => {
          const play = new Play({ seed, terms: { marginMode }, symbol: { execution }, behaviour: BEHAVIOURS.hostile });
          for (const move of list) play.do(move);
          return play.desk.broker.book.deals;
        });
        assert.deepEqual(deals[0], deals[1]);
      }),
      { numRuns: Math.ceil(RUNS / 8) },
    );
  });
});
