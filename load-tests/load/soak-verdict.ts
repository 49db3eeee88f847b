/**
 * Whether anything of a node grows with what has been. The first half of the samples is warming up; through the second a line is fitted
 * (line-fit.ts), and a size fails that grows significantly and by its least size. What rises by nature, such as counters of messages, is not asked.
 */
import { INSTRUMENTS } from '../../src/market/instrument.js';
import { LIMITS } from '../../src/limits.js';
import { TIMEFRAMES } from '../../src/market/timeframe.js';
import { type FittedLine, fitLine, grows } from './line-fit.js';

export type SizeSample = Readonly<Record<string, number>>;

export interface SizeVerdict {
  readonly name: string;
  readonly mean: number;
  readonly rise: number;
  /** Ends of the 99 % interval of what the line rises over the window. */
  readonly riseLow: number;
  readonly riseHigh: number;
  readonly least: number;
  readonly perMillionMessages: number;
  readonly grows: boolean;
}

/** A rise below this share of the mean is not told from noise that lasts. */
const LEAST_SHARE = 0.03;
/** The same in its own unit: megabytes, or entries. */
const LEAST_MB = 3;
const LEAST_ENTRIES = 8;
/** Made once for each stream of features, as it comes to its first snapshot, with another beside its place while it is written. */
const SNAPSHOT_FILES = 2 * INSTRUMENTS.length * TIMEFRAMES.length;
/** Signals, accounts and alerts, and the candles of each symbol and timeframe. */
const STREAM_EVENTS = 3 * LIMITS.streams.events + LIMITS.streams.candles * INSTRUMENTS.length * TIMEFRAMES.length;
const BOUNDED: Readonly<Record<string, number>> = {
  suho_stream_kept: STREAM_EVENTS,
  'files snapshots/': SNAPSHOT_FILES,
  // One for each account or part that is beyond a limit; a machine that is too slow has many.
  suho_alerts: LIMITS.alerts.open,
};
const SAMPLES_LEAST = 12;
/** Given to the process and kept by it: a high-water mark of its allocator, and told beside the rest. */
const NOT_JUDGED = new Set(['messages', 'atSeconds', 'rss MB']);

export function leastOf(name: string, mean: number): number {
  return Math.max(name.endsWith(' MB') ? LEAST_MB : LEAST_ENTRIES, LEAST_SHARE * mean);
}

export function enoughSamples(samples: readonly SizeSample[]): boolean {
  return samples.length >= SAMPLES_LEAST;
}

function verdictOf(name: string, line: FittedLine, spanMessages: number, spanSeconds: number): SizeVerdict {
  const least = leastOf(name, line.mean);
  return {
    name,
    mean: line.mean,
    rise: line.rise,
    riseLow: line.low * spanSeconds,
    riseHigh: line.high * spanSeconds,
    least,
    perMillionMessages: spanMessages === 0 ? 0 : (line.rise * 1e6) / spanMessages,
    grows: grows(line, least),
  };
}

/**
 * Of every size that any sample has; one that a sample lacks was 0 there. `atRest` was taken once nothing was under way: what has grown
 * must stand there still, for a queue that drains is no leak, and a machine that is too slow for its market has queues.
 */
export function judgeSizes(samples: readonly SizeSample[], atRest: SizeSample = samples.at(-1) ?? {}): readonly SizeVerdict[] {
  const half = samples.slice(Math.floor(samples.length / 2));
  const names = [...new Set(half.flatMap((sample) => Object.keys(sample)))].sort();
  const xs = half.map(({ atSeconds = 0 }) => atSeconds);
  const [first, last] = [half[0], half.at(-1)];
  const messages = (last?.messages ?? 0) - (first?.messages ?? 0);
  const seconds = (xs.at(-1) ?? 0) - (xs[0] ?? 0);
  return names
    .filter((name) => name !== 'messages' && name !== 'atSeconds')
    .map((name) => {
      const ys = half.map((sample) => sample[name] ?? 0);
      const verdict = verdictOf(name, fitLine(xs, ys), messages, seconds);
      const rest = atRest[name] ?? 0;
      const stands = rest - (verdict.mean - verdict.rise / 2) >= verdict.least / 2;
      const bounded = rest <= (BOUNDED[name] ?? -1);
      return NOT_JUDGED.has(name) || bounded || !stands ? { ...verdict, grows: false } : verdict;
    });
}
