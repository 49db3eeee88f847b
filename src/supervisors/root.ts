/**
 * The tree, spawned in flow order; nothing else wires.
 *
 *   /engine
 *   ├─ cluster      this node among others: who has what; absent where it is alone
 *   ├─ storage      ledger: is it there, how much waits for its commit
 *   ├─ correlations one child per timeframe from M5 up: how the symbols go together
 *   ├─ symbols      one child per symbol → indicators per timeframe → inference
 *   ├─ tenants      one child per tenant → signal, patterns, and accounts under their own supervisor
 *   ├─ gateway      listeners and sessions; a session's frames go straight to its account
 *   └─ market       one child per feed; last, so that whatever ticks lead to has somewhere to go
 */
import type { IssueToken } from '../actors/account-tokens.js';
import type { AccountOptions } from '../actors/account.js';
import { type ActorRef, type ActorSpec, ActorSystem, type Scheduler } from '../actors/actor.js';
import type { ClusterMessage } from '../actors/cluster.js';
import { CORRELATION_TIMEFRAMES, type CorrelationsMessage, correlationsActor } from '../actors/correlations.js';
import { FEED, type FeedOptions, feedActor } from '../actors/feed.js';
import type { Predictor } from '../actors/inference.js';
import { type LedgerHealth, ledgerActor } from '../actors/ledger.js';
import { Subscriptions } from '../actors/subscriptions.js';
import { type SymbolMessage, type SymbolOptions, symbolActor } from '../actors/symbol.js';
import type { TenantOptions } from '../actors/tenant.js';
import { type TenantsMessage, tenantsActor } from '../actors/tenants.js';
import type { Assessor } from '../accounts/assessment.js';
import type { Halt } from '../accounts/halt.js';
import type { SignalAllowance } from '../accounts/meter.js';
import { AtrBoard } from '../actors/atr-board.js';
import { thingOf } from '../cluster/member.js';
import { EVERY_ROLE, type Roles } from '../cluster/roles.js';
import { LIMITS } from '../limits.js';
import type { LiveTold } from '../signals/live-told.js';
import type { Prediction } from '../signals/prediction.js';
import type { TimedDecision } from '../signals/signal.js';
import type { CorrelationRow } from '../features/correlation-matrix.js';
import type { CatalogueVector } from '../features/feature-stream.js';
import type { FeatureStreams } from '../features/feature-streams.js';
import type { Candle } from '../market/candle.js';
import type { OpenCandles } from '../market/open-candles.js';
import type { Quote } from '../market/quote.js';
import type { QuoteBoard } from '../market/quote-board.js';
import type { TickBatch } from '../market/tick.js';
import type { Timeframe } from '../market/timeframe.js';
import type { Activity } from '../runtime/activity.js';
import type { Clock } from '../runtime/clock.js';
import type { Ids } from '../runtime/ids.js';
import type { Logger } from '../runtime/logger.js';
import type { Random } from '../runtime/random.js';
import type { SignalMessage, SignalOptions, SignalSettings } from '../actors/signal.js';
import type { CandleJournal } from '../storage/journal/journal.js';
import type { GroupCommit } from '../storage/ledger/group-commit.js';
import type { Ledger, TenantRow } from '../storage/ledger/ledger.js';
import { observersAsOne, type RootObserver } from './observers.js';
import { restartPolicy } from './restart-policy.js';

