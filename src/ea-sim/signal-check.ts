/** What an EA checks of a signal against its own terminal before it sends an order. Pure. */
import type { RiskMessage, SettingsMessage, SignalMessage } from '../protocol/messages.js';
import type { DealRequest } from './broker.js';
import { type BrokerQuote, toDigits } from './broker-quotes.js';
import type { BrokerSymbol } from './broker-terms.js';
import { lots } from './trading-book.js';

export interface SignalCheck {
  readonly signal: SignalMessage;
  readonly risk: RiskMessage;
  readonly settings: SettingsMessage | undefined;
  /** Name that the server gave the signal's symbol id, or undefined. */
  readonly nameOfId: string | undefined;
  readonly symbol: BrokerSymbol | undefined;
  readonly quote: BrokerQuote | undefined;
  /** Open positions with the account's magics. */
  readonly ownPositions: number;
  readonly serverTimeMs: number;
}

export type CheckedSignal =
  | { readonly kind: 'order'; readonly request: DealRequest }
  | { readonly kind: 'refused'; readonly sentence: string };

const DEFAULT_SLIPPAGE_POINTS = 10;
const COMMENT_MOST = 31;
const DAY_SECONDS = 86_400;

function refused(sentence: string): CheckedSignal {
  return { kind: 'refused', sentence };
}

export function checkSignal(check: SignalCheck): CheckedSignal {
  const { signal, settings, symbol, quote } = check;
  if (check.nameOfId !== signal.brokerName)
    return refused(`Symbol ${signal.symbolId} is ${check.nameOfId ?? 'not known'} here, not ${signal.brokerName}.`);
  if (!symbol || !quote) return refused(`${signal.brokerName} has no quote.`);
  const forbidden = riskForbids(check);
  if (forbidden) return refused(forbidden);
  const price = signal.side === 'BUY' ? quote.ask : quote.bid;
  if ((signal.entryLow > 0 && price < signal.entryLow) || (signal.entryHigh > 0 && price > signal.entryHigh))
    return refused(`The price ${price} is outside ${signal.entryLow} to ${signal.entryHigh}.`);
  const spreadPoints = Math.round((quote.ask - quote.bid) / symbol.point);
  const spreadMost = settings?.spreadPointsMax ?? 0;
  if (spreadMost > 0 && spreadPoints > spreadMost) return refused(`The spread of ${spreadPoints} points is above ${spreadMost}.`);
  const volume = stepDown(signal.volume * (settings?.volumeMultiplier ?? 1), symbol.volumeStep);
  if (volume < symbol.volumeMin) return refused(`The volume ${volume} is below the least, ${symbol.volumeMin}.`);
  if (volume > symbol.volumeMax) return refused(`The volume ${volume} is above the most, ${symbol.volumeMax}.`);
  if (check.risk.volumeMax > 0 && volume > check.risk.volumeMax)
    return refused(`The volume ${volume} is above the limit of ${check.risk.volumeMax}.`);
  return { kind: 'order', request: orderFor(check, symbol, price, volume) };
}

function orderFor(check: SignalCheck, symbol: BrokerSymbol, price: number, volume: number): DealRequest {
  const { signal, settings } = check;
  const scaled = (level: number, multiplier: number): number =>
    level === 0 || multiplier === 1 ? level : toDigits(signal.entry + (level - signal.entry) * multiplier, symbol.digits);
  return {
    action: 'deal',
    symbol: symbol.name,
    side: signal.side,
    volume,
    price,
    deviationPoints: settings?.slippagePointsMax ?? DEFAULT_SLIPPAGE_POINTS,
    stopLoss: scaled(signal.stopLoss, settings?.stopLossMultiplier ?? 1),
    takeProfit: scaled(signal.takeProfit, settings?.takeProfitMultiplier ?? 1),
    magic: signal.magic,
    comment: `${settings?.commentPrefix ?? ''}${signal.comment}`.slice(0, COMMENT_MOST),
    position: 0n,
    filling: symbol.fillings.includes('IOC') ? 'IOC' : 'FOK',
    reason: 'EXPERT',
  };
}

function riskForbids({ risk, signal, ownPositions, serverTimeMs }: SignalCheck): string | undefined {
  if (risk.emergencyStop) return 'The emergency stop is set.';
  if (!risk.tradingEnabled) return 'Trading is disabled.';
  if (risk.symbolIds.length > 0 && !risk.symbolIds.includes(signal.symbolId)) return `${signal.brokerName} may not be traded.`;
  if (risk.positionsMax > 0 && ownPositions >= risk.positionsMax)
    return `${ownPositions} positions are open, no more are allowed.`;
  return withinHours(risk.hours, serverTimeMs) ? undefined : 'This is outside the hours allowed.';
}

function withinHours(hours: RiskMessage['hours'], timeMs: number): boolean {
  if (hours.length === 0) return true;
  const seconds = Math.floor(timeMs / 1_000);
  const day = (Math.floor(seconds / DAY_SECONDS) + 4) % 7;
  const second = seconds % DAY_SECONDS;
  return hours.some((span) => span.day === day && second >= span.fromSeconds && second < span.toSeconds);
}

/** Down to whole steps; a last-bit error of the division must not cost a step. */
export function stepDown(volume: number, step: number): number {
  return lots(Math.floor(volume / step + 1e-9) * step);
}
