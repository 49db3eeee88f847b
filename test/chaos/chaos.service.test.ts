/** A short run of the real thing, as `npm run chaos` is started, and one that is interrupted. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ChaosReport } from '../../load-tests/chaos/chaos.js';
import { whyNoServers } from '../../load-tests/chaos/servers.js';
import { until } from '../support/actors.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';

const COMMAND = fileURLToPath(new URL('../../load-tests/chaos/command.js', import.meta.url));
const SECONDS = process.env.SUHO_PROOF === undefined ? 40 : 600;
const SEED = process.env.SUHO_PROOF === undefined ? Math.floor(Math.random() * 1e6) : 8;
const skip = whyNoServers() ?? false;

class Running {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;

  /** `folder` is where it makes its own. */
  constructor(folder: string, ...words: readonly string[]) {
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
    this.child = spawn(process.execPath, [COMMAND, ...words], {
      env: { ...environment, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = once(this.child, 'close').then(([code]) => code as number | null);
  }
}

/** One that PostgreSQL’s own user gets through to its data by. */
async function openFolder(): Promise<TemporaryFolder> {
  const folder = await temporaryFolder();
  chmodSync(folder.path, 0o755);
  return folder;
}

/** Processes that name the folder in their command lines. */
function processesOf(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return line.includes(folder) ? [`${pid} ${line}`] : [];
      } catch {
        return [];
      }
    });
}

describe('chaos with real processes', { skip }, () => {
  it(`${SECONDS} s of it (seed ${SEED}): nothing is lost, doubled or mixed, and nothing is left behind`, {
    timeout: (SECONDS + 400) * 1_000,
  }, async () => {
    await using folder = await openFolder();
    const run = new Running(folder.path, '--seconds', String(SECONDS), '--seed', String(SEED), '--json');
    const code = await run.ended;
    assert.equal(code, 0, `${run.stdout}\n${run.stderr}`);
    const report = JSON.parse(run.stdout) as ChaosReport;
    assert.deepEqual([report.lost, report.duplicated, report.mixed, report.findings], [0, 0, 0, []]);
    assert.ok(report.executed > 0, 'something was executed');
    assert.ok(Object.keys(report.faults).length >= 10, `most kinds of faults came: ${JSON.stringify(report.faults)}`);
    assert.deepEqual(readdirSync(folder.path), []);
    assert.deepEqual(processesOf(folder.path), []);
  });

  it('that is interrupted ends with 130, its processes and its folder with it', { timeout: 200_000 }, async () => {
    await using folder = await openFolder();
    const run = new Running(folder.path, '--seconds', '60', '--seed', '1');
    const home = (): string | undefined => readdirSync(folder.path)[0];
    const started = (): boolean => existsSync(join(folder.path, home() ?? '-', 'logs', 'node-1.log'));
    await until(() => started() || run.child.exitCode !== null, `the nodes start; it said ${run.stderr}`, 60_000);
    run.child.kill('SIGTERM');
    assert.equal(await run.ended, 130, run.stderr);
    assert.deepEqual(readdirSync(folder.path), []);
    assert.deepEqual(processesOf(folder.path), []);
    assert.ok(!readFileSync('/proc/mounts', 'utf8').includes(folder.path), 'nothing stays mounted');
  });
});
