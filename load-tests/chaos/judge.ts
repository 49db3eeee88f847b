/**
 * What became of every signal, held together from three sides that know nothing of each other: the ledger, the EAs’ records on
 * disk, and the brokers’ books. The engine is not asked about itself. Where the ledger was put back in the middle, what it had
 * before is a life of its own: its rows were read before they went.
 */
import type { LedgerBooks } from '../../src/demo/simulated-day.js';
import type { SignalSummary } from '../../src/ea-sim/record.js';
import type { Deal, Position } from '../../src/ea-sim/trading-book.js';
import { isUndecided } from '../../src/signals/signal.js';
import type { AuditRow } from '../../src/storage/audit/audit-log.js';
import type { AuditReport } from '../../src/storage/audit/verifier.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import { CHECKERS, DELIVERY_CHECKERS, type DeliveryEvidence, type RaisedOnce } from './checkers.js';

export interface AccountOwned {
  readonly id: string;
  readonly tenantId: string;
  readonly magicBase: number;
}

export interface BrokerBook {
  readonly deals: readonly Deal[];
  readonly positions: readonly Position[];
}

export interface ChaosEvidence {
  readonly books: LedgerBooks;
  readonly accounts: readonly AccountOwned[];
  /** Signals as they stood in the ledger before each restore. */
  readonly lives: readonly (readonly SignalRow[])[];
  /** By account: the EA’s record, and its broker’s books. */
  readonly records: ReadonlyMap<string, readonly SignalSummary[]>;
  readonly brokers: ReadonlyMap<string, BrokerBook>;
  /** By account: what its EA’s record has as commands; a signal that closes comes as one. */
  readonly commanded: ReadonlyMap<string, readonly string[]>;
  readonly audit: { readonly rows: readonly AuditRow[]; readonly report: AuditReport };
  /** Rows of another tenant that a tenant’s own login was shown. */
  readonly seenThroughWalls: readonly string[];
}

export interface Finding {
  readonly checker: string;
  readonly what: string;
}

export interface Verdict {
  readonly findings: readonly Finding[];
  /** Signals that the ledger says an EA answered, or may have, and that EA knows nothing of. */
  readonly lost: number;
  /** Signals, or decisions, that a broker executed more than once. */
  readonly duplicated: number;
  /** Rows, signals or money of one tenant or account with another. */
  readonly mixed: number;
  /** Signals that ran out before their EA could be reached: told to nobody, traded by nobody. */
  readonly expiredUnseen: number;
}

const raisedOnce = ({ magicBases, row }: { magicBases: ReadonlyMap<string, number>; row: SignalRow }): RaisedOnce => ({
  id: row.id,
  magic: (BigInt(magicBases.get(row.accountId) ?? 0) << 32n) | BigInt(row.seq),
  kind: row.kind,
  position: row.position,
  decision: [row.accountId, row.strategy, row.symbol, row.timeframe, row.closeTime, row.kind, row.targetId].join(' '),
});

/** The rows of all lives of the ledger, each as it was last: what a backup brought back is one row, not two. */
function allRows({ books, lives }: ChaosEvidence): readonly SignalRow[] {
  const rows = new Map<string, SignalRow>();
  for (const row of [...lives, books.signals].flat()) rows.set(`${row.accountId} ${row.id} ${row.seq}`, row);
  return [...rows.values()];
}

function deliveryOf(evidence: ChaosEvidence, { id, magicBase }: AccountOwned): DeliveryEvidence {
  const { books, lives, brokers, audit } = evidence;
  const own = <T extends { readonly accountId: string }>(rows: readonly T[]): readonly T[] =>
    rows.filter(({ accountId }) => accountId === id);
  const magicBases = new Map([[id, magicBase]]);
  return {
    books: {
      signals: own(books.signals),
      refusals: own(books.refusals),
      executions: own(books.executions),
      deals: own(books.deals),
      commands: own(books.commands),
    },
    magicBase,
    raised: own(allRows(evidence)).map((row) => raisedOnce({ magicBases, row })),
    deals: brokers.get(id)?.deals ?? [],
    positions: brokers.get(id)?.positions ?? [],
    restores: lives.length,
    audit: audit.report,
    // What only the inside of a simulated world can see, and is tried there.
    acked: [],
    strangers: [],
    counted: { signals: undefined, positions: undefined },
  };
}

/** Of the delivery checkers those whose evidence a run with real processes has. */
const ACCOUNT_CHECKERS = [
  ...['nothingUndecided', 'oneFillChain', 'numbersOnce', 'gapFree', 'everyFillBooked', 'endsAreTrue', 'closesAreTrue'],
  'commandsAreTrue',
];
/** Numbers leap at a restore, and what was told then is told again: there the delivery checkers judge. */
const ONLY_WITHOUT_RESTORE = ['numbersWithoutGaps'];

