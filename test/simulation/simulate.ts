/**
 * `npm run simulate`: worlds from consecutive seeds, over the cores that there are. A world that fails is told with how to
 * live it again, and its list of faults is made as small as it goes while the same checker still finds something.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { sentence } from '../../src/errors.js';
import { drawPlan, faultText } from './fault-plan.js';
import { ENOUGH_SEEDS, IMPOSSIBLE, RARE } from './life-edges.js';
import type { SeedReport } from './run-seed.js';
import { shrink } from './shrink.js';
import { type FailedSeed, type Totals, totalsOf } from './simulation-totals.js';
import { WorldPool } from './world-pool.js';

const HELP = `npm run simulate -- [--seeds N] [--seed K] [--faults A,B…] [--jobs N] [--no-shrink] [--until CHECKER] [--json]

Lives whole clusters in simulated time: 3 nodes, 20 EAs, 3 tenants, 12 to 25 faults each, and judges what is left.

  --seeds N        how many worlds, of consecutive seeds (10)
  --seed K         the first seed (1)
  --faults A,B…    only these places of the seed's plan of faults; with --seeds 1
  --jobs N         worlds at a time (one for each core)
  --no-shrink      do not look for the smallest list of faults of a seed that fails
  --until CHECKER  begin no world after the first in which this checker finds something; any: in which one does
  --json           one line of JSON on stdout

Exit: 0 all is well · 1 a checker found something, or an edge of a life cycle was never walked in ${ENOUGH_SEEDS} worlds or more · 2 usage.
`;

/** Worlds to find the smallest list of faults in, for a seed that fails. */
const SHRINK_TRIALS_MOST = 60;
const SHRUNK_SEEDS_MOST = 5;

interface Wish {
  readonly seeds: number;
  readonly seed: number;
  readonly places: readonly number[] | undefined;
  readonly jobs: number;
  readonly shrinks: boolean;
  readonly until: string | undefined;
  readonly json: boolean;
}

class Usage extends Error {}

function whole(text: string | undefined, otherwise: number, name: string, least: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < least)
    throw new Usage(`--${name} takes a whole number from ${least} on, not ${text}.`);
  return number;
}

function wishOf(words: readonly string[]): Wish | 'help' {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args: [...words],
    options: {
      seeds: text,
      seed: text,
      faults: text,
      jobs: text,
      'no-shrink': flag,
      until: text,
      json: flag,
      help: flag,
    },
  });
  if (values.help) return 'help';
  const seeds = whole(values.seeds, 10, 'seeds', 1);
  const places = values.faults
    ?.split(',')
    .filter((place) => place !== '')
    .map((place) => whole(place, 0, 'faults', 0));
  if (places !== undefined && seeds !== 1) throw new Usage('--faults names places of one seed’s plan: give --seeds 1 with it.');
  return {
    seeds,
    seed: whole(values.seed, 1, 'seed', 0),
    places,
    jobs: whole(values.jobs, availableParallelism(), 'jobs', 1),
    shrinks: !values['no-shrink'],
    until: values.until,
    json: values.json,
  };
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

export function repeatText(seed: number, places: readonly number[]): string {
  return `npm run simulate -- --seeds 1 --seed ${seed} --faults ${places.length === 0 ? ',' : places.join(',')}`;
}

/** The smallest list of faults with which the checker that found something first still does. */
async function smallest(pool: WorldPool, report: SeedReport): Promise<FailedSeed> {
  const { seed, violations, places } = report;
  const checkers = [...new Set(violations.map(({ checker }) => checker))];
  const checker = checkers[0] ?? '';
  const fails = async (part: readonly number[]): Promise<boolean> => {
    const again = await pool.run(seed, part);
    return again.violations.some((found) => found.checker === checker);
  };
  const shrunk = await shrink(places, fails, SHRINK_TRIALS_MOST);
  return failedSeed(report, shrunk.smallest);
}

function failedSeed({ seed, violations, places }: SeedReport, chosen: readonly number[] = places): FailedSeed {
  const plan = drawPlan(seed);
  const checkers = [...new Set(violations.map(({ checker }) => checker))];
  return {
    seed,
    checker: checkers[0] ?? '',
    checkers,
    what: violations.slice(0, 10).map(({ checker, what }) => `${checker}: ${what}`),
    faults: chosen.flatMap((place) => (plan[place] === undefined ? [] : [faultText(plan[place])])),
    places: chosen,
  };
}

