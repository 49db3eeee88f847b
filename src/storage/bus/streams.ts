/** What the bus carries: each subject and each stream, declared once. `docs/SUBJECTS.md` shows both, with the seeds' names. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MIB = 1_048_576;

export interface StreamSpec {
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  /** At its bytes: `oldest` leaves, for what can be computed again; or the new one is `refused`. */
  readonly atBound: 'oldest' | 'refused';
  readonly holds: string;
}

export const STREAMS = {
  CANDLES: {
    maxAgeMs: 7 * DAY,
    maxBytes: 512 * MIB,
    atBound: 'oldest',
    holds: 'closed candles, for a node that joins',
  },
  SIGNALS: {
    // Twice as long as any decision is valid; the oldest is the one that is over first.
    maxAgeMs: HOUR / 2,
    maxBytes: 256 * MIB,
    atBound: 'oldest',
    holds: 'decisions and signals on their way to the nodes of their accounts',
  },
  COMMANDS: {
    maxAgeMs: DAY,
    maxBytes: 64 * MIB,
    atBound: 'refused',
    holds: 'what an account is told to change',
  },
  ACCOUNTS: {
    maxAgeMs: DAY,
    maxBytes: 512 * MIB,
    atBound: 'refused',
    holds: 'trades and risk events of accounts',
  },
} as const satisfies Readonly<Record<string, StreamSpec>>;

export type StreamName = keyof typeof STREAMS;

export interface SubjectSpec<T extends string = string> {
  readonly template: T;
  readonly stream: StreamName | undefined;
  readonly carries: string;
  /** The seeds' names for it, as written there. */
  readonly seeds: readonly string[];
}

function told<const T extends string>(template: T, carries: string, ...seeds: readonly string[]) {
  return { template, carries, seeds, stream: undefined };
}

function kept<const T extends string>(stream: StreamName, template: T, carries: string, ...seeds: readonly string[]) {
  return { template, carries, seeds, stream };
}

export const SUBJECTS = {
  ticks: told(
    'market.tick.{symbol}',
    'ticks of the reference feed, in batches',
    'market.forex.quotes',
    'market.tenant123.tick.EURUSD',
    'market-data-events',
    'MarketDataReceived',
  ),
  candle: kept('CANDLES', 'market.candle.{symbol}.{timeframe}', 'a closed candle', 'Kafka topic of aggregates'),
  features: told(
    'market.features.{symbol}.{timeframe}',
    'all indicators at a close, and what models said of it',
    'feature events',
  ),
  prediction: told('market.prediction.{symbol}.{timeframe}', 'a prediction', 'MLPredictionGenerated', 'prediction events'),
  decision: kept(
    'SIGNALS',
    'tenant.{tenant}.decision.{symbol}',
    'what a tenant’s signal actor decided, for all of its accounts',
    'mt5.signal.broadcast.{signal_id}',
    'decision events',
  ),
  signal: kept(
    'SIGNALS',
    'mt5.signal.{account}.{signal}',
    'a signal of one account, committed to the ledger before',
    'mt5.signal.{account_id}.{signal_id}',
    'mt5.signals.{user_id}',
    'ExecuteTrade',
  ),
  risk: kept(
    'COMMANDS',
    'mt5.config.{account}.risk',
    'risk settings of an account',
    'mt5.config.{account_id}.risk_params',
    'UpdateRiskLimits',
  ),
  settings: kept('COMMANDS', 'mt5.config.{account}.settings', 'settings of an EA', 'mt5.config.{account_id}.settings'),
  command: told(
    'mt5.command.{account}.{command}',
    'close, cancel, change an order: asked of the node that has the account’s session',
    'mt5.command.{account_id}.{command_type}',
  ),
  feed: told('mt5.account.{account}.feed', 'quotes of an account whose broker is the feed, for the node that polls it'),
  view: told('mt5.account.{account}.view', 'what an account’s actor shows of itself, asked of the node that has its session'),
  answer: told('cluster.answer.{node}.{question}', 'what a node answers to what another asked of it'),
  shown: told('tenant.{tenant}.shown.{topic}', 'an event of a stream, for those who hear it on another node'),
  changed: told('cluster.changed.{kind}.{name}', 'an account or a tenant is another in the ledger'),
  stop: told('cluster.stop.{node}', 'all nodes are stopped, or trade again'),
  profile: told('mt5.account.{account}.profile', 'what an EA says of its account', 'mt5.account.{account_id}.profile'),
  balance: told('mt5.account.{account}.balance', 'an account’s money', 'mt5.account.{account_id}.balance'),
  heartbeat: told('mt5.account.{account}.heartbeat', 'an EA is there', 'mt5.account.{account_id}.heartbeat'),
  quote: told('mt5.account.{account}.quotes.{symbol}', 'a broker’s quote', 'mt5.account.{account_id}.quotes.{symbol}'),
  trade: kept(
    'ACCOUNTS',
    'mt5.account.{account}.trades.{action}',
    'a deal: open, close, modify',
    'mt5.account.{account_id}.trades.{action}',
    'TradingExecuted',
    'execution events',
  ),
  riskEvent: kept(
    'ACCOUNTS',
    'mt5.account.{account}.risk',
    'a bound of risk was reached, or an EA is silent or back',
    'RiskThresholdBreached',
    'EA Connectivity',
  ),
  live: told('tenant.{tenant}.live.{account}', 'the sides that an account has open, for the node that decides'),
  node: told('cluster.node.{node}.heartbeat', 'a node is there, with its load', 'monitoring events'),
  lease: told('cluster.lease.{kind}.{name}', 'a lease was taken, with its epoch'),
} as const;

export type SubjectName = keyof typeof SUBJECTS;
