import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/limits.js';
import { patternIdOf, strategyIdOf } from '../../src/patterns/pattern-ids.js';
import { PatternLearner } from '../../src/patterns/pattern-learner.js';
import { systemClock } from '../../src/runtime/clock.js';
import { DEFAULT_THRESHOLDS } from '../../src/signals/score.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import { EmbeddedPatterns } from '../../src/storage/patterns/embedded/embedded-patterns.js';
import type { PatternStore } from '../../src/storage/patterns/patterns.js';
import { axis, certain } from '../contracts/patterns-world.js';
import { CLOSE_TIME, closedTrade, decisionOf, executedSignal, ToldLedger } from '../support/learned-trades.js';

const SETTINGS = { strategy: 'main-1', timeframe: 'M15', symbols: ['EURUSD'], thresholds: DEFAULT_THRESHOLDS } as const;
const MINUTE = 60_000;

class World {
  readonly store = new EmbeddedPatterns(systemClock);
  readonly ledger = new ToldLedger();
  readonly changes: unknown[] = [];
  learner = this.started();

  /** A learner as a restart of the node makes it: with nothing in memory. */
  started(store: PatternStore = this.store): PatternLearner {
    const { ledger, changes } = this;
    this.learner = new PatternLearner({
      tenantId: 'blue',
      store,
      ledger,
      settings: () => SETTINGS,
      changed: (at) => changes.push(at),
    });
    return this.learner;
  }

  async executed(row: SignalRow, embedding: Float32Array): Promise<void> {
    this.ledger.keepLineage(row, embedding);
    this.learner.remember(decisionOf(row), embedding, 'cnn-m1', 'QUIET');
    await this.learner.keep(row);
  }

  closed(row: SignalRow, pips: number, atMs: number): void {
    this.ledger.trades.push(closedTrade(row, pips, atMs));
  }

  async patterns() {
    return (await this.store.page('blue', 'patterns')).map(({ item }) => item);
  }

  async strategy() {
    return (await this.store.get('blue', 'strategies', strategyIdOf('blue', 'main-1')))?.item;
  }
}

test('a decision that three accounts execute is one pattern, with the outcome of each', async () => {
  const world = new World();
  const rows = ['a', 'b', 'c'].map((account) => executedSignal(account, CLOSE_TIME));
  for (const row of rows) await world.executed(row, axis(0));
  const [first, second, third] = rows as [SignalRow, SignalRow, SignalRow];
  const [pattern, ...more] = await world.patterns();
  assert.equal(more.length, 0);
  const { id, type, symbolClass, direction, regime, confidence, createdAtMs, trades } = pattern as NonNullable<typeof pattern>;
  assert.deepEqual(
    { id, type, symbolClass, direction, regime, confidence, createdAtMs, trades },
    {
      id: patternIdOf(first),
      type: 'cnn-m1',
      symbolClass: 'major',
      direction: 'BUY',
      regime: 'QUIET',
      confidence: 0.7,
      createdAtMs: CLOSE_TIME,
      trades: 0,
    },
  );
  world.closed(first, 12, CLOSE_TIME + MINUTE);
  world.closed(second, 9, CLOSE_TIME + 2 * MINUTE);
  world.closed(third, -20, CLOSE_TIME + 3 * MINUTE);
  await world.learner.count(['c', 'a', 'b']);
  const [counted] = await world.patterns();
  assert.deepEqual([counted?.trades, counted?.wins, counted?.lastOutcome], [3, 1, 'LOSS']);
  assert.ok(Math.abs((counted?.profitPips ?? 0) - 1 / 3) < 1e-9);
  assert.deepEqual(counted?.counted, [first.id, second.id, third.id]);
  assert.equal(world.changes.length, 3);
  const { trades: total, wins, updatedAtMs } = (await world.strategy()) as { trades: number; wins: number; updatedAtMs: number };
  assert.deepEqual([total, wins, updatedAtMs], [3, 2, CLOSE_TIME + 3 * MINUTE]);
  await world.learner.count(['a', 'b', 'c']);
  assert.deepEqual([(await world.patterns())[0]?.trades, (await world.strategy())?.trades], [3, 3]);
});

test('a trade that closes after a restart finds its pattern, also the one that it was merged into', async () => {
  const world = new World();
  const [one, alike] = [executedSignal('a', CLOSE_TIME), executedSignal('a', CLOSE_TIME + 9 * MINUTE)];
  await world.executed(one, axis(0));
  await world.executed(alike, certain(0.97, 0, 1));
  assert.deepEqual(world.learner.figures.merged, 1);
  world.started();
  world.closed(alike, 15, CLOSE_TIME + 400 * MINUTE);
  world.closed(one, -20, CLOSE_TIME + 500 * MINUTE);
  await world.learner.count(['a']);
  const patterns = await world.patterns();
  assert.deepEqual(
    patterns.map(({ id, trades, wins }) => ({ id, trades, wins })),
    [{ id: patternIdOf(one), trades: 2, wins: 1 }],
  );
});