export interface RootOptions {
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly log: Logger;
  readonly activity: Activity;
  readonly board: QuoteBoard;
  readonly journal: CandleJournal;
  readonly features: FeatureStreams;
  readonly ledger: Ledger;
  readonly commits: GroupCommit;
  readonly symbols: readonly string[];
  readonly tenants: readonly TenantRow[];
  readonly settingsOf: (tenant: TenantRow) => SignalSettings;
  readonly assessor: Assessor;
  /** Whether an account's quotes are the reference now. */
  readonly isReference: (accountId: string) => boolean;
  readonly allowance: SignalAllowance;
  /** Of an account, from its highest equity, in percent; left out where nobody keeps it. */
  readonly drawdown?: (accountId: string) => number | undefined;
  /** The node's emergency stop, as it is now. */
  readonly halted?: () => Halt | null;
  readonly heartbeatMs: number;
  readonly issueToken?: IssueToken;
  readonly observers: readonly Partial<RootObserver>[];
  /** Told as well of ticks, candles and vectors that another node of the cluster takes care of. */
  readonly onlookers?: readonly Partial<RootObserver>[];
  /** Told of what other nodes need. */
  readonly out?: NodeOut;
  /** What this node acts for, and the actor that sees to it; everything where it is left out. */
  readonly cluster?: { readonly roles: Roles; readonly spec: ActorSpec<ClusterMessage> };
  /** Without it no model is asked. */
  readonly predictor?: Predictor;
  readonly takePrediction?: Required<SignalOptions>['takePrediction'];
  /** Tenants' own models. */
  readonly own?: Required<SignalOptions>['own'];
  /** Without them nothing is remembered of what was executed. */
  readonly patterns?: Required<TenantOptions>['patterns'];
  /** Where candles in progress can be seen. */
  readonly openCandles?: OpenCandles;
}

/** What this node does for all, told to the others. */
export interface NodeOut {
  ticks(batch: TickBatch): void;
  handed(vector: CatalogueVector, prediction: Prediction | undefined): void;
  decided(timed: TimedDecision): void;
  live(tenantId: string, told: LiveTold): void;
}

/** What others do, told to this node. */
export interface NodeIn {
  ticks(batch: TickBatch): void;
  candle(candle: Candle): void;
  handed(vector: CatalogueVector, prediction: Prediction | undefined): void;
  signal(tenantId: string, message: SignalMessage): void;
}

/** What the rest of the node holds of the tree. */
export interface Root {
  readonly system: ActorSystem;
  readonly in: NodeIn;
  readonly cluster: ActorRef<ClusterMessage> | undefined;
  readonly tenants: ActorRef<TenantsMessage>;
  readonly health: LedgerHealth;
  /** Begins to poll a feed; the last thing to be started, and the first to be stopped. */
  startFeed(name: string, options: Omit<FeedOptions, 'symbol' | 'roles' | 'newestMs' | 'onTicks'>): ActorRef<never>;
}

/** A parent that does nothing by itself: its children are the point. */
function parentOf(name: string, children: (spawn: <M>(spec: ActorSpec<M>) => ActorRef<M>) => void): ActorSpec<never> {
  return {
    name,
    lasting: true,
    create: (context) => {
      children((spec) => context.child(spec.name) ?? context.spawn(spec));
      return { receive: () => {} };
    },
  };
}

