import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import type { SettingName } from '../config.js';
import { DEMO_START_MS, newDemoMarket } from '../demo/demo-market.js';
import { BEHAVIOURS, type BehaviourName } from '../ea-sim/behaviour.js';
import { type Endpoint, parseEndpoint, type ServerTrust } from '../ea-sim/connection.js';
import { type Credential, Fleet, type FleetOptions } from '../ea-sim/fleet.js';
import { parseKeyFile } from '../ea-sim/key-file.js';
import { SharedPrices } from '../ea-sim/price-source.js';
import { MemoryRecordStore, type RecordStore } from '../ea-sim/record.js';
import { SuhoError, sentence } from '../errors.js';
import { SyntheticMarket } from '../market/synthetic.js';
import { type Clock, ScaledClock, systemClock } from '../runtime/clock.js';
import { entropyRandom, seededRandom } from '../runtime/random.js';
import { settingsOf, withSettings } from './settings.js';

interface EaSimFlags extends Readonly<Record<string, unknown>> {
  readonly url: readonly Endpoint[];
  readonly keys: string;
  readonly accounts?: number;
  readonly profile: readonly (1 | 2)[];
  readonly seconds?: number;
  readonly broker: BehaviourName;
  readonly pin?: string;
  readonly json?: boolean;
}

const SETTINGS_USED: readonly SettingName[] = ['seed', 'speed', 'data'];
/** A refused key is answered late, so that guessing is slow. */
const PROBE_MS = 15_000;
/** A connection that is refused may be a server that is just starting. */
const UNREACHABLE_MS = 3_000;
const PROBES_MOST = 5;
const HOUR_MS = 3_600_000;
/** The market is walked through from its start: about half a second for each of its days. */
const DEMO_MARKET_MOST_MS = 7 * 24 * HOUR_MS;
const PUMP_MS = 50;
const PROGRESS_MS = 1_000;
const GOODBYE_MS = 300;
/** Connections a second at the start. */
const START_PER_SECOND = 500;

function list<T>(one: (text: string) => T): (text: string) => T[] {
  return (text) => text.split(',').map((part) => one(part.trim()));
}

function profile(text: string): 1 | 2 {
  if (text !== '1' && text !== '2') throw new InvalidArgumentError('profiles are 1 and 2.');
  return text === '1' ? 1 : 2;
}

function number(least: number, most: number, whole: boolean): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const fits = value >= least && value <= most && (!whole || Number.isInteger(value));
    if (!fits) throw new InvalidArgumentError(`it must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}.`);
    return value;
  };
}

function behaviour(text: string): BehaviourName {
  if (!Object.hasOwn(BEHAVIOURS, text))
    throw new InvalidArgumentError(`it must be one of ${Object.keys(BEHAVIOURS).join(', ')}.`);
  return text as BehaviourName;
}

export function eaSimCommand(): Command {
  const command = new Command('ea-sim')
    .description('simulated EAs, each at a simulated broker, on the accounts of a key file')
    .requiredOption('--url <list>', 'tcp://H:P, tls://H:P, ws://H:P or wss://H:P; several are shared out', list(parseEndpoint))
    .requiredOption('--keys <file>', 'what account add --json printed: a JSON line each of account tenant key')
    .option('--accounts <n>', 'only the first so many of the file', number(1, 1e6, true))
    .option('--profile <list>', 'protocol profiles, shared out: 1 (over WebSocket only), 2', list(profile), [2])
    .option('--seconds <s>', 'stop after so long (default: when interrupted)', number(0.1, 1e7, false))
    .option('--broker <name>', 'how well the brokers behave: clean, demo, hostile', behaviour, 'demo')
    .option('--pin <file>', "the server's certificate (default: the development certificate in the data folder, if there)")
    .option('--json', 'one JSON line');
  return withSettings(command, SETTINGS_USED).action((flags: EaSimFlags) => run(flags));
}

