/**
 * How rows of the interface lie in tables: field by field the column and its type. Statements are built from these, so that
 * a field is named in one place. Rows travel to the database as one JSON array a table, which is one parameter whatever
 * their number and keeps doubles exactly, or by the thousand as one array a column (`row-arrays.ts`); they come back under their
 * field names.
 */
import type { AuditAnchor, AuditEntry, AuditHead } from '../audit/audit.js';
import type { SignInRow, UserRow } from './access.js';
import type { CommandRow } from './commands.js';
import type { BalanceRow, RiskEventRow, UsageRow } from './history.js';
import type {
  AccountRow,
  AccountSymbolRow,
  DealRow,
  ExecutionRow,
  LineageRow,
  RefusalRow,
  SignalRow,
  TenantRow,
  TokenKeyRow,
} from './ledger.js';
import type { OwnModelRow } from './own-models.js';

interface Column {
  readonly column: string;
  readonly type: string;
  /** How the column is selected, where that is not by its name. */
  readonly read?: string;
  /** How it is looked for and sorted by, where that is not as itself: another column, and how a value comes to be one of it. */
  readonly key?: { readonly column: string; readonly of: (value: string) => string };
}

export type Columns<Row> = { readonly [Field in keyof Row & string]: Column };

/** A signal as its table holds it: what remains open is kept as two sums in 1e-8 lots. */
export interface StoredSignal extends Omit<SignalRow, 'remainingVolume'> {
  readonly openedUnits: number;
  readonly closedUnits: number;
}

export type StoredSymbol = AccountSymbolRow & { readonly tenantId: string };

const at = (column: string, type: string, read?: string): Column =>
  read === undefined ? { column, type } : { column, type, read };

export const TENANT_COLUMNS: Columns<TenantRow> = {
  id: at('id', 'text'),
  name: at('name', 'text'),
  tier: at('tier', 'text'),
  signalTimeframe: at('signal_timeframe', 'text'),
  strategy: at('strategy', 'text'),
  symbols: at('symbols', 'text[]'),
  trading: at('trading', 'jsonb'),
  stopped: at('stopped', 'jsonb'),
  createdAt: at('created_at_ms', 'bigint'),
};

export const ACCOUNT_COLUMNS: Columns<AccountRow> = {
  id: at('id', 'uuid'),
  tenantId: at('tenant_id', 'text'),
  mode: at('mode', 'text'),
  keyHash: at('key_hash', 'text'),
  previousKeyHash: at('previous_key_hash', 'text'),
  previousUntil: at('previous_until_ms', 'bigint'),
  keyUsedAt: at('key_used_at_ms', 'bigint'),
  keyRevoked: at('key_revoked', 'boolean'),
  magicBase: at('magic_base', 'bigint'),
  seq: at('seq', 'bigint'),
  epoch: at('epoch', 'bigint'),
  login: at('login', 'bigint'),
  server: at('server', 'text'),
  currency: at('currency', 'text'),
  instance: at('instance', 'text'),
  suho1Table: at('suho1_table', 'text'),
  trading: at('trading', 'jsonb'),
  disabled: at('disabled', 'jsonb'),
  createdAt: at('created_at_ms', 'bigint'),
};

