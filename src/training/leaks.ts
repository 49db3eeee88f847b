/** The stretch of time that one example has seen: from the start of its first candle to where its label ends. */
export interface SeenSpan {
  readonly symbol: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface SeenPart {
  readonly name: string;
  readonly spans: Iterable<SeenSpan>;
}

interface Ends {
  readonly name: string;
  readonly earliest: SeenSpan | undefined;
  readonly latest: SeenSpan | undefined;
}

/**
 * What one part knows of another's time, a sentence per pair; none, if each part has ended before the next begins. Whatever
 * the symbol: markets move together, so a euro label of the same hour tells of a pound's. Parts are given in order of time.
 */
export function leaksBetween(parts: readonly SeenPart[]): readonly string[] {
  const ends = parts.map(endsOf);
  return ends.flatMap((earlier, at) => ends.slice(at + 1).flatMap((later) => leak(earlier, later)));
}

function endsOf({ name, spans }: SeenPart): Ends {
  let earliest: SeenSpan | undefined;
  let latest: SeenSpan | undefined;
  for (const span of spans) {
    if (earliest === undefined || span.fromMs < earliest.fromMs) earliest = span;
    if (latest === undefined || span.toMs > latest.toMs) latest = span;
  }
  return { name, earliest, latest };
}

function leak({ name, latest }: Ends, { name: later, earliest }: Ends): readonly string[] {
  if (latest === undefined || earliest === undefined || latest.toMs <= earliest.fromMs) return [];
  return [
    `${name} has ${latest.symbol} up to ${shown(latest.toMs)}, and ${later} has ${earliest.symbol} from ${shown(earliest.fromMs)} on`,
  ];
}

function shown(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
