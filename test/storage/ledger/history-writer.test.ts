import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SuhoError } from '../../../src/errors.js';
import { LIMITS } from '../../../src/limits.js';
import { Activity, untilIdle } from '../../../src/runtime/activity.js';
import { SteppedClock } from '../../../src/runtime/clock.js';
import { silentLogger } from '../../../src/runtime/logger.js';
import { type Random, seededRandom } from '../../../src/runtime/random.js';
import type { HistoryBatch } from '../../../src/storage/ledger/history.js';
import { HistoryWriter, type HistoryWriterOptions } from '../../../src/storage/ledger/history-writer.js';
import { MemoryLedger } from '../../../src/storage/ledger/memory.js';
import { balanceRow, balancesOf, riskEvent, usageRow } from '../../contracts/history.contract.js';
import { all, settle, START_MS, uuid } from '../../contracts/ledger-world.js';
import { freshSeed } from '../../support/price-paths.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

/** A ledger that fails as told, before it stores or after, and a writer on a clock that stands until it is told. */
class World {
  readonly clock = new SteppedClock(START_MS);
  readonly activity = new Activity();
  readonly batches: HistoryBatch[] = [];
  fails: 'before' | 'after' | undefined;
  pending = 0;
  writer!: HistoryWriter;
  #writers = 0;
  readonly ledger: MemoryLedger;

  constructor(readonly folder: string) {
    const failing = (when: 'before' | 'after') => (call: string) => {
      if (call === 'storeHistory' && this.fails === when) throw new Error('the ledger is down');
    };
    this.ledger = new MemoryLedger({ before: failing('before'), after: failing('after') });
  }

