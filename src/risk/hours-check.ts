import { PASSED, type RiskCheck, refused } from './risk-check.js';
import { FRIDAY, mayOpenAt, minuteOf, momentOf, SATURDAY } from './trading-week.js';

/** The hours of the settings are open, and the week has not been closed on Friday. */
export const hoursCheck: RiskCheck = {
  name: 'hours',
  check: ({ nowMs, settings: { hours }, fridayCloseAt }) => {
    if (!mayOpenAt(hours, nowMs)) return refused('outside-hours', { time: new Date(nowMs).toISOString() });
    if (fridayCloseAt === undefined) return PASSED;
    const { day, minute } = momentOf(nowMs);
    const closed = day === SATURDAY || (day === FRIDAY && minute >= minuteOf(fridayCloseAt));
    return closed ? refused('week-closed', { fridayCloseAt, time: new Date(nowMs).toISOString() }) : PASSED;
  },
};
