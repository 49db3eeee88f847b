import type { Timeframe } from '../market/timeframe.js';
import type { ColumnView } from '../features/column-view.js';
import type { FeatureStreams } from '../features/feature-streams.js';
import { type DeciderState, INITIAL_DECIDER_STATE } from '../signals/decider.js';
import { judge } from '../signals/lineage.js';
import type { Thresholds } from '../signals/score.js';
import type { Decision, Directions } from '../signals/signal.js';
import { technicalValues } from '../signals/technical.js';
import { assert, unreachable } from '../runtime/assert.js';
import type { AccountMessage, TimedDecision } from './account.js';
import type { ActorContext, ActorRef, ActorSpec, Behaviour } from './actor.js';
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
}

export interface SignalOptions {
  readonly settings: () => SignalSettings;
  readonly subscriptions: Subscriptions;
  readonly features: FeatureStreams;
  readonly accounts: AccountDirectory;
  readonly onDecision: (decision: Decision) => void;
}

/** Neither a prediction nor an embedding. */
const SILENT = { absent: 'no model' } as const;

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
  | { readonly kind: 'settings' };

/** One tenant: vectors in, decisions out to all of its accounts. */
class SignalActor implements Behaviour<SignalMessage> {
  readonly #states = new Map<string, DeciderState>();
  /** Accounts that are live, by symbol and direction. */
  readonly #live = new Map<string, Set<string>>();
  #valid: TimedDecision[] = [];
  #settings: SignalSettings;
  #decisions = 0;
  #rotation = 0;

  constructor(
    readonly context: ActorContext<SignalMessage>,
    readonly options: SignalOptions,
  ) {
    this.#settings = options.settings();
    this.#follow();
  }

  receive(message: SignalMessage): void {
    switch (message.kind) {
      case 'vector':
        return this.#judge(message);
      case 'connected':
        return this.#offer(message.accountId);
      case 'forget':
        for (const accounts of this.#live.values()) accounts.delete(message.accountId);
        return;
      case 'live':
        return this.#keepLive(message.accountId, message.symbol, message.directions);
      case 'settings':
        this.options.subscriptions.unsubscribe(this.context.self);
        this.#settings = this.options.settings();
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
    return { strategy, timeframe, symbols: symbols.length, decisions: this.#decisions, valid: this.#stillValid().length };
  }

  /** Subscribes, and brings each symbol's machine to where the newest candles leave it. */
  #follow(): void {
    const { symbols, timeframe, columns } = this.#settings;
    const { subscriptions, features } = this.options;
    this.#states.clear();
    for (const symbol of symbols) {
      this.#states.set(symbol, INITIAL_DECIDER_STATE);
      subscriptions.subscribe(symbol, timeframe, this.context.self, columns);
      // What is decided at a close depends on the close before alone, and nothing older is valid still. A decision that a
      // crash kept from going out is: it is offered.
      for (const vector of features.recent(symbol, timeframe)) this.#valid.push(...this.#decide(featureVector(vector, columns)));
    }
    this.#valid = this.#stillValid();
  }

  #judge(vector: FeatureVector): void {
    if (!this.#states.has(vector.candle.symbol)) return;
    const { tickAtNs } = vector;
    for (const decided of this.#decide(vector)) {
      this.#decisions += 1;
      this.options.onDecision(decided.decision);
      this.#spread({ ...decided, ...(tickAtNs === undefined ? {} : { tickAtNs }) });
    }
  }

  #decide({ candle, columns, stops }: FeatureVector): readonly TimedDecision[] {
    const { tenantId, strategy, timeframe, thresholds } = this.#settings;
    const { symbol, time, close } = candle;
    const state = this.#states.get(symbol);
    assert(state !== undefined, `the tenant follows ${symbol}`);
    const values = technicalValues((column) => columns.valueOf(column));
    const live = { BUY: this.#isLive(symbol, 'BUY'), SELL: this.#isLive(symbol, 'SELL') };
    const evidence = { time, close, values, stops, live, models: SILENT, neighbours: SILENT };
    const judged = judge({ tenantId, strategy, symbol, timeframe, thresholds }, state, evidence);
    this.#states.set(symbol, judged.state);
    if (judged.decisions.length === 0) return [];
    // Written once, however many accounts it goes to.
    const lineage = JSON.stringify(judged.lineage);
    return judged.decisions.map((decision) => ({ decision, lineage }));
  }

  /** To every account, each time beginning with another, so that nobody is always last. */
  #spread(timed: TimedDecision): void {
    this.#valid = [...this.#stillValid(), timed];
    const accounts = this.options.accounts.all();
    this.#rotation += 1;
    for (let at = 0; at < accounts.length; at++)
      accounts[(at + this.#rotation) % accounts.length]?.tell({ kind: 'decision', timed });
  }

  /** An account that connects gets what it missed and is still valid; the ledger knows what it had already. */
  #offer(accountId: string): void {
    const account = this.options.accounts.get(accountId);
    for (const timed of this.#stillValid()) if (timed.decision.kind === 'OPEN') account?.tell({ kind: 'decision', timed });
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
  return { name: 'signal', create: (context) => new SignalActor(context, options) };
}