export const SIGNAL_COLUMNS: Columns<StoredSignal> = {
  id: at('id', 'uuid'),
  accountId: at('account_id', 'uuid'),
  tenantId: at('tenant_id', 'text'),
  seq: at('seq', 'bigint'),
  strategy: at('strategy', 'text'),
  symbol: at('symbol', 'text'),
  timeframe: at('timeframe', 'text'),
  closeTime: at('close_time_ms', 'bigint'),
  kind: at('kind', 'text'),
  targetId: at('target_id', 'uuid'),
  position: at('position', 'numeric(20, 0)'),
  direction: at('direction', 'text'),
  entry: at('entry', 'double precision'),
  entryLow: at('entry_low', 'double precision'),
  entryHigh: at('entry_high', 'double precision'),
  stopLoss: at('stop_loss', 'double precision'),
  takeProfit: at('take_profit', 'double precision'),
  volume: at('volume', 'double precision'),
  riskPercent: at('risk_percent', 'double precision'),
  plannedLoss: at('planned_loss', 'double precision'),
  figures: at('figures', 'jsonb'),
  score: at('score', 'double precision'),
  strength: at('strength', 'text'),
  parts: at('parts', 'jsonb'),
  validUntil: at('valid_until_ms', 'bigint'),
  state: at('state', 'text'),
  reason: at('reason', 'text'),
  instance: at('instance', 'text'),
  filledVolume: at('filled_volume', 'double precision'),
  fillPrice: at('fill_price', 'double precision'),
  openedUnits: at('opened_units', 'bigint'),
  closedUnits: at('closed_units', 'bigint'),
  createdAt: at('created_at_ms', 'bigint'),
  updatedAt: at('updated_at_ms', 'bigint'),
};

/** By how many signals an account's numbering grows, and under which epoch alone it may. */
export interface NumberedAccount {
  readonly id: string;
  readonly epoch: number;
  readonly raised: number;
}

export const NUMBER_COLUMNS: Columns<NumberedAccount> = {
  id: at('id', 'uuid'),
  epoch: at('epoch', 'bigint'),
  raised: at('raised', 'bigint'),
};

export const LINEAGE_COLUMNS: Columns<LineageRow> = {
  tenantId: at('tenant_id', 'text'),
  closeTime: at('close_time_ms', 'bigint'),
  strategy: at('strategy', 'text'),
  symbol: at('symbol', 'text'),
  timeframe: at('timeframe', 'text'),
  body: at('body', 'text'),
  createdAt: at('created_at_ms', 'bigint'),
};

export const OWN_MODEL_COLUMNS: Columns<OwnModelRow> = {
  tenantId: at('tenant_id', 'text'),
  name: at('name', 'text'),
  version: at('version', 'integer'),
  timeframe: at('timeframe', 'text'),
  sha256: at('sha256', 'text'),
  card: at('card', 'jsonb'),
  active: at('active', 'boolean'),
  createdAt: at('created_at_ms', 'bigint'),
};

export const REFUSAL_COLUMNS: Columns<RefusalRow> = {
  accountId: at('account_id', 'uuid'),
  tenantId: at('tenant_id', 'text'),
  strategy: at('strategy', 'text'),
  symbol: at('symbol', 'text'),
  timeframe: at('timeframe', 'text'),
  closeTime: at('close_time_ms', 'bigint'),
  direction: at('direction', 'text'),
  reason: at('reason', 'text'),
  figures: at('figures', 'jsonb'),
  createdAt: at('created_at_ms', 'bigint'),
};

export const EXECUTION_COLUMNS: Columns<ExecutionRow> = {
  accountId: at('account_id', 'uuid'),
  tenantId: at('tenant_id', 'text'),
  signalId: at('signal_id', 'uuid'),
  attempt: at('attempt', 'bigint'),
  outcome: at('outcome', 'text'),
  requestedVolume: at('requested_volume', 'double precision'),
  filledVolume: at('filled_volume', 'double precision'),
  price: at('price', 'double precision'),
  retcode: at('retcode', 'bigint'),
  order: at('"order"', 'numeric(20, 0)'),
  position: at('position', 'numeric(20, 0)'),
  // The driver would read a numeric[] as doubles, which cannot hold a ticket.
  deals: at('deals', 'numeric(20, 0)[]', 'deals::text[]'),
  receivedAt: at('received_at_ms', 'bigint'),
  doneAt: at('done_at_ms', 'bigint'),
  sentence: at('sentence', 'text'),
};

/** A ticket as the text that sorts like its number, which is what the index holds (`schema/migrations/0003-row-security.sql`). */
export function ticketOf(value: string): string {
  return `lpad(${value}::text, 20, '0')`;
}

