/** What the EAs noted held against the ledger's rows, once both are at rest: the engine is not asked about itself. */
import { readFileSync } from 'node:fs';
import { isUndecided } from '../../src/signals/signal.js';
import type { Page, RefusalRow, SignalRow } from '../../src/storage/ledger/ledger.js';
import { openLedger } from '../../src/storage/ledger/open.js';
import type { SwarmCounts } from './orders.js';

export interface EaRecord {
  readonly id: string;
  readonly account: string;
  readonly tenant: string;
  readonly times: number;
}

export interface Evidence {
  /** Signals of the ledger that left for an EA. */
  readonly delivered: number;
  /** Of those, the ones that no EA was told. */
  readonly lost: number;
  /** Signals that an EA was told again without being told that it may know them. */
  readonly duplicated: number;
  /** Signals told to an EA of another account or tenant than the ledger's row has. */
  readonly mixed: number;
  /** Signals told to an EA that the ledger has no row of. */
  readonly uncommitted: number;
  /** Signals that have come to no end. */
  readonly open: number;
  readonly repeats: number;
  /** Signals whose tick the schedule does not know: their latency is in no figure. */
  readonly unknown: number;
  readonly refusedBy: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
}

export function judgeEvidence(
  signals: readonly Pick<SignalRow, 'id' | 'accountId' | 'tenantId' | 'instance' | 'state'>[],
  records: readonly EaRecord[],
): Pick<Evidence, 'delivered' | 'lost' | 'mixed' | 'uncommitted' | 'open'> {
  const told = new Map(records.map((record) => [record.id, record]));
  const delivered = signals.filter(({ instance }) => instance !== null);
  const rows = new Map(signals.map((row) => [row.id, row]));
  const elsewhere = ({ id, account, tenant }: EaRecord): boolean => {
    const row = rows.get(id);
    return row !== undefined && (row.accountId !== account || row.tenantId !== tenant);
  };
  return {
    delivered: delivered.length,
    lost: delivered.filter(({ id }) => !told.has(id)).length,
    mixed: records.filter(elsewhere).length,
    uncommitted: records.filter(({ id }) => !rows.has(id)).length,
    open: delivered.filter(({ state }) => isUndecided(state)).length,
  };
}

function readRecords(files: readonly string[]): EaRecord[] {
  return files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as EaRecord),
  );
}

async function all<T>(list: (after?: string) => Promise<Page<T>>): Promise<T[]> {
  const rows: T[] = [];
  for (let page = await list(); ; page = await list(page.next)) {
    rows.push(...page.rows);
    if (page.next === undefined) return rows;
  }
}

function sum(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const one of all) for (const [name, count] of Object.entries(one)) sums[name] = (sums[name] ?? 0) + count;
  return Object.fromEntries(Object.entries(sums).sort(([, a], [, b]) => b - a));
}

export async function readEvidence(
  at: { readonly url: string } | { readonly folder: string },
  records: readonly string[],
  counts: readonly SwarmCounts[],
): Promise<Evidence> {
  const ledger = await openLedger(at);
  try {
    const signals = await all<SignalRow>((after) => ledger.listSignals(after));
    const refusals = await all<RefusalRow>((after) => ledger.listRefusals(after));
    return {
      ...judgeEvidence(signals, readRecords(records)),
      duplicated: counts.reduce((total, { duplicates }) => total + duplicates, 0),
      repeats: counts.reduce((total, { repeats }) => total + repeats, 0),
      unknown: counts.reduce((total, { unknown }) => total + unknown, 0),
      refusedBy: sum(refusals.map(({ reason }) => ({ [reason]: 1 }))),
      faults: sum(counts.map(({ faults }) => faults)),
    };
  } finally {
    await ledger.close();
  }
}
