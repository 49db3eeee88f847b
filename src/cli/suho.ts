import { Command, CommanderError } from 'commander';
import { SuhoError, sentence } from '../errors.js';
import { SUHO_VERSION } from '../version.js';

/** In the order of the help. Only the one that is asked for is loaded: most need little of the engine. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.js')).startCommand(),
  replay: async () => (await import('./replay.js')).replayCommand(),
  candles: async () => (await import('./candles.js')).candlesCommand(),
  features: async () => (await import('./features.js')).featuresCommand(),
  train: async () => (await import('./train.js')).trainCommand(),
  models: async () => (await import('./models.js')).modelsCommand(),
  frame: async () => (await import('./frame.js')).frameCommand(),
  'ea-sim': async () => (await import('./ea-sim.js')).eaSimCommand(),
  tenant: async () => (await import('./tenant.js')).tenantCommand(),
  account: async () => (await import('./account.js')).accountCommand(),
  user: async () => (await import('./user.js')).userCommand(),
  admin: async () => (await import('./admin.js')).adminCommand(),
  brokers: async () => (await import('./brokers.js')).brokersCommand(),
  tokens: async () => (await import('./tokens.js')).tokensCommand(),
  halt: async () => (await import('./halt.js')).haltCommand(),
  resume: async () => (await import('./halt.js')).resumeCommand(),
  migrate: async () => (await import('./migrate.js')).migrateCommand(),
  explain: async () => (await import('./explain.js')).explainCommand(),
  alerts: async () => (await import('./alerts.js')).alertsCommand(),
  audit: async () => (await import('./audit.js')).auditCommand(),
  jobs: async () => (await import('./jobs.js')).jobsCommand(),
  archive: async () => (await import('./archive.js')).archiveCommand(),
  backup: async () => (await import('./backup.js')).backupCommand(),
  restore: async () => (await import('./restore.js')).restoreCommand(),
  config: async () => (await import('./config.js')).configCommand(),
  status: async () => (await import('./status.js')).statusCommand(),
  graph: async () => (await import('./graph.js')).graphCommand(),
  doctor: async () => (await import('./doctor.js')).doctorCommand(),
  support: async () => (await import('./support.js')).supportCommand(),
};

function namedBy([first = '']: readonly string[]): readonly (() => Promise<Command>)[] {
  const named = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  return named === undefined ? Object.values(COMMANDS) : [named];
}

/** Results go to stdout, all else to stderr; the exit code is that of the error's class. */
export async function main(words: readonly string[]): Promise<void> {
  const program = new Command('suho').description(
    'Real-time engine: FX market data in, sized and priced MetaTrader 5 signals out.',
  );
  for (const load of namedBy(words)) program.addCommand(await load());
  strict(program, 'suho');
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough (`| head`) is not a failure.
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    process.exitCode = failed(error);
  }
}

/** Throws instead of ending the process, says what is wrong in one line, and knows its help and version, at every level. */
function strict(command: Command, path: string): void {
  command
    .version(SUHO_VERSION)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        const told = text
          .replace(/^error: /, '')
          .trim()
          .replace(/\s*\n\s*/g, ' ');
        write(`suho: ${told.replace(/\.$/, '')}; ${path} --help tells more.\n`);
      },
    });
  for (const sub of command.commands) strict(sub, `${path} ${sub.name()}`);
}

function failed(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof SuhoError) {
    process.stderr.write(`suho: ${error.message}\n`);
    return error.exitCode;
  }
  process.stderr.write(`suho: ${sentence(error)}\n`);
  if (process.exitCode === undefined && error instanceof Error && error.stack) process.stderr.write(`${error.stack}\n`);
  return 1;
}
