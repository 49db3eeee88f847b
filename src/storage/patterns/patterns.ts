import type { Regime } from '../../indicators/regime/regimes.js';
import type { Timeframe } from '../../market/timeframe.js';
import type { Direction } from '../../signals/signal.js';

/** What the market looked like when a signal was executed. */
export interface Sighting {
  /** A UUID. */
  readonly id: string;
  /** Name of the chart pattern, or of the model that made the embedding. */
  readonly type: string;
  readonly symbol: string;
  /** Symbols that behave alike; neighbours are looked for among these. */
  readonly symbolClass: string;
  readonly timeframe: Timeframe;
  readonly direction: Direction;
  /** '' where none was known. */
  readonly regime: Regime | '';
  /** Of the signal that brought it here, 0 to 1. */
  readonly confidence: number;
  readonly createdAtMs: number;
}

/** A sighting, those merged into it, and how such signals ended. */
export interface Pattern extends Sighting {
  readonly trades: number;
  readonly wins: number;
  /** Mean over its trades; 0 without any. */
  readonly profitPips: number;
  /** Of the newest trade; '' without any. */
  readonly lastOutcome: 'WIN' | 'LOSS' | '';
  /** The newest signals whose outcome is counted, so that one told twice counts once. */
  readonly counted: readonly string[];
  readonly lastSeenAtMs: number;
}

/** How two symbols moved together. */
export interface Correlation {
  readonly id: string;
  readonly symbols: readonly [string, string];
  /** −1 to 1. */
  readonly strength: number;
  /** Minutes by which the second follows the first; negative where it leads. */
  readonly lagMinutes: number;
  readonly regime: Regime | '';
  /** How stable it has been, 0 to 1. */
  readonly persistence: number;
  readonly updatedAtMs: number;
}

/** Settings of signals as a whole, and what they came to. */
export interface Strategy {
  readonly id: string;
  readonly name: string;
  readonly entryConditions: readonly string[];
  readonly exitConditions: readonly string[];
  readonly symbols: readonly string[];
  readonly timeframes: readonly Timeframe[];
  readonly winRate: number;
  readonly profitFactor: number;
  readonly sharpeRatio: number;
  readonly maxDrawdown: number;
  readonly trades: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** What the figures go on from with the next trade. */
  readonly wins: number;
  readonly won: number;
  readonly lost: number;
  /** Of differences from the mean. */
  readonly squares: number;
  /** The highest that the running sum has reached. */
  readonly peak: number;
  /** The newest signals whose trade is counted. */
  readonly counted: readonly string[];
}

/** Of each filter, what is left out filters nothing. */
export interface PatternFilter {
  readonly symbol?: string;
  readonly symbolClass?: string;
  readonly timeframe?: Timeframe;
  readonly direction?: Direction;
  readonly regime?: Regime;
  /** More trades than this. */
  readonly tradesOver?: number;
}

export interface CorrelationFilter {
  /** One of the two. */
  readonly symbol?: string;
  readonly regime?: Regime;
  /** Persistence above this. */
  readonly persistenceOver?: number;
}

export interface StrategyFilter {
  /** One of its symbols. */
  readonly symbol?: string;
  /** One of its timeframes. */
  readonly timeframe?: Timeframe;
  readonly tradesOver?: number;
}

export interface Items {
  readonly patterns: Pattern;
  readonly correlations: Correlation;
  readonly strategies: Strategy;
}

export interface Filters {
  readonly patterns: PatternFilter;
  readonly correlations: CorrelationFilter;
  readonly strategies: StrategyFilter;
}

export type Collection = keyof Items;

/** An item and its place: `EMBEDDING` numbers of any length but zero; what is kept is their direction. */
export interface Placed<T> {
  readonly item: T;
  readonly vector: Float32Array;
}

export interface Neighbour<T> {
  readonly item: T;
  /** (1 + cosine) / 2. */
  readonly certainty: number;
}

export interface NearestQuery<F> {
  readonly count: number;
  /** Least certainty; 0 where left out. */
  readonly certainty?: number;
  readonly filter?: F;
}

/** Where a pattern went: to itself, or into one that is as good as the same. */
export interface Kept {
  readonly id: string;
  readonly merged: boolean;
}

export interface Outcome {
  /** Of the signal whose trade closed. */
  readonly signalId: string;
  readonly won: boolean;
  readonly profitPips: number;
  readonly atMs: number;
}

/** What a copy holds. */
export interface PatternsCopy {
  readonly tenants: number;
  readonly bytes: number;
  /** Tenants that could not be copied whole, each with the reason in a sentence; what there is of them is not to be used. */
  readonly failed: ReadonlyMap<string, string>;
}

/**
 * The pattern store: items of three collections, each with its place on the unit sphere, per tenant. No call reaches beyond
 * its tenant. A write is answered when it will outlive a crash. A tenant's writes are meant to come from one node (the tenant's
 * lease sees to that) and take effect in the order they were called; a call fails with UNREACHABLE or FILE_UNREADABLE when the
 * store is down, and with INPUT_INVALID for a tenant, id or vector that cannot be one.
 */
export interface PatternStore {
  /** Why the store's last call failed; undefined while all is well. */
  readonly fault: string | undefined;
  /** Whether it would answer now; `fault` says why not. */
  ready(): Promise<boolean>;

  /**
   * Stores an executed signal's pattern; or merges it into the nearest of the same timeframe, symbol class and direction with
   * certainty of at least `LIMITS.patterns.mergeCertainty`, which stays where it is and was seen again.
   */
  keep(tenantId: string, sighting: Placed<Sighting>): Promise<Kept>;
  /** Counts a closed trade; undefined where there is no such pattern. */
  recordOutcome(tenantId: string, patternId: string, outcome: Outcome): Promise<Pattern | undefined>;

  /** Inserts, or replaces those of the same id. */
  put<C extends Collection>(tenantId: string, collection: C, items: readonly Placed<Items[C]>[]): Promise<void>;
  get<C extends Collection>(tenantId: string, collection: C, id: string): Promise<Placed<Items[C]> | undefined>;
  /** Those that do not exist are passed over. */
  remove(tenantId: string, collection: Collection, ids: readonly string[]): Promise<void>;
  /** Nearest first; equally near ones by id. At most `LIMITS.patterns.pageItems` may be asked for. */
  nearest<C extends Collection>(
    tenantId: string,
    collection: C,
    vector: Float32Array,
    query: NearestQuery<Filters[C]>,
  ): Promise<readonly Neighbour<Items[C]>[]>;
  /** By id, those after `after`, at most `LIMITS.patterns.pageItems`: a whole collection, for copies of it. */
  page<C extends Collection>(tenantId: string, collection: C, after?: string): Promise<readonly Placed<Items[C]>[]>;

  /** Removes all that the tenant has, in every collection. */
  deleteTenant(tenantId: string): Promise<void>;
  /**
   * Of the embedded store: copies every tenant's logs into a folder that is not there yet, while the store goes on; the copy stands
   * in place of `patterns/`. Each log is as it was at one instant after the call, with all that was answered before it, and each
   * record is looked at; two logs may be some time apart.
   */
  readonly snapshotTo?: (folder: string) => Promise<PatternsCopy>;
  /** Resolves when all that was answered is stored and nothing is held any longer. */
  close(): Promise<void>;
}
