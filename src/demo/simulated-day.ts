/**
 * `start --once`: one simulated trading day through the real node: its actors on nact, its ledger on disk, EAs over real
 * loopback sockets. Time stands still until every mailbox, every frame and every commit is done, and then moves to the next
 * timer, so one seed gives one history whatever the machine does meanwhile.
 */
import type { SignalSummary } from '../ea-sim/record.js';
import { type Activity, untilIdle } from '../runtime/activity.js';
import type { SteppedClock } from '../runtime/clock.js';
import { canonicalLine, LineDigest } from '../runtime/digest.js';
import type { CommandRow } from '../storage/ledger/commands.js';
import type { DealRow, ExecutionRow, Ledger, Page, RefusalRow, SignalRow } from '../storage/ledger/ledger.js';

/**
 * Runs until the clock stands at `endMs` and nothing is under way. One timer at a time: what threads compute takes longer than a
 * frame its way, and which of the two is there first must not depend on the machine.
 */
export async function runStepped(clock: SteppedClock, activity: Activity, endMs: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    await untilIdle(activity);
    signal.throwIfAborted();
    const dueMs = clock.nextDueMs();
    if (dueMs === undefined || dueMs > endMs) break;
    clock.fireNext();
  }
  clock.advanceTo(endMs);
  await untilIdle(activity);
}

export interface LedgerBooks {
  readonly signals: readonly SignalRow[];
  readonly refusals: readonly RefusalRow[];
  readonly executions: readonly ExecutionRow[];
  readonly deals: readonly DealRow[];
  readonly commands: readonly CommandRow[];
}

async function all<T>(list: (after?: string) => Promise<Page<T>>): Promise<readonly T[]> {
  const rows: T[] = [];
  for (let page = await list(); ; page = await list(page.next)) {
    rows.push(...page.rows);
    if (page.next === undefined) return rows;
  }
}

export async function readBooks(ledger: Ledger): Promise<LedgerBooks> {
  return {
    signals: await all((after) => ledger.listSignals(after)),
    refusals: await all((after) => ledger.listRefusals(after)),
    executions: await all((after) => ledger.listExecutions(after)),
    deals: await all((after) => ledger.listDeals(after)),
    commands: await all((after) => ledger.listCommands(after)),
  };
}

/** Ends of signals as the ledger has them; `delivered` is all that left for an EA. */
export interface SignalCounts {
  readonly signals: number;
  readonly delivered: number;
  readonly executed: number;
  readonly rejected: number;
  readonly expired: number;
  readonly open: number;
  readonly refused: number;
  readonly refusedBy: Readonly<Record<string, number>>;
}

export function countSignals({ signals, refusals }: Pick<LedgerBooks, 'signals' | 'refusals'>): SignalCounts {
  const delivered = signals.filter(({ instance }) => instance !== null);
  const count = (...states: readonly SignalRow['state'][]): number =>
    delivered.filter(({ state }) => states.includes(state)).length;
  const refusedBy: Record<string, number> = {};
  for (const { reason } of refusals) refusedBy[reason] = (refusedBy[reason] ?? 0) + 1;
  return {
    signals: signals.length,
    delivered: delivered.length,
    executed: count('EXECUTED', 'CLOSED'),
    rejected: count('REJECTED', 'CANCELLED'),
    expired: count('EXPIRED'),
    open: count('PENDING', 'SENT', 'UNKNOWN'),
    refused: refusals.length,
    refusedBy: Object.fromEntries(Object.entries(refusedBy).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

export interface Witness {
  /** Rows that left for an EA whose own record never saw them. */
  readonly lost: number;
  /** Signals that an EA's broker executed more than once. */
  readonly duplicated: number;
}

type EaRecords = ReadonlyMap<string, readonly SignalSummary[]>;

/** What left for an EA that never noted it. A CLOSE of a position that has gone by itself meanwhile is done without one. */
export function unseen(signals: readonly SignalRow[], records: EaRecords): readonly SignalRow[] {
  const noted = new Map(
    [...records].map(([account, summaries]) => [
      account,
      new Set(summaries.filter(({ received }) => received).map(({ id }) => id)),
    ]),
  );
  const left = signals.filter(({ kind, instance }) => kind === 'OPEN' && instance !== null);
  return left.filter(({ accountId, id }) => noted.get(accountId)?.has(id) !== true);
}

/** The EAs' own records against the ledger: the engine is not asked about itself. */
export function witness(signals: readonly SignalRow[], records: EaRecords): Witness {
  const lost = unseen(signals, records).length;
  let duplicated = 0;
  for (const summaries of records.values()) duplicated += summaries.filter(({ executions }) => executions > 1).length;
  return { lost, duplicated };
}

/**
 * SHA-256 over canonical lines sorted by kind, entity and sequence: what was decided, refused, executed, traded and asked. Session
 * ids, epochs and the machine's time are not in it.
 */
export function digestOf(books: LedgerBooks): string {
  const lines = [
    ...books.signals.map(({ updatedAt: _, instance: __, ...row }) => canonicalLine('signal', row.accountId, row.seq, row)),
    ...books.refusals.map((row) => canonicalLine('refusal', row.accountId, row.closeTime, row)),
    ...books.executions.map(({ receivedAt: _, doneAt: __, ...row }) =>
      canonicalLine('execution', row.accountId, row.attempt, row),
    ),
    ...books.commands.map(({ updatedAt: _, instance: __, results, ...row }) => {
      const told = results.map(({ receivedAt: ___, doneAt: ____, ...result }) => result);
      return canonicalLine('command', row.accountId, row.createdAt, { ...row, results: told });
    }),
    ...books.deals.map((row) => canonicalLine('deal', row.accountId, Number(row.deal), row)),
  ];
  const digest = new LineDigest();
  for (const line of lines.sort()) digest.add(line);
  return digest.hex();
}
