import { Command } from 'commander';
import type { SettingName } from '../config.js';
import type { RunReport } from '../jobs/job-runner.js';
import type { JobState } from '../storage/jobs/job-table.js';
import { withJobs } from './job-source.js';
import { settingsOf, withSettings } from './settings.js';

const STORES: readonly SettingName[] = ['data', 'ledger', 'analytics', 'archive'];

interface JobFlags extends Readonly<Record<string, unknown>> {
  readonly json?: boolean;
}

export function jobsCommand(): Command {
  const command = new Command('jobs').description('what the engine does by itself: when it did, when it will, and now');
  const list = command
    .command('list')
    .description('tell of each job how it ended last and when it is due next')
    .option('--json', 'a JSON line each');
  withSettings(list, STORES).action(async (flags: JobFlags) => {
    const jobs = await withJobs(settingsOf(flags, STORES).config, (source) => source.list());
    for (const job of jobs) process.stdout.write(`${flags.json ? JSON.stringify(job) : line(job)}\n`);
  });
  const run = command
    .command('run <name>')
    .description('run a job now, on the node that runs here or, where none does, in this process')
    .option('--json', 'one JSON line: name outcome sentence tookMs')
    .addHelpText('after', '\nExit 0 when it is done, 1 when it failed; it is tried again by itself.');
  withSettings(run, STORES).action(async (name: string, flags: JobFlags) => {
    const report = await withJobs(settingsOf(flags, STORES).config, (source) => source.runNow(name));
    process.stdout.write(`${flags.json ? JSON.stringify(report) : told(report)}\n`);
    process.exitCode = report.outcome === 'done' ? 0 : 1;
  });
  return command;
}

const instant = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

function line({ name, startAt, holder, endedAt, outcome, sentence }: JobState): string {
  const last = endedAt === null ? 'not run yet' : `${outcome} ${instant(endedAt)}: ${sentence}`;
  return `${name.padEnd(12)} next ${instant(startAt)}  ${holder === null ? last : `runs on ${holder}`}`;
}

function told({ name, outcome, sentence, tookMs }: RunReport): string {
  return `${name}: ${outcome} in ${(tookMs / 1_000).toFixed(1)} s, ${sentence}`;
}
