import type { PatternNeighbour, PatternQuestion } from '../signals/pattern-part.js';
import type { Absence, Decision } from '../signals/signal.js';
import type { Regime } from '../indicators/regime/regimes.js';
import type { Timeframe } from '../market/timeframe.js';
import type { Timers } from '../runtime/clock.js';
import type { Ledger, SignalRow } from '../storage/ledger/ledger.js';
import type { PatternStore } from '../storage/patterns/patterns.js';
import type { ActorSpec } from './actor.js';
import type { SignalSettings } from './signal.js';

/** What the store found, nearest first, or why it cannot be known. */
export type FoundPatterns = readonly PatternNeighbour[] | { readonly absent: Extract<Absence, 'store down' | 'late'> };

export interface PatternsOptions {
  readonly tenantId: string;
  readonly store: PatternStore;
  readonly ledger: Pick<Ledger, 'closedTrades' | 'explained'>;
  readonly settings: () => Pick<SignalSettings, 'strategy' | 'symbols' | 'timeframe' | 'thresholds'>;
  /** Whether the tenant's tier keeps patterns; it decides what is kept, and not what may be asked. */
  readonly keeps: () => boolean;
  /** By which an answer is late: the machine's in a live node; the engine's where time is stepped. */
  readonly timers: Pick<Timers, 'after'>;
}

export type PatternsMessage =
  /** Answered exactly once, and soon: by a call, which must be no more than a tell. */
  | {
      readonly kind: 'match';
      readonly symbol: string;
      readonly timeframe: Timeframe;
      readonly closeTime: number;
      readonly embedding: Float32Array;
      readonly question: PatternQuestion;
      readonly answered: (found: FoundPatterns) => void;
    }
  /** What was decided may be executed. Only an OPEN is remembered. */
  | {
      readonly kind: 'decided';
      readonly decision: Decision;
      readonly embedding: Float32Array;
      /** Name of the model that made the embedding. */
      readonly type: string;
      readonly regime: Regime | '';
    }
  /** An account executed its signal of a decision. */
  | { readonly kind: 'executed'; readonly row: SignalRow }
  /** A trade of the account has closed, or may have while nobody heard. */
  | { readonly kind: 'closed'; readonly accountId: string };

export declare function patternsActor(options: PatternsOptions): ActorSpec<PatternsMessage>;
