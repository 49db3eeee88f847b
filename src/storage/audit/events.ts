/** What is written to the audit log of a change to the ledger; nothing where nothing changed. */
import type { Halt } from '../../accounts/halt.js';
import type { TradingOverrides } from '../../accounts/trading-settings.js';
import type { ByWhom, NewSignIn, NewUser, SignInRow, UserChange } from '../ledger/access.js';
import type { NewAccount, TenantChange } from '../ledger/catalogue.js';
import type { AccountRow, KeyChange, LedgerOp, NewTenant, OpResult, SignalRow } from '../ledger/ledger.js';
import type { OwnModelRow } from '../ledger/own-models.js';
import type { AuditEvent, OperatorAction } from './audit.js';

/** The members named, of those that are there: canonical JSON knows no undefined, and is soonest made of keys in order. */
function picked<T extends object>(row: T, fields: readonly (keyof T & string)[]): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const field of fields) if (row[field] !== undefined) members[field] = row[field];
  return members;
}

/** Spelled out, its keys in order: there are ten thousand of them at once. */
function raised(row: SignalRow, epoch: number): AuditEvent['body'] {
  return {
    accountId: row.accountId,
    closeTime: row.closeTime,
    direction: row.direction,
    entry: row.entry,
    entryHigh: row.entryHigh,
    entryLow: row.entryLow,
    epoch,
    instance: row.instance,
    kind: row.kind,
    plannedLoss: row.plannedLoss,
    position: row.position,
    riskPercent: row.riskPercent,
    score: row.score,
    seq: row.seq,
    state: row.state,
    stopLoss: row.stopLoss,
    strategy: row.strategy,
    strength: row.strength,
    symbol: row.symbol,
    takeProfit: row.takeProfit,
    targetId: row.targetId,
    timeframe: row.timeframe,
    validUntil: row.validUntil,
    volume: row.volume,
  };
}

const REFUSED = ['closeTime', 'direction', 'epoch', 'figures', 'reason', 'strategy', 'symbol', 'timeframe'] as const;
const TOLD = [
  'accountId',
  'attempt',
  'deals',
  'doneAt',
  'epoch',
  'filledVolume',
  'order',
  'outcome',
  'position',
  'price',
  'receivedAt',
  'requestedVolume',
  'retcode',
  'sentence',
  'state',
] as const;
const DEALT = [
  'accountId',
  'brokerTime',
  'commission',
  'direction',
  'entry',
  'epoch',
  'magic',
  'order',
  'position',
  'price',
  'profit',
  'reason',
  'signalId',
  'state',
  'swap',
  'symbol',
  'volume',
] as const;

const COMMANDED = [
  'accountId',
  'action',
  'askedBy',
  'cause',
  'instance',
  'order',
  'position',
  'price',
  'reason',
  'scope',
  'signalId',
  'state',
  'stopLoss',
  'symbol',
  'takeProfit',
  'validUntil',
  'volume',
] as const;
const ANSWERED = [
  'attempt',
  'deals',
  'doneAt',
  'filledVolume',
  'order',
  'outcome',
  'position',
  'price',
  'receivedAt',
  'requestedVolume',
  'retcode',
  'sentence',
] as const;

/** An operation that changed something, by what it was answered. */
export function eventOf(op: LedgerOp, result: OpResult): AuditEvent | undefined {
  const epoch = op.epoch;
  switch (op.kind) {
    case 'raise':
      if (result.kind !== 'raised') return undefined;
      return {
        kind: 'signal.raised',
        subject: result.row.id,
        atMs: result.row.createdAt,
        body: raised(result.row, epoch),
      };
    case 'refuse':
      if (result.kind !== 'stored') return undefined;
      return {
        kind: 'signal.refused',
        subject: op.accountId,
        atMs: op.refusal.createdAt,
        body: picked({ ...op.refusal, epoch }, REFUSED),
      };
    case 'transition': {
      if (result.kind !== 'moved') return undefined;
      const { accountId, reason, instance = null } = op;
      const kind = `signal.${result.state.toLowerCase()}`;
      return { kind, subject: op.signalId, atMs: op.atMs, body: { accountId, epoch, instance, reason } };
    }
    case 'result':
      if (result.kind !== 'stored') return undefined;
      return {
        kind: 'signal.result',
        subject: op.execution.signalId,
        atMs: op.atMs,
        body: picked({ ...op.execution, epoch, state: result.state ?? null }, TOLD),
      };
    case 'deal':
      if (result.kind !== 'stored') return undefined;
      return {
        kind: 'deal.booked',
        subject: op.deal.deal,
        atMs: op.atMs,
        body: picked({ ...op.deal, epoch, state: result.state ?? null }, DEALT),
      };
    case 'command': {
      if (result.kind !== 'commanded') return undefined;
      const { id, createdAt } = result.command;
      return { kind: 'command.asked', subject: id, atMs: createdAt, body: { epoch, ...picked(result.command, COMMANDED) } };
    }
    case 'command-transition': {
      if (result.kind !== 'moved') return undefined;
      const { accountId, said, instance = null } = op;
      const kind = `command.${result.state.toLowerCase()}`;
      return { kind, subject: op.commandId, atMs: op.atMs, body: { epoch, accountId, said, instance } };
    }
    case 'command-result': {
      if (result.kind !== 'stored') return undefined;
      const { accountId } = op;
      const body = { epoch, accountId, state: result.state ?? null, ...picked(op.result, ANSWERED) };
      return { kind: 'command.result', subject: op.commandId, atMs: op.atMs, body };
    }
    case 'history-told':
      if (result.kind !== 'stored') return undefined;
      return { kind: 'account.history-told', subject: op.accountId, atMs: op.atMs, body: { epoch } };
    // A broker's terms, told again at each connection: nothing was decided, and no money moved.
    case 'symbols':
      return undefined;
  }
}

