/** The three collections as Weaviate holds them: their names, properties, and how items and filters are told to it. */
import type { Collection, Correlation, Filters, Items, Pattern, Strategy } from '../patterns.js';

export type PropertyValue = string | number | Date | string[];
export type Properties = Record<string, PropertyValue | undefined>;

/** As the schema of the server wants it. */
interface Property {
  readonly name: string;
  readonly dataType: string[];
  readonly tokenization?: 'field';
  readonly indexFilterable: boolean;
  readonly indexSearchable?: boolean;
  readonly indexRangeFilters?: boolean;
}

export type Condition =
  | { readonly property: string; readonly is: 'equal' | 'holding'; readonly value: string }
  | { readonly property: string; readonly is: 'over'; readonly value: number };

export interface CollectionSchema<T, F> {
  readonly name: string;
  readonly description: string;
  readonly properties: Property[];
  readonly propertiesOf: (item: T) => Record<string, PropertyValue>;
  readonly itemOf: (id: string, properties: Properties) => T;
  readonly conditionsOf: (filter: F) => readonly (Condition | undefined)[];
}

/** Compared as a whole, letter by letter. */
const WORD = { tokenization: 'field', indexFilterable: true, indexSearchable: false } as const;
const NOT_SEARCHED = { indexFilterable: false, indexSearchable: false } as const;

const word = (name: string): Property => ({ name, dataType: ['text'], ...WORD });
const words = (name: string): Property => ({ name, dataType: ['text[]'], ...WORD });
const figure = (name: string): Property => ({ name, dataType: ['number'], indexFilterable: false, indexRangeFilters: true });
const count = (name: string): Property => ({ ...figure(name), dataType: ['int'] });
const date = (name: string): Property => ({ ...figure(name), dataType: ['date'] });
const number = (name: string): Property => ({ name, dataType: ['number'], indexFilterable: false });
const texts = (name: string): Property => ({ name, dataType: ['text[]'], ...NOT_SEARCHED });

function equal(property: string, value: string | undefined): Condition | undefined {
  return value === undefined ? undefined : { property, is: 'equal', value };
}

function holding(property: string, value: string | undefined): Condition | undefined {
  return value === undefined ? undefined : { property, is: 'holding', value };
}

function over(property: string, value: number | undefined): Condition | undefined {
  return value === undefined ? undefined : { property, is: 'over', value };
}

/** What was empty may not come back. */
const textOf = (value: PropertyValue | undefined): string => (value as string | undefined) ?? '';
const textsOf = (value: PropertyValue | undefined): string[] => (value as string[] | undefined) ?? [];
const msOf = (value: PropertyValue | undefined): number => (value as Date).getTime();

const PATTERNS: CollectionSchema<Pattern, Filters['patterns']> = {
  name: 'TradingPatterns',
  description: 'Patterns of executed signals, with how they ended',
  properties: [
    ...['pattern_type', 'symbol', 'symbol_class', 'timeframe', 'direction', 'market_regime', 'outcome'].map(word),
    ...['success_rate', 'profit_pips', 'confidence'].map(figure),
    ...['trade_count', 'win_count'].map(count),
    texts('counted_signals'),
    ...['last_seen', 'created_at'].map(date),
  ],
  propertiesOf: (pattern) => ({
    pattern_type: pattern.type,
    symbol: pattern.symbol,
    symbol_class: pattern.symbolClass,
    timeframe: pattern.timeframe,
    direction: pattern.direction,
    market_regime: pattern.regime,
    outcome: pattern.lastOutcome,
    success_rate: pattern.trades === 0 ? 0 : pattern.wins / pattern.trades,
    profit_pips: pattern.profitPips,
    confidence: pattern.confidence,
    trade_count: pattern.trades,
    win_count: pattern.wins,
    counted_signals: [...pattern.counted],
    last_seen: new Date(pattern.lastSeenAtMs),
    created_at: new Date(pattern.createdAtMs),
  }),
  itemOf: (id, properties) => ({
    id,
    type: textOf(properties.pattern_type),
    symbol: textOf(properties.symbol),
    symbolClass: textOf(properties.symbol_class),
    timeframe: textOf(properties.timeframe) as Pattern['timeframe'],
    direction: textOf(properties.direction) as Pattern['direction'],
    regime: textOf(properties.market_regime) as Pattern['regime'],
    confidence: properties.confidence as number,
    createdAtMs: msOf(properties.created_at),
    trades: properties.trade_count as number,
    wins: properties.win_count as number,
    profitPips: properties.profit_pips as number,
    lastOutcome: textOf(properties.outcome) as Pattern['lastOutcome'],
    counted: textsOf(properties.counted_signals),
    lastSeenAtMs: msOf(properties.last_seen),
  }),
  conditionsOf: (filter) => [
    equal('symbol', filter.symbol),
    equal('symbol_class', filter.symbolClass),
    equal('timeframe', filter.timeframe),
    equal('direction', filter.direction),
    equal('market_regime', filter.regime),
    over('trade_count', filter.tradesOver),
  ],
};

