import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SuhoError } from '../../../src/errors.js';
import { Activity } from '../../../src/runtime/activity.js';
import { LIMITS } from '../../../src/limits.js';
import { systemClock } from '../../../src/runtime/clock.js';
import { GroupCommit } from '../../../src/storage/ledger/group-commit.js';
import type { LedgerOp, OpResult } from '../../../src/storage/ledger/ledger.js';
import { MemoryLedger } from '../../../src/storage/ledger/memory.js';
import { accountId, raise, settle } from '../../contracts/ledger-world.js';

/** A ledger whose commits end when told, and that keeps what it was given. */
class HeldLedger {
  readonly batches: (readonly LedgerOp[])[] = [];
  readonly #ends: ((failure?: Error) => void)[] = [];

  commit(ops: readonly LedgerOp[]): Promise<readonly OpResult[]> {
    this.batches.push(ops);
    return new Promise((resolve, reject) => {
      this.#ends.push((failure) =>
        failure ? reject(failure) : resolve(ops.map((op) => ({ kind: 'moved', state: labelOf(op) }))),
      );
    });
  }

  get underWay(): number {
    return this.#ends.length;
  }

  async end(failure?: Error): Promise<void> {
    this.#ends.shift()?.(failure);
    await turn();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** `account:number` of a raise; results carry it where a state would be, which is enough to see whose answer came. */
const labelOf = (op: LedgerOp): never => {
  const id = op.kind === 'raise' ? op.signal.id : '';
  return `${Number.parseInt(id.slice(0, 8), 10) - 100}:${Number.parseInt(id.slice(-12), 16)}` as never;
};
const labels = (ops: readonly LedgerOp[]): string[] => ops.map((op) => String(labelOf(op)));

function held(options: { readonly batchRows?: number; readonly batchTenants?: number; readonly queue?: number } = {}) {
  const ledger = new HeldLedger();
  const activity = new Activity();
  const group = new GroupCommit({ ledger, clock: systemClock, activity, ...options });
  return { ledger, activity, group };
}

test('it is late while an operation waits long, and for a while from when one has', async () => {
  const { busyMs, busyForMs } = LIMITS.ledger;
  const ledger = new HeldLedger();
  let nowMs = 0;
  const group = new GroupCommit({ ledger, clock: { monotonicNs: () => BigInt(nowMs) * 1_000_000n } });
  const waiting = async (ms: number): Promise<boolean> => {
    const answered = group.submit([raise(1, 1)]);
    await turn();
    nowMs += ms;
    const wasLate = group.isLate;
    await ledger.end();
    await answered;
    return wasLate;
  };
  assert.equal(await waiting(busyMs - 1), false);
  assert.equal(group.isLate, false);
  assert.equal(await waiting(busyMs), true);
  assert.equal(group.isLate, true);
  await waiting(busyForMs - 1);
  assert.equal(group.isLate, true);
  nowMs += busyForMs - 1;
  assert.equal(group.isLate, true);
  nowMs += 1;
  assert.equal(group.isLate, false);

  const failed = assert.rejects(group.submit([raise(1, 1)]));
  await turn();
  nowMs += busyMs;
  assert.equal(group.isLate, true);
  await ledger.end(new Error('gone'));
  await failed;
  nowMs += busyForMs;
  assert.equal(group.isLate, false);
});

test('a lone submission leaves at once, what comes meanwhile leaves together', async () => {
  const { ledger, group, activity } = held();
  const first = group.submit([raise(1, 1)]);
  await turn();
  assert.deepEqual(ledger.batches.map(labels), [['1:1']]);
  const second = group.submit([raise(2, 1), raise(2, 2)]);
  const third = group.submit([raise(3, 1)]);
  await turn();
  assert.equal(ledger.batches.length, 1);
  assert.deepEqual([group.pending, activity.pending], [4, 4]);
  await ledger.end();
  assert.deepEqual(await first, [{ kind: 'moved', state: '1:1' }]);
  assert.deepEqual(ledger.batches.slice(1).map(labels), [['2:1', '3:1', '2:2']]);
  await ledger.end();
  assert.deepEqual(await second, [
    { kind: 'moved', state: '2:1' },
    { kind: 'moved', state: '2:2' },
  ]);
  assert.deepEqual(await third, [{ kind: 'moved', state: '3:1' }]);
  await turn();
  assert.deepEqual([group.pending, activity.pending, ledger.underWay], [0, 0, 0]);
});

test('a fan-out larger than a batch is split, and one result behind it waits for one batch only', async () => {
  const { ledger, group } = held({ batchRows: 10 });
  const fanOut = group.submit(Array.from({ length: 25 }, (_, at) => raise(at + 1, 1)));
  await turn();
  let answered = false;
  const single = group.submit([raise(90, 1)]).then(() => {
    answered = true;
  });
  await ledger.end();
  assert.ok(labels(ledger.batches[1] as LedgerOp[]).includes('90:1'));
  await ledger.end();
  await single;
  assert.ok(answered);
  await ledger.end();
  assert.equal((await fanOut).length, 25);
  assert.deepEqual(
    ledger.batches.map((batch) => batch.length),
    [10, 10, 6],
  );
});

test('a batch is of so many tenants at most, and what is of those already in it still comes along', async () => {
  const { ledger, group } = held({ batchTenants: 2 });
  const of = (account: number, tenantId: string) => raise(account, 1, { tenantId });
  const blocker = group.submit([of(50, 'z')]);
  await turn();
  const waiting = [of(1, 'a'), of(2, 'b'), of(3, 'a'), of(4, 'c'), of(5, 'b'), of(6, 'd')].map((op) => group.submit([op]));
  for (let end = 0; end < 4; end++) await ledger.end();
  await Promise.all([blocker, ...waiting]);
  assert.deepEqual(ledger.batches.slice(1).map(labels), [['1:1', '2:1', '3:1'], ['4:1', '5:1'], ['6:1']]);
});

test('an account’s operations keep their order across submissions that take turns', async () => {
  const { ledger, group } = held({ batchRows: 3 });
  const blocker = group.submit([raise(50, 1)]);
  await turn();
  const long = group.submit([raise(1, 1), raise(2, 1), raise(3, 1), raise(4, 1)]);
  const overtaking = group.submit([raise(4, 2)]);
  await ledger.end();
  await ledger.end();
  await ledger.end();
  await Promise.all([blocker, long, overtaking]);
  const order = ledger.batches.flatMap(labels);
  assert.ok(order.indexOf('4:1') < order.indexOf('4:2'), order.join(' '));
});

test('a failed batch rejects whole submissions, withdraws what they had waiting, and the next goes on', async () => {
  const { ledger, group, activity } = held({ batchRows: 2 });
  const split = group.submit([1, 2, 3, 4, 5].map((number) => raise(number, 1)));
  await turn();
  const later = group.submit([raise(9, 1)]);
  const rejected = assert.rejects(split, (error) => error instanceof SuhoError && error.code === 'LEDGER_FAILED');
  await ledger.end(new Error('no disk'));
  await rejected;
  assert.deepEqual(ledger.batches.map(labels), [['1:1', '2:1'], ['9:1']]);
  await ledger.end();
  await later;
  await turn();
  assert.deepEqual([group.pending, activity.pending], [0, 0]);
});

test('past its bound it takes nothing, and says so before', async () => {
  const { ledger, group } = held({ queue: 3, batchRows: 2 });
  const taken = group.submit([raise(1, 1), raise(2, 1)]);
  assert.equal(group.full, false);
  await assert.rejects(group.submit([raise(3, 1), raise(4, 1)]), { code: 'LEDGER_FAILED' });
  const last = group.submit([raise(3, 1)]);
  assert.equal(group.full, true);
  await turn();
  await ledger.end();
  await ledger.end();
  await Promise.all([taken, last]);
  await turn();
  assert.equal(group.full, false);
});

test('a malformed operation is refused to its sender alone', async () => {
  const { ledger, group } = held();
  const good = group.submit([raise(1, 1)]);
  await assert.rejects(group.submit([raise(2, 1, { entry: Number.NaN })]), { code: 'INPUT_INVALID' });
  await turn();
  await ledger.end();
  await good;
});

test('close answers what was taken and takes no more', async () => {
  const { ledger, group } = held();
  const taken = group.submit([raise(1, 1)]);
  const closed = group.close();
  await assert.rejects(group.submit([raise(1, 2)]), { code: 'LEDGER_FAILED' });
  await turn();
  await ledger.end();
  await Promise.all([taken, closed]);
  await group.close();
});

test('an operation of more rows than a batch travels alone', async () => {
  const { ledger, group } = held({ batchRows: 4 });
  const symbols = Array.from({ length: 9 }, (_, at) => ({ brokerName: `S${at}`, symbol: null, details: {} }));
  const many = group.submit([{ kind: 'symbols', accountId: accountId(1), epoch: 0, symbols }]);
  const one = group.submit([raise(2, 1)]);
  await turn();
  await ledger.end();
  await ledger.end();
  await Promise.all([many, one]);
  assert.deepEqual(
    ledger.batches.map((batch) => batch.map(({ kind }) => kind)),
    [['symbols'], ['raise']],
  );
});

test('whatever is submitted when, every answer reaches its sender, batches keep their bound, and numbers have no gap', async () => {
  const submission = fc.record({
    ops: fc.array(fc.record({ account: fc.integer({ min: 1, max: 5 }) }), { minLength: 1, maxLength: 12 }),
    pause: fc.boolean(),
  });
  const numRuns = process.env.SUHO_PROOF ? 1_000 : 50;
  await fc.assert(
    fc.asyncProperty(fc.array(submission, { maxLength: 20 }), fc.integer({ min: 1, max: 7 }), async (submissions, batchRows) => {
      const ledger = new MemoryLedger({ before: (call) => (call === 'commit' ? turn() : undefined) });
      await settle(ledger, 5);
      const sizes: number[] = [];
      const group = new GroupCommit({ ledger, clock: systemClock, batchRows, onCommit: ({ rows }) => sizes.push(rows) });
      const count = new Map<number, number>();
      const pending: Promise<void>[] = [];
      for (const { ops, pause } of submissions) {
        const numbered = ops.map(({ account }) => {
          count.set(account, (count.get(account) ?? 0) + 1);
          return { account, seq: count.get(account) as number };
        });
        const check = group.submit(numbered.map(({ account, seq }) => raise(account, seq))).then((results) => {
          const told = results.map((result) => result.kind === 'raised' && { owner: result.row.accountId, seq: result.row.seq });
          assert.deepEqual(
            told,
            numbered.map(({ account, seq }) => ({ owner: accountId(account), seq })),
          );
        });
        pending.push(check);
        if (pause) await turn();
      }
      await Promise.all(pending);
      assert.ok(sizes.every((rows) => rows <= batchRows));
      assert.equal(
        sizes.reduce((sum, rows) => sum + rows, 0),
        [...count.values()].reduce((sum, rows) => sum + rows, 0),
      );
    }),
    { numRuns },
  );
});
