/**
 * One tenant's patterns: what its store is asked at a candle's close, and what it is told when signals are executed and when their
 * trades close.
 *
 * A question is answered exactly once and soon: with what was found, or with why nothing can be known. The store is never waited
 * for in a handler; what it answers comes back as a message. A question that comes while too many are under way is late at once, so a store
 * that hangs costs a bounded number of searches.
 *
 * What is learned waits its turn in memory while the store is down, bounded: a pattern that found no room is stored when its trade
 * closes, and of trades only the accounts are remembered whose ledger is to be read. That outlives a crash of this actor; a restart of
 * the node reads of each account what has closed since, when its EA connects.
 */
import { sentence } from '../errors.js';
import type { Regime } from '../indicators/regime/regimes.js';
import { LIMITS } from '../limits.js';
import type { Timeframe } from '../market/timeframe.js';
import { decisionName } from '../patterns/pattern-ids.js';
import { PatternLearner } from '../patterns/pattern-learner.js';
import type { StrategySettings } from '../patterns/strategy-record.js';
import { type Found, WindowCache, windowHash } from '../patterns/window-cache.js';
import { unreachable } from '../runtime/assert.js';
import type { Cancel, Timers } from '../runtime/clock.js';
import type { PatternQuestion } from '../signals/pattern-part.js';
import type { Absence, Decision } from '../signals/signal.js';
import type { Ledger, SignalRow } from '../storage/ledger/ledger.js';
import type { PatternStore } from '../storage/patterns/patterns.js';
import type { ActorContext, ActorSpec, Behaviour } from './actor.js';

/** What the store found, nearest first, or why it cannot be known. */
export type FoundPatterns = Found | { readonly absent: Extract<Absence, 'store down' | 'late'> };

export interface PatternsOptions {
  readonly tenantId: string;
  readonly store: PatternStore;
  readonly ledger: Pick<Ledger, 'closedTrades' | 'explained'>;
  readonly settings: () => StrategySettings;
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
  | { readonly kind: 'closed'; readonly accountId: string }
  | { readonly kind: 'found'; readonly number: number; readonly found: FoundPatterns }
  | { readonly kind: 'learned'; readonly learned: Learned }
  | { readonly kind: 'unlearned'; readonly error: unknown }
  | { readonly kind: 'again' };

type Learned = { readonly kind: 'kept'; readonly row: SignalRow } | { readonly kind: 'counted' };

/** What outlives a crash of the actor. */
interface Kept {
  readonly cache: WindowCache;
  readonly learner: PatternLearner;
  /** Executed signals by their decision, and accounts, of which something is to be learned. */
  readonly keeps: Map<string, SignalRow>;
  readonly accounts: Set<string>;
  /** Accounts that are being read. */
  readonly counting: Set<string>;
  /** The learner's one caller at a time, also over a crash. */
  running: Promise<void>;
}

interface Asked {
  readonly answered: (found: FoundPatterns) => void;
  readonly cancel: Cancel;
}

class PatternsActor implements Behaviour<PatternsMessage> {
  readonly #asked = new Map<number, Asked>();
  #searching = 0;
  #questions = 0;
  #hits = 0;
  #late = 0;
  #learning = false;
  /** Why the newest search, and the newest writing, failed. */
  #searchFault: string | undefined;
  #fault: string | undefined;

  constructor(
    readonly context: ActorContext<PatternsMessage>,
    readonly options: PatternsOptions,
    readonly kept: Kept,
  ) {
    for (const account of kept.counting) kept.accounts.add(account);
    this.#learn();
  }

  receive(message: PatternsMessage): void {
    switch (message.kind) {
      case 'match':
        return this.#match(message);
      case 'found':
        return this.#answer(message.number, message.found);
      case 'decided':
        if (message.decision.kind === 'OPEN' && this.options.keeps())
          this.kept.learner.remember(message.decision, message.embedding, message.type, message.regime);
        return;
      case 'executed':
        return this.#executed(message.row);
      case 'closed':
        if (!this.options.keeps()) return;
        this.kept.accounts.add(message.accountId);
        return this.#learn();
      case 'learned':
        return this.#learned(message.learned);
      case 'unlearned':
        return this.#unlearned(message.error);
      case 'again':
        this.#learning = false;
        return this.#learn();
      default:
        return unreachable(message);
    }
  }

