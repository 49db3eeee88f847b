/** Opens the stores that the settings name, in the order in which a node needs them, and closes them in the opposite order. */
import type { Tiers } from '../accounts/tiers.js';
import type { Clock } from '../runtime/clock.js';
import { type OpenedAnalytics, openAnalytics } from './analytics/open.js';
import { FileJournal } from './journal/file-journal.js';
import type { CandleJournal } from './journal/journal.js';
import { openLedger } from './ledger/open.js';
import type { PostgresLedger } from './ledger/postgres.js';
import { openPatterns } from './patterns/open.js';
import type { PatternStore } from './patterns/patterns.js';
import { FileSnapshots } from './snapshots/file-snapshots.js';
import type { FeatureSnapshots } from './snapshots/snapshots.js';
import { readTiers } from './tier-table.js';

export interface NodeStores {
  readonly ledger: PostgresLedger;
  readonly journal: CandleJournal;
  readonly snapshots: FeatureSnapshots;
  readonly tiers: Tiers;
  readonly analytics: OpenedAnalytics;
  readonly patterns: PatternStore;
}

export interface StoreSettings {
  /** The data folder, which the caller has locked. */
  readonly data: string;
  readonly ledger: string;
  readonly analytics: string;
  readonly patterns: string;
}

export interface OpenStores extends NodeStores {
  close(): Promise<void>;
}

export interface OpenStoresOptions {
  readonly settings: StoreSettings;
  /** Of the machine: a store is waited for in real time. */
  readonly clock: Clock;
  readonly onProgress: (sentence: string) => void;
}

/** The ledger's schema is brought up to date; other stores see to theirs when they are first written to. */
export async function openStores({ settings, clock, onProgress }: OpenStoresOptions): Promise<OpenStores> {
  const { data: folder } = settings;
  const closing: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step();
  };
  try {
    const journal = new FileJournal(folder);
    closing.push(() => journal.close());
    const snapshots = new FileSnapshots(folder);
    closing.push(() => snapshots.close());
    const url = settings.ledger === 'embedded' ? {} : { url: settings.ledger };
    const ledger = await openLedger({ ...url, folder, onProgress });
    closing.push(() => ledger.close());
    await ledger.migrate();
    const tiers = await readTiers();
    const analytics = await openAnalytics({ analytics: settings.analytics, folder, timers: clock });
    if (analytics.kind === 'open') closing.push(() => analytics.store.close());
    const patterns = await openPatterns(settings.patterns, { folder });
    closing.push(() => patterns.close());
    return { ledger, journal, snapshots, tiers, analytics, patterns, close };
  } catch (error) {
    await close();
    throw error;
  }
}
