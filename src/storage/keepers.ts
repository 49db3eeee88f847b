/**
 * What hears the engine and keeps it in the stores that no decision waits for. A store that is away is a fault of a part, and
 * the engine goes on; only where account history finds no room any more (`full`), no new signal is raised.
 */
import type { QuoteBoard } from '../market/quote-board.js';
import type { Activity } from '../runtime/activity.js';
import { type Clock, systemClock } from '../runtime/clock.js';
import { entropyIds } from '../runtime/ids.js';
import type { Logger, LogLines } from '../runtime/logger.js';
import type { Metrics } from '../runtime/metrics.js';
import type { Random } from '../runtime/random.js';
import { AnalyticsRecorder } from './analytics/analytics-recorder.js';
import { AnalyticsWriter } from './analytics/analytics-writer.js';
import { LogRecorder } from './analytics/log-recorder.js';
import type { Bus } from './bus/bus.js';
import { BusTeller, type UnderOf } from './bus/bus-teller.js';
import { openBus } from './bus/open.js';
import type { HotCache } from './cache/cache.js';
import { HotKeeper } from './cache/hot-keeper.js';
import { openCache } from './cache/open.js';
import type { GroupCommit } from './ledger/group-commit.js';
import { HistoryKeeper } from './ledger/history-keeper.js';
import type { RiskEventRow } from './ledger/history.js';
import { HistoryWriter } from './ledger/history-writer.js';
import { PresenceKeeper } from './ledger/presence-keeper.js';
import type { NodeStores } from './stores.js';
import type { WriterFigures } from './writer/batch-writer.js';

export interface KeepersOptions {
  readonly stores: Pick<NodeStores, 'ledger' | 'journal' | 'analytics'>;
  readonly settings: { readonly cache: string; readonly bus: string };
  /** The data folder, for what a store that is away has still to get. */
  readonly folder: string;
  /** Where the candles of a span come from. */
  readonly source: (fromMs: number, toMs: number) => string;
  /** Whether an account's quotes are the reference now. */
  readonly isFeed: (accountId: string) => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** What is logged, to be kept in analytics. */
  readonly lines?: Pick<LogLines, 'hear'>;
  readonly activity: Activity;
  readonly board: QuoteBoard;
  /** Goes before all that is written to the ledger from here. */
  readonly commits: GroupCommit;
  /** Left out where the node is in no cluster. */
  readonly underOf?: UnderOf;
  /** Told of each risk event once the ledger's writer has it. */
  readonly told?: (event: RiskEventRow) => void;
}

/** One part of the node's health. */
export interface KeeperHealth {
  readonly ok: boolean;
  readonly detail?: string;
}

type Hearer = AnalyticsRecorder | HistoryKeeper | PresenceKeeper | HotKeeper | BusTeller;

/** One hearer and the store behind it. */
interface Keeper {
  readonly hears?: Hearer;
  readonly health: () => KeeperHealth;
  /** Whether what has been heard finds no room any more, and must. */
  readonly full?: () => boolean;
  readonly writers?: () => Readonly<Record<string, WriterFigures>>;
  readonly events?: () => Readonly<Record<string, number>>;
  /** What has been heard is stored, or on disk for the next start. */
  readonly close: () => Promise<void>;
}

export interface Keepers {
  readonly observers: readonly Hearer[];
  readonly cache: HotCache;
  readonly bus: Bus;
  /** Tells other nodes. */
  readonly teller: BusTeller;
  readonly full: boolean;
  /** What a tenant used that no event tells, counted until it is in the ledger. */
  readonly count: HistoryKeeper['count'];
  /** When an account with a session here was heard last. */
  readonly heardAt: PresenceKeeper['heardAt'];
  /** An account's, from its highest equity, in percent. */
  readonly drawdownOf: HistoryKeeper['drawdownOf'];
  readonly health: () => Readonly<Record<string, KeeperHealth>>;
  readonly writers: () => Readonly<Record<string, WriterFigures>>;
  /** Counts since the start, by keeper. */
  readonly events: () => Readonly<Record<string, Readonly<Record<string, number>>>>;
  close(): Promise<void>;
}

function healthOf(fault: string | undefined): KeeperHealth {
  return fault === undefined ? { ok: true } : { ok: false, detail: fault };
}

async function analyticsKeeper(options: KeepersOptions): Promise<Keeper> {
  const { stores, folder, clock, random, log, lines, activity, board, source, isFeed } = options;
  const { analytics, ledger } = stores;
  if (analytics.kind === 'off') {
    log.info({ why: analytics.reason }, 'analytics is off');
    return { health: () => ({ ok: true, detail: analytics.reason }), close: async () => {} };
  }
  const { store } = analytics;
  const writer = await AnalyticsWriter.open({ store, folder, clock, random: random.fork('analytics'), logger: log, activity });
  const recorder = new AnalyticsRecorder({ writer, ledger, board, source, isFeed, log, activity });
  const logs = new LogRecorder(writer);
  const unhear = lines?.hear((line) => logs.line(line));
  return {
    hears: recorder,
    health: () => healthOf(writer.fault),
    full: () => writer.full,
    writers: () => {
      const { droppable, kept } = writer.figures;
      return { 'analytics-droppable': droppable, 'analytics-kept': kept };
    },
    close: async () => {
      await recorder.settled();
      unhear?.();
      logs.close();
      await writer.close();
    },
  };
}

