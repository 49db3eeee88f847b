/**
 * The tables of the analytics store as the code knows them: what a row is, who may read it, and what is lost where a row
 * is. `schema/analytics/` makes them; a test holds the two together. A field `gapBefore` is the column `gap_before`.
 */
import type { FeatureRow } from '../../features/feature-rows.js';

/** A column's type, by what it holds; `word` is text of few different values. */
export const CLICKHOUSE_TYPES = {
  text: 'String',
  word: 'LowCardinality(String)',
  number: 'Float64',
  optional: 'Nullable(Float64)',
  count: 'UInt32',
  long: 'UInt64',
  integer: 'Int32',
  instant: "DateTime64(3, 'UTC')",
  later: "Nullable(DateTime64(3, 'UTC'))",
  flag: 'Bool',
  numbers: 'Array(Float64)',
  words: 'Map(String, String)',
  figures: 'Map(String, Float64)',
} as const;

export type ColumnKind = keyof typeof CLICKHOUSE_TYPES;

interface ValueOf {
  text: string;
  word: string;
  number: number;
  /** NaN, null and undefined are no value. */
  optional: number | null | undefined;
  count: number;
  long: number;
  integer: number;
  /** UTC milliseconds. */
  instant: number;
  later: number | null | undefined;
  flag: boolean;
  numbers: ArrayLike<number>;
  words: Readonly<Record<string, string>>;
  figures: Readonly<Record<string, number>>;
}

type Columns = Readonly<Record<string, ColumnKind>>;

/**
 * Who reads a row: of a `market` table everybody; of a `tenant` table its tenant; of a `shared` table its tenant, and
 * everybody where the tenant is empty, which is what the engine's own models said.
 */
export type Readers = 'market' | 'tenant' | 'shared';

/**
 * What happens when the store has been away for so long that the spill on disk is full: `droppable` rows can be computed
 * again, copied again, or are conflated anyway, and lose their oldest; `kept` rows cannot, and stop new signals.
 */
export type Loss = 'droppable' | 'kept';

interface Table {
  readonly readers: Readers;
  readonly loss: Loss;
  readonly columns: Columns;
}

function table<const C extends Columns>(readers: Readers, loss: Loss, columns: C): Table & { readonly columns: C } {
  return { readers, loss, columns };
}

const TENANT = { time: 'instant', tenantId: 'word' } as const;
const ACCOUNT = { ...TENANT, accountId: 'word' } as const;
const BAR = { symbol: 'word', timeframe: 'word', open: 'number', high: 'number', low: 'number', close: 'number' } as const;

