/** What many worlds come to together, and the one line that tells it. */
import type { SeedReport } from './run-seed.js';
import { type Coverage, coverageOf } from './life-edges.js';

export interface FailedSeed {
  readonly seed: number;
  /** The first that found something. */
  readonly checker: string;
  readonly checkers: readonly string[];
  readonly what: readonly string[];
  /** The smallest list of faults that was found to do it, in words and by their places in the plan. */
  readonly faults: readonly string[];
  readonly places: readonly number[];
}

export interface Totals {
  readonly ok: boolean;
  readonly seed: number;
  readonly seeds: number;
  readonly seconds: number;
  readonly secondsPerWorld: number;
  readonly simulatedSeconds: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly edges: Readonly<Record<string, number>>;
  readonly never: Coverage['never'];
  readonly wrongly: Coverage['wrongly'];
  readonly delivered: number;
  readonly lost: number;
  readonly expiredUnseen: number;
  readonly redirects: number;
  readonly duplicated: number;
  readonly mixed: number;
  /** Of the world's own time, from row to EA. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly p999: number };
  readonly rssMbMax: number;
  readonly failed: readonly FailedSeed[];
}

function added(records: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const record of records) for (const [name, count] of Object.entries(record)) sums[name] = (sums[name] ?? 0) + count;
  return Object.fromEntries(Object.entries(sums).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function percentiles(latenciesMs: readonly number[]): Totals['latencyMs'] {
  const sorted = Float64Array.from(latenciesMs).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

export interface RunFigures {
  readonly seed: number;
  readonly seconds: number;
  readonly rssMbMax: number;
  readonly failed: readonly FailedSeed[];
  /** Whether so many worlds were lived that each edge must have been walked. */
  readonly isEnough: boolean;
}

export function totalsOf(reports: readonly SeedReport[], { seed, seconds, rssMbMax, failed, isEnough }: RunFigures): Totals {
  const sum = (of: (report: SeedReport) => number): number => reports.reduce((total, report) => total + of(report), 0);
  const edges = added(reports.map((report) => report.edges));
  const { never, wrongly } = coverageOf(edges);
  return {
    ok: failed.length === 0 && wrongly.length === 0 && (never.length === 0 || !isEnough),
    seed,
    seeds: reports.length,
    seconds: Math.round(10 * seconds) / 10,
    secondsPerWorld: Math.round((1_000 * sum((report) => report.seconds)) / Math.max(1, reports.length)) / 1_000,
    simulatedSeconds: Math.round(sum((report) => report.simulatedSeconds)),
    faults: added(reports.map(({ fired }) => fired)),
    edges,
    never,
    wrongly,
    delivered: sum(({ delivered }) => delivered),
    lost: sum(({ lost }) => lost),
    expiredUnseen: sum(({ expiredUnseen }) => expiredUnseen),
    redirects: sum(({ redirects }) => redirects),
    duplicated: sum(({ duplicated }) => duplicated),
    mixed: sum(({ mixed }) => mixed),
    latencyMs: percentiles(reports.flatMap(({ latenciesMs }) => latenciesMs)),
    rssMbMax,
    failed,
  };
}