const CORRELATIONS: CollectionSchema<Correlation, Filters['correlations']> = {
  name: 'MarketCorrelations',
  description: 'How pairs of symbols moved together',
  properties: [
    words('symbol_pair'),
    word('market_regime'),
    ...['correlation_strength', 'persistence_score'].map(figure),
    count('lag_minutes'),
    date('updated_at'),
  ],
  propertiesOf: (correlation) => ({
    symbol_pair: [...correlation.symbols],
    market_regime: correlation.regime,
    correlation_strength: correlation.strength,
    persistence_score: correlation.persistence,
    lag_minutes: correlation.lagMinutes,
    updated_at: new Date(correlation.updatedAtMs),
  }),
  itemOf: (id, properties) => ({
    id,
    symbols: textsOf(properties.symbol_pair) as unknown as Correlation['symbols'],
    strength: properties.correlation_strength as number,
    lagMinutes: properties.lag_minutes as number,
    regime: textOf(properties.market_regime) as Correlation['regime'],
    persistence: properties.persistence_score as number,
    updatedAtMs: msOf(properties.updated_at),
  }),
  conditionsOf: (filter) => [
    holding('symbol_pair', filter.symbol),
    equal('market_regime', filter.regime),
    over('persistence_score', filter.persistenceOver),
  ],
};

const STRATEGIES: CollectionSchema<Strategy, Filters['strategies']> = {
  name: 'TradingStrategies',
  description: 'Settings of signals as a whole, with what they came to',
  properties: [
    word('strategy_name'),
    ...['entry_conditions', 'exit_conditions'].map(texts),
    ...['symbols', 'timeframes'].map(words),
    ...['win_rate', 'profit_factor', 'sharpe_ratio', 'max_drawdown'].map(figure),
    count('total_trades'),
    ...['created_at', 'updated_at'].map(date),
    ...['win_count', 'sum_won', 'sum_lost', 'sum_squares', 'peak'].map(number),
    texts('counted_signals'),
  ],
  propertiesOf: (strategy) => ({
    strategy_name: strategy.name,
    entry_conditions: [...strategy.entryConditions],
    exit_conditions: [...strategy.exitConditions],
    symbols: [...strategy.symbols],
    timeframes: [...strategy.timeframes],
    win_rate: strategy.winRate,
    profit_factor: strategy.profitFactor,
    sharpe_ratio: strategy.sharpeRatio,
    max_drawdown: strategy.maxDrawdown,
    total_trades: strategy.trades,
    created_at: new Date(strategy.createdAtMs),
    updated_at: new Date(strategy.updatedAtMs),
    win_count: strategy.wins,
    sum_won: strategy.won,
    sum_lost: strategy.lost,
    sum_squares: strategy.squares,
    peak: strategy.peak,
    counted_signals: [...strategy.counted],
  }),
  itemOf: (id, properties) => ({
    id,
    name: textOf(properties.strategy_name),
    entryConditions: textsOf(properties.entry_conditions),
    exitConditions: textsOf(properties.exit_conditions),
    symbols: textsOf(properties.symbols),
    timeframes: textsOf(properties.timeframes) as unknown as Strategy['timeframes'],
    winRate: properties.win_rate as number,
    profitFactor: properties.profit_factor as number,
    sharpeRatio: properties.sharpe_ratio as number,
    maxDrawdown: properties.max_drawdown as number,
    trades: properties.total_trades as number,
    createdAtMs: msOf(properties.created_at),
    updatedAtMs: msOf(properties.updated_at),
    wins: properties.win_count as number,
    won: properties.sum_won as number,
    lost: properties.sum_lost as number,
    squares: properties.sum_squares as number,
    peak: properties.peak as number,
    counted: textsOf(properties.counted_signals),
  }),
  conditionsOf: (filter) => [
    holding('symbols', filter.symbol),
    holding('timeframes', filter.timeframe),
    over('total_trades', filter.tradesOver),
  ],
};

export const COLLECTION_SCHEMAS: { readonly [C in Collection]: CollectionSchema<Items[C], Filters[C]> } = {
  patterns: PATTERNS,
  correlations: CORRELATIONS,
  strategies: STRATEGIES,
};