export const DEAL_COLUMNS: Columns<DealRow> = {
  accountId: at('account_id', 'uuid'),
  tenantId: at('tenant_id', 'text'),
  deal: { ...at('deal', 'numeric(20, 0)'), key: { column: 'ticket', of: ticketOf } },
  order: at('"order"', 'numeric(20, 0)'),
  position: at('position', 'numeric(20, 0)'),
  signalId: at('signal_id', 'uuid'),
  symbol: at('symbol', 'text'),
  entry: at('entry', 'text'),
  direction: at('direction', 'text'),
  volume: at('volume', 'double precision'),
  price: at('price', 'double precision'),
  profit: at('profit', 'double precision'),
  commission: at('commission', 'double precision'),
  swap: at('swap', 'double precision'),
  reason: at('reason', 'text'),
  magic: at('magic', 'numeric(20, 0)'),
  brokerTime: at('broker_time_ms', 'bigint'),
};

export const COMMAND_COLUMNS: Columns<CommandRow> = {
  id: at('id', 'uuid'),
  accountId: at('account_id', 'uuid'),
  tenantId: at('tenant_id', 'text'),
  cause: at('cause', 'text'),
  action: at('action', 'text'),
  scope: at('scope', 'text'),
  symbol: at('symbol', 'text'),
  position: at('position', 'numeric(20, 0)'),
  order: at('"order"', 'numeric(20, 0)'),
  signalId: at('signal_id', 'uuid'),
  volume: at('volume', 'double precision'),
  price: at('price', 'double precision'),
  stopLoss: at('stop_loss', 'double precision'),
  takeProfit: at('take_profit', 'double precision'),
  reason: at('reason', 'text'),
  askedBy: at('asked_by', 'text'),
  state: at('state', 'text'),
  said: at('said', 'text'),
  instance: at('instance', 'text'),
  validUntil: at('valid_until_ms', 'bigint'),
  results: at('results', 'jsonb'),
  createdAt: at('created_at_ms', 'bigint'),
  updatedAt: at('updated_at_ms', 'bigint'),
};

export const SYMBOL_COLUMNS: Columns<StoredSymbol> = {
  accountId: at('account_id', 'uuid'),
  symbolId: at('symbol_id', 'integer'),
  tenantId: at('tenant_id', 'text'),
  brokerName: at('broker_name', 'text'),
  symbol: at('symbol', 'text'),
  details: at('details', 'jsonb'),
};

export const ENTRY_COLUMNS: Columns<AuditEntry> = {
  tenantId: at('tenant_id', 'text'),
  writer: at('writer', 'bigint'),
  seq: at('seq', 'bigint'),
  atMs: at('at_ms', 'bigint'),
  kind: at('kind', 'text'),
  subject: at('subject', 'text'),
  body: at('body', 'text'),
  hash: at('hash', 'text'),
};

export const HEAD_COLUMNS: Columns<AuditHead> = {
  tenantId: at('tenant_id', 'text'),
  writer: at('writer', 'bigint'),
  seq: at('seq', 'bigint'),
  hash: at('hash', 'text'),
};

export const ANCHOR_COLUMNS: Columns<AuditAnchor> = {
  tenantId: at('tenant_id', 'text'),
  seq: at('seq', 'bigint'),
  atMs: at('at_ms', 'bigint'),
  heads: at('heads', 'text'),
  hash: at('hash', 'text'),
};

export const BALANCE_COLUMNS: Columns<BalanceRow> = {
  tenantId: at('tenant_id', 'text'),
  accountId: at('account_id', 'uuid'),
  atMs: at('at_ms', 'bigint'),
  balance: at('balance', 'double precision'),
  equity: at('equity', 'double precision'),
  margin: at('margin', 'double precision'),
  marginFree: at('margin_free', 'double precision'),
  marginLevel: at('margin_level', 'double precision'),
  floatingProfit: at('floating_profit', 'double precision'),
  dailyProfit: at('daily_profit', 'double precision'),
  drawdownPercent: at('drawdown_percent', 'double precision'),
  openPositions: at('open_positions', 'integer'),
  pendingOrders: at('pending_orders', 'integer'),
  highestEquity: at('highest_equity', 'double precision'),
  newestMovement: at('newest_movement', 'numeric(20, 0)'),
};

