/** When currencies are traded: the week's closing hours and the day's sessions, in UTC all year round. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** 1970-01-01 was a Thursday: the first Friday 22:00 of the epoch. */
const FIRST_CLOSE_MS = DAY_MS + 22 * HOUR_MS;
const CLOSED_MS = 48 * HOUR_MS;

/** The instant itself, or Sunday 22:00 when it lies in the weekend's closed hours. */
export function openOrNextOpen(timeMs: number): number {
  const sinceClose = (((timeMs - FIRST_CLOSE_MS) % WEEK_MS) + WEEK_MS) % WEEK_MS;
  return sinceClose < CLOSED_MS ? timeMs + CLOSED_MS - sinceClose : timeMs;
}

interface Session {
  readonly fromHour: number;
  readonly hours: number;
}

const ASIA: Session = { fromHour: 22.5, hours: 9 };
const LONDON: Session = { fromHour: 7, hours: 9.5 };
const NEW_YORK: Session = { fromHour: 12.5, hours: 8.5 };

/** Share of a currency's trade in each session: Asia, London, New York. */
const SHARES: Readonly<Record<string, readonly [number, number, number]>> = {
  EUR: [0.15, 1, 0.8],
  GBP: [0.12, 1, 0.7],
  AUD: [0.7, 0.45, 0.5],
  NZD: [0.6, 0.35, 0.4],
  USD: [0.35, 0.8, 1],
  CAD: [0.15, 0.45, 1],
  CHF: [0.1, 0.9, 0.6],
  JPY: [0.9, 0.6, 0.7],
  XAU: [0.35, 0.7, 1],
  SEK: [0.03, 0.9, 0.5],
};
const OUTSIDE_SESSIONS = 0.1;

/** 0 outside, 1 inside, with an hour of ramp at both ends and a rush after the opening. */
function presence(session: Session, hour: number): number {
  const into = (hour - session.fromHour + 24) % 24;
  if (into > session.hours) return 0;
  const ramp = Math.min(1, into + 0.15, session.hours - into);
  return ramp * (1 + 0.5 * Math.exp(-into));
}

/** Activity of a currency for each of the day's 1,440 minutes, with mean 1. */
export function activityByMinute(currency: string): Float64Array {
  const shares = SHARES[currency] ?? [0.3, 0.6, 0.6];
  const activity = new Float64Array(1_440);
  let sum = 0;
  for (let minute = 0; minute < 1_440; minute++) {
    const hour = minute / 60;
    const value =
      OUTSIDE_SESSIONS +
      shares[0] * presence(ASIA, hour) +
      shares[1] * presence(LONDON, hour) +
      shares[2] * presence(NEW_YORK, hour);
    activity[minute] = value;
    sum += value;
  }
  return activity.map((value) => (value * 1_440) / sum);
}

export function minuteOfDay(timeMs: number): number {
  return Math.floor((timeMs % DAY_MS) / 60_000);
}