test('what was counted before a restart is not counted after it, and what closed meanwhile is', async () => {
  const world = new World();
  const rows = Array.from({ length: 40 }, (_, at) => executedSignal('a', CLOSE_TIME + at * MINUTE));
  for (const [at, row] of rows.entries()) await world.executed(row, axis(at % 3));
  for (const [at, row] of rows.entries()) {
    world.closed(row, 20, CLOSE_TIME + (100 + at) * MINUTE);
    if (at % 7 === 6) await world.learner.count(['a']);
    if (at % 10 === 9) world.started();
  }
  await world.learner.count(['a']);
  const trades = (await world.patterns()).reduce((sum, pattern) => sum + pattern.trades, 0);
  assert.deepEqual([trades, (await world.strategy())?.trades], [40, 40]);
});

test('a kill between any two writes costs no outcome and counts none twice', async () => {
  for (let allowed = 0; allowed < 90; allowed += 1) {
    const world = new World();
    const accounts = ['a', 'b', 'c', 'd', 'e'];
    for (const decision of [0, 1, 2, 3]) {
      for (const account of accounts) {
        const row = executedSignal(account, CLOSE_TIME + decision * MINUTE);
        world.ledger.keepLineage(row, axis(decision % 2));
        world.closed(row, 20, CLOSE_TIME + 60 * MINUTE + decision);
      }
    }
    let left = allowed;
    const dying = new Proxy(world.store, {
      get: (store, name: keyof PatternStore) => {
        const call = store[name] as (...values: unknown[]) => Promise<unknown>;
        return async (...values: unknown[]) => {
          left -= 1;
          if (left < 0) throw new Error('killed');
          return call.apply(store, values);
        };
      },
    });
    await world
      .started(dying)
      .count(accounts)
      .catch(() => {});
    await world.started().count(accounts);
    const trades = (await world.patterns()).map((pattern) => pattern.trades);
    assert.deepEqual([trades, (await world.strategy())?.trades], [[10, 10], 20], `killed at call ${allowed}`);
  }
});

test('a pattern goes with the twentieth trade that leaves it under forty percent, and trades still open are told to nobody', async () => {
  const world = new World();
  const rows = Array.from({ length: 23 }, (_, at) => executedSignal(`account ${at}`, CLOSE_TIME));
  for (const row of rows) await world.executed(row, axis(0));
  const accounts = rows.map(({ accountId }) => accountId);
  for (const [at, row] of rows.entries()) {
    world.closed(row, at < 7 ? 20 : -20, CLOSE_TIME + at * MINUTE);
    await world.learner.count(accounts);
    assert.equal((await world.patterns()).length, at < 19 ? 1 : 0, `after ${at + 1} trades`);
  }
  assert.deepEqual([world.learner.figures.pruned, world.learner.figures.outcomes], [1, 20]);
  assert.equal((await world.strategy())?.trades, 23);
});

test('what becomes of another decision that was merged into a pruned pattern is told to nobody', async () => {
  const world = new World();
  const alike = executedSignal('late', CLOSE_TIME + MINUTE);
  const rows = Array.from({ length: 20 }, (_, at) => executedSignal(`account ${at}`, CLOSE_TIME));
  for (const row of rows) await world.executed(row, axis(0));
  await world.executed(alike, certain(0.98, 0, 1));
  for (const row of rows) world.closed(row, -20, CLOSE_TIME + 2 * MINUTE);
  await world.learner.count(rows.map(({ accountId }) => accountId));
  world.closed(alike, 20, CLOSE_TIME + 3 * MINUTE);
  await world.learner.count(['late']);
  assert.deepEqual([await world.patterns(), world.learner.figures.outcomes, (await world.strategy())?.trades], [[], 20, 21]);
});

test('trades of many accounts that closed at one instant are counted once, however often they are read', async () => {
  const world = new World();
  const rows = Array.from({ length: LIMITS.patterns.countedTrades + 9 }, (_, at) => executedSignal(`account ${at}`, CLOSE_TIME));
  for (const row of rows) world.closed(row, 20, CLOSE_TIME + MINUTE);
  const accounts = rows.map(({ accountId }) => accountId);
  await world.learner.count(accounts);
  await world.learner.count(accounts);
  assert.equal((await world.strategy())?.trades, rows.length);
});

test('a decision without an embedding has no pattern, is looked for once, and counts for its strategy', async () => {
  const world = new World();
  const rows = ['a', 'b', 'c'].map((account) => executedSignal(account, CLOSE_TIME));
  for (const row of rows) {
    await world.learner.keep(row);
    world.closed(row, 20, CLOSE_TIME + MINUTE);
  }
  await world.learner.count(['a', 'b', 'c']);
  assert.deepEqual([await world.patterns(), world.ledger.explainedAsked, (await world.strategy())?.trades], [[], 1, 3]);
});

test('embeddings in memory are bounded: of decisions longer ago the ledger is asked', async () => {
  const world = new World();
  const rows = Array.from({ length: LIMITS.patterns.decisions + 1 }, (_, at) => executedSignal('a', CLOSE_TIME + at));
  for (const row of rows) world.learner.remember(decisionOf(row), axis(0), 'cnn-m1', '');
  await world.learner.keep(rows[1] as SignalRow);
  assert.deepEqual([world.ledger.explainedAsked, world.learner.figures.stored], [0, 1]);
  await world.learner.keep(rows[0] as SignalRow);
  assert.deepEqual([world.ledger.explainedAsked, world.learner.figures.stored], [1, 1]);
});
