import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { type Config, SETTING_NAMES } from '../config.js';
import { startDemo } from '../demo/demo.js';
import { countSignals, digestOf, readBooks, runStepped, witness } from '../demo/simulated-day.js';
import { SuhoError } from '../errors.js';
import { FeatureStreams } from '../features/feature-streams.js';
import { parseHistory, warmUp } from '../feeds/warm-up.js';
import { LIMITS } from '../limits.js';
import { startNode } from '../main.js';
import { assert } from '../runtime/assert.js';
import { SteppedClock, systemClock } from '../runtime/clock.js';
import { collectSooner } from '../runtime/heap-growth.js';
import { entropyIds } from '../runtime/ids.js';
import { createLogger, LogLines } from '../runtime/logger.js';
import { entropyRandom } from '../runtime/random.js';
import { openDataFolder } from '../storage/data-folder.js';
import { openStores } from '../storage/stores.js';
import { SUHO_VERSION } from '../version.js';
import { LiveView } from './live-view.js';
import { settingsOf, withSettings } from './settings.js';

interface StartFlags extends Readonly<Record<string, unknown>> {
  readonly once?: boolean;
  readonly hours: number;
  readonly json?: boolean;
  readonly swallowSignal?: number;
}

const HOUR_MS = 3_600_000;
const HOLDER = `${hostname()}, process ${process.pid}`;

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!(value >= least && value <= most)) throw new InvalidArgumentError(`it must be a number from ${least} to ${most}.`);
    return value;
  };
}

export function startCommand(): Command {
  const command = new Command('start')
    .description('run a node; with no configuration the demo: a synthetic market, three tenants, simulated EAs')
    .option('--once', 'run one simulated day as fast as it goes, print its summary, and end')
    .option('--hours <n>', 'with --once: how long the day is', number(0.1, 168), 24)
    .option(
      '--swallow-signal <n>',
      'with --once: the first EA loses its n-th signal on the way, to see that it is noticed',
      number(1, 1e6),
    )
    .option('--json', 'with --once: one JSON line; else figures as NDJSON, a line a second');
  return withSettings(command, SETTING_NAMES).action(async (flags: StartFlags) => {
    const { config } = settingsOf(flags, SETTING_NAMES);
    if (flags.once) await runOnce(config, flags);
    else await runNode(config, flags);
  });
}

function progress(sentence: string): void {
  process.stderr.write(`suho: ${sentence}\n`);
}

/** Aborts on the first SIGINT or SIGTERM; a second one ends the process at once. */
function interruption(): AbortController {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(new SuhoError('INTERRUPTED', 'interrupted'));
    });
  }
  return controller;
}

async function withDataFolder<T>(config: Config, use: (config: Config) => Promise<T>): Promise<T> {
  const folder = await openDataFolder(config.data, {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    version: SUHO_VERSION,
  });
  try {
    return await use({ ...config, data: folder.path });
  } finally {
    await folder.release();
  }
}

/** On a folder of its own, which is removed: a day that went on from an earlier one would be another day. */
async function runOnce(given: Config, flags: StartFlags): Promise<void> {
  const started = process.hrtime.bigint();
  const data = await mkdtemp(join(tmpdir(), 'suho-day-'));
  const { signal } = interruption();
  // Ports of its own too, so that it runs beside a node.
  const config: Config = {
    ...given,
    data,
    eaPort: 0,
    wsPort: 0,
    tcpPort: 0,
    httpPort: 'off',
    ledger: 'embedded',
    // The day is told by the ledger; what is looked at afterwards goes with the folder.
    analytics: 'off',
    // What somebody outside says, and when, would make each day another.
    advisers: 'off',
    demo: true,
  };
  try {
    await withDataFolder(config, async (settings) => {
      const log = createLogger(given.logLevel === 'info' ? 'error' : given.logLevel);
      const swallow = flags.swallowSignal === undefined ? {} : { swallow: { at: 0, signal: flags.swallowSignal } };
      const demo = await startDemo({ config: settings, log, stepped: true, onProgress: progress, ...swallow });
      try {
        assert(demo.clock instanceof SteppedClock, 'a simulated day runs on a stepped clock');
        await runStepped(demo.clock, demo.activity, demo.market.startMs + flags.hours * HOUR_MS, signal);
        const books = await readBooks(demo.ledger);
        const { lost, duplicated } = witness(books.signals, demo.fleet.signals());
        const { signals, delivered, executed, rejected, expired, open, refused, refusedBy } = countSignals(books);
        const { p50, p99, p999 } = demo.node.figures.latencyMs();
        const summary = {
          seed: given.seed,
          version: SUHO_VERSION,
          ticks: demo.market.ticks,
          candles: demo.node.figures.counts.candles,
          signals,
          delivered,
          executed,
          rejected,
          refused,
          expired,
          open,
          lost,
          duplicated,
          refusedBy,
          latencyMs: { p50, p99, p999 },
          seconds: Number((Number(process.hrtime.bigint() - started) / 1e9).toFixed(3)),
          digest: digestOf(books),
        };
        process.stdout.write(flags.json ? `${JSON.stringify(summary)}\n` : table(summary));
        process.exitCode = lost > 0 || duplicated > 0 ? 1 : 0;
      } finally {
        await demo.close();
      }
    });
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

function table(summary: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(summary).map(
    ([name, value]) => `${name.padEnd(11)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  );
  return `${lines.join('\n')}\n`;
}

async function runNode(config: Config, flags: StartFlags): Promise<void> {
  collectSooner();
  const { signal } = interruption();
  const terminal = process.stdout.isTTY === true && flags.json !== true;
  await withDataFolder(config, async (settings) => {
    // A log line in the middle of the view would tear it; what went wrong is in the view's own lines.
    const hidden = terminal && config.logLevel === 'info';
    const lines = new LogLines(hidden ? 'hidden' : undefined, LIMITS.support.logLines);
    const running = config.demo
      ? await startDemo({ config: settings, ...logOf(settings, lines), stepped: false, onProgress: progress, holder: HOLDER })
      : await startBare(settings, lines);
    const { node, clock } = running;
    const fleet = 'fleet' in running ? running.fleet : undefined;
    const view = new LiveView({
      node,
      clock,
      output: process.stdout,
      terminal,
      json: flags.json === true,
      ...(node.http === undefined ? {} : { link: node.adminLink() }),
      ...(fleet ? { fleet, speed: config.speed } : {}),
    });
    try {
      view.start();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    } finally {
      view.stop();
      progress('stopping…');
      await running.close();
    }
  });
  process.exitCode = 130;
}

function logOf({ logLevel }: Config, lines: LogLines) {
  return { log: createLogger(logLevel, lines), lines };
}

/** A node with nothing of the demo: no feed until one is configured, accounts as the operator made them. */
async function startBare(config: Config, lines: LogLines) {
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step();
  };
  try {
    const history = parseHistory(config.history);
    const stores = await openStores({ settings: config, clock: systemClock, onProgress: progress });
    closing.push(() => stores.close());
    const { journal, snapshots } = stores;
    if (history.length > 0) {
      const clock = config.historyClock === '' ? {} : { clock: config.historyClock };
      const features = new FeatureStreams({ journal, snapshots });
      await warmUp({ history, ...clock, journal, features, stdin: process.stdin, onProgress: progress });
    }
    const random = entropyRandom();
    const node = await startNode({
      config,
      stores,
      clock: systemClock,
      ids: entropyIds,
      random,
      ...logOf(config, lines),
      holder: HOLDER,
    });
    closing.push(() => node.close());
    return { node, clock: systemClock, close };
  } catch (error) {
    await close();
    throw error;
  }
}
