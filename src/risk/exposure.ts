/** What holdings come to in currencies, in the account's own. Pure. */
import type { Holding } from './holdings.js';
import { signOf } from './risk-check.js';

type Rate = (from: string, to: string) => number | undefined;

/** What could not be told, and of what. */
export interface Untold {
  readonly untold: string;
}

/** Worth of the holding's whole volume in the account's currency. */
export function worthOf({ of, brokerName, volume, price }: Holding, currency: string, rate: Rate): number | Untold {
  if (of === undefined) return { untold: brokerName };
  // What is bought of the base is paid in the profit currency, so its price tells where no quote of the base does.
  const straight = rate(of.baseCurrency, currency);
  if (straight !== undefined && of.baseCurrency !== of.profitCurrency) return volume * of.contractSize * straight;
  const paid = rate(of.profitCurrency, currency);
  return paid === undefined ? { untold: `${of.profitCurrency}${currency}` } : volume * of.contractSize * price * paid;
}

/** Net worth of one currency that the holdings come to: bought is above 0, sold below. */
export function currencyNet(list: readonly Holding[], of: string, currency: string, rate: Rate): number | Untold {
  let net = 0;
  for (const holding of list) {
    const { of: held, direction } = holding;
    if (held === undefined) return { untold: holding.brokerName };
    // An index, or what is priced in its own currency, is none: only what it is paid in counts.
    const isBase = held.baseCurrency === of && held.baseCurrency !== held.profitCurrency;
    if (!isBase && held.profitCurrency !== of) continue;
    const worth = worthOf(holding, currency, rate);
    if (typeof worth !== 'number') return worth;
    net += (isBase ? 1 : -1) * signOf(direction) * worth;
  }
  return net;
}

/** Net worth of symbols that go together: what goes against the first counts the other way round. */
export function correlatedNet(
  list: readonly Holding[],
  correlationOf: ReadonlyMap<string, number>,
  currency: string,
  rate: Rate,
): number | Untold {
  let net = 0;
  for (const holding of list) {
    const correlation = holding.of?.symbol ? correlationOf.get(holding.of.symbol) : undefined;
    if (correlation === undefined) continue;
    const worth = worthOf(holding, currency, rate);
    if (typeof worth !== 'number') return worth;
    net += Math.sign(correlation) * signOf(holding.direction) * worth;
  }
  return net;
}
