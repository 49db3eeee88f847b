/** What other systems are known to have got wrong, each by its name. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryLedger } from '../../src/storage/ledger/memory.js';
import { violationsOf } from '../simulation/delivery-checkers.js';
import { calm, evidenceOf } from './cell.js';
import { FAULTS } from './faults.js';
import type { FireEa } from './fire-ea.js';
import { FireWorld, MINUTE_MS } from './fire-world.js';
import { historyOf } from './seeded.js';

const SIGNALS = process.env.SUHO_PROOF === undefined ? 2_000 : 10_000;
const SIGNALS_A_SESSION = 10;

async function begun(wish: Parameters<typeof FireWorld.begin>[0] = {}): Promise<{ world: FireWorld; ea: FireEa }> {
  const world = await FireWorld.begin(wish);
  const ea = world.addEa('desktop');
  await world.run(20_000);
  return { world, ea };
}

async function states(world: FireWorld): Promise<readonly string[]> {
  return (await world.books()).signals.map(({ kind, state }) => `${kind} ${state}`);
}

async function ends(world: FireWorld): Promise<void> {
  await calm(world);
  assert.deepEqual(violationsOf(await evidenceOf(world)), []);
  world.close();
}

describe('what other systems got wrong', () => {
  it('fills during a disconnect are recovered', async () => {
    const { world, ea } = await begun();
    Object.assign(world.behaviour, { ambiguousChance: 1, ambiguousTradedChance: 1, lateFillMsMost: 10_000 });
    world.decide('BUY');
    await world.until(() => world.steps.seen.has('order deal'), MINUTE_MS, 10);
    // The EA is not even running while its order is filled and its position stopped out.
    ea.awayUntilMs = world.clock.nowMs() + 2 * MINUTE_MS;
    ea.crash();
    await world.run(40_000);
    assert.equal(world.broker.book.positions.size, 1);
    await world.swing(-0.02);
    assert.equal(world.broker.book.positions.size, 0);
    assert.equal((await world.books()).deals.length, 0);
    await calm(world);
    const { signals, deals } = await world.books();
    assert.deepEqual(
      deals.map(({ entry, signalId, reason }) => [entry, signalId, reason]),
      [
        ['IN', signals[0]?.id, 'EXPERT'],
        ['OUT', signals[0]?.id, 'SL'],
      ],
    );
    assert.deepEqual(await states(world), ['OPEN CLOSED']);
    await ends(world);
  });

  it('a query that failed is not “flat”', async () => {
    const { world, ea } = await begun();
    world.decide('BUY');
    await world.until(() => world.steps.seen.has('fill IN'), MINUTE_MS, 10);
    Object.assign(world.behaviour, { historyFailChance: 1 });
    ea.loseRecord();
    await world.run(8 * MINUTE_MS);
    assert.deepEqual(await states(world), ['OPEN UNKNOWN'], 'nobody could look, so nobody knows');
    assert.equal(world.inspect()?.figures.positions, null, 'no snapshot is no empty account');
    Object.assign(world.behaviour, { historyFailChance: 0 });
    await calm(world);
    assert.deepEqual(await states(world), ['OPEN EXECUTED']);
    assert.equal(world.inspect()?.figures.positions, 1);
    await ends(world);
  });

  it('reconciliation converges', async () => {
    const { world, ea } = await begun();
    world.decide('BUY');
    await world.until(() => world.sent.length > 0, MINUTE_MS, 1);
    ea.loseRecord();
    let looks = 0;
    const count = (): void => {
      looks += 1;
      world.steps.lay('left SEND_HISTORY', 'after', count);
    };
    world.steps.lay('left SEND_HISTORY', 'after', count);
    await world.until(async () => !(await states(world)).includes('OPEN UNKNOWN') && looks > 0, 6 * MINUTE_MS);
    assert.deepEqual(await states(world), ['OPEN EXPIRED']);
    const needed = looks;
    assert.equal(needed, 2, 'two looks that agree');
    await world.run(10 * MINUTE_MS);
    assert.equal(looks, needed, 'what is settled is looked for no more');
    world.steps.disarm();
    await ends(world);
  });

  it('a re-run of reconciliation is deterministic', async () => {
    const lines = async (): Promise<readonly string[]> => {
      const { world, ea } = await begun({ seed: 'again' });
      world.decide('BUY');
      await world.until(() => world.sent.length > 0, MINUTE_MS, 1);
      ea.loseRecord();
      await world.run(5 * MINUTE_MS);
      const { rows } = await world.audit();
      world.close();
      return rows.map((row) => JSON.stringify(row));
    };
    const first = await lines();
    assert.ok(first.some((line) => line.includes('looked twice')));
    assert.deepEqual(await lines(), first);
    const [one, other] = [await historyOf(3, 3), await historyOf(3, 3)];
    assert.deepEqual(one.evidence.books, other.evidence.books);
    assert.ok(one.faults.length > 0);
  });

  it('nothing is given up while its order may still be filled', async () => {
    const { world, ea } = await begun();
    Object.assign(world.behaviour, { ambiguousChance: 1, ambiguousTradedChance: 1, lateFillMsMost: 0 });
    world.decide('BUY');
    await world.until(() => world.steps.seen.has('order deal'), MINUTE_MS, 10);
    ea.loseRecord();
    // Until after it has expired the ledger may not say so.
    await world.run(MINUTE_MS + 30_000);
    assert.deepEqual(await states(world), ['OPEN EXECUTED']);
    await ends(world);
  });

  it('a restored ledger executes no decision a second time, and gives no signal before its broker’s history is told', async () => {
    const { world } = await begun();
    world.decide('BUY');
    await world.run(10_000);
    assert.deepEqual(await states(world), ['OPEN EXECUTED']);
    FAULTS['restored from a backup']?.(world, world.eas[0] as FireEa, '');
    await world.run(20_000);
    assert.deepEqual(await states(world), [], 'the ledger has lost it, and makes it not again');
    assert.equal(world.inspect()?.figures.restored, world.savedAtMs);
    world.decide('SELL');
    await world.run(25_000);
    assert.deepEqual(await states(world), [], 'a new decision waits');
    assert.ok(await world.until(() => world.inspect()?.figures.restored === null, 3 * MINUTE_MS), 'the history is told');
    const { deals } = await world.books();
    assert.deepEqual(
      [deals[0]?.entry, deals[0]?.signalId],
      ['IN', null],
      'and its deal is there, under a number that the ledger does not know',
    );
    await world.run(10_000);
    assert.deepEqual(await states(world), ['OPEN EXECUTED'], 'what waited and is still valid is given');
    await ends(world);
  });

  it('a restore by a clock that is ahead of the node’s: lost trades come back, no decision is made again, and new ones are given', async () => {
    const { world } = await begun();
    world.decide('BUY');
    // So long that the EA tells only what came last by itself.
    await world.run(5 * MINUTE_MS);
    await world.swing(-0.02);
    await world.run(10_000);
    const aheadMs = 300 * 24 * 60 * MINUTE_MS;
    const { saved, savedAtMs } = world;
    world.restores += 1;
    world.crashEngine(() => MemoryLedger.restored(saved, { madeAtMs: savedAtMs + aheadMs, atMs: world.clock.nowMs() + aheadMs }));
    await world.run(20_000);
    assert.deepEqual(await states(world), [], 'what was decided before is not made again');
    assert.ok(await world.until(() => world.inspect()?.figures.restored === null, 3 * MINUTE_MS), 'the history is told');
    assert.deepEqual(
      (await world.books()).deals.map(({ entry, signalId }) => [entry, signalId]),
      [
        ['IN', null],
        ['OUT', null],
      ],
    );
    // To the next session too the restore is as long ago as it was.
    world.eas[0]?.wire?.cut();
    await world.run(1);
    world.decide('SELL');
    await world.run(10_000);
    assert.deepEqual(await states(world), ['OPEN EXECUTED']);
    await ends(world);
  });

  it('a backup that is restored twice gives no number twice', async () => {
    const { world } = await begun();
    const numbers: number[] = [];
    for (const direction of ['BUY', 'SELL'] as const) {
      world.restores += 1;
      world.crashEngine(() => MemoryLedger.restored(world.saved, { madeAtMs: world.savedAtMs, atMs: world.clock.nowMs() }));
      await world.until(() => world.inspect()?.figures.restored === null, 4 * MINUTE_MS);
      const { saved, savedAtMs } = world;
      world.decide(direction);
      Object.assign(world, { saved, savedAtMs });
      await world.run(10_000);
      const { signals } = await world.books();
      numbers.push(...signals.map(({ seq }) => seq));
    }
    assert.equal(new Set(numbers).size, 2, `numbers: ${numbers}`);
    await ends(world);
  });
});

describe('tracking maps do not grow', () => {
  it(`after ${SIGNALS} signals through one account and ${SIGNALS / SIGNALS_A_SESSION} sessions every map is what it was`, async () => {
    const { world, ea } = await begun({ remember: 8, delayMsMost: 0 });
    const sizes = (): Readonly<Record<string, unknown>> => {
      const { state } = ea;
      const { session, signals, symbols, positions, tracked } = world.inspect()?.figures ?? {};
      const { valid, live, liveKeys, offers, weighed } = world.inspect('signal')?.figures ?? {};
      return {
        session: { ...(session as object), id: 0, epoch: 0 },
        account: { signals, symbols, positions, tracked },
        tenant: { valid, live, liveKeys, offers, weighed },
        ea: { kept: state.kept.size, repeats: state.repeats.size, open: ea.ea?.openSignals },
        node: {
          commits: world.engine?.commits.pending,
          wires: world.engine?.wires.size,
          addresses: world.engine?.addresses.sessions,
        },
      };
    };
    const pass = async (count: number): Promise<void> => {
      for (let at = 0; at < count; at++) {
        // Most are refused by the broker; of each ten one is executed, and the next decision closes it.
        Object.assign(world.behaviour, { rejectChance: at % SIGNALS_A_SESSION === 0 ? 0 : 1 });
        world.decide(at % 2 === 0 ? 'BUY' : 'SELL');
        await world.run(300);
        if (at % SIGNALS_A_SESSION !== SIGNALS_A_SESSION - 1) continue;
        Object.assign(world.behaviour, { rejectChance: 0 });
        await world.swing(0.02);
        await world.swing(-0.02);
        ea.wire?.cut();
        await world.run(4_000);
      }
      await world.until(() => ea.ea?.live === true && ea.state.kept.size === 0, MINUTE_MS);
      await world.run(2 * MINUTE_MS);
      ea.wire?.cut();
      await world.run(2 * MINUTE_MS);
    };
    await pass(4 * SIGNALS_A_SESSION);
    const base = sizes();
    const { signals: before } = await world.books();
    await pass(SIGNALS * 1.2);
    const { signals: after } = await world.books();
    assert.ok(after.length - before.length >= SIGNALS, `${after.length - before.length} signals went through`);
    assert.deepEqual(sizes(), base);
    const { signals, signalOfMagic, commands } = ea.state;
    const most = 2 * 8;
    for (const [name, { size }] of Object.entries({ signals, signalOfMagic, commands }))
      assert.ok(size <= most, `the EA remembers ${size} ${name}, of at most ${most}`);
    await ends(world);
  });
});
