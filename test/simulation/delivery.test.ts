import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../src/demo/simulated-day.js';
import { emptyChain, link } from '../../src/storage/audit/chain.js';
import { newSignal } from '../contracts/ledger-world.js';
import { CHECKERS } from './checkers/table.js';
import type { Evidence } from './evidence.js';
import { type Faults, World } from './world.js';

const MINUTE_MS = 60_000;
const WORLDS = process.env.SUHO_PROOF === undefined ? 3 : 100;
const FIRST_SEED = process.env.SUHO_PROOF === undefined ? Math.floor(Math.random() * 1e6) : 1;
const FAULTS: Faults = {
  nodeCrashEveryMs: 4 * MINUTE_MS,
  cutEveryMs: MINUTE_MS,
  eaCrashEveryMs: 5 * MINUTE_MS,
  failChance: 0.01,
  tornChance: 0.01,
  unheardChance: 0.01,
  delayMsMost: 400,
};

async function history(seed: number, minutes: number): Promise<Evidence & { readonly fired: Readonly<Record<string, number>> }> {
  const world = new World(seed, FAULTS, 4);
  await world.begin();
  await world.run(minutes * MINUTE_MS);
  await world.calm();
  // Long enough for the slowest: a terminal synchronised for a minute, twice looked, signals that end after that.
  await world.run(15 * MINUTE_MS);
  const records = new Map(world.eas.map((ea) => [ea.accountId, ea.summaries()]));
  const deals = new Map(world.eas.map((ea) => [ea.accountId, ea.deals()]));
  return { books: await world.books(), records, deals, audit: await world.audit(), fired: world.fired };
}

for (let seed = FIRST_SEED; seed < FIRST_SEED + WORLDS; seed++) {
  test(`world ${seed}: crashes, cuts, torn writes and lost answers lose nothing, double nothing, and leave no gap`, async () => {
    const evidence = await history(seed, 20);
    for (const [name, check] of Object.entries(CHECKERS)) assert.deepEqual(check(evidence), [], name);
    const faults = Object.values(evidence.fired).reduce((sum, count) => sum + count, 0);
    assert.ok(faults >= 8, `enough went wrong: ${JSON.stringify(evidence.fired)}`);
    assert.ok(
      evidence.books.signals.some(({ state }) => state === 'EXECUTED' || state === 'CLOSED'),
      'something was executed',
    );
  });
}

test('one seed is one history', async () => {
  const [first, second, other] = [await history(5, 6), await history(5, 6), await history(6, 6)];
  assert.equal(digestOf(first.books), digestOf(second.books));
  assert.notEqual(digestOf(first.books), digestOf(other.books));
});

/** A log that tells of these signals. */
function logOf(ids: readonly string[]): Evidence['audit'] {
  const events = ids.map((subject) => ({ kind: 'signal.raised', subject, atMs: 0, body: {} }));
  const { entries } = link(emptyChain('one', 1), events);
  const report = { ok: true, tenants: 1, chains: 1, entries: entries.length, anchors: 0, faults: [], faultCount: 0 };
  return { rows: entries.map((entry) => ({ entry })), report };
}

test('each checker finds what it is there for', () => {
  const row = (number: number, change = {}) => ({
    ...newSignal(1, number),
    seq: number,
    reason: null,
    filledVolume: 0,
    remainingVolume: 0,
    fillPrice: 0,
    updatedAt: 0,
    state: 'REJECTED' as const,
    ...change,
  });
  const record = (id: string, executions: number) => ({
    id,
    magic: 1n,
    received: true,
    attempts: 1,
    outcome: 'REJECTED' as const,
    deals: executions,
    executions,
  });
  const one = row(1);
  const evidence = (
    signals: readonly ReturnType<typeof row>[],
    records: readonly ReturnType<typeof record>[] = [],
    deals: readonly bigint[] = [],
    told: readonly string[] = signals.map(({ id }) => id),
  ): Evidence => ({
    books: { signals, refusals: [], executions: [], deals: [], commands: [] },
    audit: logOf(told),
    records: new Map([[one.accountId, records]]),
    deals: new Map([[one.accountId, deals]]),
  });
  const found = (name: keyof typeof CHECKERS, given: Evidence): number => CHECKERS[name]?.(given).length ?? -1;
  assert.equal(found('everySignalHasARow', evidence([], [record(one.id, 0)])), 1);
  assert.equal(found('executedAtMostOnce', evidence([one], [record(one.id, 2)])), 1);
  assert.equal(found('endsAsItsBrokerSays', evidence([row(1, { state: 'SENT' })])), 1);
  assert.equal(found('endsAsItsBrokerSays', evidence([one], [record(one.id, 1)])), 1);
  assert.equal(found('numbersWithoutGaps', evidence([one, row(3)])), 1);
  assert.equal(found('oneSignalPerDecision', evidence([one, row(2, { closeTime: one.closeTime })])), 1);
  assert.equal(found('everyDealIsBooked', evidence([one], [], [7n])), 1);
  assert.equal(found('everyRowIsTold', evidence([one, row(2)], [], [], [one.id])), 1);
  assert.equal(found('everyRowIsTold', evidence([one], [], [], [one.id, one.id])), 1);
  for (const name of Object.keys(CHECKERS)) assert.equal(found(name, evidence([one, row(2)], [record(one.id, 0)])), 0, name);
});
