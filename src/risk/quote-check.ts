import { LIMITS } from '../limits.js';
import { passed, type RiskCheck, refused } from './risk-check.js';

/** The account's broker has a symbol and a sound, fresh quote for it. */
export const quoteCheck: RiskCheck = {
  name: 'quote',
  check: ({ decision, symbol, quote, nowMs }) => {
    if (symbol === undefined) return refused('symbol-unknown', { symbol: decision.symbol });
    if (quote === undefined) return refused('quote-missing', { symbol: decision.symbol });
    const { bid, ask } = quote;
    if (!(bid > 0 && ask >= bid && Number.isFinite(ask))) return refused('quote-invalid', { bid, ask });
    const quoteAgeMs = nowMs - quote.timeMs;
    const figures = { bid, ask, quoteAgeMs, quoteAgeMsMax: LIMITS.quote.staleMs };
    return quoteAgeMs > LIMITS.quote.staleMs ? refused('quote-stale', figures) : passed(figures);
  },
};
