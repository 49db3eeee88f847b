/** A tenant's patterns actor over a real store: what is asked and learned, under interleavings drawn from seeds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { ActorRef } from '../../src/actors/actor.js';
import { DeterministicScheduler } from '../../src/actors/deterministic.js';
import { type FoundPatterns, type PatternsMessage, patternsActor } from '../../src/actors/patterns.js';
import { SuhoError } from '../../src/errors.js';
import { LIMITS } from '../../src/limits.js';
import { Activity } from '../../src/runtime/activity.js';
import { SteppedClock, systemClock } from '../../src/runtime/clock.js';
import { seededRandom } from '../../src/runtime/random.js';
import { patternQuestion } from '../../src/signals/pattern-part.js';
import { DEFAULT_THRESHOLDS } from '../../src/signals/score.js';
import { EmbeddedPatterns } from '../../src/storage/patterns/embedded/embedded-patterns.js';
import type { PatternStore } from '../../src/storage/patterns/patterns.js';
import { axis, certain, pattern } from '../contracts/patterns-world.js';
import { testSystem } from '../support/actors.js';
import { CLOSE_TIME, closedTrade, decisionOf, executedSignal, ToldLedger } from '../support/learned-trades.js';

const SETTINGS = { strategy: 'main-1', timeframe: 'M15', symbols: ['EURUSD'], thresholds: DEFAULT_THRESHOLDS } as const;
const MINUTE = 60_000;

/** Where a test takes hold of the store. */
class StoreGrip {
  readonly store: PatternStore;
  readonly calls: string[] = [];
  down = false;
  #held: { readonly name: keyof PatternStore; readonly passed: Promise<void>; readonly release: () => void } | undefined;

