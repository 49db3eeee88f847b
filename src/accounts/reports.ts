/** From what an EA reports to what the ledger keeps. Pure. */
import { type DealRecord, NIL_ID, type ResultMessage, type TradeMessage } from '../protocol/messages.js';
import type { DealRow, ExecutionRow, SignalRow } from '../storage/ledger/ledger.js';
import { isOurs, numberIn } from './magic.js';

interface Owner {
  readonly accountId: string;
  readonly tenantId: string;
}

/** What a RESULT says, whatever it is of. */
export function toldOf(result: ResultMessage): Omit<ExecutionRow, 'accountId' | 'tenantId' | 'signalId'> {
  return {
    attempt: result.attempt,
    outcome: result.outcome,
    requestedVolume: result.requestedVolume,
    filledVolume: result.filledVolume,
    price: result.price,
    retcode: result.retcode,
    order: String(result.order),
    position: String(result.position),
    deals: result.deals.map(String),
    receivedAt: Math.floor(result.receivedUs / 1_000),
    doneAt: Math.floor(result.doneUs / 1_000),
    sentence: result.sentence,
  };
}

export function executionOf(owner: Owner, result: ResultMessage): ExecutionRow {
  return { ...owner, signalId: result.id, ...toldOf(result) };
}

/** What a TRADE of a deal and a deal of a HISTORY page have in common. */
type ReportedDeal = Pick<
  TradeMessage & DealRecord,
  | 'deal'
  | 'order'
  | 'position'
  | 'entry'
  | 'side'
  | 'volume'
  | 'price'
  | 'profit'
  | 'commission'
  | 'swap'
  | 'reason'
  | 'magic'
  | 'brokerTimeMs'
  | 'symbol'
>;

/** Which of our signals a deal belongs to: by the id that the EA gives, else by its magic, which holds base and number. */
export interface SignalFinder {
  magicBase(): number | undefined;
  byId(id: string): SignalRow | undefined;
  byNumber(seq: number): SignalRow | undefined;
}

export function signalOf(
  deal: { readonly magic: bigint; readonly signalId?: string },
  finder: SignalFinder,
): SignalRow | undefined {
  if (deal.signalId !== undefined && deal.signalId !== NIL_ID) return finder.byId(deal.signalId);
  const magicBase = finder.magicBase();
  return magicBase !== undefined && isOurs(deal.magic, magicBase) ? finder.byNumber(numberIn(deal.magic)) : undefined;
}

/** Undefined for what moved money without a trade: the ledger's deals are trades. */
export function dealOf(owner: Owner, deal: ReportedDeal, signal: SignalRow | undefined): DealRow | undefined {
  if (deal.entry === 'NONE' || deal.side === 'NONE') return undefined;
  return {
    ...owner,
    deal: String(deal.deal),
    order: String(deal.order),
    position: String(deal.position),
    signalId: signal?.id ?? null,
    symbol: signal?.symbol ?? deal.symbol,
    entry: deal.entry,
    direction: deal.side,
    volume: deal.volume,
    price: deal.price,
    profit: deal.profit,
    commission: deal.commission,
    swap: deal.swap,
    reason: deal.reason,
    magic: String(deal.magic),
    brokerTime: deal.brokerTimeMs,
  };
}

/** A broker's clock may be so far from what its EA says of it. */
const CLOCKS_APART_MS = 5_000;

/** The EA's own closing deals of the position since the CLOSE; those by a stop or by the user's hand are none of it. */
function closedBy(row: SignalRow, deals: readonly DealRow[], offsetMs: number): readonly DealRow[] {
  const sinceMs = row.createdAt + offsetMs - CLOCKS_APART_MS;
  const isOut = ({ entry }: DealRow): boolean => entry === 'OUT' || entry === 'OUT_BY';
  const ofIt = ({ position, reason, brokerTime }: DealRow): boolean =>
    position === row.position && reason === 'EXPERT' && brokerTime >= sinceMs;
  return deals.filter((deal) => isOut(deal) && ofIt(deal));
}

/**
 * What an opening, or a closing, that only the broker's history told comes to; a fill in parts is one execution. None where
 * nothing was traded. `offsetMs` is how far the broker's clock is from ours.
 */
export function foundExecution(owner: Owner, row: SignalRow, deals: readonly DealRow[], offsetMs = 0): ExecutionRow | undefined {
  const opened =
    row.kind === 'CLOSE'
      ? closedBy(row, deals, offsetMs)
      : deals.filter(({ signalId, entry }) => signalId === row.id && entry === 'IN');
  const last = opened.at(-1);
  if (last === undefined) return undefined;
  const filledVolume = opened.reduce((sum, { volume }) => sum + volume, 0);
  return {
    ...owner,
    signalId: row.id,
    // Before every attempt that an EA counts.
    attempt: 0,
    outcome: 'EXECUTED',
    requestedVolume: row.volume,
    filledVolume,
    price: opened.reduce((sum, { volume, price }) => sum + volume * price, 0) / filledVolume,
    retcode: 0,
    order: last.order,
    position: last.position,
    deals: opened.map(({ deal }) => deal),
    receivedAt: 0,
    doneAt: last.brokerTime,
    sentence: 'found in the history of the broker',
  };
}
