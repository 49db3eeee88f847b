/** The nodes of a real cluster end one after another and start again, and one dies, under EAs over TLS with signals flowing. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import type { LoadReport } from '../../load-tests/load/load-report.js';
import { natsMissing } from '../support/nats-server.js';
import { postgresMissing } from '../support/postgres-server.js';
import { root } from '../structure/sources.js';

const LOAD = join(root, 'dist', 'load-tests', 'load.js');
const ACCOUNTS = 60;
const NODES = 2;
/** Of a machine that has other work beside: how long it takes is in docs/decisions/0053. */
const SILENCE_MOST_MS = 6_000;
const SIGNAL_MOST_MS = 10_000;

async function measured(phases: string): Promise<LoadReport> {
  const words = `--accounts ${ACCOUNTS} --nodes ${NODES} --ticks 100 --tenants 4 --tls --rounds 1 --json --phases ${phases}`;
  const child = spawn(process.execPath, [LOAD, ...words.split(' ')], { stdio: ['ignore', 'pipe', 'ignore'] });
  const closed = once(child, 'close');
  const told = await text(child.stdout);
  assert.deepEqual(await closed, [0, null], told);
  return JSON.parse(told) as LoadReport;
}

function phaseOf({ phases }: LoadReport, name: string): LoadReport['phases'][number] {
  const found = phases.find((one) => one.name === name);
  assert.ok(found !== undefined, `there is a phase ${name}`);
  return found;
}

function assertNothingLost({ lost, duplicated, mixed, uncommitted, open, crashes, delivered }: LoadReport): void {
  const all = { lost, duplicated, mixed, uncommitted, open, crashes };
  assert.deepEqual(all, { lost: 0, duplicated: 0, mixed: 0, uncommitted: 0, open: 0, crashes: 0 });
  assert.ok(delivered > ACCOUNTS, `${delivered} signals were delivered`);
}

describe('a cluster under its EAs', { skip: natsMissing() || postgresMissing() }, () => {
  it('whose nodes are restarted one after another sends them on to each other, and loses no signal', {
    timeout: 180_000,
  }, async () => {
    const report = await measured('rolling');
    assertNothingLost(report);
    const { latencyMs, figures } = phaseOf(report, 'rolling');
    assert.equal(latencyMs.silence?.count, ACCOUNTS, 'each EA has changed its node');
    assert.ok(latencyMs.silence.max < SILENCE_MOST_MS, `an EA was without a session for ${latencyMs.silence.max} ms`);
    // Nobody was cut off or refused: all of half of the EAs, of all of them, and of half of them when the first node had its share again.
    assert.deepEqual(Object.keys(report.faults), ['redirected']);
    assert.equal(report.faults.redirected, 2 * ACCOUNTS);
    assert.deepEqual([figures.sessionsLeast, figures.sessionsMost], [ACCOUNTS / NODES, ACCOUNTS / NODES]);
  });

  it('of which a node dies gives every account its next signal soon, and loses none', { timeout: 180_000 }, async () => {
    const report = await measured('failover');
    assertNothingLost(report);
    const { failover, bystander } = phaseOf(report, 'failover').latencyMs;
    assert.deepEqual([failover?.count, bystander?.count], [ACCOUNTS / NODES, ACCOUNTS / NODES]);
    const most = Math.max(failover?.max ?? Number.NaN, bystander?.max ?? Number.NaN);
    assert.ok(most < SIGNAL_MOST_MS, `the next signal came after ${most} ms`);
  });
});
