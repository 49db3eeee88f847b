/** The demo: a node on embedded defaults with a synthetic market, three tenants, and simulated EAs over real sockets. */
import { parseEndpoint } from '../ea-sim/connection.js';
import type { Opening } from '../ea-sim/broker.js';
import type { TickSource } from '../actors/feed.js';
import { type Credential, Fleet } from '../ea-sim/fleet.js';
import { SharedPrices } from '../ea-sim/price-source.js';
import type { TerminalFaults } from '../ea-sim/terminal.js';
import type { Config } from '../config.js';
import { certificateFor } from '../gateway/development-certificate.js';
import { LIMITS } from '../limits.js';
import { type Node, type NodeOptions, startNode } from '../main.js';
import { Activity } from '../runtime/activity.js';
import { type Clock, ScaledClock, SteppedClock, systemClock } from '../runtime/clock.js';
import { seededIds } from '../runtime/ids.js';
import type { Logger, LogLines } from '../runtime/logger.js';
import { seededRandom } from '../runtime/random.js';
import { WireActivity } from '../runtime/wire-activity.js';
import type { Ledger } from '../storage/ledger/ledger.js';
import { openStores } from '../storage/stores.js';
import { DEMO_FROM_MS, DemoMarket } from './demo-market.js';
import { ensureDemoTenants } from './demo-tenants.js';

export interface DemoOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly lines?: LogLines;
  /** Time stands still until told; else it runs `speed` times as fast as the machine's. */
  readonly stepped: boolean;
  readonly onProgress: (sentence: string) => void;
  /** Names this process among all that run jobs; without it the node runs none. */
  readonly holder?: string;
  readonly faults?: TerminalFaults;
  /** The EA whose n-th SIGNAL is lost on its way. */
  readonly swallow?: { readonly at: number; readonly signal: number };
  /** Told of what happens in the node. */
  readonly observers?: NonNullable<NodeOptions['observers']>;
}

export interface Demo {
  readonly node: Node;
  readonly clock: Clock;
  readonly activity: Activity;
  readonly market: DemoMarket;
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  close(): Promise<void>;
}

const SECOND_MS = 1_000;
/** Half of what is taken for stale, however fast the demo runs. */
const QUOTES_MOST_MS = LIMITS.quote.staleMs / 2;

/** Where a demo is that began at an instant of the machine's clock; undefined where each node has a time of its own. */
export function demoNowMs({ demoBegan, speed }: Pick<Config, 'demoBegan' | 'speed'>, machineMs: number): number | undefined {
  return demoBegan === '' ? undefined : Math.floor(DEMO_FROM_MS + (machineMs - Date.parse(demoBegan)) * speed);
}

function clockOf({ stepped, config }: DemoOptions, startMs: number): Clock {
  if (stepped) return new SteppedClock(startMs);
  // Stores were opened since the market was made: a shared time has gone on.
  const nowMs = demoNowMs(config, systemClock.nowMs()) ?? startMs;
  return new ScaledClock(nowMs + config.demoClockOff, config.speed);
}

/** The market goes by the right time, whatever the node's clock says. */
function sourceOf(market: DemoMarket, { demoClockOff }: Config): TickSource {
  if (demoClockOff === 0) return market;
  return { name: market.name, poll: (nowMs, sink) => market.poll(nowMs - demoClockOff, sink) };
}

/** A demo that goes on has brokers that begin anew: each with what its account had, or that would be a loss of half of it. */
async function openingsOf(ledger: Ledger, credentials: readonly Credential[]): Promise<ReadonlyMap<string, Opening>> {
  const newest = await ledger.newestBalances(credentials.map(({ account }) => account));
  return new Map(
    newest.flatMap(({ accountId, equity, newestMovement }) =>
      newestMovement === null || newestMovement === '0' ? [] : [[accountId, { amount: equity, ticket: BigInt(newestMovement) }]],
    ),
  );
}

export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { config, log, stepped } = options;
  const closing: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step();
  };
  try {
    const prices = new SharedPrices();
    const stores = await openStores({ settings: config, clock: systemClock, onProgress: options.onProgress });
    closing.push(() => stores.close());
    const { ledger, journal, tiers } = stores;
    const market = new DemoMarket(config.seed, journal, prices, stepped ? undefined : demoNowMs(config, systemClock.nowMs()));
    const credentials = await ensureDemoTenants(ledger, tiers, config.seed, config.demoEas);

    const openings = await openingsOf(ledger, credentials);
    const clock = clockOf(options, market.startMs);
    const activity = new Activity();
    const wire = stepped ? new WireActivity(activity) : undefined;
    const random = seededRandom(config.seed);
    const { heartbeatMs, heartbeatMostMs } = LIMITS.session;
    const node = await startNode({
      config,
      stores,
      clock,
      ids: seededIds(config.seed),
      random: random.fork('node'),
      log,
      ...(options.lines === undefined || stepped ? {} : { lines: options.lines }),
      activity,
      ...(options.holder === undefined ? {} : { holder: options.holder }),
      inference: stepped ? { threads: 1 } : { deadlines: systemClock },
      heartbeatMs: stepped ? heartbeatMostMs : Math.min(heartbeatMostMs, heartbeatMs * config.speed),
      feed: { source: sourceOf(market, config), periodMs: stepped ? SECOND_MS : 50 * config.speed },
      ...(wire ? { wire } : {}),
      ...(options.observers ? { observers: options.observers } : {}),
    });
    closing.push(() => node.close());

    const { cert } = await certificateFor(config, systemClock.nowMs());
    const fleet = new Fleet({
      credentials,
      // The demo's EAs speak suho-2; the listener for suho-1 is for those in the field.
      endpoints: node.gateway.listeners
        .filter(({ name }) => !name.startsWith('suho1'))
        .map(({ name, port }) => parseEndpoint(`${name}://127.0.0.1:${port}`)),
      openings,
      trust: { ca: cert },
      prices,
      clock,
      random: random.fork('eas'),
      quotesEveryMs: stepped ? 6 * SECOND_MS : Math.min(QUOTES_MOST_MS, SECOND_MS * config.speed),
      ...(wire ? { wire } : {}),
      ...(options.faults ? { faults: options.faults } : {}),
      ...(options.swallow ? { swallow: options.swallow } : {}),
    });
    fleet.start();
    closing.push(() => fleet.stop());
    return { node, clock, activity, market, fleet, ledger, close };
  } catch (error) {
    await close();
    throw error;
  }
}
