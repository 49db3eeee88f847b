/** Brokers' quotes as the feed, where the EA is connected to another node than the one that is the feed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EaFeed } from '../../src/feeds/ea-feed.js';
import { LIMITS } from '../../src/limits.js';
import { spreadEaFeed } from '../../src/node/ea-feed.js';
import { Activity, untilIdle } from '../../src/runtime/activity.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { seededRandom } from '../../src/runtime/random.js';
import { MemoryBroker } from '../../src/storage/bus/memory-bus.js';
import { accountTerms } from '../support/account-terms.js';

const START_MS = Date.UTC(2026, 0, 6, 7);
const ACCOUNTS = ['first', 'second'] as const;
const TERMS = new Map(ACCOUNTS.map((name) => [name, accountTerms('north', name)]));

function world() {
  const activity = new Activity();
  const broker = new MemoryBroker({ clock: new SteppedClock(START_MS), random: seededRandom(1), activity });
  const nodes = ['a', 'b'].map((name) => {
    const feed = new EaFeed({ accounts: ACCOUNTS });
    const bus = broker.connect();
    const { observer } = spreadEaFeed({ feed, accounts: ACCOUNTS, owner: undefined }, name, bus);
    const ticks: string[] = [];
    const poll = (atMs: number): void =>
      feed.poll(atMs, (symbol, timeMs, bid) => ticks.push(`${symbol} ${timeMs - START_MS} ${bid}`));
    poll(START_MS);
    return { feed, observer, ticks, poll };
  });
  const [a, b] = nodes;
  assert.ok(a && b);
  /** As the EA of the account tells it to the node that it is connected to. */
  const quote = async (at: typeof a, name: (typeof ACCOUNTS)[number], bid: number, afterMs: number): Promise<void> => {
    const terms = TERMS.get(name);
    assert.ok(terms);
    const quotes = [{ symbol: 'EURUSD', bid, ask: bid + 1, brokerTimeMs: afterMs }];
    for (const observer of [at.feed, at.observer]) observer.quoted(terms, quotes, START_MS + afterMs);
    await untilIdle(activity);
  };
  return { a, b, quote };
}

test('whichever node has the EA, each node’s feed has its quotes once, in their order', async () => {
  const { a, b, quote } = world();
  await quote(b, 'first', 1, 100);
  await quote(b, 'first', 2, 200);
  // Its EA connects to the other node.
  await quote(a, 'first', 3, 300);
  for (const one of [a, b]) {
    one.poll(START_MS + 1_000);
    assert.deepEqual(one.ticks, ['EURUSD 100 1', 'EURUSD 200 2', 'EURUSD 300 3']);
    assert.equal(one.feed.state(START_MS + 1_000).ok, true);
    assert.ok(one.feed.isSource('first'));
  }
});

test('when the account falls silent, the next takes over on every node, wherever its EA is', async () => {
  const { a, b, quote } = world();
  await quote(b, 'first', 1, 100);
  const { silenceMs } = LIMITS.feed;
  for (let afterMs = 1_000; afterMs <= 2 * silenceMs + 1_000; afterMs += 1_000) {
    await quote(a, 'second', 5 + afterMs / 1e9, afterMs);
    for (const one of [a, b]) one.poll(START_MS + afterMs);
  }
  for (const one of [a, b]) assert.ok(one.feed.isSource('second') && one.feed.figures.switches === 1);
});

test('an account that is not the feed is told to no other node', async () => {
  const { a, b, quote } = world();
  const stranger = accountTerms('north', 'stranger');
  b.observer.quoted(stranger, [{ symbol: 'EURUSD', bid: 9, ask: 10, brokerTimeMs: 1 }], START_MS);
  await quote(b, 'first', 1, 100);
  a.poll(START_MS + 1_000);
  assert.deepEqual(a.ticks, ['EURUSD 100 1']);
});
