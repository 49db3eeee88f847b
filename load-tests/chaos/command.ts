/** `npm run chaos`: real nodes and stores under faults drawn from a seed, and a verdict over what became of every signal. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { SuhoError, sentence } from '../../src/errors.js';
import { Chaos, type ChaosReport, refuseRun } from './chaos.js';
import { FAULT_KINDS, FAULTS, type FaultKind } from './fault-plan.js';
import { Household } from './household.js';
import { whyNoServers } from './servers.js';

interface Flags {
  readonly seconds: number;
  readonly seed: number;
  readonly nodes: number;
  readonly eas: number;
  readonly speed: number;
  readonly netting: boolean;
  readonly faults?: readonly FaultKind[];
  readonly json?: boolean;
  readonly keep?: boolean;
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`it must be a whole number from ${least} to ${most}.`);
    return value;
  };
}

function kindsOf(text: string): readonly FaultKind[] {
  const named = text.split(',').map((one) => one.trim());
  const unknown = named.find((one) => !Object.hasOwn(FAULTS, one));
  if (unknown !== undefined) throw new InvalidArgumentError(`there is no ${unknown}; there are ${FAULT_KINDS.join(', ')}.`);
  return named as readonly FaultKind[];
}

function command(): Command {
  const kinds = FAULT_KINDS.map((kind) => `  ${kind.padEnd(15)}${FAULTS[kind].what}`).join('\n');
  return new Command('chaos')
    .description('three real nodes on real PostgreSQL, NATS and Redis, EAs with records of their own, and everything goes wrong')
    .option('--seconds <n>', 'how long faults go on', whole(10, 7_200), 60)
    .option('--seed <n>', 'of plan, market, brokers and network', whole(0, Number.MAX_SAFE_INTEGER), 1)
    .option('--nodes <n>', 'nodes', whole(1, 8), 3)
    .option('--eas <n>', 'EAs', whole(1, 60), 12)
    .option('--speed <n>', 'how many times faster than real time engine, EAs and brokers live', whole(1, 60), 20)
    .option('--netting', 'three accounts of ten are netting accounts; without it all are hedging', false)
    .option('--faults <kinds>', 'only these, with commas', kindsOf)
    .option('--keep', 'keep the folder with all logs also where nothing was found')
    .option('--json', 'one JSON line')
    .addHelpText(
      'after',
      `\nFaults:\n${kinds}\n\nExit 0: nothing was found; 1: something was; 4: a server that it needs is not here.`,
    )
    .exitOverride();
}

function table(report: ChaosReport): string {
  const { findings, ...figures } = report;
  const lines = Object.entries(figures).map(
    ([name, value]) => `${name.padEnd(14)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  );
  return [...lines, ...findings.map(({ checker, what }) => `found          ${checker}: ${what}`)].join('\n');
}

function again({ seconds, seed, nodes, eas, speed, netting, faults }: Flags): string {
  const only = `${netting ? ' --netting' : ''}${faults === undefined ? '' : ` --faults ${faults.join(',')}`}`;
  return `npm run chaos -- --seconds ${seconds} --seed ${seed} --nodes ${nodes} --eas ${eas} --speed ${speed}${only}`;
}

async function run(flags: Flags): Promise<number> {
  const say = (text: string): void => void process.stderr.write(`chaos: ${text}\n`);
  refuseRun(whyNoServers());
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => interrupted.abort(new SuhoError('INTERRUPTED', 'interrupted')));
  const household = new Household();
  // What nobody caught is a fault of this program; its processes must not stay behind for it.
  const fatal = (error: unknown): void => {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    interrupted.abort(new SuhoError('INTERRUPTED', 'a fault of the harness itself'));
  };
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);
  let keep = true;
  try {
    const { faults, ...rest } = flags;
    const broken = new Promise<never>((_, reject) =>
      interrupted.signal.addEventListener('abort', () => reject(interrupted.signal.reason), { once: true }),
    );
    const chaos = new Chaos({ ...rest, household, interrupted: interrupted.signal, say, ...(faults ? { kinds: faults } : {}) });
    const report = await Promise.race([chaos.run(), broken]);
    keep = !report.ok || flags.keep === true;
    process.stdout.write(`${flags.json ? JSON.stringify(report) : table(report)}\n`);
    if (!report.ok) say(`to do it again: ${again(flags)}`);
    return report.ok ? 0 : 1;
  } catch (error) {
    keep = !interrupted.signal.aborted;
    throw error;
  } finally {
    await household.end(keep);
    if (keep) say(`logs of all processes, EAs’ records and the ledger are in ${household.folder}`);
  }
}

async function main(): Promise<void> {
  const program = command().action(async (flags: Flags) => {
    process.exitCode = await run(flags);
  });
  try {
    await program.parseAsync(process.argv.slice(2), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else {
      process.stderr.write(`chaos: ${sentence(error)}\n`);
      process.exitCode = error instanceof SuhoError ? error.exitCode : 1;
    }
  }
  // Whatever a broken run has left waiting must not hold the process.
  process.exit();
}

await main();