function tell(failed: FailedSeed): void {
  say(`seed ${failed.seed} failed: ${failed.checkers.join(', ')}`);
  for (const line of failed.what) say(`  ${line}`);
  say(`  faults: ${failed.faults.length === 0 ? 'none is needed' : failed.faults.join('; ')}`);
  say(`  again: ${repeatText(failed.seed, failed.places)}`);
}

function progress(done: number, wish: Wish, startMs: number): void {
  if (!process.stderr.isTTY) return;
  const seconds = (Date.now() - startMs) / 1_000;
  const left = Math.round((seconds / done) * (wish.seeds - done));
  process.stderr.write(`\r${done} of ${wish.seeds} worlds, ${left} s left   ${done === wish.seeds ? '\n' : ''}`);
}

export async function simulate(wish: Wish): Promise<Totals> {
  await using pool = new WorldPool(wish.jobs);
  const startMs = Date.now();
  const reports: SeedReport[] = [];
  let isFound = false;
  let rssMbMax = 0;
  const one = async (seed: number): Promise<void> => {
    if (isFound) return;
    const report = await pool.run(seed, wish.places);
    reports.push(report);
    // At once, in few words: whoever breaks a long run off has seen it.
    const finding = report.violations[0];
    if (finding !== undefined && wish.seeds > 1) say(`seed ${seed}: ${finding.checker}: ${finding.what}`);
    isFound ||= report.violations.some(({ checker }) => wish.until === 'any' || wish.until === checker);
    rssMbMax = Math.max(rssMbMax, Math.round(process.memoryUsage().rss / 1_048_576));
    progress(reports.length, wish, startMs);
  };
  const seeds = Array.from({ length: wish.seeds }, (_, at) => wish.seed + at);
  const lane = async (): Promise<void> => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) await one(seed);
  };
  await Promise.all(Array.from({ length: wish.jobs }, lane));
  reports.sort((a, b) => a.seed - b.seed);
  const failed: FailedSeed[] = [];
  for (const report of reports.filter(({ violations }) => violations.length > 0)) {
    const found = wish.shrinks && failed.length < SHRUNK_SEEDS_MOST ? await smallest(pool, report) : failedSeed(report);
    tell(found);
    failed.push(found);
  }
  const isEnough = wish.places === undefined && reports.length >= ENOUGH_SEEDS;
  return totalsOf(reports, { seed: wish.seed, seconds: (Date.now() - startMs) / 1_000, rssMbMax, failed, isEnough });
}

function print(totals: Totals): void {
  const {
    seeds,
    seconds,
    secondsPerWorld,
    simulatedSeconds,
    faults,
    edges,
    never,
    wrongly,
    delivered,
    lost,
    duplicated,
    mixed,
    expiredUnseen,
    redirects,
  } = totals;
  const lines = [
    `${seeds} worlds in ${seconds} s, ${secondsPerWorld} s each; ${Math.round(simulatedSeconds / 60)} simulated minutes`,
    `${delivered} signals sent, ${lost} lost, ${duplicated} duplicated, ${mixed} mixed; ${expiredUnseen} ran out before their EA was there`,
    `${redirects} EAs sent to another node`,
    'faults fired:',
    ...Object.entries(faults).map(([name, count]) => `  ${name.padEnd(24)} ${count}`),
    'edges walked:',
    ...Object.entries(edges).map(([name, count]) => `  ${name.padEnd(32)} ${count}`),
    ...never.map((edge) => `never walked: ${edge}${seeds < ENOUGH_SEEDS ? ` (asked of ${ENOUGH_SEEDS} worlds and more)` : ''}`),
    ...wrongly.map((edge) => `walked, and should not be: ${edge}`),
    ...Object.entries(IMPOSSIBLE).map(([edge, why]) => `not walked by this engine: ${edge}: ${why}`),
    ...Object.entries(RARE).map(([edge, why]) => `hardly ever walked: ${edge}: ${why}`),
    totals.ok ? 'all is well' : `failed: ${totals.failed.length} seeds`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function main(): Promise<void> {
  try {
    const wish = wishOf(process.argv.slice(2));
    if (wish === 'help') return void process.stdout.write(HELP);
    const totals = await simulate(wish);
    if (wish.json) process.stdout.write(`${JSON.stringify(totals)}\n`);
    else print(totals);
    process.exitCode = totals.ok ? 0 : 1;
  } catch (error) {
    const isUsage = error instanceof Usage || (error as { readonly code?: string }).code?.startsWith('ERR_PARSE_ARGS');
    process.stderr.write(`simulate: ${sentence(error)}\n`);
    process.exitCode = isUsage ? 2 : 1;
  }
}

if (process.argv[1]?.endsWith('simulate.js')) {
  process.once('SIGINT', () => process.exit(130));
  await main();
}