export function startRoot(options: RootOptions): Root {
  const { clock, random, log, activity, scheduler, journal, features, board } = options;
  const observer = observersAsOne(options.observers, log);
  const onCrash = (path: string): void => observer.crashed(path);
  const system = new ActorSystem({ scheduler, clock, random, log, activity, restartPolicy, onCrash });
  const health: LedgerHealth = { ok: true, sentence: undefined };
  const subscriptions = new Subscriptions();
  const { out } = options;
  const roles = options.cluster?.roles ?? EVERY_ROLE;
  const onlooker = observersAsOne(options.onlookers ?? [], log);
  const acts = (symbol: string): boolean => roles.holds(thingOf('symbol', symbol)) !== undefined;

  const cluster = options.cluster && system.spawn(options.cluster.spec);
  system.spawn(parentOf('storage', (spawn) => spawn(ledgerActor({ ledger: options.ledger, commits: options.commits, health }))));

  const correlations = new Map<Timeframe, ActorRef<CorrelationsMessage>>();
  system.spawn(
    parentOf('correlations', (spawn) => {
      const onRow = (row: CorrelationRow): void => (roles.holds(FEED) === undefined ? onlooker : observer).correlated(row);
      for (const timeframe of CORRELATION_TIMEFRAMES)
        correlations.set(timeframe, spawn(correlationsActor({ timeframe, symbols: options.symbols, journal, onRow })));
    }),
  );

  const atrs = new AtrBoard();
  const atr: AccountOptions['atr'] = (symbol, timeframe) => atrs.of(symbol, timeframe);
  const symbols = new Map<string, ActorRef<SymbolMessage>>();
  system.spawn(
    parentOf('symbols', (spawn) => {
      const onCandle = (candle: Candle, tickAtNs: bigint): void => {
        observer.candle(candle, tickAtNs);
        correlations.get(candle.timeframe)?.tell({ kind: 'candle', candle });
      };
      const onTicks = (batch: TickBatch, newest: Quote): void => (acts(batch.symbol) ? observer : onlooker).ticked(batch, newest);
      const onFollowed = (candle: Candle): void => {
        onlooker.candle(candle, clock.monotonicNs());
        correlations.get(candle.timeframe)?.tell({ kind: 'candle', candle });
      };
      const onFollowedVector = (vector: CatalogueVector): void => {
        atrs.post(vector);
        onlooker.vector(vector);
      };
      const onVector = (vector: CatalogueVector): void => {
        atrs.post(vector);
        observer.vector(vector);
      };
      const shared = {
        ...{ board, journal, features, subscriptions, roles, onTicks, onCandle, onVector, onFollowed, onFollowedVector },
        onHanded: (vector: CatalogueVector, prediction: Prediction | undefined): void => out?.handed(vector, prediction),
        ...inferenceOf(options, observer),
        ...(options.openCandles === undefined ? {} : { openCandles: options.openCandles }),
      };
      for (const symbol of options.symbols) symbols.set(symbol, spawn(symbolActor({ symbol, ...shared })));
    }),
  );
  roles.follow((thing, held) => {
    const [kind, ...name] = thing.split('/');
    if (held && kind === 'symbol') symbols.get(name.join('/'))?.tell({ kind: 'promoted' });
  });

  const { ids, assessor, isReference, allowance, heartbeatMs, commits, takePrediction, own } = options;
  const tenants = system.spawn(
    tenantsActor({
      signal: {
        subscriptions,
        features,
        onDecision: (decision) => observer.decision(decision),
        roles,
        hasRoom: () => commits.pending < LIMITS.signal.spreadUnderWay,
        onSpread: (timed) => out?.decided(timed),
        onLive: (tenantId, told) => out?.live(tenantId, told),
        ...(takePrediction === undefined ? {} : { takePrediction }),
        ...(own === undefined ? {} : { own }),
      },
      account: {
        ids,
        assessor,
        reference: (symbol, timeMs) => board.nearest(symbol, timeMs),
        isReference,
        allowance,
        heartbeatMs,
        atr,
        commit: (ops) => commits.submit(ops),
        disable: (id, halt) => options.ledger.setAccountDisabled(id, halt, halt.atMs),
        observer,
        ...(options.drawdown === undefined ? {} : { drawdown: options.drawdown }),
        ...(options.issueToken && { issueToken: options.issueToken }),
      },
      ...(options.halted === undefined ? {} : { halted: options.halted }),
      settingsOf: options.settingsOf,
      ...(options.patterns === undefined ? {} : { patterns: options.patterns }),
    }),
  );
  for (const tenant of options.tenants) tenants.tell({ kind: 'tenant', tenant });

  return {
    system,
    cluster,
    in: {
      ticks: (batch) => void symbols.get(batch.symbol)?.tell({ kind: 'ticks', batch, atNs: clock.monotonicNs() }),
      candle: (candle) => void symbols.get(candle.symbol)?.tell({ kind: 'closed', candle }),
      handed: (vector, prediction) => {
        options.predictor?.followed?.(vector, prediction);
        subscriptions.handOver(vector, prediction === undefined ? {} : { prediction });
      },
      signal: (tenantId, message) => void tenants.tell({ kind: 'to-signal', tenantId, message }),
    },
    tenants,
    health,
    startFeed: (name, feed) => {
      const onTicks = (batch: TickBatch): void => out?.ticks(batch);
      const newestMs = (symbol: string): number | undefined => board.latest(symbol)?.timeMs;
      const spec = feedActor(name, { ...feed, symbol: (symbol) => symbols.get(symbol), roles, newestMs, onTicks });
      return system.spawn(parentOf('market', (spawn) => spawn(spec)));
    },
  };
}

function inferenceOf({ predictor }: RootOptions, observer: RootObserver): Pick<SymbolOptions, 'inference'> {
  if (predictor === undefined) return {};
  predictor.onOutcome((outcome) => observer.outcome(outcome));
  return { inference: { predictor, onPrediction: (prediction, vector) => observer.predicted(prediction, vector) } };
}
