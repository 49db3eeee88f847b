/** What every table of jobs does: one holder at a time, and no word of whoever is not the newest. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import type { JobEnd, JobState, JobTable } from '../../src/storage/jobs/job-table.js';
import { proofCount } from '../support/price-paths.js';

export interface JobsUnderTest {
  readonly table: JobTable;
  reset(): Promise<void>;
  close(): Promise<void>;
}

const JOB = { name: 'anchors', everyMs: 1_000, offsetMs: 0, dueAt: 5_000, startAt: 5_100 };
const taking = (nowMs: number, holder = 'one', early = false) => ({
  name: 'anchors',
  holder,
  nowMs,
  leaseUntil: nowMs + 60,
  early,
});
const ended = (epoch: number, change: Partial<JobEnd> = {}): JobEnd => ({
  name: 'anchors',
  epoch,
  dueAt: 6_000,
  startAt: 6_000,
  failures: 0,
  sentence: 'said',
  endedAt: 5_150,
  outcome: 'done',
  ...change,
});

export function jobsContract(name: string, open: () => Promise<JobsUnderTest>): void {
  describe(`jobs in ${name}`, () => {
    let under: JobsUnderTest;
    const only = async (): Promise<JobState> => {
      const [job, more] = await under.table.list();
      assert.ok(job !== undefined && more === undefined);
      return job;
    };
    before(async () => {
      under = await open();
    });
    after(() => under.close());
    beforeEach(async () => {
      await under.reset();
      await under.table.register([JOB]);
    });

    test('what is registered again keeps what it owes, but for a new schedule or a clock that was set back', async () => {
      await under.table.register([{ ...JOB, dueAt: 7_000, startAt: 7_000 }]);
      assert.deepEqual([(await only()).dueAt, (await only()).startAt], [5_000, 5_100]);
      await under.table.register([{ ...JOB, dueAt: 3_000, startAt: 3_010 }]);
      assert.deepEqual([(await only()).dueAt, (await only()).startAt], [3_000, 3_010]);
      await under.table.register([{ ...JOB, everyMs: 2_000, dueAt: 8_000, startAt: 8_000 }]);
      assert.deepEqual([(await only()).everyMs, (await only()).dueAt], [2_000, 8_000]);
      await under.table.register([{ ...JOB, name: 'archive' }]);
      assert.deepEqual(
        (await under.table.list()).map((job) => job.name),
        ['anchors', 'archive'],
      );
    });

    test('nobody takes a job before its time but an operator, nobody one that is held, nobody one that is not', async () => {
      assert.equal(await under.table.take(taking(5_099)), undefined);
      const early = await under.table.take(taking(5_000, 'operator', true));
      assert.deepEqual([early?.epoch, early?.runs, early?.holder, early?.startedAt], [1, 1, 'operator', 5_000]);
      assert.equal(await under.table.take(taking(5_059, 'two', true)), undefined);
      assert.equal(await under.table.take({ ...taking(9_000), name: 'none' }), undefined);
    });

    test('a run that ended is told, its lease given back, and the job is due when it says', async () => {
      const { epoch = 0 } = (await under.table.take(taking(5_100))) ?? {};
      assert.ok(await under.table.end(ended(epoch, { outcome: 'failed', failures: 3, sentence: 'the disk is full' })));
      assert.deepEqual(await only(), {
        ...JOB,
        dueAt: 6_000,
        startAt: 6_000,
        holder: null,
        leaseUntil: 0,
        epoch,
        runs: 1,
        failures: 3,
        startedAt: 5_100,
        endedAt: 5_150,
        outcome: 'failed',
        sentence: 'the disk is full',
      });
      assert.equal(await under.table.end(ended(epoch, { sentence: 'again' })), false);
      assert.equal(await under.table.renew('anchors', epoch, 9_999), false);
      assert.equal((await only()).sentence, 'the disk is full');
    });

    test('whoever lost the lease neither renews it nor tells of its run, even while it stands unused', async () => {
      const first = await under.table.take(taking(5_100, 'one'));
      const second = await under.table.take(taking(5_160, 'two'));
      assert.deepEqual([first?.epoch, second?.epoch], [1, 2]);
      assert.equal(await under.table.renew('anchors', 1, 99_999), false);
      assert.equal(await under.table.end(ended(1)), false);
      const { holder, leaseUntil, outcome } = await only();
      assert.deepEqual([holder, leaseUntil, outcome], ['two', 5_220, null]);
      assert.ok(await under.table.renew('anchors', 2, 6_000));
      assert.equal(await under.table.take(taking(5_999, 'one')), undefined);
      assert.ok(await under.table.end(ended(2)));
    });

    test('of many that take at once one has it', async () => {
      const takers = Array.from({ length: 8 }, (_, at) => under.table.take(taking(5_100, `node ${at}`)));
      const taken = (await Promise.all(takers)).filter((job) => job !== undefined);
      assert.equal(taken.length, 1);
      assert.equal((await only()).holder, taken[0]?.holder);
    });

    test('whatever three nodes do and whenever: at most one holds, numbers rise, and only the holder’s end is told', async () => {
      const step = fc.record({
        who: fc.integer({ min: 0, max: 2 }),
        does: fc.constantFrom('take', 'renew', 'end'),
        passes: fc.integer({ min: 0, max: 50 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          await under.reset();
          await under.table.register([{ ...JOB, dueAt: 0, startAt: 0 }]);
          const mine = [0, 0, 0];
          let [holder, until, newest, ends] = [-1, 0, 0, 0];
          let now = 1;
          for (const { who, does, passes } of steps) {
            now += passes;
            const epoch = mine[who] as number;
            if (does === 'take') {
              const job = await under.table.take(taking(now, `node ${who}`, true));
              assert.equal(job !== undefined, until <= now, 'a lease is to be had when the one before it is over');
              if (job === undefined) continue;
              assert.equal(job.epoch, newest + 1);
              [holder, until, newest] = [who, now + 60, job.epoch];
              mine[who] = newest;
            } else if (does === 'renew') {
              const held = await under.table.renew('anchors', epoch, now + 60);
              assert.equal(held, holder === who && epoch === newest);
              if (held) until = now + 60;
            } else {
              const told = await under.table.end(ended(epoch, { dueAt: 0, startAt: 0 }));
              assert.equal(told, holder === who && epoch === newest);
              if (told) [holder, until, ends] = [-1, 0, ends + 1];
            }
          }
          const { epoch, outcome } = await only();
          assert.deepEqual([epoch, outcome], [newest, ends > 0 ? 'done' : null]);
        }),
        { numRuns: proofCount(200) },
      );
    });
  });
}
