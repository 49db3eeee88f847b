/**
 * What hears the engine and keeps it in the stores that no decision waits for. A store that is away is a fault of a part, and
 * the engine goes on; only where account history finds no room any more (`full`), no new signal is raised.
 */
import type { QuoteBoard } from '../market/quote-board.js';
import type { Activity } from '../runtime/activity.js';
import type { Clock } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import type { Metrics } from '../runtime/metrics.js';
import type { Random } from '../runtime/random.js';
import { AnalyticsRecorder } from './analytics/analytics-recorder.js';
import { AnalyticsWriter } from './analytics/analytics-writer.js';
import type { NodeStores } from './stores.js';
import type { WriterFigures } from './writer/batch-writer.js';

export interface KeepersOptions {
  readonly stores: Pick<NodeStores, 'ledger' | 'analytics'>;
  /** The data folder, for what a store that is away has still to get. */
  readonly folder: string;
  /** Where the candles come from. */
  readonly source: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly activity: Activity;
  readonly board: QuoteBoard;
}

/** One part of the node's health. */
export interface KeeperHealth {
  readonly ok: boolean;
  readonly detail?: string;
}

export interface Keepers {
  readonly observers: readonly AnalyticsRecorder[];
  readonly full: boolean;
  readonly health: () => Readonly<Record<string, KeeperHealth>>;
  readonly writers: () => Readonly<Record<string, WriterFigures>>;
  /** What has been heard is stored, or on disk for the next start. */
  close(): Promise<void>;
}

export async function openKeepers(options: KeepersOptions): Promise<Keepers> {
  const { stores, folder, clock, random, log, activity, board, source } = options;
  const { analytics, ledger } = stores;
  if (analytics.kind === 'off') {
    log.info({ why: analytics.reason }, 'analytics is off');
    const health = { analytics: { ok: true, detail: analytics.reason } };
    return { observers: [], full: false, health: () => health, writers: () => ({}), close: async () => {} };
  }
  const { store } = analytics;
  const writer = await AnalyticsWriter.open({ store, folder, clock, random: random.fork('analytics'), logger: log, activity });
  const recorder = new AnalyticsRecorder({ writer, ledger, board, source, log, activity });
  return {
    observers: [recorder],
    get full() {
      return writer.full;
    },
    health: () => ({ analytics: writer.fault === undefined ? { ok: true } : { ok: false, detail: writer.fault } }),
    writers: () => {
      const { droppable, kept } = writer.figures;
      return { 'analytics-droppable': droppable, 'analytics-kept': kept };
    },
    close: async () => {
      await recorder.settled();
      await writer.close();
    },
  };
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

export function watchWriters(metrics: Metrics, keepers: Keepers): void {
  for (const figure of Object.keys(FIGURES) as (keyof WriterFigures)[])
    metrics.gauge(NAMES[figure], FIGURES[figure], ['writer'], (gauge) => {
      for (const [writer, figures] of Object.entries(keepers.writers())) gauge.set({ writer }, figures[figure]);
    });
}