  constructor(store: PatternStore) {
    this.store = new Proxy(store, {
      get: (of, name: keyof PatternStore) => {
        const call = of[name] as (...values: unknown[]) => Promise<unknown>;
        return async (...values: unknown[]) => {
          this.calls.push(name);
          if (name === this.#held?.name) await this.#held.passed;
          if (this.down) throw new SuhoError('UNREACHABLE', 'the store is away');
          return call.apply(of, values);
        };
      },
    });
  }

  count(name: keyof PatternStore): number {
    return this.calls.filter((call) => call === name).length;
  }

  hold(name: keyof PatternStore = 'nearest'): void {
    let release = (): void => {};
    const passed = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#held = { name, passed, release };
  }

  release(): void {
    this.#held?.release();
    this.#held = undefined;
  }
}

function open(keeps = true, seed = 1) {
  const clock = new SteppedClock(CLOSE_TIME);
  const machine = new SteppedClock(0);
  const activity = new Activity();
  const scheduler = new DeterministicScheduler(seededRandom(seed));
  const world = testSystem({ scheduler, clock, activity });
  const embedded = new EmbeddedPatterns(systemClock);
  const grip = new StoreGrip(embedded);
  const ledger = new ToldLedger();
  const options = { tenantId: 'blue', store: grip.store, ledger, settings: () => SETTINGS, keeps: () => keeps, timers: machine };
  const ref: ActorRef<PatternsMessage> = world.system.spawn(patternsActor(options));
  const answers: FoundPatterns[] = [];
  return {
    ...{ clock, machine, activity, scheduler, embedded, grip, ledger, ref, answers, world },
    /** Until nothing is under way but what is held. */
    async rest(): Promise<void> {
      for (let quiet = 0; quiet < 20; quiet++) {
        if (scheduler.drain() > 0) quiet = 0;
        await turn();
      }
    },
    ask(embedding: Float32Array, symbol = 'EURUSD'): void {
      const question = patternQuestion(symbol, 'M15');
      const answered = (found: FoundPatterns): void => void answers.push(found);
      ref.tell({ kind: 'match', symbol, timeframe: 'M15', closeTime: CLOSE_TIME, embedding, question, answered });
    },
    async storePattern(name: string, embedding: Float32Array): Promise<void> {
      await embedded.put('blue', 'patterns', [{ item: pattern(name, { trades: 9, wins: 6 }), vector: embedding }]);
    },
    figures: () => world.system.inspect().children[0]?.figures as Readonly<Record<string, unknown>>,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

function shown(found: FoundPatterns | undefined): unknown {
  return found === undefined || 'absent' in found ? found : found.map(({ item }) => item.trades);
}

test('a window that was asked for within ten minutes is answered without the store', async () => {
  await using at = open();
  await at.storePattern('one', certain(0.9, 0, 1));
  at.ask(axis(0));
  await at.rest();
  at.clock.advanceTo(CLOSE_TIME + 10 * MINUTE - 1);
  at.ask(axis(0));
  await at.rest();
  assert.deepEqual(at.answers.map(shown), [[9], [9]]);
  assert.equal(at.grip.count('nearest'), 1);
  at.ask(certain(0.999, 0, 1));
  at.ask(axis(0), 'EURGBP');
  await at.rest();
  assert.equal(at.grip.count('nearest'), 3);
  at.clock.advanceTo(CLOSE_TIME + 10 * MINUTE);
  at.ask(axis(0));
  await at.rest();
  assert.deepEqual([at.grip.count('nearest'), at.answers.length], [4, 5]);
  assert.deepEqual(at.figures().cached, 1);
});

test('an outcome makes the windows of its timeframe and class be searched anew; a pattern that is only stored does not', async () => {
  await using at = open();
  await at.storePattern('one', axis(0));
  at.ask(axis(0));
  at.ask(axis(0), 'EURGBP');
  const row = executedSignal('a', CLOSE_TIME);
  at.ref.tell({ kind: 'decided', decision: decisionOf(row), embedding: certain(0.96, 0, 1), type: 'cnn-m1', regime: '' });
  at.ref.tell({ kind: 'executed', row });
  await at.rest();
  at.ask(axis(0));
  await at.rest();
  assert.equal(at.grip.count('nearest'), 2);
  at.ledger.trades.push(closedTrade(row, 20, CLOSE_TIME + MINUTE));
  at.ref.tell({ kind: 'closed', accountId: 'a' });
  await at.rest();
  at.ask(axis(0));
  at.ask(axis(0), 'EURGBP');
  await at.rest();
  assert.equal(at.grip.count('nearest'), 3);
  // From memory first, then what the store found.
  assert.deepEqual(at.answers.slice(-2).map(shown), [[], [10]]);
});

test('an answer that is not there by its deadline is late, once; what comes after it serves the next who asks', async () => {
  await using at = open();
  await at.storePattern('one', axis(0));
  at.grip.hold();
  at.ask(axis(0));
  await at.rest();
  at.machine.advanceTo(LIMITS.patterns.answerMs - 1);
  await at.rest();
  assert.deepEqual(at.answers, []);
  // Simulated time waits for a search that is under way.
  assert.ok(at.activity.pending > 0);
  at.machine.advanceTo(LIMITS.patterns.answerMs);
  await at.rest();
  assert.deepEqual(at.answers, [{ absent: 'late' }]);
  at.grip.release();
  await at.rest();
  assert.deepEqual([at.answers.length, at.activity.pending], [1, 0]);
  at.ask(axis(0));
  await at.rest();
  assert.deepEqual([shown(at.answers[1]), at.grip.count('nearest')], [[9], 1]);
});

test('a store that is down is told at once, and is asked again at the next close', async () => {
  await using at = open();
  await at.storePattern('one', axis(0));
  at.grip.down = true;
  at.ask(axis(0));
  await at.rest();
  assert.deepEqual(at.answers, [{ absent: 'store down' }]);
  assert.equal(at.figures().fault, 'the store is away');
  at.grip.down = false;
  at.ask(axis(0));
  await at.rest();
  assert.deepEqual(shown(at.answers[1]), [9]);
  assert.equal(at.figures().fault, null);
});

test('of a store that hangs only so many searches are made; the others are late without one', async () => {
  await using at = open();
  at.grip.hold();
  const asked = LIMITS.patterns.questions + 5;
  for (let number = 0; number < asked; number++) at.ask(certain(0.5 + number / (3 * asked), 0, 1));
  await at.rest();
  assert.equal(at.grip.count('nearest'), LIMITS.patterns.questions);
  assert.deepEqual(
    at.answers,
    Array.from({ length: 5 }, () => ({ absent: 'late' })),
  );
  at.machine.advanceTo(LIMITS.patterns.answerMs);
  await at.rest();
  assert.equal(at.answers.length, asked);
  at.grip.release();
  await at.rest();
  at.ask(axis(5));
  await at.rest();
  assert.deepEqual([at.answers.length, shown(at.answers.at(-1))], [asked + 1, []]);
});

test('whoever asked an actor that stops or crashes is answered', async () => {
  await using at = open();
  at.grip.hold();
  at.ask(axis(0));
  await at.rest();
  const broken = {
    kind: 'match',
    get embedding(): never {
      throw new Error('a fault');
    },
  } as unknown as PatternsMessage;
  at.ref.tell(broken);
  await at.rest();
  assert.deepEqual(at.answers, [{ absent: 'late' }]);
  at.grip.release();
  await at.rest();
  assert.equal(at.answers.length, 1);
});

for (const seed of [1, 2, 3, 4, 5, 6, 7, 8])
  test(`while the store is away what is to be learned waits, and is learned once when it is back (seed ${seed})`, async () => {
    await using at = open(true, seed);
    at.grip.down = true;
    const rows = [0, 1, 2].flatMap((decision) =>
      ['a', 'b', 'c'].map((account) => executedSignal(account, CLOSE_TIME + decision * MINUTE)),
    );
    for (const [number, row] of rows.entries()) {
      at.ledger.keepLineage(row, axis(Math.floor(number / 3)));
      at.ref.tell({ kind: 'executed', row });
    }
    await at.rest();
    for (const row of rows.slice(0, 6)) {
      at.ledger.trades.push(closedTrade(row, 20, CLOSE_TIME + 60 * MINUTE));
      at.ref.tell({ kind: 'closed', accountId: row.accountId });
    }
    await at.rest();
    assert.deepEqual([at.figures().keeps, at.figures().accounts, at.figures().fault], [3, 3, 'the store is away']);
    // Tried again every so often, and not in between.
    const tried = at.grip.calls.length;
    at.clock.advanceTo(CLOSE_TIME + LIMITS.patterns.againMs - 1);
    await at.rest();
    assert.equal(at.grip.calls.length, tried);
    at.clock.advanceTo(CLOSE_TIME + LIMITS.patterns.againMs);
    await at.rest();
    assert.equal(at.grip.calls.length, tried + 1);
    at.grip.down = false;
    at.clock.advanceTo(CLOSE_TIME + 2 * LIMITS.patterns.againMs);
    await at.rest();
    const patterns = (await at.embedded.page('blue', 'patterns')).map(({ item }) => item.trades);
    assert.deepEqual(patterns, [3, 3, 0]);
    assert.deepEqual([at.figures().keeps, at.figures().accounts, at.figures().fault], [0, 0, null]);
  });

test('what waits outlives a crash of the actor', async () => {
  await using at = open();
  at.grip.down = true;
  const row = executedSignal('a', CLOSE_TIME);
  at.ledger.keepLineage(row, axis(0));
  at.ref.tell({ kind: 'executed', row });
  await at.rest();
  at.ledger.trades.push(closedTrade(row, 20, CLOSE_TIME + MINUTE));
  at.ref.tell({ kind: 'closed', accountId: 'a' });
  const broken = {
    kind: 'match',
    get embedding(): never {
      throw new Error('a fault');
    },
  } as unknown as PatternsMessage;
  at.ref.tell(broken);
  await at.rest();
  at.grip.down = false;
  at.clock.advanceTo(CLOSE_TIME + 60 * MINUTE);
  await at.rest();
  at.clock.advanceTo(CLOSE_TIME + 120 * MINUTE);
  await at.rest();
  assert.deepEqual(
    (await at.embedded.page('blue', 'patterns')).map(({ item }) => item.trades),
    [1],
  );
});

test('trades whose reading or writing fails are counted when it can be done', async () => {
  await using at = open();
  const row = executedSignal('a', CLOSE_TIME);
  at.ledger.keepLineage(row, axis(0));
  at.ledger.trades.push(closedTrade(row, 20, CLOSE_TIME + MINUTE));
  at.ledger.down = true;
  at.ref.tell({ kind: 'closed', accountId: 'a' });
  await at.rest();
  assert.deepEqual([at.figures().accounts, at.figures().fault], [1, 'the ledger is down']);
  at.ledger.down = false;
  at.clock.advanceTo(CLOSE_TIME + LIMITS.patterns.againMs);
  await at.rest();
  assert.deepEqual(
    (await at.embedded.page('blue', 'patterns')).map(({ item }) => item.trades),
    [1],
  );
});

test('accounts that were being read when the actor crashed are read again', async () => {
  await using at = open();
  const row = executedSignal('a', CLOSE_TIME);
  at.ledger.keepLineage(row, axis(0));
  at.ledger.trades.push(closedTrade(row, 20, CLOSE_TIME + MINUTE));
  at.grip.hold('recordOutcome');
  at.ref.tell({ kind: 'closed', accountId: 'a' });
  await at.rest();
  const broken = {
    kind: 'match',
    get embedding(): never {
      throw new Error('a fault');
    },
  } as unknown as PatternsMessage;
  at.ref.tell(broken);
  await at.rest();
  at.grip.down = true;
  at.grip.release();
  await at.rest();
  at.grip.down = false;
  at.clock.advanceTo(CLOSE_TIME + 60 * MINUTE);
  await at.rest();
  assert.deepEqual(
    (await at.embedded.page('blue', 'patterns')).map(({ item }) => item.trades),
    [1],
  );
});

test('patterns that find no room to wait are stored when their trade closes', async () => {
  await using at = open();
  at.grip.down = true;
  const rows = Array.from({ length: LIMITS.patterns.keeps + 3 }, (_, number) => executedSignal('a', CLOSE_TIME + number));
  for (const row of rows) {
    at.ledger.keepLineage(row, axis(0));
    at.ref.tell({ kind: 'executed', row });
  }
  await at.rest();
  assert.equal(at.figures().keeps, LIMITS.patterns.keeps);
  const [first] = rows;
  assert.ok(first);
  at.ledger.trades.push(closedTrade(first, 20, CLOSE_TIME + MINUTE));
  at.ref.tell({ kind: 'closed', accountId: 'a' });
  at.grip.down = false;
  at.clock.advanceTo(CLOSE_TIME + LIMITS.patterns.againMs);
  await at.rest();
  const patterns = await at.embedded.page('blue', 'patterns');
  assert.deepEqual(
    patterns.map(({ item }) => item.trades),
    [1],
  );
});

test('of a tenant whose tier keeps no patterns none is kept, but it may ask', async () => {
  await using at = open(false);
  const row = executedSignal('a', CLOSE_TIME);
  at.ledger.keepLineage(row, axis(0));
  at.ref.tell({ kind: 'decided', decision: decisionOf(row), embedding: axis(0), type: 'cnn-m1', regime: '' });
  at.ref.tell({ kind: 'executed', row });
  at.ledger.trades.push(closedTrade(row, 20, CLOSE_TIME + MINUTE));
  at.ref.tell({ kind: 'closed', accountId: 'a' });
  at.ask(axis(0));
  await at.rest();
  assert.deepEqual([at.grip.calls, at.answers.map(shown)], [['nearest'], [[]]]);
});
