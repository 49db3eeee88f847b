import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job, Run } from '../../src/jobs/job.js';
import { JobRunner } from '../../src/jobs/job-runner.js';
import { LIMITS } from '../../src/limits.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { seededRandom } from '../../src/runtime/random.js';
import { MemoryJobs } from '../../src/storage/jobs/memory-jobs.js';

const { leaseMs, stopMs, retryFirstMs } = LIMITS.jobs;
const HOUR = 3_600_000;

function job(name: string, run: (run: Run) => Promise<string>, change: Partial<Job> = {}): Job {
  const schedule = { everyMs: HOUR, offsetMs: 0 };
  return { name, does: name, schedule, catchUp: 'once', jitterMs: 0, timeoutMs: 600_000, run, ...change };
}

function world(...jobs: Job[]) {
  const clock = new SteppedClock(0);
  const table = new MemoryJobs();
  const runnerOf = (holder: string, own: readonly Job[] = jobs): JobRunner =>
    new JobRunner({ table, jobs: own, clock, random: seededRandom(1), log: silentLogger, holder });
  const state = async (name: string) => (await table.list()).find((each) => each.name === name);
  return { clock, table, runnerOf, state };
}

/** Until what was promised has had its turns. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the runner of jobs', () => {
  it('runs what is due once over all nodes, and tells what came of it', async () => {
    const ran: number[] = [];
    const { clock, runnerOf, state } = world(
      job('anchors', async ({ dueAt }) => {
        ran.push(dueAt);
        return 'three';
      }),
    );
    const nodes = ['a', 'b', 'c'].map((name) => runnerOf(name));
    for (const node of nodes) await node.register();
    assert.deepEqual((await Promise.all(nodes.map((node) => node.runDue()))).flat(), []);
    clock.advanceTo(HOUR);
    const reports = (await Promise.all(nodes.map((node) => node.runDue()))).flat();
    assert.deepEqual(reports, [{ name: 'anchors', outcome: 'done', sentence: 'three', tookMs: 0 }]);
    clock.advanceTo(5 * HOUR);
    await Promise.all(nodes.map((node) => node.runDue()));
    assert.deepEqual(ran, [HOUR, 2 * HOUR]);
    assert.deepEqual([(await state('anchors'))?.dueAt, (await state('anchors'))?.runs], [6 * HOUR, 2]);
  });

  it('a node that was started looks by itself, and sleeps until the next is due', async () => {
    let ran = 0;
    const { clock, runnerOf } = world(
      job('anchors', async () => {
        ran += 1;
        return '';
      }),
    );
    const node = runnerOf('a');
    await node.register();
    node.start();
    for (let at = 0; at <= 3 * HOUR; at += LIMITS.jobs.lookMs) {
      clock.advanceTo(at);
      await settled();
    }
    assert.equal(ran, 3);
    await node.close();
    clock.advanceTo(9 * HOUR);
    await settled();
    assert.equal(ran, 3);
  });

  it('a job that fails is tried again after a pause, and the others go on', async () => {
    let fails = true;
    const { clock, runnerOf, state } = world(
      job('archive', async () => {
        if (fails) throw new Error('the disk is full');
        return 'well';
      }),
      job('anchors', async () => 'well'),
    );
    const node = runnerOf('a');
    await node.register();
    clock.advanceTo(HOUR);
    const reports = await node.runDue();
    assert.deepEqual(reports.map(({ name, outcome }) => `${name} ${outcome}`).sort(), ['anchors done', 'archive failed']);
    const failed = await state('archive');
    assert.deepEqual([failed?.sentence, failed?.failures, failed?.dueAt], ['the disk is full', 1, HOUR]);
    assert.ok(Number(failed?.startAt) >= HOUR + retryFirstMs / 2 && Number(failed?.startAt) <= HOUR + retryFirstMs);
    clock.advanceTo(Number(failed?.startAt) - 1);
    assert.deepEqual(await node.runDue(), []);
    fails = false;
    clock.advanceTo(Number(failed?.startAt));
    assert.equal((await node.runDue())[0]?.outcome, 'done');
    assert.deepEqual([(await state('archive'))?.failures, (await state('archive'))?.dueAt], [0, 2 * HOUR]);
  });

  it('work that takes too long is told to end, and given up where it does not hear', async () => {
    const reasons: string[] = [];
    const { clock, runnerOf, state } = world(
      job('deaf', () => new Promise(() => {}), { timeoutMs: 5_000 }),
      job(
        'hears',
        ({ signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              reasons.push((signal.reason as Error).message);
              reject(signal.reason);
            });
          }),
        { timeoutMs: 5_000 },
      ),
    );
    const node = runnerOf('a');
    await node.register();
    clock.advanceTo(HOUR);
    const running = node.runDue();
    for (let step = 0; step < 60; step++) {
      await settled();
      clock.advanceTo(clock.nowMs() + 1_000);
    }
    const reports = await running;
    assert.deepEqual(
      reports.map(({ name, outcome, tookMs }) => [name, outcome, tookMs]),
      [
        ['deaf', 'failed', 5_000 + stopMs],
        ['hears', 'failed', 5_000],
      ],
    );
    assert.deepEqual(reasons, ['it took longer than 5 s']);
    assert.equal((await state('deaf'))?.holder, null);
  });

  it('a long run keeps its lease; one whose lease was taken tells nothing', async () => {
    let end: (came: string) => void = () => {};
    let told: unknown;
    const { clock, table, runnerOf, state } = world(
      job('slow', ({ signal }) => {
        signal.addEventListener('abort', () => {
          told = signal.reason;
        });
        return new Promise((resolve) => {
          end = resolve;
        });
      }),
    );
    const node = runnerOf('a');
    await node.register();
    clock.advanceTo(HOUR);
    const running = node.runDue();
    for (let step = 0; step < 9; step++) {
      await settled();
      clock.advanceTo(clock.nowMs() + leaseMs / 3);
    }
    await settled();
    assert.equal(
      await table.take({ name: 'slow', holder: 'b', nowMs: clock.nowMs(), leaseUntil: 9 * HOUR, early: true }),
      undefined,
    );
    // The node stands still for longer than its lease: another takes the job, as of its own clock.
    const gone = clock.nowMs() + leaseMs + 1;
    const other = await table.take({ name: 'slow', holder: 'b', nowMs: gone, leaseUntil: gone + leaseMs, early: true });
    assert.equal(other?.epoch, 2);
    clock.advanceTo(clock.nowMs() + leaseMs / 3);
    await settled();
    assert.match((told as Error).message, /another has taken its lease/);
    end('finished all the same');
    assert.deepEqual(
      (await running).map(({ outcome }) => outcome),
      ['lost'],
    );
    const { holder, outcome } = (await state('slow')) ?? {};
    assert.deepEqual([holder, outcome], ['b', null]);
  });

  it('an operator runs one at any time; a job that another runs, or that there is not, is said', async () => {
    const { clock, table, runnerOf, state } = world(job('anchors', async () => 'now'));
    const node = runnerOf('a');
    await node.register();
    clock.advanceTo(HOUR / 2);
    assert.equal((await node.runNow('anchors')).outcome, 'done');
    assert.equal((await state('anchors'))?.dueAt, HOUR);
    await assert.rejects(node.runNow('none'), { code: 'NOT_FOUND', message: 'there is no job none; there are anchors' });
    await table.take({ name: 'anchors', holder: 'node b', nowMs: clock.nowMs(), leaseUntil: HOUR, early: true });
    await assert.rejects(node.runNow('anchors'), { code: 'CONFLICT', message: /being run by node b/ });
  });

  it('a node that closes ends its run, which is owed', async () => {
    const { clock, runnerOf, state } = world(
      job('slow', ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))),
    );
    const node = runnerOf('a');
    await node.register();
    clock.advanceTo(HOUR);
    const running = node.runDue();
    await settled();
    await node.close();
    assert.equal((await running)[0]?.sentence, 'the node is closing');
    assert.equal((await state('slow'))?.dueAt, HOUR);
  });

  it('a ledger that cannot be asked stops nothing: the next look finds it', async () => {
    const { clock, table, runnerOf } = world(job('anchors', async () => 'well'));
    const node = runnerOf('a');
    await node.register();
    const list = table.list.bind(table);
    table.list = () => Promise.reject(new Error('away'));
    node.start();
    clock.advanceTo(2 * HOUR);
    await settled();
    table.list = list;
    clock.advanceTo(clock.nowMs() + LIMITS.jobs.lookMs);
    await settled();
    assert.equal((await table.list())[0]?.outcome, 'done');
    await node.close();
  });
});
