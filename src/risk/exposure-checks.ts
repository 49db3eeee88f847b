/** What the account is exposed to with the order: worth of all positions, of one currency, and of symbols that go together. */
import { assert } from '../runtime/assert.js';
import { correlatedNet, currencyNet, worthOf } from './exposure.js';
import type { Holding } from './holdings.js';
import { type OrderDraft, PASSED, passed, type RiskCheck, type RiskContext, refused } from './risk-check.js';

/** The order as the holding that it would be. */
function holdingOf({ decision, symbol }: RiskContext, { prices, size }: OrderDraft): Holding {
  assert(symbol !== undefined && prices !== undefined && size !== undefined, 'the order is sized before its exposure');
  const { contractSize, baseCurrency, profitCurrency, brokerName } = symbol;
  return {
    brokerName,
    of: { symbol: decision.symbol, contractSize, baseCurrency, profitCurrency },
    direction: decision.direction,
    volume: size.volume,
    price: prices.entry,
    ours: true,
    coming: true,
  };
}

export const leverageCheck: RiskCheck = {
  name: 'leverage',
  check: (context, draft) => {
    const { leverageMost } = context.settings;
    if (leverageMost === null) return PASSED;
    const { account, holdings, surroundings } = context;
    let worth = 0;
    for (const holding of [...holdings.list, holdingOf(context, draft)]) {
      const own = worthOf(holding, account.currency, surroundings.rate);
      if (typeof own !== 'number') return refused('exposure-unknown', { unknown: own.untold });
      worth += own;
    }
    const leverage = worth / account.equity;
    const figures = { worth, leverage, leverageMost };
    return leverage > leverageMost ? refused('leverage-high', figures) : passed(figures);
  },
};

export const currencyExposureCheck: RiskCheck = {
  name: 'currency-exposure',
  check: (context, draft) => {
    const { currencyExposureMostPercent: most } = context.settings;
    if (most === null) return PASSED;
    const { account, holdings, surroundings } = context;
    const order = holdingOf(context, draft);
    const after = [...holdings.list, order];
    const currencies = new Set([order.of?.baseCurrency ?? '', order.of?.profitCurrency ?? '']);
    for (const currency of currencies) {
      const [before, then] = [holdings.list, after].map((list) =>
        currencyNet(list, currency, account.currency, surroundings.rate),
      );
      if (typeof before !== 'number' || typeof then !== 'number')
        return refused('exposure-unknown', { unknown: untoldOf(before) ?? untoldOf(then) ?? '' });
      const exposurePercent = (100 * Math.abs(then)) / account.equity;
      // What brings a currency nearer to nothing is never too much of it.
      if (exposurePercent > most && Math.abs(then) > Math.abs(before))
        return refused('currency-exposure', { currency, exposurePercent, exposureMostPercent: most });
    }
    return PASSED;
  },
};

function untoldOf(net: unknown): string | undefined {
  return typeof net === 'object' && net !== null && 'untold' in net ? String(net.untold) : undefined;
}

export const correlatedExposureCheck: RiskCheck = {
  name: 'correlated-exposure',
  check: (context, draft) => {
    const { correlatedExposureMostPercent: most, correlationLeast } = context.settings;
    if (most === null) return PASSED;
    const { account, decision, holdings, surroundings } = context;
    const correlations = new Map([[decision.symbol, 1]]);
    for (const { symbol, correlation } of surroundings.correlated(decision.symbol, correlationLeast))
      correlations.set(symbol, correlation);
    const after = [...holdings.list, holdingOf(context, draft)];
    const [before, then] = [holdings.list, after].map((list) =>
      correlatedNet(list, correlations, account.currency, surroundings.rate),
    );
    if (typeof before !== 'number' || typeof then !== 'number')
      return refused('exposure-unknown', { unknown: untoldOf(before) ?? untoldOf(then) ?? '' });
    const exposurePercent = (100 * Math.abs(then)) / account.equity;
    const figures = { symbols: correlations.size, exposurePercent, exposureMostPercent: most };
    const over = exposurePercent > most && Math.abs(then) > Math.abs(before);
    return over ? refused('correlated-exposure', figures) : passed(figures);
  },
};
