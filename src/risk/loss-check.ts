import { leastOf, passed, type RiskCheck, refused } from './risk-check.js';

/** What the account has lost today, this week and from its highest leaves room for another loss. */
export const lossCheck: RiskCheck = {
  name: 'loss',
  check: ({ losses, settings, caps }) => {
    const { dailyPercent, weeklyPercent, drawdownPercent } = losses;
    const dailyMost = leastOf(settings.dailyLossMostPercent, caps.userDailyLossPercent);
    if (dailyMost !== undefined && dailyPercent >= dailyMost)
      return refused('daily-loss', { dailyLossPercent: dailyPercent, dailyLossMostPercent: dailyMost });
    const weeklyMost = settings.weeklyLossMostPercent;
    if (weeklyMost !== null && weeklyPercent >= weeklyMost)
      return refused('weekly-loss', { weeklyLossPercent: weeklyPercent, weeklyLossMostPercent: weeklyMost });
    const drawdownMost = leastOf(settings.drawdownStopsPercent, caps.userDrawdownPercent);
    if (drawdownPercent === undefined)
      return drawdownMost === undefined && settings.drawdownHalvesPercent === null ? passed({}) : refused('drawdown-unknown', {});
    if (drawdownMost !== undefined && drawdownPercent > drawdownMost)
      return refused('drawdown', { drawdownPercent, drawdownMostPercent: drawdownMost });
    return passed({ dailyLossPercent: dailyPercent, weeklyLossPercent: weeklyPercent, drawdownPercent });
  },
};