  /** A run of the node: its writer is another than those before. */
  async start(change: Partial<HistoryWriterOptions> = {}): Promise<void> {
    this.#writers += 1;
    const { clock, activity, folder, ledger, batches } = this;
    const store = {
      storeHistory: async (batch: HistoryBatch): Promise<void> => {
        batches.push(batch);
        await ledger.storeHistory(batch);
      },
    };
    const options = { store, folder, clock, activity, logger: silentLogger, random: seededRandom(1), before: this };
    this.writer = await HistoryWriter.open({ ...options, writer: uuid(9, this.#writers), ...change });
  }

  async pass(ms: number, stepMs = 50): Promise<void> {
    const endMs = this.clock.nowMs() + ms;
    while (this.clock.nowMs() < endMs) {
      this.clock.advanceTo(Math.min(endMs, this.clock.nowMs() + stepMs));
      await untilIdle(this.activity);
    }
  }

  /** The writer's end takes time, and here time only passes when it is told to. */
  async close(): Promise<void> {
    let closed = false;
    const closing = this.writer.close().then(() => (closed = true));
    while (!closed) {
      await this.pass(50);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await closing;
  }
}

async function world(folder: string, accounts = 4): Promise<World> {
  const made = new World(folder);
  await settle(made.ledger, accounts);
  await made.start();
  return made;
}

const numbers = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, at) => from + at);

function moodOf(random: Random): World['fails'] {
  const draw = random.next();
  if (draw < 0.3) return 'before';
  return draw < 0.5 ? 'after' : undefined;
}

describe('the writer of account history', () => {
  it('stores each row once and in order, through failures, lost answers and restarts', async () => {
    const seed = freshSeed();
    const random = seededRandom(seed);
    await using folder = await temporaryFolder();
    const here = await world(folder.path);
    let told = 0;
    for (let round = 0; round < 40; round++) {
      here.fails = moodOf(random);
      for (let row = random.int(300); row > 0; row--) {
        told += 1;
        assert.ok(here.writer.record('balances', balanceRow(1 + (told % 4), told)));
        assert.ok(here.writer.record('usage', usageRow(1 + (told % 2), 0, 'frames', told)));
      }
      await here.pass(random.int(8_000));
      if (random.chance(0.2)) {
        await here.close();
        await here.start();
      }
    }
    here.fails = undefined;
    await here.pass(60_000);
    for (const account of [1, 2, 3, 4]) {
      const own = numbers(1, told + 1).filter((number) => 1 + (number % 4) === account);
      const stored: string[] = [];
      for (let fromMs = 0; ; ) {
        const page = await here.ledger.balancesOf(balanceRow(account, 0).accountId, fromMs, Number.MAX_SAFE_INTEGER);
        stored.push(...page.map((row) => JSON.stringify(row)));
        const last = page.at(-1);
        if (last === undefined) break;
        fromMs = last.atMs + 1;
      }
      assert.deepEqual(
        stored,
        own.map((number) => JSON.stringify(balanceRow(account, number))),
        `seed ${seed}`,
      );
    }
    const used = (await all((next) => here.ledger.listUsage(next))).reduce((sum, { amount }) => sum + amount, 0);
    assert.equal(used, (told * (told + 1)) / 2, `seed ${seed}`);
    await here.close();
  });

  it('a transaction is small, and of no more tenants than a commit', async () => {
    await using folder = await temporaryFolder();
    const here = await world(folder.path);
    const { historyRows, batchTenants } = LIMITS.ledger;
    const tenants = batchTenants * 2 + 1;
    for (const number of numbers(0, tenants)) {
      const like = { name: 'x', tier: 'pro', signalTimeframe: 'M15', strategy: 's', symbols: [], createdAt: 0 } as const;
      await here.ledger.createTenant({ id: `t-${number}`, ...like });
      here.writer.record('usage', { ...usageRow(1, 0, 'frames', 1), tenantId: `t-${number}` });
    }
    for (const number of numbers(0, 3 * historyRows)) here.writer.record('balances', balanceRow(1, number));
    await here.pass(6_000);
    assert.equal(here.writer.figures.written, tenants + 3 * historyRows);
    for (const { rows } of here.batches) {
      assert.ok(rows.length <= historyRows);
      assert.ok(new Set(rows.map(({ row }) => row.tenantId)).size <= batchTenants);
    }
    await here.close();
  });

  it('lets commits of signals go first, but not for ever', async () => {
    await using folder = await temporaryFolder();
    const here = await world(folder.path);
    const { historyRows, historyYieldMs } = LIMITS.ledger;
    for (const number of numbers(0, 2 * historyRows)) here.writer.record('balances', balanceRow(1, number));
    here.pending = 1;
    await here.pass(LIMITS.writer.flushMs + historyYieldMs - 5, 1);
    assert.equal(here.batches.length, 0);
    here.pending = 0;
    await here.pass(2, 1);
    assert.equal(here.batches.length, 2);
    here.pending = 1;
    here.writer.record('balances', balanceRow(1, 1_000));
    await here.pass(LIMITS.writer.flushMs + historyYieldMs + 5, 1);
    assert.equal(here.batches.length, 3);
    await here.close();
  });

  it('rows that the ledger will never take keep none of the others from it', async () => {
    await using folder = await temporaryFolder();
    const here = await world(folder.path);
    for (const number of numbers(0, 150)) {
      here.writer.record('balances', balanceRow(1, number));
      if (number % 60 === 7) here.writer.record('balances', { ...balanceRow(1, number), accountId: uuid(1, 999) });
    }
    assert.ok(here.writer.record('riskEvents', riskEvent(1, 1, { currentValue: Number.NaN })));
    here.writer.record('riskEvents', riskEvent(1, 2, { sentence: 'half a pair: \ud800' }));
    await here.pass(6_000);
    assert.deepEqual(
      await balancesOf(here.ledger, 1),
      numbers(0, 150).map((number) => balanceRow(1, number)),
    );
    assert.deepEqual(await all((next) => here.ledger.listRiskEvents(next)), [
      riskEvent(1, 2, { sentence: 'half a pair: \ufffd' }),
    ]);
    assert.deepEqual([here.writer.figures.written, here.writer.figures.refused], [151, 4]);
    assert.equal(here.writer.fault, undefined);
    await here.close();
  });

  it('is full when its disk is, loses nothing then either, and is not once the ledger answers', async () => {
    await using folder = await temporaryFolder();
    const here = await world(folder.path);
    await here.close();
    await here.start({ limits: { batchItems: 20, queue: 60, segment: 10_000, segments: 4 } });
    here.fails = 'before';
    let taken = 0;
    for (let waits = 0; waits < 200 && !here.writer.full; waits++) {
      for (let row = 0; row < 20; row++) if (here.writer.record('balances', balanceRow(1, taken))) taken += 1;
      await here.pass(1_000);
    }
    assert.ok(here.writer.full);
    for (let row = 0; row < 60; row++) if (here.writer.record('balances', balanceRow(1, taken))) taken += 1;
    assert.equal(here.writer.record('balances', balanceRow(1, taken)), false);
    assert.match(String(here.writer.fault), /the ledger is down/);
    here.fails = undefined;
    await here.pass(60_000);
    assert.equal(here.writer.full, false);
    assert.equal(here.writer.figures.written, taken);
    assert.deepEqual(
      await balancesOf(here.ledger, 1),
      numbers(0, Math.min(taken, LIMITS.ledger.pageRows)).map((number) => balanceRow(1, number)),
    );
    await here.close();
  });

  it('an error of the ledger that is no refusal is not taken for one', async () => {
    await using folder = await temporaryFolder();
    const here = await world(folder.path);
    let calls = 0;
    const store = {
      storeHistory: async (): Promise<void> => {
        calls += 1;
        throw new SuhoError('LEDGER_FAILED', 'no.');
      },
    };
    await here.close();
    await here.start({ store });
    for (const number of numbers(0, 10)) here.writer.record('balances', balanceRow(1, number));
    await here.pass(LIMITS.writer.flushMs);
    assert.equal(calls, 1);
    assert.equal(here.writer.figures.refused, 0);
    await here.close();
  });
});
