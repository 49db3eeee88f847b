import { thingOf } from '../cluster/member.js';
import { EVERY_ROLE, type Roles } from '../cluster/roles.js';
import { TIMEFRAME_MS, type Timeframe } from '../market/timeframe.js';
import type { CatalogueVector } from '../features/feature-stream.js';
import type { ColumnView } from '../features/column-view.js';
import type { FeatureStreams } from '../features/feature-streams.js';
import { type DeciderSettings, type DeciderState, INITIAL_DECIDER_STATE } from '../signals/decider.js';
import { type Evidence, judge, neededPatterns } from '../signals/lineage.js';
import { type ModelRecords, NO_RECORDS } from '../signals/model-record.js';
import type { LiveTold } from '../signals/live-told.js';
import { learnOutcome, OutcomeBoard } from '../signals/outcome-board.js';
import { heardKinds, membersFor, type ModelSaid, type PredictionRights, type SpeakerKind } from '../signals/prediction.js';
import type { Thresholds } from '../signals/score.js';
import type { Decision, Directions, TimedDecision } from '../signals/signal.js';
import { technicalValues } from '../signals/technical.js';
import { LIMITS } from '../limits.js';
import { assert, unreachable } from '../runtime/assert.js';
import type { AccountMessage } from './account.js';
import type { ActorContext, ActorRef, ActorSpec, Behaviour } from './actor.js';
import type { PatternsMessage } from './patterns.js';
import { Spreading } from './spreading.js';
import { type FeatureVector, featureVector, type Subscriptions } from './subscriptions.js';

/** What a tenant's signals are made by. */
export interface SignalSettings {
  readonly tenantId: string;
  readonly strategy: string;
  readonly timeframe: Timeframe;
  /** Those that it chose and its tier allows. */
  readonly symbols: readonly string[];
  readonly thresholds: Thresholds;
  /** The columns that its tier gives it to judge by. */
  readonly columns: ColumnView;
  /** What its tier lets it hear of models, and whether it has a history of patterns. */
  readonly rights: PredictionRights & { readonly patterns: boolean; readonly own: boolean };
}

export interface SignalOptions {
  readonly settings: () => SignalSettings;
  readonly subscriptions: Subscriptions;
  readonly features: FeatureStreams;
  readonly accounts: AccountDirectory;
  readonly onDecision: (decision: Decision) => void;
  /** Of several nodes one decides for the tenant; the others go along, and hand what it decided to the accounts that they have. */
  readonly roles?: Roles;
  /** Whether more may be under way in the accounts; without it always. */
  readonly hasRoom?: () => boolean;
  /** Told of each decision and what it was made of, for the other nodes. */
  readonly onSpread?: (timed: TimedDecision) => void;
  /** Told of an account's directions that are live, or no longer known (null), for the node that decides. */
  readonly onLive?: (tenantId: string, told: LiveTold) => void;
  /** The tenant's patterns; without them their part is absent. */
  readonly patterns?: ActorRef<PatternsMessage>;
  /** Takes one prediction of what the tenant's tier includes, in which these are heard; false where that is used up. */
  readonly takePrediction?: (tenantId: string, heard: readonly SpeakerKind[]) => boolean;
  /** The tenant's own models; rejects where none can be asked. */
  readonly own?: {
    predict(tenantId: string, window: readonly CatalogueVector[], records: ModelRecords): Promise<readonly ModelSaid[]>;
  };
}

type Neighbours = Evidence['neighbours'];
type Known = Omit<Evidence, 'neighbours' | 'live'>;

/** A vector on its way to a decision, and what is known of it so far. */
interface Weighing {
  readonly vector: FeatureVector;
  /** What the tenant's own models said; none while they are asked. */
  own: readonly ModelSaid[];
  /** Undefined while they are. */
  evidence: Known | undefined;
}

/** The living accounts of one tenant. */
export interface AccountDirectory {
  get(accountId: string): ActorRef<AccountMessage> | undefined;
  all(): readonly ActorRef<AccountMessage>[];
}

export type SignalMessage =
  | FeatureVector
  | { readonly kind: 'connected'; readonly accountId: string }
  /** What was told of the account's directions no longer holds. */
  | { readonly kind: 'forget'; readonly accountId: string }
  | { readonly kind: 'live'; readonly accountId: string; readonly symbol: string; readonly directions: Directions }
  /** What was found in the tenant's history for a close. */
  | { readonly kind: 'found'; readonly weighing: Weighing; readonly neighbours: Neighbours }
  /** What the tenant's own models said of a close. */
  | { readonly kind: 'owned'; readonly weighing: Weighing; readonly said: readonly ModelSaid[] }
  /** Another node has decided for the tenant. */
  | { readonly kind: 'decided'; readonly timed: TimedDecision }
  /** An account of another node has told. */
  | { readonly kind: 'elsewhere'; readonly told: LiveTold }
  /** Another node has begun to listen: what this one's accounts have told is told again. */
  | { readonly kind: 'tell-live' }
  /** The next accounts are told what was decided. */
  | { readonly kind: 'spread' }
  | { readonly kind: 'settings' };

