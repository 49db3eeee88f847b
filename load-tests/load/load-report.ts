/** What a load came to: one object, the same for the terminal, for `--json` and for the page. */
import type { LoadOptions } from './load-options.js';
import { type CurvePoint, type LatencyFigures, type LatencyKind, LATENCY_KINDS } from './latencies.js';
import type { LoadRun, Series } from './load-run.js';
import type { MachineFacts, Measured, SearchFacts } from './load-scenario.js';
import type { NodeSample, SwarmSample } from './orders.js';
import { SUHO_VERSION } from '../../src/version.js';

export interface PhaseReport {
  readonly name: string;
  readonly seconds: number;
  readonly figures: Readonly<Record<string, number>>;
  readonly latencyMs: Readonly<Partial<Record<LatencyKind, LatencyFigures>>>;
  readonly curves: Readonly<Partial<Record<LatencyKind, readonly CurvePoint[]>>>;
  /** Seconds since the load began. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

export interface ProcessReport {
  readonly name: string;
  readonly kind: Series['kind'];
  readonly rssMbMax: number;
  readonly heapMbMax: number;
  readonly eventLoopMsP99: number;
  readonly eventLoopMsMax: number;
  readonly coresMean: number;
  readonly samples: readonly TimedSample[];
}

export type TimedSample = Readonly<Record<string, number>>;

export interface LoadReport {
  readonly ok: boolean;
  readonly version: string;
  readonly seconds: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly delivered: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly mixed: number;
  readonly uncommitted: number;
  readonly open: number;
  readonly repeats: number;
  readonly unknown: number;
  readonly conflated: number;
  readonly crashes: number;
  readonly refusedBy: Readonly<Record<string, number>>;
  /** From the tick's due time to the EA, over all phases; null where no signal came. */
  readonly latencyMs: LatencyFigures | null;
  readonly rssMbMax: number;
  readonly eventLoopMsP99: number;
  readonly accounts: number;
  readonly ticksPerSecond: number;
  readonly nodes: number;
  readonly setting: Readonly<Record<string, string | number | boolean>>;
  readonly machine: MachineFacts;
  readonly search: SearchFacts | null;
  readonly phases: readonly PhaseReport[];
  readonly processes: readonly ProcessReport[];
}

const SAMPLES_SHOWN = 240;

/** The percentile of what each interval's own percentile was. */
function worstOf(samples: readonly (NodeSample | SwarmSample)[], share: number): number {
  const sorted = samples.map(({ loopP99Ms }) => loopP99Ms).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function most(samples: readonly (NodeSample | SwarmSample)[], of: 'rssMb' | 'heapMb' | 'loopMaxMs'): number {
  return samples.reduce((max, sample) => Math.max(max, sample[of]), 0);
}

function processReport({ name, kind, samples }: Series, originUs: number): ProcessReport {
  const step = Math.max(1, Math.ceil(samples.length / SAMPLES_SHOWN));
  const timed = samples
    .filter((_, at) => at % step === 0)
    .map(({ atUs, ...rest }): TimedSample => ({ atSeconds: Math.round((atUs - originUs) / 1e4) / 100, ...rest }));
  return {
    name,
    kind,
    rssMbMax: most(samples, 'rssMb'),
    heapMbMax: most(samples, 'heapMb'),
    eventLoopMsP99: worstOf(samples, 0.99),
    eventLoopMsMax: most(samples, 'loopMaxMs'),
    coresMean: Math.round((100 * samples.reduce((sum, { cores }) => sum + cores, 0)) / Math.max(1, samples.length)) / 100,
    samples: timed,
  };
}

function kindsOf<T>(of: (kind: LatencyKind) => T | undefined): Partial<Record<LatencyKind, T>> {
  return Object.fromEntries(
    LATENCY_KINDS.flatMap((kind) => {
      const value = of(kind);
      return value === undefined ? [] : [[kind, value]];
    }),
  );
}

function phaseReports(run: LoadRun, measured: Measured): PhaseReport[] {
  const { originUs } = run.time;
  const seconds = (us: number): number => Math.round((us - originUs) / 1e5) / 10;
  return run.phases.map(({ name, fromUs, toUs }) => ({
    name,
    seconds: Math.round((toUs - fromUs) / 1e5) / 10,
    figures: measured.phases.find((one) => one.name === name)?.figures ?? {},
    latencyMs: kindsOf((kind) => run.latencies.figures([name], kind)),
    curves: kindsOf((kind) => {
      const curve = run.latencies.curve([name], kind);
      return curve.length === 0 ? undefined : curve;
    }),
    fromSeconds: seconds(fromUs),
    toSeconds: seconds(toUs),
  }));
}

export function reportOf(run: LoadRun, options: LoadOptions, measured: Measured): LoadReport {
  const { evidence, machine, search, seconds } = measured;
  const { lost, duplicated, mixed, uncommitted } = evidence;
  const processes = run.series.map((series) => processReport(series, run.time.originUs));
  const nodes = processes.filter(({ kind }) => kind === 'node');
  const { accounts, ticks, speed, tenants, symbols, pollMs, tls, ledger, analytics } = options;
  const names = run.phases.map(({ name }) => name);
  return {
    ok: lost + duplicated + mixed + uncommitted + run.crashes === 0,
    version: SUHO_VERSION,
    seconds,
    ...evidence,
    conflated: run.conflated,
    crashes: run.crashes,
    latencyMs: run.latencies.figures(names, 'signal') ?? null,
    rssMbMax: Math.max(...nodes.map(({ rssMbMax }) => rssMbMax)),
    eventLoopMsP99: Math.max(...nodes.map(({ eventLoopMsP99 }) => eventLoopMsP99)),
    accounts,
    ticksPerSecond: ticks,
    nodes: options.nodes,
    setting: { speed, tenants, symbols, pollMs, tls, ledger, analytics, phaseSeconds: options.seconds },
    machine,
    search: search ?? null,
    phases: phaseReports(run, measured),
    processes,
  };
}
