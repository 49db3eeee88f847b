/** `npm run load`: real nodes under real EAs and an open-loop market; what it came to as a table, as JSON, as a page. */
import { writeFileSync } from 'node:fs';
import { sentence } from '../src/errors.js';
import { htmlReport } from './load/html-report.js';
import { HELP, type LoadOptions, readLoadOptions, UsageError } from './load/load-options.js';
import { type LoadReport, reportOf } from './load/load-report.js';
import { ServersMissing, LoadRun } from './load/load-run.js';
import { LoadScenario } from './load/load-scenario.js';
import { loadTable } from './load/load-table.js';
import { measureSizing } from './load/sizing.js';

const interruption = new AbortController();
// Who listened may have gone: that is no reason to leave processes behind.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interruption.abort(new Error('interrupted')));

function progress(told: string): void {
  process.stderr.write(`load: ${told}\n`);
}

async function measured(options: LoadOptions): Promise<LoadReport> {
  const run = await LoadRun.start(options, { signal: interruption.signal, onProgress: progress });
  try {
    return reportOf(run, options, await new LoadScenario(run, options).measure());
  } finally {
    await run.close();
  }
}

async function main(): Promise<number> {
  const options = readLoadOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  if (options.sizing) {
    const sizing = await measureSizing(options, measured, progress);
    process.stdout.write(options.json ? `${JSON.stringify(sizing.points)}\n` : sizing.text);
    return 0;
  }
  const report = await measured(options);
  if (options.report !== undefined) {
    writeFileSync(options.report, htmlReport(report));
    progress(`the page is ${options.report}`);
  }
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : loadTable(report));
  return report.ok ? 0 : 1;
}

function exitOf(error: unknown): number {
  if (interruption.signal.aborted) return 130;
  if (error instanceof UsageError) return 2;
  return error instanceof ServersMissing ? 4 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`load: ${interruption.signal.aborted ? 'interrupted' : sentence(error)}\n`);
    process.exitCode = exitOf(error);
  },
);
