import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { violationsOf } from './checkers/table.js';
import { ClusterWorld } from './cluster-world.js';
import { drawPlan } from './fault-plan.js';
import { FAULTS, type FaultName } from './faults.js';
import { gatherEvidence } from './gather-evidence.js';
import { runSeed, type SeedReport } from './run-seed.js';
import type { SimulatedNode } from './simulated-node.js';
import { EAS, NODES, drawWish, TENANTS } from './world-wish.js';

const WORLDS = process.env.SUHO_PROOF === undefined ? 3 : 200;
const FIRST_SEED = process.env.SUHO_PROOF === undefined ? Math.floor(Math.random() * 1e6) : 1;

interface Pinned {
  readonly seed: number;
  readonly places: readonly number[];
  readonly why: string;
}

const PINNED = JSON.parse(
  readFileSync(join(fileURLToPath(new URL('../../../', import.meta.url)), 'test', 'simulation', 'pinned.json'), 'utf8'),
) as readonly Pinned[];

const isFault = (name: FaultName): boolean => !('harmless' in FAULTS[name]);

function firedIn({ fired }: SeedReport): number {
  return Object.entries(fired).reduce((sum, [name, count]) => sum + (isFault(name as FaultName) ? count : 0), 0);
}

test('a world is as large as it is said to be, and enough goes wrong in each', () => {
  for (let seed = 0; seed < 500; seed++) {
    const { eas, tenants, runMs } = drawWish(seed);
    assert.ok(NODES >= 3 && eas.length === EAS && EAS >= 20 && tenants.length === TENANTS && TENANTS >= 3);
    assert.ok(runMs >= 600_000);
    const faults = drawPlan(seed).filter(({ fault }) => isFault(fault));
    assert.ok(faults.length >= 8, `seed ${seed} has ${faults.length}`);
  }
});

for (let seed = FIRST_SEED; seed < FIRST_SEED + WORLDS; seed++)
  test(`cluster ${seed}: whatever goes wrong, every checker is content`, async () => {
    const report = await runSeed(seed);
    assert.deepEqual(report.violations, []);
    assert.ok(firedIn(report) >= 8, JSON.stringify(report.fired));
    assert.ok(report.simulatedSeconds >= 600);
    assert.deepEqual([report.lost, report.duplicated, report.mixed], [0, 0, 0]);
  });

for (const { seed, places, why } of PINNED)
  test(`pinned cluster ${seed}: ${why}`, async () => {
    assert.deepEqual((await runSeed(seed, places)).violations, []);
  });

test('several symbols that decide at one close keep to the limits together, though none is in the ledger yet', async () => {
  const wish = drawWish(7);
  const strict = ({ trading, ...tenant }: (typeof wish.tenants)[number]) => {
    const risk = { ...trading.risk, openPositionsMost: 1 };
    return { ...tenant, trading: { ...trading, risk } };
  };
  const world = new ClusterWorld(7, [], { ...wish, tenants: wish.tenants.map(strict) });
  await world.live();
  const evidence = await gatherEvidence(world);
  world.close();
  assert.deepEqual(violationsOf(evidence), []);
  const refused = evidence.books.refusals.filter(({ reason }) => reason === 'too-many-positions');
  assert.ok(evidence.openings.length > 0 && refused.length > 0);
});

test('where nothing goes wrong every EA keeps its session, whatever its computer takes the time to be', async () => {
  const wish = drawWish(7);
  const eas = wish.eas.map((ea, at) => ({ ...ea, wallOffMs: ((at % 3) - 1) * 40 * 60_000 }));
  const world = new ClusterWorld(7, [], { ...wish, eas });
  await world.begin();
  await world.run(3 * 60_000);
  assert.deepEqual(
    world.eas.filter(({ ea }) => ea?.sessions !== 1).map(({ accountId }) => accountId),
    [],
  );
  world.close();
});

test('a node that is stopped in order sends each of its EAs to another, where it is in session again', async () => {
  const stops = { atMs: 5 * 60_000, fault: 'node-stops', target: 1, share: 0, forMs: 60_000 } as const;
  const world = new ClusterWorld(7, [stops]);
  await world.begin();
  await world.run(stops.atMs - 1);
  const stopped = world.nodes[1] as SimulatedNode;
  const here = world.eas.filter(({ wire }) => wire?.process.node === stopped);
  assert.ok(here.length > 2, `${here.length} EAs are at it`);
  await world.run(20_000);
  assert.equal(stopped.process, undefined);
  assert.ok(world.redirects >= here.length, `${world.redirects} were sent on of ${here.length}`);
  for (const { wire, ea } of here) assert.ok(ea?.live === true && wire !== undefined && wire.process.node !== stopped);
  await world.run(5 * 60_000);
  await world.calm();
  const evidence = await gatherEvidence(world);
  world.close();
  assert.deepEqual(violationsOf(evidence), []);
});

test('one seed is one history, and another is another', async () => {
  const [first, again, other] = [await runSeed(7), await runSeed(7), await runSeed(8)];
  assert.ok(first.delivered > 0);
  assert.equal(first.digest, again.digest);
  assert.notEqual(first.digest, other.digest);
});