/** What an EA’s record has, however it came. */
function seenBy({ records, commanded }: ChaosEvidence, accountId: string): ReadonlySet<string> {
  const signals = (records.get(accountId) ?? []).flatMap(({ id, received }) => (received ? [id] : []));
  return new Set([...signals, ...(commanded.get(accountId) ?? [])]);
}

function unseenSignals(evidence: ChaosEvidence): readonly SignalRow[] {
  const seen = new Map(evidence.accounts.map(({ id }) => [id, seenBy(evidence, id)]));
  return evidence.books.signals.filter(({ accountId, id }) => seen.get(accountId)?.has(id) !== true);
}

const ranOut = ({ state }: SignalRow): boolean => state === 'EXPIRED' || state === 'CANCELLED';

/** What belongs to one account or tenant stays with it. */
function mixedTenants(evidence: ChaosEvidence): readonly string[] {
  const { books, accounts, records, brokers, seenThroughWalls } = evidence;
  const tenantOf = new Map(accounts.map(({ id, tenantId }) => [id, tenantId]));
  const tables = [books.signals, books.refusals, books.executions, books.deals, books.commands];
  const strange = tables.flatMap((rows) =>
    rows
      .filter(({ accountId, tenantId }) => tenantOf.get(accountId) !== tenantId)
      .map(({ accountId, tenantId }) => `a row of ${tenantId} is of account ${accountId}`),
  );
  const rowOf = new Map(allRows(evidence).map((row) => [row.id, row]));
  const astray = [...records].flatMap(([account, list]) =>
    list.flatMap(({ id }) => {
      const row = rowOf.get(id);
      return row === undefined || row.accountId === account
        ? []
        : [`${id} of account ${row.accountId} reached the EA of ${account}`];
    }),
  );
  const baseOf = new Map(accounts.map(({ id, magicBase }) => [BigInt(magicBase), id]));
  const traded = [...brokers].flatMap(([account, { deals }]) =>
    deals
      .filter(({ magic, kind }) => kind !== 'BALANCE' && magic !== 0n && baseOf.get(magic >> 32n) !== account)
      .map(({ ticket, magic }) => `deal ${ticket} at the broker of ${account} has magic ${magic}`),
  );
  return [...strange, ...astray, ...traded, ...seenThroughWalls];
}

export function judge(evidence: ChaosEvidence): Verdict {
  const { books, records, audit, lives, accounts, brokers } = evidence;
  const deals = new Map(
    [...brokers].map(([account, book]) => {
      const base = accounts.find(({ id }) => id === account)?.magicBase;
      const ours = book.deals.filter(
        ({ magic, kind }) => kind !== 'BALANCE' && base !== undefined && magic >> 32n === BigInt(base),
      );
      return [account, ours.map(({ ticket }) => ticket)];
    }),
  );
  const findings: Finding[] = [];
  const found = (checker: string, what: readonly string[]): number => {
    findings.push(...what.map((one) => ({ checker, what: one })));
    return what.length;
  };
  for (const [name, check] of Object.entries(CHECKERS)) {
    if (lives.length > 0 && ONLY_WITHOUT_RESTORE.includes(name)) continue;
    // A row of an earlier life is a row: the signal was committed before it left.
    const given = name === 'everySignalHasARow' ? { ...books, signals: allRows(evidence) } : books;
    found(name, check({ books: given, records, audit, deals }));
  }
  for (const account of accounts) {
    const delivery = deliveryOf(evidence, account);
    for (const name of ACCOUNT_CHECKERS) found(name, DELIVERY_CHECKERS[name]?.(delivery) ?? [`there is no checker ${name}`]);
  }
  const unseen = unseenSignals(evidence);
  // The ledger says that an EA answered, or was asked and may have; the EA has never seen it.
  const answered = unseen.filter((row) => !ranOut(row) && !isUndecided(row.state));
  const lost = found(
    'noSignalLost',
    answered.map(({ id, kind, state }) => `${kind} ${id} is ${state}, and its EA has never seen it`),
  );
  const mixed = found('tenantsNeverMix', mixedTenants(evidence));
  const undecided = books.signals.filter(({ state }) => isUndecided(state)).length;
  const twice = findings.filter(({ checker }) => checker === 'executedAtMostOnce' || checker === 'oneFillChain');
  const duplicated = new Set(twice.map(({ what }) => what)).size;
  return { findings, lost: lost + undecided, duplicated, mixed, expiredUnseen: unseen.filter(ranOut).length };
}
