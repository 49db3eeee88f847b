import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { countSignals, digestOf, type LedgerBooks, witness } from '../../src/demo/simulated-day.js';
import type { SignalSummary } from '../../src/ea-sim/record.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import { newSignal } from '../contracts/ledger-world.js';

const SUHO = fileURLToPath(new URL('../../../bin/suho.mjs', import.meta.url));
const HOURS = process.env.SUHO_PROOF === undefined ? '0.7' : '24';

interface Summary {
  readonly signals: number;
  readonly delivered: number;
  readonly executed: number;
  readonly rejected: number;
  readonly expired: number;
  readonly open: number;
  readonly refused: number;
  readonly refusedBy: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly duplicated: number;
  readonly digest: string;
}

/** A day of a process of its own; its one line, and how it ended. */
function day(...words: readonly string[]): Promise<{ readonly summary: Summary; readonly code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SUHO, 'start', '--once', '--hours', HOURS, '--json', ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.on('close', (code) => {
      const lines = out.trimEnd().split('\n');
      if (lines.length !== 1 || !out.startsWith('{')) reject(new Error(`one JSON line was expected, not: ${out}\n${err}`));
      else resolve({ summary: JSON.parse(out) as Summary, code });
    });
  });
}

test('the same seed gives the same day, another seed another; nothing is lost or doubled, and every delivered signal has one end', async () => {
  const [first, second] = await Promise.all([day('--seed', '7'), day('--seed', '7')]);
  const other = await day('--seed', '8');
  const { summary } = first;
  assert.equal(first.code, 0);
  assert.equal(summary.digest, second.summary.digest);
  assert.notEqual(summary.digest, other.summary.digest);
  for (const { delivered, executed, rejected, expired, open, lost, duplicated, refused, refusedBy } of [summary, other.summary]) {
    assert.ok(executed > 0, 'the day has fills');
    assert.equal(delivered, executed + rejected + expired + open);
    assert.deepEqual([lost, duplicated], [0, 0]);
    assert.equal(
      Object.values(refusedBy).reduce((sum, count) => sum + count, 0),
      refused,
    );
  }
});

test('one signal that is lost on its way to an EA is seen as one lost, and the day ends with exit code 1', async () => {
  const { summary, code } = await day('--seed', '7', '--swallow-signal', '1');
  assert.equal(summary.lost, 1);
  assert.equal(code, 1);
});

function row(number: number, change: Partial<SignalRow> = {}): SignalRow {
  const { ...signal } = newSignal(1, number);
  return { ...signal, seq: number, reason: null, filledVolume: 0, remainingVolume: 0, fillPrice: 0, updatedAt: 0, ...change };
}

function record(id: string, change: Partial<SignalSummary> = {}): SignalSummary {
  return { id, magic: 1n, received: true, attempts: 1, outcome: 'EXECUTED', deals: 1, executions: 1, ...change };
}

test('the witness counts what a record never saw, and what a broker did twice', () => {
  const rows = [row(1), row(2), row(3), row(4, { instance: null }), row(5, { kind: 'CLOSE' })];
  const [one, two, three] = rows.map(({ id }) => id) as [string, string, string];
  const account = (rows[0] as SignalRow).accountId;
  const records = new Map([[account, [record(one), record(two, { executions: 2 }), record(three, { received: false })]]]);
  assert.deepEqual(witness(rows, records), { lost: 1, duplicated: 1 });
  assert.deepEqual(witness(rows, new Map()), { lost: 3, duplicated: 0 });
});

test('delivered is all that left for an EA, and its ends add up', () => {
  const rows = [
    row(1, { state: 'EXECUTED' }),
    row(2, { state: 'CLOSED' }),
    row(3, { state: 'REJECTED' }),
    row(4, { state: 'CANCELLED' }),
    row(5, { state: 'EXPIRED' }),
    row(6, { state: 'UNKNOWN' }),
    row(7, { state: 'SENT' }),
    row(8, { state: 'PENDING', instance: null }),
  ];
  const counts = countSignals({ signals: rows, refusals: [] });
  assert.deepEqual(
    [counts.signals, counts.delivered, counts.executed, counts.rejected, counts.expired, counts.open],
    [8, 7, 2, 2, 1, 2],
  );
});

test('the digest does not depend on the order of rows or of their fields, nor on sessions; it does on what was decided', () => {
  const books = (signals: readonly SignalRow[]): LedgerBooks => ({
    signals,
    refusals: [],
    executions: [],
    deals: [],
    commands: [],
  });
  const [a, b] = [row(1), row(2)];
  const turned = Object.fromEntries(Object.entries(b).reverse()) as unknown as SignalRow;
  assert.equal(digestOf(books([a, b])), digestOf(books([turned, a])));
  assert.equal(digestOf(books([a])), digestOf(books([{ ...a, instance: 'b'.repeat(32), updatedAt: 5 }])));
  assert.notEqual(digestOf(books([a])), digestOf(books([{ ...a, volume: 0.31 }])));
});
