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
  /** Items of one part are kept together, so that a usual filter passes over the others. */
  readonly partOf: (item: T) => string;
  readonly partFits: (part: string, filter: F) => boolean;
  /** Of the items of a part, those of one group pass the same filters, but for the figure: so one of them is tried for all. */
  readonly groupOf: (item: T) => string;
  readonly groupFits: (item: T, filter: F) => boolean;
  /** The one number that a filter has a bound for. */
  readonly figureOf: (item: T) => number;
  readonly figureOver: (filter: F) => number | undefined;
}

export type CollectionKinds = { readonly [C in Collection]: CollectionKind<Items[C], Filters[C]> };

function same<T>(wanted: T | undefined, value: T | undefined): boolean {
  return wanted === undefined || wanted === value;
}

function holds<T>(wanted: T | undefined, values: readonly T[]): boolean {
  return wanted === undefined || values.includes(wanted);
}

/** In the order of the file: fields are added at the end alone. */
function fields<T extends object>(names: readonly (keyof T)[]): Pick<CollectionKind<T, never>, 'fieldsOf' | 'itemOf'> {
  return {
    fieldsOf: (item) => names.map((name) => item[name]),
    itemOf: (values) => {
      const item: Partial<Record<keyof T, unknown>> = {};
      for (let at = 0; at < names.length; at++) item[names[at] as keyof T] = values[at];
      return item as T;
    },
  };
}

const SEPARATOR = '\n';

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
  partOf: ({ timeframe, direction, symbolClass }) => [timeframe, direction, symbolClass].join(SEPARATOR),
  partFits: (part, filter) => {
    const [timeframe, direction, symbolClass] = part.split(SEPARATOR);
    return same(filter.timeframe, timeframe) && same(filter.direction, direction) && same(filter.symbolClass, symbolClass);
  },
  groupOf: ({ symbol, regime }) => [symbol, regime].join(SEPARATOR),
  groupFits: (item, filter) => same(filter.symbol, item.symbol) && same<string>(filter.regime, item.regime),
  figureOf: ({ trades }) => trades,
  figureOver: ({ tradesOver }) => tradesOver,
};

const CORRELATIONS: CollectionKind<Correlation, CorrelationFilter> = {
  ...fields<Correlation>(['id', 'symbols', 'strength', 'lagMinutes', 'regime', 'persistence', 'updatedAtMs']),
  ...UNDIVIDED,
  groupOf: ({ symbols, regime }) => [...symbols, regime].join(SEPARATOR),
  groupFits: (item, filter) => holds(filter.symbol, item.symbols) && same<string>(filter.regime, item.regime),
  figureOf: ({ persistence }) => persistence,
  figureOver: ({ persistenceOver }) => persistenceOver,
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
    'wins',
    'won',
    'lost',
    'squares',
    'peak',
    'counted',
  ]),
  ...UNDIVIDED,
  groupOf: ({ symbols, timeframes }) => [...symbols, '', ...timeframes].join(SEPARATOR),
  groupFits: (item, filter) => holds(filter.symbol, item.symbols) && holds(filter.timeframe, item.timeframes),
  figureOf: ({ trades }) => trades,
  figureOver: ({ tradesOver }) => tradesOver,
};

export const COLLECTION_KINDS: CollectionKinds = { patterns: PATTERNS, correlations: CORRELATIONS, strategies: STRATEGIES };
