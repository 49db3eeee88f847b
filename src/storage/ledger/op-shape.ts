/**
 * What an operation must look like before it may share a transaction with others: one value that the database refuses
 * (a NaN, a fraction of a millisecond, a ticket that is no number) would fail its neighbours' operations with it. Both
 * ledgers and the group commit check at their door, so the sender of a malformed operation fails alone.
 */
import { SuhoError } from '../../errors.js';
import type { HelloClaim, LedgerOp } from './ledger.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LARGEST_TICKET = 2n ** 64n - 1n;
/** Texts in a key: far above any symbol or strategy name, far below what an index entry holds. */
const KEY_TEXT_MOST = 255;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

function must(condition: boolean, op: LedgerOp, what: string): void {
  if (!condition) throw new SuhoError('INPUT_INVALID', `Ledger operation ${op.kind} of account ${op.accountId}: ${what}.`);
}

export function isTicket(text: string): boolean {
  return /^(0|[1-9]\d{0,19})$/.test(text) && BigInt(text) <= LARGEST_TICKET;
}

const UNSTORABLE = /[\0\ud800-\udfff]/u;
const EVERY_UNSTORABLE = new RegExp(UNSTORABLE, 'gu');

/** PostgreSQL text holds no NUL and no half of a surrogate pair; an EA's strings may. */
function cleanText(text: string): string {
  return text.replace(EVERY_UNSTORABLE, '\ufffd');
}

/** Almost every value is clean, and is looked through without anything being made anew. */
function isClean(value: unknown): boolean {
  if (typeof value === 'string') return !UNSTORABLE.test(value);
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || value === null) return true;
  for (const key in value) if (!isClean((value as Readonly<Record<string, unknown>>)[key])) return false;
  return true;
}

/** The value with its texts made storable; the same object where nothing had to change. */
export function cleaned<T>(value: T, refuse: (what: string) => void): T {
  return isClean(value) ? value : made(value, refuse);
}

function made<T>(value: T, refuse: (what: string) => void): T {
  if (typeof value === 'string') return cleanText(value) as T;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse('a number is not finite');
    return (value === 0 ? 0 : value) as T;
  }
  if (typeof value !== 'object' || value === null) return value;
  let changed = false;
  const entries = Object.entries(value).map(([key, member]) => {
    const clean = made(member, refuse);
    if (!Object.is(clean, member)) changed = true;
    return [key, clean] as const;
  });
  if (!changed) return value;
  return (Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries)) as T;
}

function checkFields(op: LedgerOp): void {
  const uuid = (text: string): void => must(isUuid(text), op, `${text} is not a UUID`);
  const whole = (...numbers: readonly number[]): void =>
    must(numbers.every(Number.isSafeInteger), op, 'a time, count or code is not a whole number');
  const tickets = (...texts: readonly string[]): void =>
    must(texts.every(isTicket), op, 'a ticket is not an unsigned 64-bit number');
  const keys = (...texts: readonly string[]): void =>
    must(
      texts.every((text) => text.length <= KEY_TEXT_MOST),
      op,
      `a name is longer than ${KEY_TEXT_MOST} characters`,
    );
  uuid(op.accountId);
  whole(op.epoch);
  switch (op.kind) {
    case 'raise':
      uuid(op.signal.id);
      whole(op.signal.closeTime, op.signal.validUntil, op.signal.createdAt);
      keys(op.signal.strategy, op.signal.symbol, op.signal.timeframe);
      must(op.signal.accountId === op.accountId, op, 'its signal is of another account');
      return;
    case 'refuse':
      whole(op.refusal.closeTime, op.refusal.createdAt);
      keys(op.refusal.strategy, op.refusal.symbol, op.refusal.timeframe);
      must(op.refusal.accountId === op.accountId, op, 'its refusal is of another account');
      return;
    case 'transition':
      uuid(op.signalId);
      whole(op.atMs);
      return;
    case 'result':
      uuid(op.execution.signalId);
      whole(op.atMs, op.execution.attempt, op.execution.retcode, op.execution.receivedAt, op.execution.doneAt);
      tickets(op.execution.order, op.execution.position, ...op.execution.deals);
      must(op.execution.accountId === op.accountId, op, 'its execution is of another account');
      return;
    case 'deal':
      if (op.deal.signalId !== null) uuid(op.deal.signalId);
      whole(op.atMs, op.deal.brokerTime);
      tickets(op.deal.deal, op.deal.order, op.deal.position, op.deal.magic.replace(/^-(?=[1-9])/, ''));
      must(op.deal.volume >= 0 && op.deal.volume <= 90_000_000, op, 'its volume is out of range');
      must(op.deal.accountId === op.accountId, op, 'its deal is of another account');
      return;
    case 'command':
      uuid(op.command.id);
      if (op.command.signalId !== null) uuid(op.command.signalId);
      whole(op.command.validUntil, op.command.createdAt);
      tickets(op.command.position, op.command.order);
      keys(op.command.cause, op.command.symbol ?? '');
      must(op.command.accountId === op.accountId, op, 'its command is of another account');
      return;
    case 'command-transition':
      uuid(op.commandId);
      whole(op.atMs);
      return;
    case 'command-result':
      uuid(op.commandId);
      whole(op.atMs, op.result.attempt, op.result.retcode, op.result.receivedAt, op.result.doneAt);
      tickets(op.result.order, op.result.position, ...op.result.deals);
      return;
    case 'history-told':
      whole(op.atMs);
      return;
    case 'symbols':
      keys(...op.symbols.flatMap((symbol) => [symbol.brokerName, symbol.symbol ?? '']));
      return;
  }
}

/** The operations as they may be stored; throws INPUT_INVALID where one may not. */
export function wellFormed(ops: readonly LedgerOp[]): readonly LedgerOp[] {
  return ops.map((op) => {
    const clean = cleaned(op, (what) => must(false, op, what));
    checkFields(clean);
    return clean;
  });
}

export function wellFormedHello(hello: HelloClaim): HelloClaim {
  const refuse = (what: string): never => {
    throw new SuhoError('INPUT_INVALID', `HELLO of account ${hello.accountId}: ${what}.`);
  };
  const clean = cleaned(hello, refuse);
  if (![clean.login, clean.atMs].every(Number.isSafeInteger)) refuse('its login or time is not a whole number');
  return clean;
}

/** Whose the operation is, where it says so; one that does not is of a signal raised before, and mostly comes along with others. */
export function tenantTold(op: LedgerOp): string | undefined {
  switch (op.kind) {
    case 'raise':
      return op.signal.tenantId;
    case 'refuse':
      return op.refusal.tenantId;
    case 'result':
      return op.execution.tenantId;
    case 'deal':
      return op.deal.tenantId;
    case 'command':
      return op.command.tenantId;
    case 'transition':
    case 'command-transition':
    case 'command-result':
    case 'history-told':
    case 'symbols':
      return undefined;
  }
}

/** Rows that an operation writes, for the bound of a batch. */
export function rowsOf(op: LedgerOp): number {
  return op.kind === 'symbols' ? Math.max(1, op.symbols.length) : 1;
}
