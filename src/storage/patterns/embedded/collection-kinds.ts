/** What the embedded store must know of each collection: how an item is written, and how it is filtered. */
import type {
  Collection,
  Correlation,
  CorrelationFilter,
  Filters,
  Items,
  Pattern,
  PatternFilter,
  Strategy,
  StrategyFilter,
} from '../patterns.js';

export interface CollectionKind<T, F> {
  readonly fieldsOf: (item: T) => readonly unknown[];
  readonly itemOf: (fields: readonly unknown[]) => T;
  /** Items of one part are kept together, so that a usual filter looks at few parts. */
  readonly partOf: (item: T) => string;
  /** Whether there may be items in a part that pass. */
  readonly partFits: (part: string, filter: F) => boolean;
  readonly fits: (item: T, filter: F) => boolean;
}

export type CollectionKinds = { readonly [C in Collection]: CollectionKind<Items[C], Filters[C]> };

function same<T>(wanted: T | undefined, value: T | undefined): boolean {
  return wanted === undefined || wanted === value;
}

function over(bound: number | undefined, figure: number): boolean {
  return bound === undefined || figure > bound;
}

function holds<T>(wanted: T | undefined, values: readonly T[]): boolean {
  return wanted === undefined || values.includes(wanted);
}

/** In the order of the file: fields are added at the end alone. */
function fields<T extends object>(names: readonly (keyof T)[]): Pick<CollectionKind<T, never>, 'fieldsOf' | 'itemOf'> {
  return {
    fieldsOf: (item) => names.map((name) => item[name]),
    itemOf: (values) => Object.fromEntries(names.map((name, at) => [name, values[at]])) as T,
  };
}

const PART_SEPARATOR = '\n';

const UNDIVIDED = { partOf: () => '', partFits: () => true } as const;

const PATTERNS: CollectionKind<Pattern, PatternFilter> = {
  ...fields<Pattern>([
    'id',
    'type',
    'symbol',
    'symbolClass',
    'timeframe',
    'direction',
    'regime',
    'confidence',
    'createdAtMs',
    'trades',
    'wins',
    'profitPips',
    'lastOutcome',
    'counted',
    'lastSeenAtMs',
  ]),
  partOf: ({ timeframe, direction, symbolClass }) => [timeframe, direction, symbolClass].join(PART_SEPARATOR),
  partFits: (part, filter) => {
    const [timeframe, direction, symbolClass] = part.split(PART_SEPARATOR);
    return same(filter.timeframe, timeframe) && same(filter.direction, direction) && same(filter.symbolClass, symbolClass);
  },
  fits: (item, filter) =>
    same(filter.timeframe, item.timeframe) &&
    same(filter.direction, item.direction) &&
    same(filter.symbolClass, item.symbolClass) &&
    same(filter.symbol, item.symbol) &&
    same<string>(filter.regime, item.regime) &&
    over(filter.tradesOver, item.trades),
};

const CORRELATIONS: CollectionKind<Correlation, CorrelationFilter> = {
  ...fields<Correlation>(['id', 'symbols', 'strength', 'lagMinutes', 'regime', 'persistence', 'updatedAtMs']),
  ...UNDIVIDED,
  fits: (item, filter) =>
    holds(filter.symbol, item.symbols) &&
    same<string>(filter.regime, item.regime) &&
    over(filter.persistenceOver, item.persistence),
};

const STRATEGIES: CollectionKind<Strategy, StrategyFilter> = {
  ...fields<Strategy>([
    'id',
    'name',
    'entryConditions',
    'exitConditions',
    'symbols',
    'timeframes',
    'winRate',
    'profitFactor',
    'sharpeRatio',
    'maxDrawdown',
    'trades',
    'createdAtMs',
    'updatedAtMs',
  ]),
  ...UNDIVIDED,
  fits: (item, filter) =>
    holds(filter.symbol, item.symbols) && holds(filter.timeframe, item.timeframes) && over(filter.tradesOver, item.trades),
};

export const COLLECTION_KINDS: CollectionKinds = { patterns: PATTERNS, correlations: CORRELATIONS, strategies: STRATEGIES };
