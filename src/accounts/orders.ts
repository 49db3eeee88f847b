/** From what the ledger holds to what an EA is told. Pure. */
import { type CommandMessage, NIL_ID, type RiskMessage, type SettingsMessage, type SignalMessage } from '../protocol/messages.js';
import { instrumentOf } from '../market/instrument.js';
import type { SignalRow } from '../storage/ledger/ledger.js';
import type { AccountBook, NamedSymbol } from './account-book.js';
import { magicOf } from './magic.js';
import type { AccountTerms } from './assessment.js';
import { type RiskSettings, WEEKDAYS } from './trading-settings.js';

/** What of an account's book the limits are told by. */
type NamedSymbols = Pick<AccountBook, 'named' | 'traded'>;

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
  return { ...NO_COMMAND, id, validUntilMs, action: 'SEND_SNAPSHOT', reason: 'what is open is not known' };
}

const SECONDS_A_MINUTE = 60;

function secondsOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return (hours * 60 + minutes) * SECONDS_A_MINUTE;
}

function hoursOf({ hours }: RiskSettings): RiskMessage['hours'] {
  return (hours ?? []).flatMap(({ days, from, to }) =>
    days.map((day) => ({ day: WEEKDAYS.indexOf(day), fromSeconds: secondsOf(from), toSeconds: secondsOf(to) })),
  );
}

/**
 * The limits that an EA keeps by itself too; the engine judges them, and all others, before it sends a signal. A symbol that
 * the broker has not described has no number yet: the state is told anew once it has. Where none of those allowed has one, the
 * EA is told to open nothing, since an empty list would mean all.
 */
export function riskMessage({ account, trading, stopped }: AccountTerms, book: NamedSymbols, revision: number): RiskMessage {
  const { risk } = trading;
  const symbolIds = (risk.symbols ?? []).flatMap((symbol) => book.named(symbol)?.symbolId ?? []);
  const noneAllowed = risk.directions === 'close-only' || (risk.symbols !== null && symbolIds.length === 0);
  return {
    kind: 'RISK',
    revision,
    tradingEnabled: account.mode !== 'observe' && account.disabled === null && !noneAllowed,
    emergencyStop: stopped !== null,
    volumeMax: 0,
    dailyLossMax: risk.dailyLossMostPercent ?? 0,
    drawdownMax: risk.drawdownStopsPercent ?? 0,
    positionsMax: risk.openPositionsMost ?? 0,
    symbolIds,
    hours: hoursOf(risk),
  };
}

const SLIPPAGE_POINTS_MOST = 20;

/** The EA knows one spread for all symbols, in points: that of the symbol whose limit comes to the most. */
function spreadPointsMost({ spreadPipsMost }: RiskSettings, book: NamedSymbols): number {
  if (spreadPipsMost === null) return 0;
  const points = book.traded.map(({ symbol, record }) => {
    const pip = instrumentOf(symbol)?.pip ?? record.point * 10;
    return Math.ceil((spreadPipsMost * pip) / record.point - 1e-9);
  });
  return Math.max(0, ...points);
}

export function settingsMessage({ account, trading }: AccountTerms, book: NamedSymbols, revision: number): SettingsMessage {
  return {
    kind: 'SETTINGS',
    revision,
    baseMagic: account.magicBase,
    slippagePointsMax: SLIPPAGE_POINTS_MOST,
    spreadPointsMax: spreadPointsMost(trading.risk, book),
    volumeMultiplier: 1,
    stopLossMultiplier: 1,
    takeProfitMultiplier: 1,
    commentPrefix: 'suho ',
  };
}
