/** Decisions as lines of the file that the EA reads in the strategy tester, where there are no sockets (docs/EA.md). Pure. */
import type { ToUtc } from '../market/formats/clock.js';
import { localOf } from '../market/formats/clock.js';
import { instrumentOf } from '../market/instrument.js';
import type { Decision } from './signal.js';

export interface TesterFileTerms {
  /** As the tester's broker calls the symbol. */
  readonly brokerName: string;
  /** Clock of the tester's broker. */
  readonly clock: ToUtc;
  /** Lots of each signal: the tester's account is not known here, so none is sized for it. */
  readonly volume: number;
  /** How far the price may be from the entry, which is the close's bid. */
  readonly rangePips: number;
}

export const TESTER_FILE_HEADER = 'time,symbol,side,volume,entry_low,entry_high,sl,tp,valid_seconds';

/** Undefined for what closes: in the tester a position ends at its stop or its target. */
export function testerLine(decision: Decision, terms: TesterFileTerms): string | undefined {
  const { kind, symbol, direction, closeTime, entry, stopLoss, takeProfit, validUntil } = decision;
  const instrument = instrumentOf(symbol);
  if (kind !== 'OPEN' || instrument === undefined) return undefined;
  const reach = terms.rangePips * instrument.pip;
  const prices = [entry - reach, entry + reach, stopLoss, takeProfit].map((price) => price.toFixed(instrument.digits));
  const seconds = Math.max(1, Math.round((validUntil - closeTime) / 1_000));
  return [
    stamp(localOf(terms.clock, closeTime)),
    terms.brokerName,
    direction.toLowerCase(),
    terms.volume,
    ...prices,
    seconds,
  ].join(',');
}

/** As MQL5 reads a time: 2025.01.06 10:00:00. */
function stamp(localMs: number): string {
  return new Date(localMs).toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '.');
}
