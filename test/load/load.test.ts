import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import type { LoadReport } from '../../load-tests/load/load-report.js';
import { emptyFolder } from '../support/ledger-folder.js';
import { root } from '../structure/sources.js';

const LOAD = join(root, 'dist', 'load-tests', 'load.js');
const ACCOUNTS = 20;
const ROUNDS = 3;

describe('a load', () => {
  it(`of ${ACCOUNTS} EAs: each signal that left came, once, at its own EA, and every figure is there`, async () => {
    await using folder = await emptyFolder();
    const page = join(folder.path, 'load.html');
    const words = `--accounts ${ACCOUNTS} --ticks 50 --seconds 5 --rounds ${ROUNDS} --tenants 2 --json --report ${page}`.split(
      ' ',
    );
    const child = spawn(process.execPath, [LOAD, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    const told = await text(child.stdout);
    assert.deepEqual(await closed, [0, null]);
    const report = JSON.parse(told) as LoadReport;
    const { ok, delivered, lost, duplicated, mixed, uncommitted, open, crashes, phases, processes } = report;
    assert.deepEqual(
      { ok, lost, duplicated, mixed, uncommitted, open, crashes },
      { ok: true, lost: 0, duplicated: 0, mixed: 0, uncommitted: 0, open: 0, crashes: 0 },
    );

    const phase = (name: string): LoadReport['phases'][number] => {
      const found = phases.find((one) => one.name === name);
      assert.ok(found !== undefined, `there is a phase ${name}`);
      return found;
    };
    assert.deepEqual(
      phases.map(({ name }) => name),
      ['arrive', 'steady', 'fan-out', 'reconnect', 'slow'],
    );
    assert.equal(phase('arrive').latencyMs.welcome?.count, ACCOUNTS);
    assert.equal(phase('reconnect').latencyMs.welcome?.count, ACCOUNTS);
    const refused = Object.values(report.refusedBy).reduce((sum, count) => sum + count, 0);
    const fannedOut = phase('fan-out').latencyMs['fan-out']?.count ?? 0;
    assert.ok(fannedOut > 0 && fannedOut + refused >= ACCOUNTS * ROUNDS, `${fannedOut} of a fan-out and ${refused} refused`);
    assert.ok(delivered >= fannedOut);
    assert.ok((phase('steady').latencyMs.heartbeat?.count ?? 0) > 0);
    for (const { name, rssMbMax, samples } of processes) {
      assert.ok(rssMbMax > 10 && samples.length > 5, name);
      assert.ok(
        samples.every((one) => Object.values(one).every(Number.isFinite)),
        name,
      );
    }
    const node = processes.find(({ kind }) => kind === 'node');
    assert.ok((node?.samples.at(-1)?.ticksTaken ?? 0) >= 50 * 5, 'the feed was handed its ticks');
    assert.match(readFileSync(page, 'utf8'), /<\/html>\s*$/);
  });

  it('that is interrupted ends its processes and leaves no folder', async () => {
    const before = new Set(readdirSync(tmpdir()));
    const child = spawn(process.execPath, [LOAD, '--accounts', '5', '--ticks', '50'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const closed = once(child, 'close');
    // Whoever listened has gone by then: that is no reason to end otherwise.
    for await (const chunk of child.stderr) if (String(chunk).includes('phase arrive')) break;
    const made = readdirSync(tmpdir()).filter((name) => name.startsWith('suho-load-') && !before.has(name));
    assert.ok(made.length > 0, 'it has a folder');
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ');
    assert.ok(children.length >= 2, 'a node and a swarm run');
    child.kill('SIGINT');
    assert.deepEqual(await closed, [130, null]);
    for (const pid of children) assert.ok(!existsSync(`/proc/${pid}`), `process ${pid} has ended`);
    const left = new Set(readdirSync(tmpdir()));
    // Another load of the same machine may have one of its own.
    assert.ok(made.some((name) => !left.has(name)));
  });
});