async function run(flags: EaSimFlags): Promise<void> {
  const { config } = settingsOf(flags, SETTINGS_USED);
  const credentials = readKeys(flags);
  const stores = new Map<string, RecordStore>();
  const prices = new SharedPrices();
  const trust = trustOf(flags, config.data);
  const shared = {
    endpoints: flags.url,
    prices,
    behaviour: BEHAVIOURS[flags.broker],
    random: seededRandom(config.seed),
    recordOf: ({ account }: Credential) => storeOf(stores, account),
    ...(trust ? { trust } : {}),
  };
  const interrupted = interruption();
  const serverMs = await serverTimeMs(shared, credentials, flags.profile, config.speed);
  const clock = new ScaledClock(serverMs, config.speed);
  const market = marketAt(serverMs, config.seed);
  const pump = (): void =>
    market.advanceTo(clock.nowMs(), (symbol, timeMs) => {
      const truth = market.truth(symbol);
      if (truth) prices.accept(symbol, timeMs, truth.bid, truth.ask);
    });
  pump();
  const stopPump = clock.every(PUMP_MS * config.speed, pump);
  const fleet = new Fleet({ ...shared, credentials, profiles: flags.profile, clock, nowUs: fineClock(clock) });
  const started = systemClock.monotonicNs();
  fleet.start((1_000 / START_PER_SECOND) * config.speed);
  const stopProgress = showProgress(fleet, flags.json === true);
  await Promise.race([interrupted, ...(flags.seconds === undefined ? [] : [sleep(flags.seconds * 1_000, undefined)])]);
  stopProgress();
  const seconds = Number((Number(systemClock.monotonicNs() - started) / 1e9).toFixed(3));
  const connected = fleet.terminals.filter(({ sessions }) => sessions > 0).length;
  const trouble = fleet.terminals.find(({ hungUpBecause }) => hungUpBecause !== undefined)?.hungUpBecause;
  fleet.stop();
  stopPump();
  await sleep(GOODBYE_MS);
  for (const terminal of fleet.terminals) terminal.disconnect();
  const summary = { ...fleet.totals(), connected, seconds };
  if (connected === 0 && summary.refused === 0)
    throw new SuhoError('UNREACHABLE', `no EA could connect: ${trouble ?? 'no answer'}`);
  process.stdout.write(flags.json ? `${JSON.stringify(summary)}\n` : table(summary));
  process.exitCode ??= connected < credentials.length || summary.duplicates > 0 ? 1 : 0;
}

function readKeys(flags: EaSimFlags): Credential[] {
  let text: string;
  try {
    text = readFileSync(flags.keys, 'utf8');
  } catch (error) {
    throw new SuhoError('FILE_UNREADABLE', `${flags.keys} cannot be read: ${sentence(error)}`);
  }
  const credentials = parseKeyFile(text, flags.keys);
  const wanted = flags.accounts ?? credentials.length;
  if (wanted > credentials.length)
    throw new SuhoError('INPUT_INVALID', `${flags.keys} holds ${credentials.length} keys, and --accounts asks for ${wanted}`);
  return credentials.slice(0, wanted);
}

/** The development certificate is trusted for itself, under whatever name the server is reached. */
function trustOf(flags: EaSimFlags, data: string): ServerTrust | undefined {
  const file = flags.pin ?? join(data, 'development-cert.pem');
  if (flags.pin === undefined && !existsSync(file)) return undefined;
  try {
    return { fingerprint256: new X509Certificate(readFileSync(file)).fingerprint256 };
  } catch (error) {
    throw new SuhoError('FILE_UNREADABLE', `the certificate ${file} cannot be read: ${sentence(error)}`);
  }
}

/** A new instance in each run: the record, and the broker with it, lives as long as this process. */
function storeOf(stores: Map<string, RecordStore>, account: string): RecordStore {
  let store = stores.get(account);
  if (!store) {
    const instance = (): string =>
      entropyRandom()
        .words()
        .map((word) => word.toString(16).padStart(8, '0'))
        .join('');
    store = new MemoryRecordStore(instance);
    stores.set(account, store);
  }
  return store;
}