async function historyKeeper(
  options: KeepersOptions,
  told: (event: RiskEventRow) => void,
): Promise<Keeper & { readonly hears: HistoryKeeper }> {
  const { stores, folder, clock, random, log, activity, commits } = options;
  const store = stores.ledger;
  const writer = await HistoryWriter.open({
    store,
    // Of this run alone, also where ids come of a seed: the ledger knows rows by it.
    writer: entropyIds.idFor('history-writer', systemClock.nowMs()),
    folder,
    clock,
    random: random.fork('history'),
    logger: log,
    before: commits,
    activity,
  });
  const hears = new HistoryKeeper({ writer, store, clock, log, activity, told });
  return {
    hears,
    health: () => healthOf(writer.fault),
    full: () => hears.full,
    writers: () => ({ 'account-history': writer.figures }),
    events: () => ({ lost: hears.lost }),
    close: async () => {
      await hears.settled();
      hears.close();
      await writer.close();
    },
  };
}

function presenceKeeper(
  { stores, clock, log, activity }: KeepersOptions,
  history: HistoryKeeper,
): Keeper & { readonly hears: PresenceKeeper } {
  const hears = new PresenceKeeper({ store: stores.ledger, raise: (event) => history.event(event), clock, log, activity });
  return { hears, health: () => ({ ok: true }), events: () => hears.figures, close: () => hears.close() };
}

function cacheKeeper(cache: HotCache, { stores }: KeepersOptions): Keeper {
  const hears = new HotKeeper({ cache, journal: stores.journal, timers: systemClock });
  return {
    hears,
    health: () => healthOf(cache.fault),
    events: () => ({ ...hears.figures }),
    close: async () => {
      await hears.close();
      await cache.close();
    },
  };
}

function busKeeper(bus: Bus, { underOf }: KeepersOptions): Keeper & { readonly hears: BusTeller } {
  const hears = new BusTeller({ bus, ...(underOf ? { underOf } : {}) });
  return {
    hears,
    health: () => healthOf(bus.fault ?? hears.fault),
    events: () => ({ ...hears.figures }),
    close: () => bus.close(),
  };
}

/** What raises events ends first, so that they are taken. */
async function closeAll(keepers: ReadonlyMap<string, Keeper>): Promise<void> {
  const { presence, ...others } = Object.fromEntries(keepers);
  await presence?.close();
  await closeEach(Object.values(others));
}

async function closeEach(keepers: Iterable<Keeper>): Promise<void> {
  const closed = await Promise.allSettled([...keepers].map((keeper) => keeper.close()));
  for (const each of closed) if (each.status === 'rejected') throw each.reason;
}

export async function openKeepers(options: KeepersOptions): Promise<Keepers> {
  const { clock, random, activity, settings } = options;
  const keepers = new Map<string, Keeper>();
  try {
    let teller: BusTeller | undefined;
    const history = await historyKeeper(options, (event) => {
      teller?.riskEvent(event);
      options.told?.(event);
    });
    keepers.set('history', history);
    keepers.set('analytics', await analyticsKeeper(options));
    const cache = await openCache(settings.cache, { clock, random: random.fork('cache') });
    keepers.set('cache', cacheKeeper(cache, options));
    const bus = await openBus(settings.bus, { clock, random: random.fork('bus'), activity });
    const telling = busKeeper(bus, options);
    teller = telling.hears;
    keepers.set('bus', telling);
    const presence = presenceKeeper(options, history.hears);
    keepers.set('presence', presence);
    const named = [...keepers];
    return {
      observers: named.flatMap(([, { hears }]) => hears ?? []),
      cache,
      bus,
      teller: telling.hears,
      count: (tenantId, what, amount) => history.hears.count(tenantId, what, amount),
      heardAt: (accountId) => presence.hears.heardAt(accountId),
      drawdownOf: (accountId) => history.hears.drawdownOf(accountId),
      get full() {
        return named.some(([, { full }]) => full?.() === true);
      },
      health: () => Object.fromEntries(named.map(([name, { health }]) => [name, health()])),
      writers: () => Object.assign({}, ...named.map(([, { writers }]) => writers?.())),
      events: () => Object.fromEntries(named.flatMap(([name, { events }]) => (events ? [[name, events()]] : []))),
      close: () => closeAll(keepers),
    };
  } catch (error) {
    await closeAll(keepers);
    throw error;
  }
}

const FIGURES: Readonly<Record<keyof WriterFigures, string>> = {
  queued: 'Items that wait in memory for their store',
  spilled: 'Items that wait on disk for their store',
  spilledBytes: 'Bytes on disk of what waits for its store',
  written: 'Items stored since the start',
  dropped: 'Items dropped since the start: the store was away for too long',
  refused: 'Items that their store refused since the start',
  turnedAway: 'Items not taken since the start: neither memory nor disk had room',
  failures: 'Batches that failed since the start, each tried again',
};
const NAMES: Readonly<Record<keyof WriterFigures, string>> = {
  queued: 'suho_writer_queued_items',
  spilled: 'suho_writer_spilled_items',
  spilledBytes: 'suho_writer_spilled_bytes',
  written: 'suho_writer_written_items',
  dropped: 'suho_writer_dropped_items',
  refused: 'suho_writer_refused_items',
  turnedAway: 'suho_writer_turned_away_items',
  failures: 'suho_writer_failures',
};

export function watchKeepers(metrics: Metrics, keepers: Keepers): void {
  for (const figure of Object.keys(FIGURES) as (keyof WriterFigures)[])
    metrics.gauge(NAMES[figure], FIGURES[figure], ['writer'], (gauge) => {
      for (const [writer, figures] of Object.entries(keepers.writers())) gauge.set({ writer }, figures[figure]);
    });
  metrics.gauge('suho_keeper_events', 'What became of what a keeper heard, since the start', ['keeper', 'event'], (gauge) => {
    for (const [keeper, counts] of Object.entries(keepers.events()))
      for (const [event, count] of Object.entries(counts)) gauge.set({ keeper, event }, count);
  });
}
