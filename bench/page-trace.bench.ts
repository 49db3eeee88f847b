/**
 * Does the page stay smooth while it is live? Thirty seconds of a trace with the prices of every symbol streaming at 60 times
 * the pace of the market, then as long with a chart: main-thread tasks by length, tasks over 50 ms, frames drawn and dropped.
 *
 * The browser is headless and shares the machine with the node that it looks at; both are shared in turn by whatever else runs.
 */
import { noBrowser, openPage } from '../test/web/page-under-test.js';

const SECONDS = 30;
const LONG_US = 50_000;

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly args?: { readonly name?: string };
}

const CATEGORIES = [
  'toplevel',
  'disabled-by-default-devtools.timeline',
  'disabled-by-default-devtools.timeline.frame',
  'devtools.timeline.frame',
];

function percentile(sorted: readonly number[], share: number): number {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) / 1_000;
}

/** Of the threads that draw pages. */
function told(events: readonly TraceEvent[]): string {
  const mains = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = events
    .filter(
      ({ name, pid, tid }) => (name === 'RunTask' || name === 'ThreadControllerImpl::RunTask') && mains.has(`${pid} ${tid}`),
    )
    .map(({ dur = 0 }) => dur)
    .sort((a, b) => a - b);
  const long = tasks.filter((us) => us > LONG_US).length;
  const count = (wanted: string): number => events.filter(({ name }) => name === wanted).length;
  const figures = [0.5, 0.99, 0.999].map((share) => percentile(tasks, share).toFixed(2)).join(', ');
  return [
    `${tasks.length} tasks: p50, p99, p99.9 ${figures} ms, longest ${((tasks.at(-1) ?? 0) / 1_000).toFixed(1)} ms`,
    `over 50 ms: ${long}; frames drawn ${count('DrawFrame')}, dropped ${count('DroppedFrame')}`,
  ].join('; ');
}

if (noBrowser !== false) process.stdout.write(`skipped: ${noBrowser}\n`);
else {
  await using under = await openPage();
  for (const view of ['symbols', 'symbols/EURUSD']) {
    const page = await under.owner.newPage();
    await page.goto(`${under.url}/#/${view}`);
    await page.locator('.quote').first().waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.waitForTimeout(2_000);
    await under.browser.startTracing(page, { categories: CATEGORIES });
    await page.waitForTimeout(SECONDS * 1_000);
    const { traceEvents } = JSON.parse(String(await under.browser.stopTracing())) as { traceEvents: TraceEvent[] };
    process.stdout.write(`${view}, ${SECONDS} s: ${told(traceEvents)}\n`);
    await page.close();
  }
}