/** The demo's own market where the server lives in the demo's days; else one of its own, an hour old. */
function marketAt(serverMs: number, seed: number): SyntheticMarket {
  const intoDemoMs = serverMs - DEMO_START_MS;
  if (intoDemoMs >= -HOUR_MS && intoDemoMs < DEMO_MARKET_MOST_MS) return newDemoMarket(seed);
  return new SyntheticMarket({ seed, startMs: serverMs - HOUR_MS });
}

/**
 * What the server's clock says now: simulated brokers quote the market of that instant, so that they stay near the node's
 * own feed. Asked of the server by sessions that say hello and goodbye, until one is welcome. Where none is, nothing will be
 * traded; suho-1 cannot ask, and takes it that the demo has just begun.
 */
async function serverTimeMs(
  shared: Omit<FleetOptions, 'credentials' | 'clock'>,
  credentials: readonly Credential[],
  profiles: readonly (1 | 2)[],
  speed: number,
): Promise<number> {
  const able = credentials.filter((_credential, at) => profiles[at % profiles.length] === 2);
  for (const credential of able.slice(0, PROBES_MOST)) {
    const answer = await askServerTime({ ...shared, credentials: [credential], clock: systemClock });
    if (answer) return answer.serverMs + (Number(systemClock.monotonicNs() - answer.atNs) / 1e6) * speed;
  }
  return DEMO_START_MS;
}

/** Undefined where the server refuses the key. */
async function askServerTime(options: FleetOptions): Promise<{ serverMs: number; atNs: bigint } | undefined> {
  let told: { serverMs: number; atNs: bigint } | undefined;
  const probe: Fleet = new Fleet({
    ...options,
    onWelcome: (serverMs) => {
      told ??= { serverMs, atNs: systemClock.monotonicNs() };
      // Before it tells of an account that is not the one to come.
      probe.stop();
    },
  });
  const [terminal] = probe.terminals;
  const started = systemClock.nowMs();
  const patienceMs = (): number => (terminal?.hungUpBecause === undefined ? PROBE_MS : UNREACHABLE_MS);
  probe.start();
  while (!told && terminal?.refusal === undefined && systemClock.nowMs() - started < patienceMs()) await sleep(10);
  probe.stop();
  await sleep(GOODBYE_MS);
  terminal?.disconnect();
  if (!told && terminal?.refusal === undefined)
    throw new SuhoError('UNREACHABLE', `no server answers: ${terminal?.hungUpBecause ?? `nothing within ${PROBE_MS / 1_000} s`}`);
  return told;
}

/** The engine's time in microseconds, as finely as the machine tells it. */
function fineClock(clock: ScaledClock & Clock): () => number {
  const originNs = clock.monotonicNs();
  const originUs = clock.nowMs() * 1_000;
  return () => Math.round(originUs + (Number(clock.monotonicNs() - originNs) / 1_000) * clock.speed);
}

function interruption(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.once(name, () => {
        process.exitCode = 130;
        resolve();
      });
    }
  });
}

function showProgress(fleet: Fleet, json: boolean): () => void {
  if (!process.stderr.isTTY || json) return () => {};
  const cancel = systemClock.every(PROGRESS_MS, () => {
    const { connected, signals, executed, reconnects } = fleet.totals();
    const of = fleet.terminals.length;
    process.stderr.write(
      `\r\x1b[K${connected} of ${of} connected, ${signals} signals, ${executed} executed, ${reconnects} reconnects`,
    );
  });
  return () => {
    cancel();
    process.stderr.write('\r\x1b[K');
  };
}

function table(summary: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(summary).map(
    ([name, value]) => `${name.padEnd(11)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  );
  return `${lines.join('\n')}\n`;
}
