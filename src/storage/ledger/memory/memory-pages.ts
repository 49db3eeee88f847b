/** Keyset pages over tables of the in-memory ledger: each listing's order, and what a cursor of it holds. */
import type { AuditAnchor, AuditEntry, AuditHead } from '../../audit/audit.js';
import { LIMITS } from '../../../limits.js';
import type { UserRow } from '../access.js';
import type { CommandRow } from '../commands.js';
import type { RiskEventRow, UsageRow } from '../history.js';
import type { AccountRow, DealRow, ExecutionRow, Page, RefusalRow, SignalRow } from '../ledger.js';
import type { OwnModelRow } from '../own-models.js';
import { decodeCursor, encodeCursor } from '../pages.js';
import type { Table } from './memory-tables.js';
import { copy, inOrder, type Key } from './row-keys.js';

interface Listing<Row> {
  readonly like: readonly ('text' | 'number')[];
  readonly key: (row: Row) => Key;
}

const listing = <Row>(like: Listing<Row>['like'], key: Listing<Row>['key']): Listing<Row> => ({ like, key });

/** By the tables' names. */
export const LISTINGS = {
  accounts: listing<AccountRow>(['text'], ({ id }) => [id]),
  signals: listing<SignalRow>(['text', 'number'], ({ accountId, seq }) => [accountId, seq]),
  refusals: listing<RefusalRow>(
    ['text', 'number', 'text', 'text', 'text', 'text'],
    ({ accountId, closeTime, strategy, symbol, timeframe, direction }) => [
      accountId,
      closeTime,
      strategy,
      symbol,
      timeframe,
      direction,
    ],
  ),
  executions: listing<ExecutionRow>(['text', 'text', 'number', 'text'], ({ accountId, signalId, attempt, outcome }) => [
    accountId,
    signalId,
    attempt,
    outcome,
  ]),
  deals: listing<DealRow>(['text', 'text'], ({ accountId, deal }) => [accountId, BigInt(deal)]),
  commands: listing<CommandRow>(['text', 'text'], ({ accountId, id }) => [accountId, id]),
  riskEvents: listing<RiskEventRow>(['text'], ({ id }) => [id]),
  usage: listing<UsageRow>(['text', 'number', 'text'], ({ tenantId, hourMs, what }) => [tenantId, hourMs, what]),
  users: listing<UserRow>(['text'], ({ name }) => [name]),
  ownModels: listing<{ readonly row: OwnModelRow }>(['text', 'text', 'number'], ({ row: { tenantId, name, version } }) => [
    tenantId,
    name,
    version,
  ]),
  audit: listing<AuditEntry>(['text', 'number', 'number'], ({ tenantId, writer, seq }) => [tenantId, writer, seq]),
  auditHeads: listing<AuditHead>(['text', 'number'], ({ tenantId, writer }) => [tenantId, writer]),
  auditAnchors: listing<AuditAnchor>(['text', 'number'], ({ tenantId, seq }) => [tenantId, seq]),
};

export function pageOf<Row>(
  table: Table<Row>,
  { like, key }: Listing<Row>,
  after: string | undefined,
  wanted: (row: Row) => boolean = () => true,
): Page<Row> {
  const rows = table
    .values()
    .filter(wanted)
    .sort((a, b) => inOrder(key(a), key(b)));
  const isBig = rows[0] !== undefined && key(rows[0]).some((part) => typeof part === 'bigint');
  const seen = after === undefined ? undefined : decodeCursor(after, like);
  const start = seen?.map((part, at) => (isBig && at === seen.length - 1 ? BigInt(part) : part));
  const following = start === undefined ? rows : rows.filter((row) => inOrder(key(row), start) > 0);
  const shown = following.slice(0, LIMITS.ledger.pageRows);
  const last = shown.at(-1);
  if (following.length === shown.length || last === undefined) return { rows: copy(shown) };
  const next = encodeCursor(key(last).map((part) => (typeof part === 'bigint' ? String(part) : part)));
  return { rows: copy(shown), next };
}