/**
 * One tenant: vectors in, decisions out to all of its accounts.
 *
 * Most closes are judged as they come. Where the tenant's own history could still make a signal of one, it is asked, and the
 * close is weighed when it has answered; should the next close of the symbol come first, that history is too late for this one.
 */
class SignalActor implements Behaviour<SignalMessage> {
  readonly #states = new Map<string, DeciderState>();
  /** By symbol: the close whose neighbours are looked for. */
  readonly #weighed = new Map<string, Weighing>();
  /** Accounts that are live, by symbol and direction. */
  readonly #live = new Map<string, Set<string>>();
  #ownRecords: ModelRecords = NO_RECORDS;
  #ownOutcomes: OutcomeBoard;
  #valid: TimedDecision[] = [];
  #settings: SignalSettings;
  #decisions = 0;

  constructor(
    readonly context: ActorContext<SignalMessage>,
    readonly options: SignalOptions,
    readonly spreading: Spreading,
  ) {
    this.#settings = options.settings();
    this.#ownOutcomes = new OutcomeBoard(this.#settings.timeframe);
    this.#follow();
    this.#goOnSpreading();
  }

  receive(message: SignalMessage): void {
    switch (message.kind) {
      case 'vector':
        return this.#take(message);
      // Of a close that was overtaken there is nothing left to say.
      case 'owned':
        if (this.#isWeighed(message.weighing)) this.#gather(message.weighing, message.said);
        return;
      case 'found':
        if (this.#isWeighed(message.weighing)) this.#judge(message.weighing, message.neighbours);
        return;
      case 'connected':
        return this.#offer(message.accountId);
      case 'forget':
        this.#forget(message.accountId);
        return this.#tellLive({ accountId: message.accountId, live: null });
      case 'live': {
        const { accountId, symbol, directions } = message;
        this.#keepLive(accountId, symbol, directions);
        return this.#tellLive({ accountId, live: { symbol, directions } });
      }
      case 'elsewhere': {
        const { accountId, live } = message.told;
        if (live === null) this.#forget(accountId);
        else this.#keepLive(accountId, live.symbol, live.directions);
        return;
      }
      case 'tell-live':
        return this.#tellAllLive();
      case 'decided':
        return this.#takeDecided(message.timed);
      case 'spread':
        this.spreading.tellSlice();
        return this.#goOnSpreading();
      case 'settings':
        this.options.subscriptions.unsubscribe(this.context.self);
        this.#settings = this.options.settings();
        this.#ownOutcomes = new OutcomeBoard(this.#settings.timeframe);
        return this.#follow();
      default:
        return unreachable(message);
    }
  }

  released(): void {
    this.options.subscriptions.unsubscribe(this.context.self);
  }

  inspect(): Readonly<Record<string, unknown>> {
    const { strategy, timeframe, symbols } = this.#settings;
    return {
      strategy,
      timeframe,
      symbols: symbols.length,
      decisions: this.#decisions,
      valid: this.#stillValid().length,
      ...this.#sizes(),
    };
  }

  /** What grows with what is under way, and must not with what has been. */
  #sizes(): Readonly<Record<string, number>> {
    let live = 0;
    for (const accounts of this.#live.values()) live += accounts.size;
    return { live, liveKeys: this.#live.size, offers: this.#valid.length, weighed: this.#weighed.size };
  }

  /**
   * Subscribes, and brings each symbol's machine to where the newest candles leave it: what is decided at a close depends on
   * the close before alone, and nothing older is valid still.
   */
  #follow(): void {
    const { symbols, timeframe, columns } = this.#settings;
    const { subscriptions, features } = this.options;
    this.#states.clear();
    this.#weighed.clear();
    for (const symbol of symbols) {
      this.#states.set(symbol, INITIAL_DECIDER_STATE);
      if (subscriptions.subscribe(symbol, timeframe, this.context.self, columns)) continue;
      const recent = features.recent(symbol, timeframe).slice(-2);
      for (const vector of recent) this.#take(featureVector(vector, columns, { past: true }));
    }
  }

  #take(vector: FeatureVector): void {
    const { symbol, time } = vector.candle;
    if (!this.#states.has(symbol)) return;
    const overtaken = this.#weighed.get(symbol);
    if (overtaken !== undefined) this.#judge(overtaken, { absent: 'late' });
    this.#learn(vector);
    const weighing: Weighing = { vector, own: [], evidence: undefined };
    this.#weighed.set(symbol, weighing);
    const { rights, tenantId, timeframe } = this.#settings;
    const { own, features } = this.options;
    if (own === undefined || !rights.own || !this.#acts()) return this.#gather(weighing, []);
    const window = features.recent(symbol, timeframe).filter(({ candle }) => candle.time <= time);
    if (window.length === 0) return this.#gather(weighing, []);
    this.context.pipe(
      own.predict(tenantId, window, this.#ownRecords),
      (said) => ({ kind: 'owned', weighing, said }),
      () => ({ kind: 'owned', weighing, said: [] }),
    );
  }

  #isWeighed(weighing: Weighing): boolean {
    return this.#weighed.get(weighing.vector.candle.symbol) === weighing;
  }

  /** How right the tenant's own models were; of the shared ones the engine keeps the record. */
  #learn({ candle, past }: FeatureVector): void {
    if (past) return;
    this.#ownRecords = this.#ownOutcomes.ended(candle).reduce(learnOutcome, this.#ownRecords);
  }

  /** All that is known of the close but its neighbours. */
  #gather(weighing: Weighing, own: readonly ModelSaid[]): void {
    weighing.own = own;
    const evidence = this.#evidence(weighing);
    weighing.evidence = evidence;
    const { vector } = weighing;
    const { rights, timeframe } = this.#settings;
    const { symbol, time } = vector.candle;
    const { patterns } = this.options;
    if (!this.#acts()) return this.#judge(weighing, { absent: 'out of reach' });
    if (!rights.patterns) return this.#judge(weighing, { absent: 'tier' });
    const { embedding } = evidence;
    if (patterns === undefined || embedding === undefined) return this.#judge(weighing, { absent: 'no model' });
    // Asked only where what is found can still make a signal.
    const question = neededPatterns(this.#decider(symbol), evidence);
    if (question === undefined) return this.#judge(weighing, { absent: 'out of reach' });
    const answered = (neighbours: Neighbours): void => void this.context.self.tell({ kind: 'found', weighing, neighbours });
    const place = { symbol, timeframe, closeTime: time + TIMEFRAME_MS[timeframe] };
    if (!patterns.tell({ kind: 'match', ...place, embedding: embedding.vector, question, answered }))
      this.#judge(weighing, { absent: 'store down' });
  }

  #evidence({ vector, own }: Weighing): Known {
    const { candle, columns, stops, prediction } = vector;
    const { time, close } = candle;
    const values = technicalValues((column) => columns.valueOf(column));
    const shapes = prediction?.shapes;
    const embedding = shapes === undefined ? {} : { embedding: { vector: shapes.embedding, model: shapes.model } };
    return { time, close, values, stops, models: this.#models(vector, own), ...embedding };
  }

  #models({ candle, prediction, past }: FeatureVector, own: readonly ModelSaid[]): Evidence['models'] {
    const { rights, tenantId, timeframe } = this.#settings;
    const models = membersFor(candle.time + TIMEFRAME_MS[timeframe], prediction, rights, own);
    if ('absent' in models || past) return models;
    const heard = heardKinds([...(prediction?.said ?? []), ...own], models);
    // Of several nodes the one that decides takes it, once for all.
    if (heard.length === 0 || !this.#acts()) return models;
    return this.options.takePrediction?.(tenantId, heard) === false ? { absent: 'used up' } : models;
  }

  #judge(weighing: Weighing, neighbours: Neighbours): void {
    const { vector, own } = weighing;
    const { candle, tickAtNs, past } = vector;
    this.#weighed.delete(candle.symbol);
    weighing.evidence ??= this.#evidence(weighing);
    const decided = this.#decide(weighing, weighing.evidence, neighbours);
    if (!this.#acts()) return;
    for (const { decision } of decided) this.#remember(decision, weighing.evidence);
    // What a crash kept from going out may be valid still: it is offered, as to an account that connects.
    if (past) {
      const nowMs = this.context.clock.nowMs();
      const valid = decided.filter(({ decision }) => decision.validUntil > nowMs);
      this.#valid = [...this.#stillValid(), ...valid];
      for (const account of this.options.accounts.all()) this.#offerTo(account, valid);
      return;
    }
    const { timeframe } = this.#settings;
    const { symbol, time, close } = candle;
    const atMs = time + TIMEFRAME_MS[timeframe];
    const regime = vector.stops.regime;
    this.#ownOutcomes.post({ symbol, timeframe, time, atMs, regime, said: own, shapes: undefined, pooled: [] }, close);
    for (const timed of decided) {
      this.#decisions += 1;
      this.options.onDecision(timed.decision);
      this.options.onSpread?.(timed);
      this.#spread({ ...timed, ...(tickAtNs === undefined ? {} : { tickAtNs }) });
    }
  }

  #decider(symbol: string): DeciderSettings {
    const { tenantId, strategy, timeframe, thresholds } = this.#settings;
    return { tenantId, strategy, symbol, timeframe, thresholds };
  }

  #decide({ vector }: Weighing, evidence: Known, neighbours: Neighbours): readonly TimedDecision[] {
    const { symbol } = vector.candle;
    const state = this.#states.get(symbol);
    assert(state !== undefined, `the tenant follows ${symbol}`);
    const live = { BUY: this.#isLive(symbol, 'BUY'), SELL: this.#isLive(symbol, 'SELL') };
    const judged = judge(this.#decider(symbol), state, { ...evidence, live, neighbours });
    this.#states.set(symbol, judged.state);
    const { lineage } = judged;
    if (lineage === undefined) return [];
    return judged.decisions.map((decision) => ({ decision, lineage }));
  }

  /** Its pattern is kept when an account executes it. */
  #remember(decision: Decision, { embedding, stops }: Known): void {
    if (embedding === undefined) return;
    const { vector, model: type } = embedding;
    this.options.patterns?.tell({ kind: 'decided', decision, embedding: vector, type, regime: stops.regime ?? '' });
  }

  /** Whether this node decides for the tenant now. */
  #acts(): boolean {
    return (this.options.roles ?? EVERY_ROLE).holds(thingOf('tenant', this.#settings.tenantId)) !== undefined;
  }

  /** Its pattern is found by its lineage, should it be executed here. */
  #takeDecided(timed: TimedDecision): void {
    if (timed.decision.validUntil > this.context.clock.nowMs()) this.#spread(timed);
  }

  #forget(accountId: string): void {
    for (const accounts of this.#live.values()) accounts.delete(accountId);
  }

  #tellLive(told: LiveTold): void {
    this.options.onLive?.(this.#settings.tenantId, told);
  }

  /** Of the accounts that are here. */
  #tellAllLive(): void {
    for (const [key, accounts] of this.#live) {
      const [symbol = '', direction] = key.split('/');
      for (const accountId of accounts) {
        if (this.options.accounts.get(accountId) === undefined) continue;
        const other = direction === 'BUY' ? 'SELL' : 'BUY';
        const isOther = this.#live.get(`${symbol}/${other}`)?.has(accountId) ?? false;
        const directions = direction === 'BUY' ? { BUY: true, SELL: isOther } : { BUY: isOther, SELL: true };
        this.#tellLive({ accountId, live: { symbol, directions } });
      }
    }
  }

  /** To every account; to a few of them at once. */
  #spread(timed: TimedDecision): void {
    this.#valid = [...this.#stillValid(), timed];
    const { spreading } = this;
    const isFirst = spreading.isOver;
    spreading.add(timed, this.options.accounts.all());
    if (!isFirst) return;
    spreading.tellSlice();
    this.#goOnSpreading();
  }

