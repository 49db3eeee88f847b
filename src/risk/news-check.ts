import { PASSED, type RiskCheck, refused } from './risk-check.js';

/** No news of the symbol's currencies is near. */
export const newsCheck: RiskCheck = {
  name: 'news',
  check: ({ nowMs, symbol, settings, surroundings }) => {
    const news = surroundings.news(symbol, settings, nowMs);
    if (news === undefined) return PASSED;
    const { currency, impact, title } = news;
    return refused('news', { currency, impact, title, minutesToNews: Math.round((news.atMs - nowMs) / 60_000) });
  },
};