export function accountClaimed(account: AccountRow, atMs: number): AuditEvent {
  const body = picked(account, ['epoch', 'instance', 'login', 'server', 'currency']);
  return { kind: 'account.claimed', subject: account.id, atMs, body };
}

export function accountCreated(account: NewAccount, magicBase: number): AuditEvent {
  const body = { magicBase, ...picked(account, ['mode', 'suho1Table']) };
  return { kind: 'account.created', subject: account.id, atMs: account.createdAt, body };
}

export function accountModeChanged(id: string, mode: string, atMs: number): AuditEvent {
  return { kind: 'account.mode-changed', subject: id, atMs, body: { mode } };
}

export function accountTradingChanged(id: string, trading: TradingOverrides, atMs: number): AuditEvent {
  return { kind: 'account.trading-changed', subject: id, atMs, body: { trading } };
}

export function accountDisabledChanged(id: string, disabled: Halt | null, atMs: number): AuditEvent {
  if (disabled === null) return { kind: 'account.enabled', subject: id, atMs, body: {} };
  return { kind: 'account.disabled', subject: id, atMs, body: picked(disabled, ['reason', 'by']) };
}

export function accountKeyChanged(account: AccountRow, change: KeyChange['kind'], atMs: number): AuditEvent {
  const { epoch, previousUntil } = account;
  const until = previousUntil === null ? {} : { previousUntil };
  return { kind: `account.key-${change}`, subject: account.id, atMs, body: { epoch, ...until } };
}

/** Told with what it was bound to. */
export function accountUnbound(account: AccountRow, atMs: number): AuditEvent {
  const { epoch, login, server, currency } = account;
  return { kind: 'account.unbound', subject: account.id, atMs, body: { epoch: epoch + 1, login, server, currency } };
}

export function tenantCreated(tenant: NewTenant): AuditEvent {
  const body = picked(tenant, ['name', 'tier', 'signalTimeframe', 'strategy', 'symbols', 'trading']);
  return { kind: 'tenant.created', subject: tenant.id, atMs: tenant.createdAt, body };
}

export function tenantChanged(id: string, change: TenantChange, atMs: number): AuditEvent {
  const body = picked(change, ['name', 'tier', 'signalTimeframe', 'strategy', 'symbols', 'trading', 'stopped']);
  return { kind: 'tenant.changed', subject: id, atMs, body };
}

/** The card tells what it is; its bytes are told by their hash. */
export function modelAdded(model: OwnModelRow): AuditEvent {
  const body = picked(model, ['version', 'timeframe', 'sha256', 'card']);
  return { kind: 'model.added', subject: model.name, atMs: model.createdAt, body };
}

export function modelRemoved(model: OwnModelRow, atMs: number): AuditEvent {
  return { kind: 'model.removed', subject: model.name, atMs, body: picked(model, ['version', 'sha256']) };
}

export function actionTold({ who, role, action, subject, reason, detail, atMs }: OperatorAction): AuditEvent {
  const body = { who, role, reason, ...(detail === undefined ? {} : { detail }) };
  return { kind: `action.${action}`, subject, atMs, body };
}

export function userAdded(user: NewUser, by: string): AuditEvent {
  return { kind: 'user.added', subject: user.name, atMs: user.createdAt, body: { by, ...picked(user, ['role', 'addresses']) } };
}

/** Of secrets it is told that they changed, and no more. */
export function userChanged(name: string, change: UserChange, { by, atMs }: ByWhom): AuditEvent {
  const removed = typeof change.removedAt === 'number';
  const body = { by, changed: Object.keys(change).sort(), ...picked(change, ['role', 'addresses']) };
  return { kind: removed ? 'user.removed' : 'user.changed', subject: name, atMs, body };
}

export function signInOpened({ id, name, role, createdAt, secondFactorAt }: NewSignIn, from: string): AuditEvent {
  const body = { name, role, from, secondFactor: secondFactorAt !== null };
  return { kind: 'session.opened', subject: id, atMs: createdAt, body };
}

export function signInTold(kind: string, { id, name }: Pick<SignInRow, 'id' | 'name'>, atMs: number): AuditEvent {
  return { kind, subject: id, atMs, body: { name } };
}

export function signInEnded({ id, name }: Pick<SignInRow, 'id' | 'name'>, why: string, atMs: number): AuditEvent {
  return { kind: 'session.ended', subject: id, atMs, body: { name, why } };
}