export const RISK_EVENT_COLUMNS: Columns<RiskEventRow> = {
  id: at('id', 'uuid'),
  tenantId: at('tenant_id', 'text'),
  accountId: at('account_id', 'uuid'),
  atMs: at('at_ms', 'bigint'),
  kind: at('kind', 'text'),
  severity: at('severity', 'text'),
  sentence: at('sentence', 'text'),
  limitValue: at('limit_value', 'double precision'),
  currentValue: at('current_value', 'double precision'),
  action: at('action', 'text'),
};

export const USAGE_COLUMNS: Columns<UsageRow> = {
  tenantId: at('tenant_id', 'text'),
  hourMs: at('hour_ms', 'bigint'),
  what: at('what', 'text'),
  amount: at('amount', 'bigint'),
};

export const TOKEN_KEY_COLUMNS: Columns<TokenKeyRow> = {
  id: at('id', 'text'),
  publicKey: at('public_key', 'text'),
  madeAt: at('made_at_ms', 'bigint'),
  validUntil: at('valid_until_ms', 'bigint'),
};

export const USER_COLUMNS: Columns<UserRow> = {
  name: at('name', 'text'),
  tenantId: at('tenant_id', 'text'),
  role: at('role', 'text'),
  password: at('password', 'text'),
  totpSecret: at('totp_secret', 'text'),
  totpConfirmed: at('totp_confirmed_ms', 'bigint'),
  totpStep: at('totp_step', 'bigint'),
  recovery: at('recovery', 'text[]'),
  addresses: at('addresses', 'text[]'),
  removedAt: at('removed_at_ms', 'bigint'),
  createdAt: at('created_at_ms', 'bigint'),
};

export const SIGN_IN_COLUMNS: Columns<SignInRow> = {
  id: at('id', 'uuid'),
  name: at('name', 'text'),
  tenantId: at('tenant_id', 'text'),
  role: at('role', 'text'),
  refreshHash: at('refresh_hash', 'text'),
  csrf: at('csrf', 'text'),
  secondFactorAt: at('second_factor_ms', 'bigint'),
  createdAt: at('created_at_ms', 'bigint'),
  expiresAt: at('expires_at_ms', 'bigint'),
  endedAt: at('ended_at_ms', 'bigint'),
  endedWhy: at('ended_why', 'text'),
};

type AnyColumns = Readonly<Record<string, Column>>;

export function columnOf<Row>(columns: Columns<Row>, field: keyof Row & string): string {
  return columns[field].column;
}

/** `close_time_ms AS "closeTime", …` */
export function selectList(columns: AnyColumns): string {
  return Object.entries(columns)
    .map(([field, { column, read }]) => `${read ?? column} AS "${field}"`)
    .join(', ');
}

/** `json_to_recordset($n) AS incoming ("closeTime" bigint, …)`, for all fields or those named. */
export function recordset<Row>(parameter: string, columns: Columns<Row>, fields?: readonly (keyof Row & string)[]): string {
  const wanted = fields ?? (Object.keys(columns) as (keyof Row & string)[]);
  const list = wanted.map((field) => `"${field}" ${columns[field].type}`).join(', ');
  return `json_to_recordset(${parameter}::json) AS incoming (${list})`;
}

/** `INSERT INTO table (…) SELECT incoming."…", … FROM json_to_recordset($n) AS incoming (…)` */
export function insertFrom<Row>(table: string, parameter: string, columns: Columns<Row>): string {
  const entries = Object.entries<Column>(columns);
  const into = entries.map(([, { column }]) => column).join(', ');
  const values = entries.map(([field]) => `incoming."${field}"`).join(', ');
  return `INSERT INTO ${table} (${into}) SELECT ${values} FROM ${recordset(parameter, columns)}`;
}

/** `closed_units = incoming."closedUnits", …` */
export function setList<Row>(columns: Columns<Row>, fields: readonly (keyof Row & string)[]): string {
  return fields.map((field) => `${columns[field].column} = incoming."${field}"`).join(', ');
}
