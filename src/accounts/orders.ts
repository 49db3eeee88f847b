/** From what the ledger holds to what an EA is told. Pure. */
import { type CommandMessage, NIL_ID, type RiskMessage, type SettingsMessage, type SignalMessage } from '../protocol/messages.js';
import type { AccountRow, SignalRow } from '../storage/ledger/ledger.js';
import type { NamedSymbol } from './account-book.js';

export function magicOf(magicBase: number, seq: number): bigint {
  return (BigInt(magicBase) << 32n) | BigInt(seq);
}

/** Whether a trade with this magic is one of the account's signals. */
export function isOurs(magic: bigint, magicBase: number): boolean {
  return magic >> 32n === BigInt(magicBase);
}

export function signalMessage(row: SignalRow, magicBase: number, named: NamedSymbol): SignalMessage {
  return {
    kind: 'SIGNAL',
    id: row.id,
    magic: magicOf(magicBase, row.seq),
    symbolId: named.symbolId,
    side: row.direction,
    entry: row.entry,
    entryLow: row.entryLow,
    entryHigh: row.entryHigh,
    stopLoss: row.stopLoss,
    takeProfit: row.takeProfit,
    volume: row.volume,
    riskPercent: row.riskPercent,
    score: row.score,
    confidence: row.score / 100,
    validUntilMs: row.validUntil,
    brokerName: named.brokerName,
    model: '',
    strategy: row.strategy,
    comment: `suho ${row.seq}`,
  };
}

const NO_COMMAND = {
  kind: 'COMMAND',
  scope: 'NONE',
  symbolId: 0,
  position: 0n,
  order: 0n,
  signalId: NIL_ID,
  volume: 0,
  price: 0,
  stopLoss: 0,
  takeProfit: 0,
  fromMs: 0,
  toMs: 0,
  reason: '',
} as const;

/** A CLOSE goes out as a command: close the position that the earlier signal opened. */
export function closeMessage(row: SignalRow): CommandMessage {
  return {
    ...NO_COMMAND,
    id: row.id,
    validUntilMs: row.validUntil,
    action: 'CLOSE_POSITION',
    position: BigInt(row.position),
    signalId: row.targetId ?? NIL_ID,
    reason: 'the signal turned',
  };
}

export function historyMessage(id: string, fromMs: number, toMs: number, validUntilMs: number): CommandMessage {
  return { ...NO_COMMAND, id, validUntilMs, action: 'SEND_HISTORY', fromMs, toMs, reason: 'reconciliation' };
}

export function snapshotMessage(id: string, validUntilMs: number): CommandMessage {
  return { ...NO_COMMAND, id, validUntilMs, action: 'SEND_SNAPSHOT', reason: 'reconciliation' };
}

/** The engine's own limits are judged before a signal is sent; what the EA keeps by itself is the switch. */
export function riskMessage(account: AccountRow, revision: number): RiskMessage {
  return {
    kind: 'RISK',
    revision,
    tradingEnabled: account.mode !== 'observe',
    emergencyStop: false,
    volumeMax: 0,
    dailyLossMax: 0,
    drawdownMax: 0,
    positionsMax: 0,
    symbolIds: [],
    hours: [],
  };
}

const SLIPPAGE_POINTS_MOST = 20;

export function settingsMessage(account: AccountRow, revision: number): SettingsMessage {
  return {
    kind: 'SETTINGS',
    revision,
    baseMagic: account.magicBase,
    slippagePointsMax: SLIPPAGE_POINTS_MOST,
    spreadPointsMax: 0,
    volumeMultiplier: 1,
    stopLossMultiplier: 1,
    takeProfitMultiplier: 1,
    commentPrefix: 'suho ',
  };
}
