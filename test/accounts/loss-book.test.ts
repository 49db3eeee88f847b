import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ChargeBook } from '../../src/accounts/charge-book.js';
import { LossBook } from '../../src/accounts/loss-book.js';
import type { FinanceMessage } from '../../src/protocol/messages.js';

const DAY_MS = 86_400_000;
const finance = (change: Partial<FinanceMessage>): FinanceMessage => ({
  kind: 'FINANCE',
  balance: 10_000,
  equity: 10_000,
  margin: 0,
  freeMargin: 10_000,
  floating: 0,
  dayProfit: 0,
  ...change,
});
/** A Wednesday. */
const WEDNESDAY_MS = Date.UTC(2026, 2, 4);
const dayOf = (atMs: number): number => Math.floor(atMs / DAY_MS);

describe('the losses of an account', () => {
  it('are closed and floating, in percent of what the day began with', () => {
    const book = new LossBook();
    assert.equal(book.dailyPercent(finance({ balance: 9_900, dayProfit: -100, floating: -400 })), 5);
    assert.equal(book.dailyPercent(finance({ balance: 10_100, dayProfit: 100, floating: -100 })), 0);
    assert.equal(book.dailyPercent(finance({ balance: 10_500, dayProfit: 500, floating: 0 })), -5);
    assert.equal(book.dailyPercent(finance({ balance: 0, dayProfit: 0, floating: -5 })), 100, 'of nothing, all');
  });

  it('of a week begin on Monday by the broker’s clock and take in the days before today', () => {
    const book = new LossBook();
    const booked = [-3, -2, -1, 0].map((days) => ({
      day: dayOf(WEDNESDAY_MS) + days,
      net: [-9_000, -300, -100, -77][days + 3] as number,
    }));
    book.begin(booked, 0);
    // Monday lost 300 and Tuesday 100; what today closed is told by the broker, and last Sunday is of another week.
    assert.equal(book.weeklyPercent(finance({ balance: 9_500, dayProfit: -100, floating: -500 }), WEDNESDAY_MS + 5), 10);
    assert.equal(book.weeklyPercent(finance({ balance: 9_600 }), WEDNESDAY_MS + 5), 4);
  });

  it('follow the broker’s midnight, not ours', () => {
    const book = new LossBook();
    const sunday = WEDNESDAY_MS - 3 * DAY_MS;
    book.begin([{ day: dayOf(sunday) + 1, net: -500 }], 2 * 3_600);
    const money = finance({ balance: 9_500 });
    assert.equal(book.weeklyPercent(money, sunday + 21 * 3_600_000), 0, '23:00 of Sunday at the broker');
    assert.equal(book.weeklyPercent(money, sunday + DAY_MS + 22 * 3_600_000), 5, '00:00 of Tuesday: Monday is a day before');
    assert.equal(book.dayAt(sunday + 22 * 3_600_000), dayOf(sunday) + 1);
  });

  it('take in deals that are booked meanwhile', () => {
    const book = new LossBook();
    book.begin([], 0);
    book.book(WEDNESDAY_MS - DAY_MS, -150);
    book.book(WEDNESDAY_MS - DAY_MS + 1, -50);
    assert.equal(book.weeklyPercent(finance({ balance: 9_800 }), WEDNESDAY_MS), 2);
  });
});

describe('what a broker takes for a lot', () => {
  it('is learned of its deals, both ways, and the side that is not known yet is taken to cost the same', () => {
    const book = new ChargeBook();
    assert.equal(book.perLot('EURUSD'), undefined);
    book.charge({ symbol: 'EURUSD', opening: true, lots: 2, commission: -7 });
    assert.equal(book.perLot('EURUSD'), 7);
    book.charge({ symbol: 'EURUSD', opening: false, lots: 0.5, commission: 0 });
    assert.equal(book.perLot('EURUSD'), 3.5, 'all of it is taken when the position opens');
    book.charge({ symbol: 'EURUSD', opening: true, lots: 2, commission: -5 });
    assert.equal(book.perLot('EURUSD'), 3);
    book.charge({ symbol: 'USDJPY', opening: true, lots: 1, commission: 4 });
    assert.equal(book.perLot('USDJPY'), 0, 'a rebate is counted on by nobody');
  });
});
