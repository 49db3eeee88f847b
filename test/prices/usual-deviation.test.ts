import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deviationOf, type Judgement, UsualDeviation } from '../../src/prices/usual-deviation.js';
import { LIMITS } from '../../src/limits.js';

const REFERENCE = { bid: 1.1, ask: 1.1001 };
const PIP = 0.0001;
const { usualMs, youngWeight, confirmMs } = LIMITS.prices;

/** A broker whose quotes come each second; pips of either side from the reference. */
class Quotes {
  readonly usual = new UsualDeviation(PIP);
  atMs = 1_700_000_000_000;

  take(bidPips: number, askPips: number, gapMs = 1_000): Judgement {
    this.atMs += gapMs;
    const quote = { bid: REFERENCE.bid + bidPips * PIP, ask: REFERENCE.ask + askPips * PIP };
    return this.usual.take(deviationOf(quote, REFERENCE), this.atMs);
  }

  /** A minute around 0.3 pips below and 0.5 above. */
  static grown(): Quotes {
    const quotes = new Quotes();
    for (let at = 0; at < 60; at++) quotes.take(-0.3 + 0.1 * (at % 3), 0.5 + 0.1 * (at % 2));
    return quotes;
  }
}

describe('what a broker’s quotes usually are', () => {
  it('a deviation is broker less reference, each side by itself, and its share is of the larger', () => {
    const { bid, ask, share } = deviationOf({ bid: 1.0998, ask: 1.1002 }, REFERENCE);
    assert.deepEqual([bid.toFixed(6), ask.toFixed(6), share.toFixed(9)], ['-0.000200', '0.000100', (0.0002 / 1.1).toFixed(9)]);
  });

  it('the figures tell the quote of now beside mean and dispersion of each side', () => {
    const quotes = new Quotes();
    quotes.take(-0.2, 0.4, 0);
    quotes.take(-0.4, 0.8, 0);
    const figures = quotes.usual.figures();
    assert.ok(figures);
    const pips = Object.entries(figures).map(([name, value]) => [name, name === 'compared' ? value : +(value / PIP).toFixed(6)]);
    assert.deepEqual(Object.fromEntries(pips), {
      deviationBid: -0.4,
      deviationAsk: 0.8,
      usualBid: -0.3,
      usualAsk: 0.6,
      dispersionBid: 0.1,
      dispersionAsk: 0.2,
      usualReach: 3,
      compared: 2,
    });
  });

  it('before enough is known nothing is a spike', () => {
    const quotes = new Quotes();
    const said = Array.from({ length: youngWeight }, (_, at) => quotes.take(at % 2 === 0 ? 0 : 50, 0));
    assert.deepEqual([...new Set(said)], ['young']);
  });

  for (const [side, bid, ask] of [
    ['bid', -9, 0.5],
    ['ask', -0.3, 9],
  ] as const) {
    it(`a spike of the ${side} alone is none of the usual, and leaves no trace in it`, () => {
      const quotes = Quotes.grown();
      const before = quotes.usual.figures();
      assert.equal(quotes.take(bid, ask), 'spike');
      assert.equal(quotes.usual.spikeSinceMs, quotes.atMs);
      const { deviationBid: _bid, deviationAsk: _ask, ...usual } = before ?? assert.fail();
      for (const [name, value] of Object.entries(usual)) assert.equal(quotes.usual.figures()?.[name as 'usualBid'], value);
      assert.equal(quotes.take(-0.3, 0.5), 'usual');
      assert.equal(quotes.usual.spikeSinceMs, undefined);
    });
  }

  it('a broker that has moved is believed once quotes have agreed for a while, and its usual begins anew there', () => {
    const quotes = Quotes.grown();
    const said = [quotes.take(9, 10), quotes.take(9.2, 10.1), quotes.take(9.1, 10.2)];
    assert.deepEqual(said, ['spike', 'spike', 'young']);
    assert.equal(quotes.usual.figures()?.compared, 1);
    assert.equal(quotes.usual.spikeSinceMs, undefined);
    assert.equal(((quotes.usual.figures()?.usualBid ?? 0) / PIP).toFixed(6), '9.100000');
  });

  it('three quotes of one instant are no confirmation', () => {
    const quotes = Quotes.grown();
    assert.deepEqual(
      [quotes.take(9, 10), quotes.take(9, 10, 0), quotes.take(9, 10, 0), quotes.take(9, 10, confirmMs - 1)],
      ['spike', 'spike', 'spike', 'spike'],
    );
    assert.equal(quotes.take(9, 10, 1), 'young');
  });

  it('spikes that do not agree with each other confirm nothing, however many they are', () => {
    const quotes = Quotes.grown();
    for (let at = 0; at < 50; at++) assert.equal(quotes.take(at % 2 === 0 ? 9 : -9, 0.5), 'spike');
  });

  it('where a broker’s quotes scatter widely, further away is usual', () => {
    const quotes = new Quotes();
    for (let at = 0; at < 60; at++) quotes.take(at % 2 === 0 ? -2 : 2, at % 2 === 0 ? -2 : 2);
    assert.equal(quotes.take(11, 11), 'usual');
    assert.equal(quotes.take(16, 16), 'spike');
  });

  it('after a long silence what was usual is too old to judge by', () => {
    const quotes = Quotes.grown();
    assert.equal(quotes.take(9, 10, 8 * usualMs), 'young');
  });
});
