/** Candle lengths, shortest first: the order in which candles close at one boundary. */
export const TIMEFRAMES = ['M1', 'M5', 'M15', 'H1', 'H4', 'D1'] as const;

export type Timeframe = (typeof TIMEFRAMES)[number];

export const TIMEFRAME_MS: Readonly<Record<Timeframe, number>> = {
  M1: 60_000,
  M5: 300_000,
  M15: 900_000,
  H1: 3_600_000,
  H4: 14_400_000,
  D1: 86_400_000,
};

export function isTimeframe(text: string): text is Timeframe {
  return (TIMEFRAMES as readonly string[]).includes(text);
}

/** Start of the candle that holds `timeMs`. H4 counts from 00:00 and D1 is the UTC day, so plain division does. */
export function candleStart(timeMs: number, timeframe: Timeframe): number {
  const span = TIMEFRAME_MS[timeframe];
  return Math.floor(timeMs / span) * span;
}
