import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAY_MINUTES = 1_440;
const WEEK_DAYS = 7;
/** The first of January 1970 was a Thursday; Monday is 0. */
const FIRST_WEEKDAY = 3;

/** Sine or cosine of each of `parts` equal steps around the circle: every minute and weekday that can be asked for. */
function around(parts: number, wave: (angle: number) => number): Float64Array {
  return Float64Array.from({ length: parts }, (_, part) => wave((2 * Math.PI * part) / parts));
}

const MINUTE_SIN = around(DAY_MINUTES, Math.sin);
const MINUTE_COS = around(DAY_MINUTES, Math.cos);
const WEEKDAY_SIN = around(WEEK_DAYS, Math.sin);
const WEEKDAY_COS = around(WEEK_DAYS, Math.cos);

class TimeOfWeek extends StreamingIndicator {
  constructor() {
    super(4);
  }

  override update(candle: CandleInput): void {
    const { values } = this;
    const day = Math.floor(candle.time / DAY_MS);
    const minute = Math.floor((candle.time - day * DAY_MS) / MINUTE_MS);
    const weekday = (day + FIRST_WEEKDAY) % WEEK_DAYS;
    values[0] = MINUTE_SIN[minute] as number;
    values[1] = MINUTE_COS[minute] as number;
    values[2] = WEEKDAY_SIN[weekday] as number;
    values[3] = WEEKDAY_COS[weekday] as number;
  }
}

export function timeOfWeek(): IndicatorDefinition {
  const column = (name: string, definition: string) => ({ name, definition, warmup: 1, unit: 'share' as const });
  const hour = 'h the UTC hour with minutes as its fraction, at the candle’s start';
  const weekday = 'd the UTC weekday at the candle’s start, Monday 0';
  return {
    family: 'price',
    source: 'Suho',
    volume: false,
    columns: [
      column('hour_sin', `sin(2π · h / 24), ${hour}`),
      column('hour_cos', `cos(2π · h / 24), ${hour}`),
      column('weekday_sin', `sin(2π · d / 7), ${weekday}`),
      column('weekday_cos', `cos(2π · d / 7), ${weekday}`),
    ],
    create: () => new TimeOfWeek(),
  };
}
