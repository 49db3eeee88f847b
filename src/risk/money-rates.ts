/** What one currency is worth in another, by quotes of pairs. Pure. */
import { instrumentOf } from '../market/instrument.js';
import type { Quote } from './risk-check.js';

/** Currencies of cent accounts: a hundred of them are one of the other. */
const CENTS: Readonly<Record<string, string>> = { USC: 'USD', EUC: 'EUR', GBC: 'GBP' };
const CENTS_A_UNIT = 100;

export type PairQuote = (pair: string) => Quote | undefined;

function unit(currency: string): { readonly of: string; readonly share: number } {
  const of = CENTS[currency];
  return of === undefined ? { of: currency, share: 1 } : { of, share: 1 / CENTS_A_UNIT };
}

/** By the pair of the two, in whichever order it is quoted; at the side that makes it dearer. */
function direct(from: string, to: string, quoteOf: PairQuote): number | undefined {
  if (from === to) return 1;
  if (instrumentOf(from + to) !== undefined) return quoteOf(from + to)?.ask;
  const inverse = instrumentOf(to + from) === undefined ? undefined : quoteOf(to + from);
  return inverse === undefined ? undefined : 1 / inverse.bid;
}

/** Straight, or over the dollar; undefined where no quote tells. */
export function rateBetween(from: string, to: string, quoteOf: PairQuote): number | undefined {
  const [one, other] = [unit(from), unit(to)];
  const scale = one.share / other.share;
  const straight = direct(one.of, other.of, quoteOf);
  if (straight !== undefined) return straight * scale;
  const dollars = direct(one.of, 'USD', quoteOf);
  const rest = dollars === undefined ? undefined : direct('USD', other.of, quoteOf);
  return dollars === undefined || rest === undefined ? undefined : dollars * rest * scale;
}
