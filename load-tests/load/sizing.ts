/** What one more account, tick, tenant or traded symbol costs a node: measured at three points each, and a line through them. */
import type { LoadOptions } from './load-options.js';
import type { LoadReport } from './load-report.js';

/** A minute of the market at the base's speed: one close is in every point, no more and no less. */
const SECONDS = 15;

export interface SizingPoint {
  readonly of: string;
  readonly at: number;
  readonly cores: number;
  readonly rssMb: number;
  readonly heapMb: number;
  readonly signalP99Ms: number | null;
  readonly framesPerSecond: number;
  readonly loadBefore: number;
  readonly loadAfter: number;
}

export interface Sizing {
  readonly points: readonly SizingPoint[];
  readonly text: string;
}

interface Curve {
  readonly of: string;
  readonly points: readonly number[];
  readonly setting: (at: number) => Partial<LoadOptions>;
  /** Of so many more the cost is told. */
  readonly unit: number;
}

const BASE = { accounts: 300, ticks: 1_000, tenants: 1, symbols: 3, speed: 4 } as const;

const CURVES: readonly Curve[] = [
  { of: 'accounts', points: [100, 1_000, 2_500], setting: (accounts) => ({ accounts }), unit: 1_000 },
  { of: 'ticks a second', points: [500, 4_000, 12_000], setting: (ticks) => ({ ticks }), unit: 1_000 },
  { of: 'tenants', points: [1, 20, 60], setting: (tenants) => ({ tenants }), unit: 10 },
  { of: 'symbols an account', points: [1, 3, 5], setting: (symbols) => ({ symbols }), unit: 1 },
];

/** Means of the node over the steady phase alone. */
function pointOf(of: string, at: number, report: LoadReport): SizingPoint {
  const steady = report.phases.find(({ name }) => name === 'steady');
  const within = (name: string): number[][] =>
    report.processes
      .filter((one) => one.name.startsWith(name))
      .map(({ samples }) =>
        samples
          .filter(({ atSeconds = 0 }) => steady !== undefined && atSeconds > steady.fromSeconds && atSeconds <= steady.toSeconds)
          .map(({ cores = 0 }) => cores),
      );
  const nodes = report.processes.filter(({ kind }) => kind === 'node');
  const cores = within('node').flat();
  const swarms = report.processes.filter(({ kind }) => kind === 'swarm');
  const frames = swarms.reduce((sum, { samples }) => {
    const inside = samples.filter(
      ({ atSeconds = 0 }) => steady !== undefined && atSeconds > steady.fromSeconds && atSeconds <= steady.toSeconds,
    );
    const [first, last] = [inside[0], inside.at(-1)];
    if (first === undefined || last === undefined || first === last) return sum;
    const count = (one: Readonly<Record<string, number>>): number => (one.framesIn ?? 0) + (one.framesOut ?? 0);
    return sum + (count(last) - count(first)) / ((last.atSeconds ?? 0) - (first.atSeconds ?? 0));
  }, 0);
  return {
    of,
    at,
    cores: Math.round((1_000 * cores.reduce((sum, one) => sum + one, 0)) / Math.max(1, cores.length)) / 1_000,
    rssMb: Math.max(...nodes.map(({ rssMbMax }) => rssMbMax)),
    heapMb: Math.max(...nodes.map(({ heapMbMax }) => heapMbMax)),
    signalP99Ms: steady?.latencyMs.signal?.p99 ?? null,
    framesPerSecond: Math.round(frames),
    loadBefore: report.machine.loadBefore,
    loadAfter: report.machine.loadAfter,
  };
}

/** Least squares; of three points an interval would say little. */
export function costOf(xs: readonly number[], ys: readonly number[]): { readonly base: number; readonly each: number } {
  const n = xs.length;
  const meanX = xs.reduce((sum, x) => sum + x, 0) / n;
  const meanY = ys.reduce((sum, y) => sum + y, 0) / n;
  const spread = xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  const each = spread === 0 ? 0 : xs.reduce((sum, x, at) => sum + (x - meanX) * ((ys[at] as number) - meanY), 0) / spread;
  return { base: meanY - each * meanX, each };
}

function rowOf({ of, at, cores, rssMb, heapMb, signalP99Ms, framesPerSecond, loadBefore, loadAfter }: SizingPoint): string {
  return `| ${of} | ${at} | ${cores.toFixed(2)} | ${rssMb} | ${heapMb} | ${signalP99Ms ?? '–'} | ${framesPerSecond} | ${loadBefore}, ${loadAfter} |`;
}

function curveText({ of, unit }: Curve, points: readonly SizingPoint[]): string {
  const xs = points.map(({ at }) => at);
  const cores = costOf(
    xs,
    points.map((point) => point.cores),
  );
  const rss = costOf(
    xs,
    points.map((point) => point.rssMb),
  );
  const sentence = `${of}: ${(cores.each * unit).toFixed(3)} cores and ${(rss.each * unit).toFixed(1)} MB for ${unit} more, over ${cores.base.toFixed(2)} cores and ${rss.base.toFixed(0)} MB`;
  return [...points.map(rowOf), '', sentence, ''].join('\n');
}

export async function measureSizing(
  options: LoadOptions,
  measure: (options: LoadOptions) => Promise<LoadReport>,
  onProgress: (sentence: string) => void,
): Promise<Sizing> {
  const points: SizingPoint[] = [];
  const texts: string[] = [];
  for (const curve of CURVES) {
    const own: SizingPoint[] = [];
    for (const at of curve.points) {
      onProgress(`${at} ${curve.of}…`);
      const setting = { ...options, ...BASE, seconds: SECONDS, phases: ['arrive', 'steady'], find: undefined } as const;
      const point = pointOf(curve.of, at, await measure({ ...setting, ...curve.setting(at) }));
      onProgress(rowOf(point));
      own.push(point);
    }
    points.push(...own);
    texts.push(curveText(curve, own));
  }
  const head =
    '| of | at | cores of the node | RSS MB | heap MB | signal p99 ms | frames/s | load before, after |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |';
  return { points, text: `${head}\n${texts.join('\n')}\n` };
}
