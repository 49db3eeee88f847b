/** A load's report for the terminal. */
import type { LatencyFigures } from './latencies.js';
import type { LoadReport, PhaseReport, ProcessReport } from './load-report.js';

function cells(all: readonly (string | number)[], widths: readonly number[]): string {
  return all
    .map((cell, at) => (at === 0 ? String(cell).padEnd(widths[0] ?? 0) : String(cell).padStart(widths[at] ?? 9)))
    .join(' ');
}

function ms(value: number): string {
  return value.toFixed(value < 100 ? 2 : 0);
}

const LATENCY_WIDTHS = [24, 9, 9, 9, 9, 9, 9];
const PROCESS_WIDTHS = [12, 9, 9, 11, 11, 9];

function latencyRow(name: string, { count, p50, p90, p99, p999, max }: LatencyFigures): string {
  return cells([name, count, ms(p50), ms(p90), ms(p99), ms(p999), ms(max)], LATENCY_WIDTHS);
}

function phaseRows({ name, seconds, figures, latencyMs }: PhaseReport): string[] {
  const told = Object.entries(figures).map(([figure, value]) => `${figure} ${value}`);
  const rows = Object.entries(latencyMs).map(([kind, figure]) => latencyRow(`  ${kind}`, figure));
  return [`${name}: ${[`${seconds} s`, ...told].join(', ')}`, ...rows];
}

function processRow({ name, rssMbMax, heapMbMax, eventLoopMsP99, eventLoopMsMax, coresMean }: ProcessReport): string {
  return cells([name, rssMbMax, heapMbMax, ms(eventLoopMsP99), ms(eventLoopMsMax), coresMean], PROCESS_WIDTHS);
}

function listed(counts: Readonly<Record<string, number>>): string {
  return (
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'none'
  );
}

export function searchSentence({ search }: Pick<LoadReport, 'search'>): string | undefined {
  if (search === null) return undefined;
  const { of, load, boundMs, confirmed, endedBy, probes } = search;
  const what = of === 'accounts' ? 'EAs' : 'ticks/s';
  const sure = confirmed ? 'held again at the end' : 'not confirmed';
  const why = { found: '', most: ', the most that was to be tried', time: ', time was over' }[endedBy];
  if (load === 0) return `p99 within ${boundMs} ms held at nothing that was tried (${probes.length} tries)`;
  return `p99 within ${boundMs} ms holds up to ${load} ${what} (${sure}${why}; ${probes.length} tries)`;
}

export function loadTable(report: LoadReport): string {
  const { machine, setting } = report;
  const search = searchSentence(report);
  const wire = setting.tls ? 'TLS' : 'plain TCP';
  return `${[
    `${report.accounts} EAs over ${wire}, ${report.ticksPerSecond} ticks/s, ${report.nodes} node${report.nodes === 1 ? '' : 's'}, ${setting.tenants} tenant${setting.tenants === 1 ? '' : 's'}, ledger ${setting.ledger}, market ${setting.speed}× real time`,
    `${machine.cores} cores, load average ${machine.loadBefore} before and ${machine.loadAfter} after, Node ${machine.node}`,
    '',
    cells(['milliseconds', 'count', 'p50', 'p90', 'p99', 'p99.9', 'max'], LATENCY_WIDTHS),
    ...report.phases.flatMap(phaseRows),
    '',
    cells(['process', 'RSS MB', 'heap MB', 'loop p99', 'loop max', 'cores'], PROCESS_WIDTHS),
    ...report.processes.map(processRow),
    '',
    `delivered ${report.delivered}, lost ${report.lost}, duplicated ${report.duplicated}, mixed ${report.mixed}, uncommitted ${report.uncommitted}, open ${report.open}, repeats ${report.repeats}`,
    `refused: ${listed(report.refusedBy)}`,
    `connections that ended by themselves: ${listed(report.faults)}`,
    ...(search === undefined ? [] : [search]),
    report.ok ? 'nothing was lost' : 'not all is well',
  ].join('\n')}\n`;
}
