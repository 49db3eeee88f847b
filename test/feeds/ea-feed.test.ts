import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EaFeed } from '../../src/feeds/ea-feed.js';
import { checkFeedAccounts, feedAccounts } from '../../src/feeds/feed-accounts.js';
import { LIMITS } from '../../src/limits.js';
import { accountTerms } from '../support/account-terms.js';
import { proofCount } from '../support/price-paths.js';

const START_MS = Date.UTC(2026, 0, 6, 7);
const { silenceMs, returnMs } = LIMITS.feed;
const NAMES = ['a', 'b', 'c'] as const;
type Name = (typeof NAMES)[number];
const TERMS = new Map(NAMES.map((name) => [name, accountTerms('north', name)]));

interface Tick {
  readonly symbol: string;
  readonly atMs: number;
  readonly bid: number;
}

/** A feed of accounts, polled each second, on a time that passes by the second. */
class World {
  readonly switches: string[] = [];
  readonly ticks: Tick[] = [];
  readonly feed: EaFeed;
  nowMs = START_MS;
  #price = 0;

  constructor(accounts: readonly Name[] = ['a', 'b']) {
    const onSwitch = (accountId: string, fromMs: number): void =>
      void this.switches.push(`${accountId} from ${(fromMs - START_MS) / 1_000}`);
    this.feed = new EaFeed({ accounts, onSwitch });
    this.poll();
  }

  poll(): void {
    this.feed.poll(this.nowMs, (symbol, atMs, bid) => this.ticks.push({ symbol, atMs, bid }));
  }

  /** Each account's prices are its own: a at 1, b at 2, c at 3, and never the same twice. */
  quote(name: Name): void {
    const terms = TERMS.get(name);
    assert.ok(terms);
    this.#price += 1e-7;
    const bid = 1 + NAMES.indexOf(name) + this.#price;
    this.feed.heard(terms, undefined, this.nowMs);
    this.feed.quoted(terms, [{ symbol: 'EURUSD', bid, ask: bid + 0.0001, brokerTimeMs: this.nowMs }], this.nowMs);
  }

  /** So many seconds in which these quote once each. */
  pass(seconds: number, ...quoting: readonly Name[]): void {
    for (let at = 0; at < seconds; at++) {
      this.nowMs += 1_000;
      for (const name of quoting) this.quote(name);
      this.poll();
    }
  }

  /** Whose ticks came, in runs: `a×3 b×2`. */
  runs(): string {
    const runs: { of: string; count: number }[] = [];
    for (const { bid } of this.ticks) {
      const of = NAMES[Math.floor(bid) - 1] as string;
      const last = runs.at(-1);
      if (last?.of === of) last.count += 1;
      else runs.push({ of, count: 1 });
    }
    return runs.map(({ of, count }) => `${of}×${count}`).join(' ');
  }
}

