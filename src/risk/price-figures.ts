import type { PriceStanding } from '../prices/account-prices.js';
import type { OrderPrices } from './broker-price.js';
import type { Figures, Quote } from './risk-check.js';

/**
 * By what an order is priced: the broker's quote, the reference's beside it, how far apart they are, and are usually. Kept with
 * the signal, or with the refusal of it.
 */
export function priceFigures(
  quote: Quote,
  reference: Quote,
  { deviationBid, deviationAsk, deviationPercent }: OrderPrices,
  standing: PriceStanding | undefined,
  nowMs: number,
): Figures {
  const { bid, ask } = quote;
  const priced = {
    bid,
    ask,
    quoteAgeMs: nowMs - quote.timeMs,
    referenceBid: reference.bid,
    referenceAsk: reference.ask,
    apartMs: Math.abs(quote.timeMs - reference.timeMs),
    deviationBid,
    deviationAsk,
    deviationPercent,
  };
  // Nothing deviates from itself: the account's quotes are the feed.
  if (quote === reference) return { ...priced, ownReference: true };
  return standing === undefined ? priced : { ...priced, ...usualFigures(standing) };
}

/** What the broker's quotes of the symbol usually are beside the reference. */
export function usualFigures({ figures }: PriceStanding): Figures {
  const { usualBid, usualAsk, dispersionBid, dispersionAsk, usualReach, compared } = figures;
  return { usualBid, usualAsk, dispersionBid, dispersionAsk, usualReach, compared };
}

/** One side of the broker's quote beside the reference's. */
export interface PricedSide {
  readonly broker: number;
  readonly reference: number;
  /** Broker − reference, and in percent of the reference. */
  readonly deviation: number;
  readonly percent: number;
  /** The usual deviation and its dispersion, as they were then; null where nothing was compared before. */
  readonly usual: number | null;
  readonly dispersion: number | null;
  /** How many dispersions the deviation was off the usual. */
  readonly dispersionsOff: number | null;
}

export interface Pricing {
  readonly bid: PricedSide;
  readonly ask: PricedSide;
  readonly quoteAgeMs: number;
  /** Between the two quotes. */
  readonly apartMs: number;
  /** How many quotes had been compared. */
  readonly compared: number;
  readonly ownReference: boolean;
}

/** What the figures of a signal tell of its pricing; null where they tell of none: it closes, or is from before they were kept. */
export function pricingOf(figures: Figures): Pricing | null {
  const numberOf = (name: string): number | undefined => {
    const figure = figures[name];
    return typeof figure === 'number' ? figure : undefined;
  };
  const sideOf = (side: 'Bid' | 'Ask'): PricedSide | undefined => {
    const broker = numberOf(side.toLowerCase());
    const reference = numberOf(`reference${side}`);
    if (broker === undefined || reference === undefined) return undefined;
    const deviation = broker - reference;
    const usual = numberOf(`usual${side}`) ?? null;
    const dispersion = numberOf(`dispersion${side}`) ?? null;
    const dispersionsOff = usual === null || dispersion === null || dispersion === 0 ? null : (deviation - usual) / dispersion;
    return { broker, reference, deviation, percent: (100 * deviation) / reference, usual, dispersion, dispersionsOff };
  };
  const [bid, ask] = [sideOf('Bid'), sideOf('Ask')];
  if (bid === undefined || ask === undefined) return null;
  const [quoteAgeMs = 0, apartMs = 0, compared = 0] = ['quoteAgeMs', 'apartMs', 'compared'].map(numberOf);
  return { bid, ask, quoteAgeMs, apartMs, compared, ownReference: figures.ownReference === true };
}
