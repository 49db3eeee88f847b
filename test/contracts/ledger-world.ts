/** A small world for ledger tests: two tenants, a few accounts, and operations on them spelled short. */
import type { CommandResult, CommandState, NewCommand } from '../../src/storage/ledger/commands.js';
import type {
  AccountRow,
  DealRow,
  ExecutionRow,
  HelloClaim,
  Ledger,
  LedgerOp,
  NewSignal,
  OpResult,
  Outcome,
  Page,
  RefusalRow,
  SignalRow,
} from '../../src/storage/ledger/ledger.js';

export const START_MS = 1_772_409_600_000;

/** A UUID whose digits say what it is for. */
export function uuid(room: number, number: number): string {
  return `${String(room).padStart(8, '0')}-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

export const accountId = (number: number): string => uuid(1, number);

export function keyHash(number: number): string {
  return `ab${number.toString(16).padStart(62, '0')}`;
}

/** Accounts 1 … count, odd ones of tenant `north`, even ones of `south`. */
export async function settle(ledger: Ledger, count: number): Promise<readonly AccountRow[]> {
  for (const id of ['north', 'south']) {
    await ledger.createTenant({
      id,
      name: `The ${id}`,
      tier: 'pro',
      signalTimeframe: 'M15',
      strategy: 'default-1',
      symbols: ['EURUSD', 'USDJPY'],
      createdAt: START_MS,
    });
  }
  return ledger.createAccounts(
    Array.from({ length: count }, (_, at) => ({
      id: accountId(at + 1),
      tenantId: at % 2 === 0 ? 'north' : 'south',
      mode: 'demo',
      keyHash: keyHash(at + 1),
      suho1Table: null,
      createdAt: START_MS,
    })),
  );
}

export function hello(number: number, change: Partial<HelloClaim> = {}): HelloClaim {
  return {
    accountId: accountId(number),
    instance: 'a'.repeat(32),
    login: 5_000_000_000 + number,
    server: 'Broker-Demo',
    currency: 'USD',
    atMs: START_MS,
    ...change,
  };
}

/** With a usual deviation of one side alone. */
const FIGURES: NewSignal['figures'] = {
  bid: 1.08333,
  ask: 1.08345,
  quoteAgeMs: 120,
  referenceBid: 1.08331,
  referenceAsk: 1.08342,
  apartMs: 40,
  deviationPercent: 0.00277,
  usualBid: 1.25e-5,
  dispersionBid: 3e-6,
  compared: 57,
};

export function newSignal(account: number, number: number, change: Partial<NewSignal> = {}): NewSignal {
  return {
    id: uuid(100 + account, number),
    accountId: accountId(account),
    tenantId: account % 2 === 1 ? 'north' : 'south',
    strategy: 'default-1',
    symbol: 'EURUSD',
    timeframe: 'M15',
    closeTime: START_MS + number * 900_000,
    kind: 'OPEN',
    targetId: null,
    position: '0',
    direction: 'BUY',
    entry: 1.08345,
    entryLow: 1.08325,
    entryHigh: 1.08365,
    stopLoss: 1.0801,
    takeProfit: 1.0885,
    volume: 0.3,
    riskPercent: 1.25,
    plannedLoss: 97.5,
    figures: FIGURES,
    score: 71.5,
    strength: 'MODERATE',
    parts: { technical: 80, pattern: 65.25 },
    validUntil: START_MS + number * 900_000 + 900_000,
    state: 'SENT',
    instance: 'a'.repeat(32),
    createdAt: START_MS + number * 900_000,
    ...change,
  };
}

export function raise(account: number, number: number, change: Partial<NewSignal> = {}, epoch = 0): LedgerOp {
  return { kind: 'raise', accountId: accountId(account), epoch, signal: newSignal(account, number, change) };
}

/** The same, with what its decision was made of. */
export function madeOf(op: LedgerOp, lineage: string): LedgerOp {
  return op.kind === 'raise' ? { ...op, lineage } : op;
}

export function transition(
  signal: Pick<NewSignal, 'id' | 'accountId'>,
  from: SignalRow['state'][],
  to: SignalRow['state'],
  more: { readonly reason?: string; readonly instance?: string; readonly epoch?: number; readonly atMs?: number } = {},
): LedgerOp {
  const { reason = null, epoch = 0, atMs = START_MS + 5_000, instance } = more;
  const op = { kind: 'transition', accountId: signal.accountId, epoch, signalId: signal.id, from, to, reason, atMs } as const;
  return instance === undefined ? op : { ...op, instance };
}

export function result(
  signal: Pick<NewSignal, 'id' | 'accountId' | 'tenantId'>,
  outcome: Outcome,
  change: Partial<ExecutionRow> = {},
  epoch = 0,
): LedgerOp {
  const execution: ExecutionRow = {
    accountId: signal.accountId,
    tenantId: signal.tenantId,
    signalId: signal.id,
    attempt: 1,
    outcome,
    requestedVolume: 0.3,
    filledVolume: outcome === 'EXECUTED' ? 0.3 : 0,
    price: outcome === 'EXECUTED' ? 1.08347 : 0,
    retcode: 10_009,
    order: '18446744073709551615',
    position: '9007199254740993',
    deals: outcome === 'EXECUTED' ? ['18446744073709551614', '7'] : [],
    receivedAt: START_MS + 100,
    doneAt: START_MS + 180,
    sentence: '',
    ...change,
  };
  return { kind: 'result', accountId: signal.accountId, epoch, execution, atMs: START_MS + 6_000 };
}

export function deal(
  account: number,
  ticket: string,
  entry: DealRow['entry'],
  volume: number,
  signalId: string | null,
  change: Partial<DealRow> = {},
  epoch = 0,
): LedgerOp {
  const row: DealRow = {
    accountId: accountId(account),
    tenantId: account % 2 === 1 ? 'north' : 'south',
    deal: ticket,
    order: '41',
    position: '40',
    signalId,
    symbol: 'EURUSD',
    entry,
    direction: entry === 'IN' ? 'BUY' : 'SELL',
    volume,
    price: 1.0835,
    profit: entry === 'IN' ? 0 : -12.34,
    commission: -0.7,
    swap: 0,
    reason: 'expert',
    magic: '4294967297',
    brokerTime: START_MS + 7_000,
    ...change,
  };
  return { kind: 'deal', accountId: row.accountId, epoch, deal: row, atMs: START_MS + 7_500 };
}

export function refuse(account: number, number: number, change: Partial<RefusalRow> = {}, epoch = 0): LedgerOp {
  const refusal: RefusalRow = {
    accountId: accountId(account),
    tenantId: account % 2 === 1 ? 'north' : 'south',
    strategy: 'default-1',
    symbol: 'EURUSD',
    timeframe: 'M15',
    closeTime: START_MS + number * 900_000,
    direction: 'BUY',
    reason: 'quote-stale',
    figures: { ageMs: 12_500.5, symbol: 'EURUSD.m', tradeable: false },
    createdAt: START_MS,
    ...change,
  };
  return { kind: 'refuse', accountId: refusal.accountId, epoch, refusal };
}

export function newCommand(account: number, number: number, change: Partial<NewCommand> = {}): NewCommand {
  return {
    id: uuid(200 + account, number),
    accountId: accountId(account),
    tenantId: account % 2 === 1 ? 'north' : 'south',
    cause: `operator:${number}`,
    action: 'CLOSE_POSITION',
    scope: 'NONE',
    symbol: null,
    position: '18446744073709551615',
    order: '0',
    signalId: null,
    volume: 0.3,
    price: 0,
    stopLoss: 0,
    takeProfit: 0,
    reason: 'an operator asked for it',
    askedBy: 'operator',
    state: 'SENT',
    instance: 'a'.repeat(32),
    validUntil: START_MS + 30_000,
    createdAt: START_MS + number,
    ...change,
  };
}

export function command(account: number, number: number, change: Partial<NewCommand> = {}, epoch = 0): LedgerOp {
  return { kind: 'command', accountId: accountId(account), epoch, command: newCommand(account, number, change) };
}

export function commandTransition(
  { id, accountId: owner }: Pick<NewCommand, 'id' | 'accountId'>,
  from: CommandState[],
  to: CommandState,
  more: { readonly said?: string; readonly instance?: string; readonly epoch?: number; readonly atMs?: number } = {},
): LedgerOp {
  const { said = null, epoch = 0, atMs = START_MS + 5_000, instance } = more;
  const op = { kind: 'command-transition', accountId: owner, epoch, commandId: id, from, to, said, atMs } as const;
  return instance === undefined ? op : { ...op, instance };
}

export function commandResult(
  { id, accountId: owner }: Pick<NewCommand, 'id' | 'accountId'>,
  outcome: Outcome,
  change: Partial<CommandResult> = {},
  epoch = 0,
): LedgerOp {
  const told: CommandResult = {
    attempt: 1,
    outcome,
    requestedVolume: 0.3,
    filledVolume: outcome === 'EXECUTED' ? 0.3 : 0,
    price: outcome === 'EXECUTED' ? 1.08347 : 0,
    retcode: 10_009,
    order: '0',
    position: '18446744073709551615',
    deals: outcome === 'EXECUTED' ? ['18446744073709551614'] : [],
    receivedAt: START_MS + 100,
    doneAt: START_MS + 180,
    sentence: '',
    ...change,
  };
  return { kind: 'command-result', accountId: owner, epoch, commandId: id, result: told, atMs: START_MS + 6_000 };
}

export async function all<T>(list: (after?: string) => Promise<Page<T>>): Promise<T[]> {
  const rows: T[] = [];
  let after: string | undefined;
  do {
    const page: Page<T> = await list(after);
    rows.push(...page.rows);
    after = page.next;
  } while (after !== undefined);
  return rows;
}

export const kinds = (results: readonly OpResult[]): string[] => results.map(({ kind }) => kind);

/** Everything a ledger holds, for comparing one with another. */
export async function everything(ledger: Ledger): Promise<unknown> {
  return {
    tenants: await ledger.listTenants(),
    accounts: await all((after) => ledger.listAccounts(after === undefined ? {} : { after })),
    signals: await all((after) => ledger.listSignals(after)),
    refusals: await all((after) => ledger.listRefusals(after)),
    executions: await all((after) => ledger.listExecutions(after)),
    deals: await all((after) => ledger.listDeals(after)),
    commands: await all((after) => ledger.listCommands(after)),
    audit: await told(ledger),
  };
}

/** The audit log without what differs between ledgers that tell the same: the number of who wrote, and so the hashes. */
async function told(ledger: Ledger): Promise<unknown> {
  const entries = await all((after) => ledger.listAudit(after));
  return entries.map(({ writer: _, hash: __, ...entry }) => entry);
}