describe('brokers’ quotes as the reference feed', () => {
  it('are ticks by the time of receipt, of the chosen account and no other', () => {
    const world = new World(['a']);
    world.pass(2, 'a', 'b');
    assert.deepEqual(
      world.ticks.map(({ atMs }) => atMs - START_MS),
      [1_000, 2_000],
    );
    assert.equal(world.runs(), 'a×2');
    assert.deepEqual([world.feed.isSource('a'), world.feed.isSource('b')], [true, false]);
  });

  it('told again unchanged are no ticks, but show that the account is there', () => {
    const world = new World(['a']);
    const quote = { symbol: 'EURUSD', bid: 1.1, ask: 1.1001, brokerTimeMs: 5 };
    const terms = TERMS.get('a') ?? assert.fail();
    for (let at = 0; at < 10; at++) {
      world.nowMs += 5_000;
      world.feed.quoted(terms, [quote], world.nowMs);
      world.poll();
    }
    assert.equal(world.ticks.length, 1);
    assert.equal(world.feed.state(world.nowMs).ok, true);
    world.feed.quoted(terms, [{ ...quote, brokerTimeMs: 6 }], world.nowMs);
    world.poll();
    assert.equal(world.ticks.length, 2);
  });

  it('come from the next account once the one before it has been silent for 15 s, from a minute on that has none of the other’s', () => {
    const world = new World();
    // Silent from 10 s on; known at 25 s; the minute that a's ticks are in ends at 60 s.
    world.pass(10, 'a', 'b');
    world.pass(14, 'b');
    assert.deepEqual(world.switches, []);
    world.pass(1, 'b');
    assert.deepEqual(world.switches, ['b from 60']);
    world.pass(40, 'b');
    assert.equal(world.runs(), 'a×10 b×6');
    assert.equal(world.ticks.at(10)?.atMs, START_MS + 60_000);
    assert.deepEqual([world.feed.isSource('a'), world.feed.isSource('b')], [false, true]);
    assert.match(world.feed.state(world.nowMs).detail, /^ea:b, in place of a$/);
  });

  it('begin at once where the silence has lasted into another minute', () => {
    const world = new World();
    world.pass(50, 'a', 'b');
    world.pass(20, 'b');
    assert.deepEqual(world.switches, ['b from 65']);
  });

  it('are the preferred account’s again once it has been there for a minute, and not before', () => {
    const world = new World();
    world.pass(10, 'a', 'b');
    world.pass(60, 'b');
    world.pass(returnMs / 1_000, 'a', 'b');
    assert.equal(world.switches.length, 1);
    world.pass(1, 'a', 'b');
    // a came back at 71 s; a minute later is 131 s, and b has ticks in that minute.
    assert.deepEqual(world.switches, ['b from 60', 'a from 180']);
    world.pass(60, 'a', 'b');
    // The quotes of between are nobody's: b's from 131 s on, a's until 180 s.
    assert.equal(world.runs(), 'a×10 b×72 a×12');
    assert.equal(world.feed.sourceOf(START_MS, START_MS + 60_000), 'ea:a');
    assert.equal(world.feed.sourceOf(START_MS + 60_000, START_MS + 120_000), 'ea:b');
    assert.equal(world.feed.sourceOf(START_MS, START_MS + 300_000), 'ea:a,b');
  });

  it('stay with an account whose market has closed for all: two that fall silent and speak again together do not change places', () => {
    const world = new World();
    world.pass(10, 'a', 'b');
    world.pass(3_600);
    assert.equal(world.feed.state(world.nowMs).ok, false);
    assert.match(world.feed.state(world.nowMs).detail, /^ea:a has quoted nothing for 3600 s and is not connected$/);
    // The other is a little earlier at the opening.
    world.pass(10, 'b');
    world.pass(100, 'a', 'b');
    assert.deepEqual(world.switches, []);
    assert.equal(world.runs(), 'a×110');
  });

  it('go past one that is not there to the third', () => {
    const world = new World(['a', 'b', 'c']);
    world.pass(10, 'a', 'c');
    world.pass(60, 'c');
    assert.equal(world.runs(), 'a×10 c×11');
  });

  it('of one that was never there are taken over from the start on', () => {
    const world = new World();
    assert.equal(world.feed.state(world.nowMs).detail, 'ea:a is not connected');
    world.pass(silenceMs / 1_000 + 1, 'b');
    world.pass(1, 'b');
    assert.equal(world.runs(), 'b×1');
  });

  it('never lie in one minute with another account’s', () => {
    const act = fc.record({
      quoting: fc.subarray<Name>(['a', 'b', 'c']),
      seconds: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(fc.array(act, { minLength: 2, maxLength: 25 }), (acts) => {
        const world = new World(['a', 'b', 'c']);
        for (const { quoting, seconds } of acts) world.pass(seconds, ...quoting);
        const minutes = new Map<number, Set<number>>();
        for (const { atMs, bid } of world.ticks) {
          const minute = Math.floor(atMs / 60_000);
          const whose = minutes.get(minute) ?? new Set();
          minutes.set(minute, whose.add(Math.floor(bid)));
        }
        for (const [minute, whose] of minutes) {
          assert.equal(whose.size, 1);
          const named = NAMES[([...whose][0] as number) - 1];
          assert.equal(world.feed.sourceOf(minute * 60_000, minute * 60_000 + 60_000).includes(named as string), true);
        }
      }),
      { numRuns: proofCount(300) },
    );
  });

  it('that nobody polls are not kept without end', () => {
    const world = new World(['a']);
    for (let at = 0; at < LIMITS.feed.waiting + 5; at++) world.quote('a');
    assert.equal(world.feed.figures.dropped, 5);
    world.poll();
    assert.equal(world.ticks.length, LIMITS.feed.waiting);
  });
});

describe('who may be the feed', () => {
  const one = { id: 'one', tenantId: 'north' };
  const two = { id: 'two', tenantId: 'south' };

  it('accounts are named by the setting, in their order', () => {
    assert.deepEqual(feedAccounts('ea:A,  b'), ['a', 'b']);
    assert.deepEqual(feedAccounts('off'), []);
  });

  it('an account that there is not is none', () => {
    const rights = { named: ['one', 'two'], accounts: [one], tenants: [{ id: 'north' }], shared: true };
    assert.throws(() => checkFeedAccounts(rights), /account two, which the ledger does not have/);
  });

  it('other tenants decide by an account’s prices only where the operator says so', () => {
    const named = { named: ['one'], accounts: [one], tenants: [{ id: 'north' }, { id: 'south' }] };
    assert.throws(() => checkFeedAccounts({ ...named, shared: false }), /tenant north the prices that tenant south decides by/);
    assert.equal(checkFeedAccounts({ ...named, shared: true }), undefined);
    assert.equal(checkFeedAccounts({ ...named, tenants: [{ id: 'north' }], shared: false }), 'north');
    const both = { named: ['one', 'two'], accounts: [one, two], tenants: [{ id: 'north' }], shared: false };
    assert.throws(() => checkFeedAccounts(both), /tenant south/);
  });
});