  #goOnSpreading(): void {
    const { spreading } = this;
    if (spreading.isOver) return;
    const { spreadEveryMs, spreadAgainMs } = LIMITS.signal;
    this.context.after(spreading.hasRoom() ? spreadEveryMs : spreadAgainMs, { kind: 'spread' });
  }

  /** An account that connects gets what it missed and is still valid; the ledger knows what it had already. */
  #offer(accountId: string): void {
    const account = this.options.accounts.get(accountId);
    this.#valid = this.#stillValid();
    if (account !== undefined) this.#offerTo(account, this.#valid);
  }

  #offerTo(account: ActorRef<AccountMessage>, decisions: readonly TimedDecision[]): void {
    for (const timed of decisions) if (timed.decision.kind === 'OPEN') account.tell({ kind: 'decision', timed });
  }

  #stillValid(): TimedDecision[] {
    const nowMs = this.context.clock.nowMs();
    return this.#valid.filter(({ decision }) => decision.validUntil > nowMs);
  }

  #isLive(symbol: string, direction: 'BUY' | 'SELL'): boolean {
    return (this.#live.get(`${symbol}/${direction}`)?.size ?? 0) > 0;
  }

  #keepLive(accountId: string, symbol: string, directions: Directions): void {
    for (const direction of ['BUY', 'SELL'] as const) {
      const key = `${symbol}/${direction}`;
      const accounts = this.#live.get(key) ?? new Set();
      if (directions[direction]) accounts.add(accountId);
      else accounts.delete(accountId);
      this.#live.set(key, accounts);
    }
  }
}

export function signalActor(options: SignalOptions): ActorSpec<SignalMessage> {
  const spreading = new Spreading(options.hasRoom ?? (() => true));
  return { name: 'signal', create: (context) => new SignalActor(context, options, spreading) };
}
