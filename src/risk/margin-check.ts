import { assert } from '../runtime/assert.js';
import type { Holding } from './holdings.js';
import { marginOf } from './margin.js';
import { passed, type RiskCheck, type RiskContext, refused } from './risk-check.js';

/** In the account's currency; or the pair, or the way to compute it, that is not known. */
function neededFor(context: RiskContext, lots: number, price: number): number | string {
  const { symbol, account, surroundings } = context;
  assert(symbol !== undefined, 'the symbol is checked before its margin');
  const needed = marginOf(symbol, lots, price, account.leverage);
  if (needed === undefined) return symbol.calculation;
  const rate = surroundings.rate(symbol.marginCurrency, account.currency);
  return rate === undefined ? `${symbol.marginCurrency}${account.currency}` : needed * rate;
}

/** What is under way is not in the broker's margin yet. Of another symbol it is reckoned by its worth and the account's leverage. */
function comingMargin({ holdings, account, surroundings }: RiskContext): number | string {
  let coming = 0;
  for (const holding of holdings.list) {
    if (!holding.coming) continue;
    const worth = worthInAccount(holding, account.currency, surroundings.rate);
    if (typeof worth !== 'number') return worth;
    coming += worth / account.leverage;
  }
  return coming;
}

function worthInAccount(
  { of, brokerName, volume, price }: Holding,
  currency: string,
  rate: (from: string, to: string) => number | undefined,
): number | string {
  if (of === undefined) return brokerName;
  const paid = rate(of.profitCurrency, currency);
  return paid === undefined ? `${of.profitCurrency}${currency}` : volume * of.contractSize * price * paid;
}

/** The broker's margin leaves room for the order: free margin, and the level that the settings ask for. */
export const marginCheck: RiskCheck = {
  name: 'margin',
  check: (context, draft) => {
    const { account, settings } = context;
    const { prices, size } = draft;
    assert(prices !== undefined && size !== undefined, 'the order is sized before its margin');
    const needed = neededFor(context, size.volume, prices.entry);
    if (typeof needed === 'string') return refused('margin-unknown', { unknown: needed });
    const coming = comingMargin(context);
    if (typeof coming === 'string') return refused('margin-unknown', { unknown: coming });
    const margin = account.margin + coming + needed;
    const marginFree = account.equity - margin;
    const marginLevelPercent = (100 * account.equity) / margin;
    const figures = { marginNeeded: needed, marginComing: coming, marginFree, marginLevelPercent };
    const freeLeast = ((settings.marginFreeLeastPercent ?? 0) * account.equity) / 100;
    if (marginFree < freeLeast) return refused('margin-short', { ...figures, marginFreeLeast: freeLeast });
    const { marginLevelLeastPercent } = settings;
    return marginLevelLeastPercent !== null && marginLevelPercent < marginLevelLeastPercent
      ? refused('margin-level-low', { ...figures, marginLevelLeastPercent })
      : passed(figures);
  },
};
