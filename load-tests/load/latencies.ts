/**
 * Latencies of one process by phase and kind, in microseconds, and their sums over processes. A histogram holds every value to three
 * digits, so merged ones tell percentiles of all values together; means of percentiles would not.
 */
import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';

/**
 * signal: from when the tick that closed the candle was due to the signal at the EA; fan-out: from when a decision was due; slow: the
 * same at EAs that do not read for a while; heartbeat: from when it was due to its answer, less what the server says it held it;
 * welcome: from when the connection was due to WELCOME; silence: of each EA the longest time from the last frame of one session to
 * the WELCOME of the next; failover: from the death of the node that had its session to the first signal that was due afterwards;
 * bystander: the same at EAs of the other nodes.
 */
export const LATENCY_KINDS = ['signal', 'fan-out', 'heartbeat', 'welcome', 'slow', 'silence', 'failover', 'bystander'] as const;
export type LatencyKind = (typeof LATENCY_KINDS)[number];

const HIGHEST_US = 3_600_000_000;
const DIGITS = 3;
const SHOWN = [50, 90, 99, 99.9] as const;
/** Percentiles of the plotted curve: ever finer towards the end. */
const CURVE = [0, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.75, 99.9, 99.95, 99.99, 99.999, 100];

export interface LatencyFigures {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface CurvePoint {
  readonly percentile: number;
  readonly ms: number;
}

/** Plain text of each histogram by its key, for another process. */
export type PackedLatencies = Readonly<Record<string, string>>;

function empty(): Histogram {
  return build({
    bitBucketSize: 32,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: DIGITS,
    autoResize: true,
  });
}

function round(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

export class Latencies {
  readonly #histograms = new Map<string, Histogram>();

  record(phase: string, kind: LatencyKind, us: number): void {
    this.#of(`${phase}/${kind}`).recordValue(Math.min(HIGHEST_US, Math.max(1, Math.round(us))));
  }

  pack(): PackedLatencies {
    return Object.fromEntries([...this.#histograms].map(([key, histogram]) => [key, encodeIntoCompressedBase64(histogram)]));
  }

  add(packed: PackedLatencies): void {
    for (const [key, text] of Object.entries(packed)) this.#of(key).add(decodeFromCompressedBase64(text) as never);
  }

  /** Of some phases together; undefined where nothing was recorded. */
  figures(phases: readonly string[], kind: LatencyKind): LatencyFigures | undefined {
    const histogram = this.#sum(phases, kind);
    if (histogram.totalCount === 0) return undefined;
    const [p50, p90, p99, p999] = SHOWN.map((percentile) => round(histogram.getValueAtPercentile(percentile) / 1_000));
    const shares = { p50: p50 as number, p90: p90 as number, p99: p99 as number, p999: p999 as number };
    return { count: histogram.totalCount, ...shares, max: round(histogram.maxValue / 1_000) };
  }

  curve(phases: readonly string[], kind: LatencyKind): readonly CurvePoint[] {
    const histogram = this.#sum(phases, kind);
    if (histogram.totalCount === 0) return [];
    // Past this percentile there is not one value more.
    const finest = 100 * (1 - 1 / histogram.totalCount);
    return CURVE.filter((percentile) => percentile <= finest || percentile === 100).map((percentile) => ({
      percentile,
      ms: round(histogram.getValueAtPercentile(percentile) / 1_000),
    }));
  }

  #sum(phases: readonly string[], kind: LatencyKind): Histogram {
    const sum = empty();
    for (const phase of phases) {
      const one = this.#histograms.get(`${phase}/${kind}`);
      if (one !== undefined) sum.add(one as never);
    }
    return sum;
  }

  #of(key: string): Histogram {
    const found = this.#histograms.get(key) ?? empty();
    this.#histograms.set(key, found);
    return found;
  }
}
