/** What must hold at the end of every world, whatever went wrong in it. Each answers the violations it finds. */
import type { LedgerBooks } from '../../src/demo/simulated-day.js';
import type { AuditRow } from '../../src/storage/audit/audit-log.js';
import type { AuditReport } from '../../src/storage/audit/verifier.js';
import type { SignalSummary } from '../../src/ea-sim/record.js';
import { isUndecided } from '../../src/signals/signal.js';

export interface Evidence {
  readonly books: LedgerBooks;
  /** By account: the EA's record and its broker's books. */
  readonly records: ReadonlyMap<string, readonly SignalSummary[]>;
  /** The audit log, and what its verifier says of it. */
  readonly audit: { readonly rows: readonly AuditRow[]; readonly report: AuditReport };
  /** By account: tickets of the deals that its broker made for us. */
  readonly deals: ReadonlyMap<string, readonly bigint[]>;
}

export type Checker = (evidence: Evidence) => readonly string[];

/** No signal without a committed row. */
export const everySignalHasARow: Checker = ({ books, records }) => {
  const rows = new Set(books.signals.map(({ accountId, id }) => `${accountId} ${id}`));
  return [...records].flatMap(([account, summaries]) =>
    summaries
      .filter(({ id, received }) => received && !rows.has(`${account} ${id}`))
      .map(({ id }) => `${id} reached its EA and has no row`),
  );
};

/** At most one execution per signal. */
export const executedAtMostOnce: Checker = ({ records }) =>
  [...records.values()]
    .flat()
    .filter(({ executions }) => executions > 1)
    .map(({ id, executions }) => `${id} was executed ${executions} times`);

/** Every signal ends in one terminal state, and the ledger's is what the broker's books say. */
export const endsAsItsBrokerSays: Checker = ({ books, records }) =>
  books.signals.flatMap(({ id, accountId, kind, state }) => {
    if (isUndecided(state)) return [`${id} is still ${state}`];
    if (kind !== 'OPEN') return [];
    const traded = (records.get(accountId)?.find((summary) => summary.id === id)?.executions ?? 0) > 0;
    const told = state === 'EXECUTED' || state === 'CLOSED';
    return traded === told ? [] : [`${id} is ${state} in the ledger, and ${traded ? 'was' : 'was not'} traded at its broker`];
  });

/** Sequences without gaps. */
export const numbersWithoutGaps: Checker = ({ books }) => {
  const byAccount = new Map<string, number[]>();
  for (const { accountId, seq } of books.signals) byAccount.set(accountId, [...(byAccount.get(accountId) ?? []), seq]);
  return [...byAccount].flatMap(([account, seqs]) =>
    seqs.sort((a, b) => a - b).every((seq, at) => seq === at + 1) ? [] : [`numbers of ${account}: ${seqs.join(' ')}`],
  );
};

/** One decision, one signal. */
export const oneSignalPerDecision: Checker = ({ books }) => {
  const seen = new Set<string>();
  return books.signals.flatMap(({ accountId, strategy, symbol, timeframe, closeTime, kind, id }) => {
    const key = [accountId, strategy, symbol, timeframe, closeTime, kind].join(' ');
    if (seen.has(key)) return [`${id} is a second signal of ${key}`];
    seen.add(key);
    return [];
  });
};

/** What was acked is kept: every deal that a broker made for us is in the ledger. */
export const everyDealIsBooked: Checker = ({ books, deals }) => {
  const booked = new Set(books.deals.map(({ accountId, deal }) => `${accountId} ${deal}`));
  return [...deals].flatMap(([account, tickets]) =>
    tickets
      .filter((ticket) => !booked.has(`${account} ${ticket}`))
      .map((ticket) => `deal ${ticket} of ${account} is not in the ledger`),
  );
};

/** The audit log is whole, and tells of every signal and deal exactly once. */
export const everyRowIsTold: Checker = ({ books, audit }) => {
  const told = new Map<string, number>();
  const counted = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const row of audit.rows) if ('entry' in row) counted(told, `${row.entry.kind} ${row.entry.subject}`);
  const wanted = new Map<string, number>();
  for (const { id } of books.signals) counted(wanted, `signal.raised ${id}`);
  // Tickets are a broker's own, and two brokers may give the same.
  for (const { deal } of books.deals) counted(wanted, `deal.booked ${deal}`);
  const faults = audit.report.faults.map(({ what }) => what);
  const untold = [...wanted].filter(([key, count]) => told.get(key) !== count);
  return [...faults, ...untold.map(([key, count]) => `${key}: told ${told.get(key) ?? 0} times, not ${count}`)];
};

export const CHECKERS: Readonly<Record<string, Checker>> = {
  everySignalHasARow,
  executedAtMostOnce,
  endsAsItsBrokerSays,
  numbersWithoutGaps,
  oneSignalPerDecision,
  everyDealIsBooked,
  everyRowIsTold,
};
