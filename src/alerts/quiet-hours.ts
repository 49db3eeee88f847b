/** When people sleep: by the clock of a time zone, and up to which severity they may. */
import { ALERT_SEVERITIES, type AlertSeverity } from './rule.js';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface QuietSpan {
  /** Days on which it begins. */
  readonly days: readonly Weekday[];
  /** Minutes of the day; an end at or before the beginning is one of the next day. */
  readonly fromMinute: number;
  readonly toMinute: number;
  /** Alerts below this severity wait for its end. */
  readonly below: AlertSeverity;
}

const DAY_MINUTES = 1_440;

export class QuietHours {
  readonly #spans: readonly QuietSpan[];
  readonly #local: Intl.DateTimeFormat;

  constructor(timeZone: string, spans: readonly QuietSpan[]) {
    this.#spans = spans;
    this.#local = new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  }

  holds(severity: AlertSeverity, atMs: number): boolean {
    if (this.#spans.length === 0) return false;
    const { day, minute } = this.#placeOf(atMs);
    const rank = ALERT_SEVERITIES.indexOf(severity);
    return this.#spans.some((span) => rank < ALERT_SEVERITIES.indexOf(span.below) && covers(span, day, minute));
  }

  #placeOf(atMs: number): { readonly day: number; readonly minute: number } {
    const parts = new Map(this.#local.formatToParts(atMs).map(({ type, value }) => [type, value]));
    const day = WEEKDAYS.indexOf((parts.get('weekday') ?? '').toLowerCase() as Weekday);
    return { day, minute: 60 * Number(parts.get('hour')) + Number(parts.get('minute')) };
  }
}

function covers({ days, fromMinute, toMinute }: QuietSpan, day: number, minute: number): boolean {
  const begins = (on: number): boolean => days.includes(WEEKDAYS[on] as Weekday);
  const length = (toMinute - fromMinute + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
  const today = minute - fromMinute;
  const yesterday = today + DAY_MINUTES;
  return (begins(day) && today >= 0 && today < length) || (begins((day + 6) % 7) && yesterday < length);
}