export const TABLES = {
  ticks: table('market', 'droppable', {
    time: 'instant',
    symbol: 'word',
    bid: 'number',
    ask: 'number',
    volume: 'number',
    source: 'word',
    exchange: 'word',
  }),
  candles: table('market', 'droppable', {
    time: 'instant',
    ...BAR,
    volume: 'number',
    spread: 'number',
    gapBefore: 'count',
    vwap: 'optional',
    trades: 'optional',
    source: 'word',
  }),
  /** The catalogue's columns and the labels' come after these, see `schema.ts`. */
  features: table('market', 'droppable', {
    time: 'instant',
    ...BAR,
    volume: 'number',
    catalogue: 'count',
    completeness: 'number',
  }),
  correlations: table('market', 'droppable', {
    time: 'instant',
    a: 'word',
    b: 'word',
    timeframe: 'word',
    window: 'count',
    lag: 'integer',
    correlation: 'number',
    persistence: 'optional',
    vector: 'numbers',
    regime: 'word',
  }),
  predictions: table('shared', 'droppable', {
    ...TENANT,
    predictionId: 'text',
    modelId: 'word',
    symbol: 'word',
    timeframe: 'word',
    /** 1 buy, −1 sell, 0 neither. */
    direction: 'integer',
    confidence: 'number',
    price: 'optional',
    lstmPrice1m: 'optional',
    lstmPrice5m: 'optional',
    lstmPrice15m: 'optional',
    lstmPrice1h: 'optional',
    lstmConfidence: 'optional',
    cnnPattern: 'word',
    cnnProbability: 'optional',
    cnnTargetPrice: 'optional',
    boostingDirection: 'word',
    boostingBuy: 'optional',
    boostingSell: 'optional',
    boostingHold: 'optional',
    similarPatterns: 'count',
    patternSimilarity: 'optional',
  }),
  /** Of a prediction once its horizon is over: the prediction's own time, so that both are found alike. */
  predictionOutcomes: table('shared', 'droppable', {
    ...TENANT,
    modelId: 'word',
    symbol: 'word',
    predictionId: 'text',
    predictedPrice: 'optional',
    actualPrice: 'number',
    actualDirection: 'integer',
    correct: 'flag',
    accuracy: 'number',
    confidence: 'number',
  }),
  retrainingRuns: table('shared', 'droppable', {
    ...TENANT,
    runId: 'text',
    symbol: 'word',
    modelType: 'word',
    trainingSamples: 'long',
    validationSamples: 'long',
    testSamples: 'long',
    trainingAccuracy: 'number',
    validationAccuracy: 'number',
    testAccuracy: 'number',
    previousModelId: 'text',
    newModelId: 'text',
    improvementPercent: 'number',
    deployed: 'flag',
    deployedAt: 'later',
    durationS: 'number',
  }),
  backtests: table('tenant', 'droppable', {
    ...TENANT,
    backtestId: 'text',
    strategy: 'word',
    symbol: 'word',
    timeframe: 'word',
    startedAt: 'instant',
    endedAt: 'instant',
    totalTrades: 'count',
    winRate: 'number',
    profitFactor: 'optional',
    sharpeRatio: 'optional',
    maxDrawdown: 'number',
    totalReturnPercent: 'number',
    digest: 'text',
    parameters: 'words',
  }),
  brokerQuotes: table('tenant', 'droppable', {
    ...ACCOUNT,
    symbol: 'word',
    bid: 'number',
    ask: 'number',
    broker: 'word',
    accountType: 'word',
    server: 'word',
    /** Middle of the reference quote nearest in time; none where there was none near enough. */
    referenceMid: 'optional',
    /** The broker's middle less the reference's, in price units, and as a share of the reference in percent. */
    deviation: 'optional',
    deviationPercent: 'optional',
    tickVolume: 'number',
    /** Of each side, in price units. */
    deviationBid: 'optional',
    deviationAsk: 'optional',
  }),
  heartbeats: table('tenant', 'kept', {
    ...ACCOUNT,
    status: 'word',
    roundTripMs: 'optional',
    clockOffsetMs: 'optional',
    brokerConnected: 'flag',
    tradeAllowed: 'flag',
    expertAllowed: 'flag',
    synchronised: 'flag',
    errorCount: 'count',
    eaVersion: 'word',
  }),
  balanceHistory: table('tenant', 'kept', {
    ...ACCOUNT,
    broker: 'word',
    currency: 'word',
    balance: 'number',
    equity: 'number',
    margin: 'number',
    freeMargin: 'number',
    marginLevel: 'optional',
    floating: 'number',
    dayProfit: 'number',
    leverage: 'number',
  }),
  /** Copies: the ledger has them, and they can be copied again. */
  executions: table('tenant', 'droppable', {
    ...ACCOUNT,
    signalId: 'text',
    attempt: 'count',
    outcome: 'word',
    strategy: 'word',
    symbol: 'word',
    direction: 'word',
    score: 'number',
    requestedVolume: 'number',
    filledVolume: 'number',
    requestedPrice: 'number',
    price: 'number',
    slippagePips: 'optional',
    spread: 'optional',
    volatility: 'optional',
    latencyMs: 'optional',
    retcode: 'count',
    position: 'text',
    sentence: 'text',
    broker: 'word',
    server: 'word',
    /** OPEN or CLOSE. */
    kind: 'word',
    /** From the order's leaving the EA to the broker's answer; and from the signal's row in the ledger to its result's. */
    orderMs: 'optional',
    resultMs: 'optional',
  }),
  closedTrades: table('tenant', 'droppable', {
    ...ACCOUNT,
    tradeId: 'text',
    signalId: 'text',
    predictionId: 'text',
    patternId: 'text',
    strategy: 'word',
    symbol: 'word',
    direction: 'word',
    openedAt: 'instant',
    entryPrice: 'number',
    exitPrice: 'number',
    volume: 'number',
    stopLoss: 'number',
    takeProfit: 'number',
    pips: 'number',
    profit: 'number',
    commission: 'number',
    swap: 'number',
    currency: 'word',
    outcome: 'word',
    reason: 'word',
  }),
  tradingPerformance: table('tenant', 'droppable', {
    ...ACCOUNT,
    symbol: 'word',
    strategy: 'word',
    totalTrades: 'count',
    wins: 'count',
    losses: 'count',
    winRate: 'number',
    totalPips: 'number',
    totalProfit: 'number',
    averageProfit: 'number',
    maxDrawdown: 'number',
    sharpeRatio: 'optional',
    profitFactor: 'optional',
    averageHoldMinutes: 'number',
  }),
  logs: table('tenant', 'droppable', {
    ...TENANT,
    service: 'word',
    level: 'word',
    traceId: 'text',
    accountId: 'text',
    action: 'word',
    durationMs: 'optional',
    success: 'flag',
    message: 'text',
    metadata: 'words',
    /** Tells lines apart that differ in nothing else of their key. */
    line: 'long',
  }),
  inferenceLogs: table('tenant', 'droppable', {
    ...TENANT,
    modelId: 'word',
    modelVersion: 'word',
    symbol: 'word',
    timeframe: 'word',
    confidence: 'number',
    result: 'word',
    durationMs: 'number',
    tier: 'word',
    cacheHit: 'flag',
    inputs: 'figures',
  }),
  gaps: table('tenant', 'droppable', {
    ...TENANT,
    lane: 'word',
    fromTime: 'instant',
    toTime: 'instant',
    items: 'long',
  }),
} as const;

export type TableName = keyof typeof TABLES;
export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

/** Those whose rows go to the archive, and can be put back: their rows stay at least until `held_until`, a column of theirs. */
export const ARCHIVED_TABLES = ['ticks', 'inferenceLogs', 'logs'] as const satisfies readonly TableName[];

type Fields<C extends Columns> = { readonly [K in keyof C as undefined extends ValueOf[C[K]] ? never : K]: ValueOf[C[K]] } & {
  readonly [K in keyof C as undefined extends ValueOf[C[K]] ? K : never]?: ValueOf[C[K]];
};

/** What is handed over to be stored in a table. */
export type RowOf<T extends TableName> = T extends 'features' ? FeatureRow : Fields<(typeof TABLES)[T]['columns']>;

/** `gapBefore` → `gap_before`, `lstmPrice1m` → `lstm_price_1m`. */
export function columnOf(field: string): string {
  return field.replace(/[A-Z]|(?<=[a-z])(?=[0-9])/g, (upper) => `_${upper.toLowerCase()}`);
}

/** The table's full name in SQL. */
export function sqlName(table: TableName): string {
  return `suho.${columnOf(table)}`;
}
