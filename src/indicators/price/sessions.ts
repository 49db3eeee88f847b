import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';

const HOUR_MS = 3_600_000;

/** UTC hours of trade; the closing hour no longer belongs to it. */
const ASIA = { opens: 0, closes: 9 };
const LONDON = { opens: 7, closes: 16 };
const NEW_YORK = { opens: 12, closes: 21 };

interface Session {
  readonly opens: number;
  readonly closes: number;
}

function isOpen({ opens, closes }: Session, hour: number): number {
  return hour >= opens && hour < closes ? 1 : 0;
}

class Sessions extends StreamingIndicator {
  constructor() {
    super(3);
  }

  override update(candle: CandleInput): void {
    const hour = Math.floor(candle.time / HOUR_MS) % 24;
    this.values[0] = isOpen(ASIA, hour);
    this.values[1] = isOpen(LONDON, hour);
    this.values[2] = isOpen(NEW_YORK, hour);
  }
}

export function sessions(): IndicatorDefinition {
  const column = (name: string, { opens, closes }: Session) => ({
    name,
    definition: `1 where the candle starts from ${opens}:00 to before ${closes}:00 UTC, else 0`,
    warmup: 1,
    unit: 'sign' as const,
  });
  return {
    family: 'price',
    source: 'Suho',
    volume: false,
    columns: [column('session_asia', ASIA), column('session_london', LONDON), column('session_newyork', NEW_YORK)],
    create: () => new Sessions(),
  };
}