  released(): void {
    for (const number of [...this.#asked.keys()]) this.#answer(number, { absent: 'late' });
  }

  inspect(): Readonly<Record<string, unknown>> {
    const { keeps, accounts } = this.kept;
    const asked = { questions: this.#questions, cached: this.#hits, late: this.#late };
    const left = { keeps: keeps.size, accounts: accounts.size, fault: this.#searchFault ?? this.#fault ?? null };
    return { ...asked, ...this.kept.learner.figures, ...left };
  }

  #match({ embedding, question, answered }: Extract<PatternsMessage, { kind: 'match' }>): void {
    this.#questions += 1;
    const hash = windowHash(embedding, question);
    const known = this.kept.cache.get(hash, this.context.clock.nowMs());
    if (known !== undefined) {
      this.#hits += 1;
      return answered(known);
    }
    if (this.#searching >= LIMITS.patterns.questions) {
      this.#late += 1;
      return answered({ absent: 'late' });
    }
    this.#ask(hash, embedding, question, answered);
  }

  #ask(hash: string, embedding: Float32Array, question: PatternQuestion, answered: (found: FoundPatterns) => void): void {
    const { timers } = this.options;
    const number = this.#questions;
    const late = (): void => {
      this.context.self.tell({ kind: 'found', number, found: { absent: 'late' } });
    };
    this.#asked.set(number, { answered, cancel: timers.after(LIMITS.patterns.answerMs, late) });
    this.#searching += 1;
    const { filter } = question;
    const stamp = this.kept.cache.stamp(filter);
    this.context.pipe(
      this.#search(embedding, question),
      (found) => {
        this.#searching -= 1;
        this.#searchFault = undefined;
        this.kept.cache.keep(hash, filter, found, stamp, this.context.clock.nowMs());
        return { kind: 'found', number, found };
      },
      (error) => {
        this.#searching -= 1;
        this.#searchFault = sentence(error);
        return { kind: 'found', number, found: { absent: 'store down' } };
      },
    );
  }

  /** What it throws is an answer as well. */
  async #search(embedding: Float32Array, question: PatternQuestion): Promise<Found> {
    const { store, tenantId } = this.options;
    return store.nearest(tenantId, 'patterns', embedding, question);
  }

  #answer(number: number, found: FoundPatterns): void {
    const asked = this.#asked.get(number);
    if (asked === undefined) return;
    this.#asked.delete(number);
    asked.cancel();
    if ('absent' in found && found.absent === 'late') this.#late += 1;
    asked.answered(found);
  }

  #executed(row: SignalRow): void {
    if (row.kind !== 'OPEN' || !this.options.keeps() || this.kept.learner.knows(row)) return;
    const { keeps } = this.kept;
    const name = decisionName(row);
    if (keeps.has(name)) return;
    keeps.set(name, row);
    if (keeps.size > LIMITS.patterns.keeps) {
      const [oldest] = keeps.keys();
      keeps.delete(oldest as string);
    }
    this.#learn();
  }

  /** What comes first goes first; a pattern before its trades. */
  #learn(): void {
    if (this.#learning) return;
    const { keeps, accounts, counting, learner } = this.kept;
    const [keep] = keeps.values();
    if (keep !== undefined) this.#work({ kind: 'kept', row: keep }, () => learner.keep(keep));
    else if (accounts.size > 0) {
      const list = [...accounts];
      // An account of which more is told meanwhile is read again.
      for (const account of list) counting.add(account);
      accounts.clear();
      this.#work({ kind: 'counted' }, () => learner.count(list));
    }
  }

  #work(learned: Learned, work: () => Promise<void>): void {
    this.#learning = true;
    const done = this.kept.running.then(work);
    this.kept.running = done.catch(() => {});
    this.context.pipe(
      done,
      () => ({ kind: 'learned', learned }),
      (error) => ({ kind: 'unlearned', error }),
    );
  }

  #learned(learned: Learned): void {
    this.#learning = false;
    this.#fault = undefined;
    if (learned.kind === 'kept') this.#done(learned.row);
    else this.kept.counting.clear();
    this.#learn();
  }

  #done({ id }: SignalRow): void {
    for (const [name, row] of this.kept.keeps) if (row.id === id) this.kept.keeps.delete(name);
  }

  #unlearned(error: unknown): void {
    for (const account of this.kept.counting) this.kept.accounts.add(account);
    this.kept.counting.clear();
    if (this.#fault === undefined)
      this.context.log.warn({ err: sentence(error) }, 'patterns cannot be written; what is to be learned waits');
    this.#fault = sentence(error);
    this.context.after(LIMITS.patterns.againMs, { kind: 'again' });
  }
}

export function patternsActor(options: PatternsOptions): ActorSpec<PatternsMessage> {
  const { tenantId, store, ledger, settings } = options;
  const cache = new WindowCache();
  const learner = new PatternLearner({ tenantId, store, ledger, settings, changed: (place) => cache.changed(place) });
  const waiting = { keeps: new Map(), accounts: new Set<string>(), counting: new Set<string>(), running: Promise.resolve() };
  const kept: Kept = { cache, learner, ...waiting };
  return { name: 'patterns', create: (context) => new PatternsActor(context, options, kept) };
}
