import { LIMITS } from '../limits.js';
import { deviationOf } from '../prices/usual-deviation.js';
import type { Decision } from '../signals/signal.js';
import { type Quote, type Refusal, refused, type SymbolSpec } from './risk-check.js';
import { roundToStep } from './steps.js';

const RANGE_PIPS = 2;

/** A decision's prices as they are at this account's broker. */
export interface OrderPrices {
  /** The broker's price of the side that opens: ask for a buy. */
  readonly entry: number;
  readonly entryLow: number;
  readonly entryHigh: number;
  readonly stopLoss: number;
  readonly takeProfit: number;
  /** Broker − reference, of either side. */
  readonly deviationBid: number;
  readonly deviationAsk: number;
  /** The larger of the two, in percent of the reference. */
  readonly deviationPercent: number;
  readonly alarm: boolean;
}

type Reconciled = { readonly ok: true; readonly prices: OrderPrices } | Refusal;

/**
 * Turns a decision's reference prices into the broker's. Stop and target move by the deviation of the side that closes the
 * position (bid for a buy, which is what triggers them), keep the broker's least distance from it, and are rounded to its
 * ticks away from the price. Refused where that side has already reached one of them: the trade that was decided is over.
 */
export function brokerPrices(
  decision: Pick<Decision, 'direction' | 'stopLoss' | 'takeProfit'>,
  quote: Quote,
  reference: Quote | undefined,
  symbol: SymbolSpec,
): Reconciled {
  if (reference === undefined) return refused('reference-missing', {});
  const apartMs = Math.abs(quote.timeMs - reference.timeMs);
  if (apartMs > LIMITS.quote.referenceMs) return refused('reference-missing', { apartMs, apartMsMax: LIMITS.quote.referenceMs });
  const deviation = deviations(quote, reference);
  const buy = decision.direction === 'BUY';
  const closing = buy ? quote.bid : quote.ask;
  const moved = buy ? deviation.deviationBid : deviation.deviationAsk;
  const exits = { closing, stopLoss: decision.stopLoss + moved, takeProfit: decision.takeProfit + moved };
  const sign = buy ? 1 : -1;
  if (sign * (closing - exits.stopLoss) <= 0) return refused('stop-passed', exits);
  if (sign * (exits.takeProfit - closing) <= 0) return refused('target-passed', exits);
  const { entry, entryLow, entryHigh } = entryRange(buy ? quote.ask : quote.bid, quote, symbol);
  const { stopLoss, takeProfit } = placeExits(exits, sign, symbol);
  const { deviationBid, deviationAsk, deviationPercent, alarm } = deviation;
  return {
    ok: true,
    prices: { entry, entryLow, entryHigh, stopLoss, takeProfit, deviationBid, deviationAsk, deviationPercent, alarm },
  };
}

function deviations(
  quote: Quote,
  reference: Quote,
): Pick<OrderPrices, 'deviationBid' | 'deviationAsk' | 'deviationPercent' | 'alarm'> {
  const { bid, ask, share } = deviationOf(quote, reference);
  return { deviationBid: bid, deviationAsk: ask, deviationPercent: 100 * share, alarm: share > LIMITS.prices.alarmShare };
}

function entryRange(entry: number, quote: Quote, symbol: SymbolSpec): Pick<OrderPrices, 'entry' | 'entryLow' | 'entryHigh'> {
  const reach = Math.max(RANGE_PIPS * symbol.pip, (quote.ask - quote.bid) / 2);
  return {
    entry,
    entryLow: roundToStep(entry - reach, symbol.tickSize, 'nearest'),
    entryHigh: roundToStep(entry + reach, symbol.tickSize, 'nearest'),
  };
}

function placeExits(
  exits: { readonly closing: number; readonly stopLoss: number; readonly takeProfit: number },
  sign: number,
  symbol: SymbolSpec,
): Pick<OrderPrices, 'stopLoss' | 'takeProfit'> {
  const least = symbol.stopsLevel / 10 ** symbol.digits;
  const stop = Math.max(sign * (exits.closing - exits.stopLoss), least);
  const target = Math.max(sign * (exits.takeProfit - exits.closing), least);
  return {
    stopLoss: roundToStep(exits.closing - sign * stop, symbol.tickSize, sign > 0 ? 'down' : 'up'),
    takeProfit: roundToStep(exits.closing + sign * target, symbol.tickSize, sign > 0 ? 'up' : 'down'),
  };
}
