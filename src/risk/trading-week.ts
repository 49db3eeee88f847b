/** Whether the hours of a tenant's settings let trades be opened at a time. Pure. */
import type { TradingSpan, Weekday } from '../accounts/trading-settings.js';
import type { RiskSettings } from '../accounts/trading-settings.js';

const DAYS: readonly Weekday[] = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
/** 1970 began on a Thursday. */
const FIRST_DAY = 4;
export const FRIDAY = 5;
export const SATURDAY = 6;

interface Moment {
  /** 0 Sunday … 6 Saturday, UTC. */
  readonly day: number;
  readonly minute: number;
}

export function momentOf(timeMs: number): Moment {
  const minutes = Math.floor(timeMs / MINUTE_MS);
  return { day: (Math.floor(minutes / DAY_MINUTES) + FIRST_DAY) % 7, minute: minutes % DAY_MINUTES };
}

export function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

interface MinuteSpan {
  readonly from: number;
  readonly to: number;
}

/** By weekday. All accounts of a tenant share their settings' object, so it is taken apart once. */
const taken = new WeakMap<readonly TradingSpan[], readonly (readonly MinuteSpan[])[]>();

function weekOf(hours: readonly TradingSpan[]): readonly (readonly MinuteSpan[])[] {
  const known = taken.get(hours);
  if (known !== undefined) return known;
  const week = DAYS.map((day) =>
    hours.filter(({ days }) => days.includes(day)).map(({ from, to }) => ({ from: minuteOf(from), to: minuteOf(to) })),
  );
  taken.set(hours, week);
  return week;
}

export function mayOpenAt(hours: RiskSettings['hours'], timeMs: number): boolean {
  if (hours === null) return true;
  const { day, minute } = momentOf(timeMs);
  return weekOf(hours)[day]?.some(({ from, to }) => minute >= from && minute < to) ?? false;
}
