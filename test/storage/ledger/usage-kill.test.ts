/** What a tenant used of its hour, over a node that is killed within it: the keeper, the writer and both ledgers are real. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Meter } from '../../../src/accounts/meter.js';
import { hourOf } from '../../../src/accounts/usage.js';
import { LIMITS } from '../../../src/limits.js';
import { SteppedClock } from '../../../src/runtime/clock.js';
import { silentLogger } from '../../../src/runtime/logger.js';
import { seededRandom } from '../../../src/runtime/random.js';
import type { Ledger } from '../../../src/storage/ledger/ledger.js';
import { HistoryKeeper } from '../../../src/storage/ledger/history-keeper.js';
import { HistoryWriter } from '../../../src/storage/ledger/history-writer.js';
import { MemoryLedger } from '../../../src/storage/ledger/memory.js';
import { readCostUnits, readTiers } from '../../../src/storage/tier-table.js';
import { settle, uuid } from '../../contracts/ledger-world.js';
import { embeddedUnderTest } from '../../contracts/sql-ledger.js';
import { until } from '../../support/actors.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const HALF_PAST = Date.UTC(2026, 0, 6, 12, 30);
const NORTH = { id: 'north', tier: 'free' } as const;
const tiers = await readTiers();
const costs = await readCostUnits();
const RATE = tiers.rate(NORTH.tier, 'predictions').amount;

/** A node, as far as it counts; `stop` closes it, and without that it is gone as after a kill. */
async function start(store: Ledger, clock: SteppedClock, folder: string, run: number) {
  const writer = await HistoryWriter.open({
    store,
    writer: uuid(9, run),
    folder,
    clock,
    random: seededRandom(run),
    logger: silentLogger,
  });
  const keeper = new HistoryKeeper({ writer, store, clock, log: silentLogger });
  const meter = new Meter({ tiers, costs, count: (...used) => keeper.count(...used) });
  meter.begin(await store.usageSince([NORTH.id], hourOf(clock.nowMs())), new Map([[NORTH.id, NORTH]]), clock.nowMs());
  const stop = async (): Promise<void> => {
    keeper.close();
    await writer.close();
  };
  return { meter, stop, writer };
}

async function killedWithin(store: Ledger): Promise<void> {
  await using first = await temporaryFolder();
  await using second = await temporaryFolder();
  const clock = new SteppedClock(HALF_PAST);
  const killed = await start(store, clock, first.path, 1);
  assert.equal(killed.meter.take(NORTH, 'predictions', clock.nowMs(), RATE - 2).allowed, true);
  killed.meter.spend(NORTH.id, 'lstm', RATE - 2);
  clock.advanceTo(HALF_PAST + LIMITS.usage.handOverMs);
  clock.advanceTo(clock.nowMs() + LIMITS.writer.flushMs);
  const kept = () => store.usageSince([NORTH.id], hourOf(HALF_PAST));
  await until(async () => (await kept()).length === 2, 'what was used is kept');
  // Within the seconds that a kill may lose.
  assert.equal(killed.meter.take(NORTH, 'predictions', clock.nowMs()).allowed, true);

  const again = await start(store, clock, second.path, 2);
  const answer = again.meter.take(NORTH, 'predictions', clock.nowMs(), 3);
  assert.deepEqual(!answer.allowed && [answer.used, answer.resetAtMs], [RATE - 2, hourOf(HALF_PAST) + 3_600_000]);
  assert.deepEqual(again.meter.take(NORTH, 'predictions', clock.nowMs(), 2), { allowed: true, left: 0 });
  await again.stop();
  assert.deepEqual(
    (await kept()).map(({ what, amount }) => [what, amount]),
    [
      ['cost', costs.lstm * (RATE - 2)],
      ['predictions', RATE],
    ],
  );
  await killed.writer.close();
}

describe('a kill in the middle of an hour gives no second allowance', () => {
  it('on the in-memory twin', async () => {
    const ledger = new MemoryLedger();
    await settle(ledger, 2);
    await killedWithin(ledger);
  });

  it('on the embedded ledger', async () => {
    const { ledger, close } = await embeddedUnderTest();
    try {
      await settle(ledger, 2);
      await killedWithin(ledger);
    } finally {
      await close();
    }
  });
});
