/** A load's report as one page that asks nobody for anything: styles and plots are in it, and no script. */
import type { LatencyFigures, LatencyKind } from './latencies.js';
import type { LoadReport, ProcessReport } from './load-report.js';
import { searchSentence } from './load-table.js';
import { escaped, type Plot, plotFigure, type PlotLine, shownNumber } from './plot.js';

const STYLE = `
:root { color-scheme: light dark; --ground: #fcfcfb; --raised: #ffffff; --ink: #1c1b19; --soft: #63625d; --rule: #e3e1db;
  --band: #eeece5; --band-next: #f6f5f1; --c0: #2a78d6; --c1: #eb6834; --c2: #1baf7a; --c3: #c98500; --c4: #c2457f; --c5: #4a3aa7; --bad: #b3261e; --good: #14734f; }
@media (prefers-color-scheme: dark) { :root { --ground: #1a1a19; --raised: #222221; --ink: #f2f0ea; --soft: #a9a69d; --rule: #383733;
  --band: #2c2b29; --band-next: #262624; --c0: #5ba0ee; --c1: #f08b5f; --c2: #3cc795; --c3: #e0a83a; --c4: #e87ba4; --c5: #a79df2; --bad: #ff8a80; --good: #5fd3a2; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 36px 0 12px; }
p { margin: 4px 0; color: var(--soft); } .verdict { font-weight: 600; } .good { color: var(--good); } .bad { color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 20px 0 0; }
.tile { background: var(--raised); border: 1px solid var(--rule); border-radius: 8px; padding: 12px 14px; }
.tile b { display: block; font-size: 22px; font-weight: 600; font-variant-numeric: tabular-nums; } .tile span { color: var(--soft); font-size: 13px; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 16px; }
figure { margin: 0; background: var(--raised); border: 1px solid var(--rule); border-radius: 8px; padding: 14px 14px 6px; min-width: 0; }
figcaption { font-weight: 600; } .unit { color: var(--soft); font-weight: 400; } svg { width: 100%; height: auto; display: block; }
.legend { min-height: 22px; font-size: 13px; color: var(--soft); } .key { margin-right: 14px; white-space: nowrap; }
.key::before { content: ''; display: inline-block; width: 12px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: middle; background: var(--colour); }
.line { fill: none; stroke: var(--colour); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
${[0, 1, 2, 3, 4, 5].map((at) => `.colour-${at} { --colour: var(--c${at}); }`).join(' ')}
.grid { stroke: var(--rule); } .axis { stroke: var(--soft); } .level { stroke: var(--bad); stroke-dasharray: 5 4; }
.mark, .band-name { fill: var(--soft); font-size: 11.5px; font-family: inherit; } .band-0 { fill: var(--band); } .band-1 { fill: var(--band-next); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 5px 10px; border-bottom: 1px solid var(--rule); white-space: nowrap; } th { color: var(--soft); font-weight: 500; }
th:first-child, td:first-child { text-align: left; }
`;

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const row = (cells: readonly (string | number)[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(typeof cell === 'number' ? shownNumber(cell) : cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table><thead>${row(head, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>`;
}

function tile(value: string, what: string): string {
  return `<div class="tile"><b>${escaped(value)}</b><span>${escaped(what)}</span></div>`;
}

function tiles({ latencyMs, delivered, lost, duplicated, mixed, rssMbMax, eventLoopMsP99 }: LoadReport): string {
  const shown = (figures: LatencyFigures | null, name: 'p50' | 'p99'): string =>
    figures === null ? '–' : `${shownNumber(figures[name])} ms`;
  return `<div class="tiles">${[
    tile(shown(latencyMs, 'p50'), 'tick to EA socket, p50'),
    tile(shown(latencyMs, 'p99'), 'tick to EA socket, p99'),
    tile(shownNumber(delivered), 'signals delivered'),
    tile(`${lost} · ${duplicated} · ${mixed}`, 'lost · doubled · mixed'),
    tile(`${shownNumber(rssMbMax)} MB`, 'memory of a node, most'),
    tile(`${shownNumber(eventLoopMsP99)} ms`, 'event loop of a node, p99'),
  ].join('')}</div>`;
}

/** Even steps of "one in ten more is slower": where the tail is, there is room. */
function tailOf(percentile: number): number {
  return Math.log10(100 / (100 - Math.min(percentile, 99.9999)));
}

const TAIL_MARKS = [
  ['0', 0],
  ['50 %', 50],
  ['90 %', 90],
  ['99 %', 99],
  ['99.9 %', 99.9],
  ['99.99 %', 99.99],
] as const;

/** Of each phase what it is about: all of it together is in the table. */
const SHOWN_KINDS: Readonly<Record<string, readonly LatencyKind[]>> = {
  arrive: ['welcome'],
  steady: ['signal', 'heartbeat'],
  'fan-out': ['fan-out'],
  reconnect: ['welcome'],
  slow: ['fan-out'],
};
/** Less is drawn as this much: below it the clocks of two processes agree no better. */
const SHOWN_LEAST_MS = 0.05;

function percentileLines(phases: LoadReport['phases']): PlotLine[] {
  const lastProbe = phases.findLast(({ name }) => name.startsWith('probe'));
  return phases.flatMap((phase) =>
    (phase === lastProbe ? (['signal'] as const) : (SHOWN_KINDS[phase.name] ?? [])).flatMap((kind): PlotLine[] => {
      // The largest value has no percentile of its own: the curve ends where the one before it stands.
      const curve = phase.curves[kind]?.filter(({ percentile }) => percentile < 100) ?? [];
      const points = curve.map(({ percentile, ms }) => [tailOf(percentile), Math.max(SHOWN_LEAST_MS, ms)] as const);
      return points.length < 2 ? [] : [{ name: `${phase.name}: ${kind}`, points }];
    }),
  );
}

function percentilePlot({ phases, search }: LoadReport): Plot {
  const lines = percentileLines(phases);
  const marks = TAIL_MARKS.map(([label, percentile]) => ({ at: tailOf(percentile), label }));
  const furthest = Math.max(1, ...lines.flatMap(({ points }) => points.map(([x]) => x)));
  return {
    title: 'Latency by percentile',
    unit: 'milliseconds, from when it was due',
    lines,
    logarithmic: true,
    marks: marks.filter(({ at }) => at <= furthest * 1.001),
    ...(search === null ? {} : { level: { at: search.boundMs, name: `bound ${search.boundMs} ms` } }),
  };
}

type Of = (sample: Readonly<Record<string, number>>, before: Readonly<Record<string, number>> | undefined) => number | undefined;

function over(processes: readonly ProcessReport[], lines: Readonly<Record<string, Of>>): PlotLine[] {
  const many = processes.length > 1;
  return processes.flatMap(({ name, samples }) =>
    Object.entries(lines).map(([line, of]) => ({
      name: many ? `${name}: ${line}` : line,
      points: samples.flatMap((sample, at) => {
        const value = of(sample, samples[at - 1]);
        return value === undefined || value < 0 ? [] : [[sample.atSeconds ?? 0, value] as const];
      }),
    })),
  );
}

/** Of a figure that only rises: how fast. */
function rate(name: string): Of {
  return (sample, before) => {
    const seconds = (sample.atSeconds ?? 0) - (before?.atSeconds ?? 0);
    return before === undefined || seconds <= 0 ? undefined : ((sample[name] ?? 0) - (before[name] ?? 0)) / seconds;
  };
}

/** One line of several processes' figures together: at each sample of the first, what every one of them told last. */
function together(processes: readonly ProcessReport[], name: string, of: Of): PlotLine {
  const lines = processes.map((one) => over([one], { [name]: of })[0]?.points ?? []);
  const newest = ([at]: readonly [number, number], points: PlotLine['points']): number =>
    points.findLast(([seconds]) => seconds <= at)?.[1] ?? 0;
  const points = (lines[0] ?? []).map((first) => [first[0], lines.reduce((sum, line) => sum + newest(first, line), 0)] as const);
  return { name, points };
}

function timePlots(report: LoadReport): Plot[] {
  const bands = report.phases.map(({ name, fromSeconds, toSeconds }) => ({ name, from: fromSeconds, to: toSeconds }));
  const nodes = report.processes.filter(({ kind }) => kind === 'node');
  const swarms = report.processes.filter(({ kind }) => kind === 'swarm');
  const of =
    (name: string): Of =>
    (sample) =>
      sample[name];
  const plot = (title: string, unit: string, lines: readonly PlotLine[], logarithmic = false): Plot => ({
    title,
    unit,
    lines,
    bands,
    logarithmic,
  });
  return [
    plot(
      'Memory of the nodes',
      'MB',
      over(nodes, { resident: of('rssMb'), heap: of('heapMb'), 'outside the heap': of('externalMb') }),
    ),
    plot(
      'Event loop of the nodes',
      'milliseconds of delay in half a second',
      over(nodes, {
        p50: (one) => Math.max(0.01, one.loopP50Ms ?? 0),
        p99: (one) => Math.max(0.01, one.loopP99Ms ?? 0),
        most: (one) => Math.max(0.01, one.loopMaxMs ?? 0),
      }),
      true,
    ),
    plot(
      'Event loop of the EAs’ processes',
      'milliseconds of delay: the load’s own lateness',
      over(swarms, { p99: (one) => Math.max(0.01, one.loopP99Ms ?? 0) }),
      true,
    ),
    plot('Processor time', 'cores', over(report.processes, { cores: of('cores') })),
    plot('Ticks', 'a second, as the feed was handed them', over(nodes, { ticks: rate('ticksTaken') })),
    plot('Frames of the EAs', 'a second', [
      together(swarms, 'sent', rate('framesOut')),
      together(swarms, 'received', rate('framesIn')),
    ]),
    plot('Connections', 'EAs that are welcome', [together(swarms, 'connected', of('connected'))]),
    plot('Signals', 'a second, at the EAs', [together(swarms, 'signals', rate('signals'))]),
  ];
}

function latencyRows({ phases }: LoadReport): (string | number)[][] {
  return phases.flatMap(({ name, latencyMs }) =>
    Object.entries(latencyMs).map(([kind, { count, p50, p90, p99, p999, max }]) => [
      `${name}: ${kind}`,
      count,
      p50,
      p90,
      p99,
      p999,
      max,
    ]),
  );
}

function countsLine(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${shownNumber(count)}`)
    .join(', ');
}

export function htmlReport(report: LoadReport): string {
  const { setting, machine, processes } = report;
  const search = searchSentence(report);
  const settings = Object.entries(setting).map(([name, value]) => `${name} ${value}`);
  const body = [
    `<h1>Load of ${shownNumber(report.accounts)} EAs and ${shownNumber(report.ticksPerSecond)} ticks a second on ${report.nodes} node${report.nodes === 1 ? '' : 's'}</h1>`,
    `<p class="verdict ${report.ok ? 'good' : 'bad'}">${report.ok ? 'Nothing was lost, doubled or mixed.' : 'Not all is well: see the counts below.'}</p>`,
    `<p>Suho ${escaped(report.version)}, ${machine.cores} cores shared with the EAs, ${machine.memoryGb} GB, Node ${escaped(machine.node)}; load average ${machine.loadBefore} before, ${machine.loadAfter} after; ${escaped(settings.join(', '))}.</p>`,
    search === undefined ? '' : `<p class="verdict">${escaped(search)}</p>`,
    tiles(report),
    '<h2>Latency</h2>',
    `<div class="plots">${plotFigure(percentilePlot(report))}</div>`,
    table(['milliseconds', 'count', 'p50', 'p90', 'p99', 'p99.9', 'max'], latencyRows(report)),
    '<h2>Over time</h2><p>Seconds since the start; the shaded spans are the phases.</p>',
    `<div class="plots">${timePlots(report).map(plotFigure).join('')}</div>`,
    '<h2>Processes</h2>',
    table(
      ['process', 'RSS MB', 'heap MB', 'loop p99 ms', 'loop max ms', 'cores'],
      processes.map((one) => [one.name, one.rssMbMax, one.heapMbMax, one.eventLoopMsP99, one.eventLoopMsMax, one.coresMean]),
    ),
    '<h2>Counts</h2>',
    `<p>delivered ${shownNumber(report.delivered)}, lost ${report.lost}, doubled ${report.duplicated}, mixed ${report.mixed}, uncommitted ${report.uncommitted}, open ${report.open}, told again ${report.repeats}, ticks conflated ${report.conflated}</p>`,
    `<p>refused: ${escaped(countsLine(report.refusedBy) || 'none')}</p>`,
    `<p>connections that ended by themselves: ${escaped(countsLine(report.faults) || 'none')}</p>`,
  ].join('\n');
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Suho under load</title><style>${STYLE}</style></head><body><main>\n${body}\n</main></body></html>\n`;
}
