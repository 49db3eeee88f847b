/**
 * How one tenant's store learns: a pattern when a decision is first executed, and what became of it with every trade that closes.
 *
 * Nothing here needs a queue on disk, for the ledger has all of it: what was executed, the embedding that it was decided by (in its
 * lineage), and the trades that closed. Ids of patterns follow from the decision. So after a restart a trade finds its pattern by that
 * id; where it was merged into another, or was never stored, it is stored now, which finds again what it is like. And what has been
 * counted is known to the store: up to when, by the record of the strategy.
 *
 * One call at a time: the actor sees to that.
 */
import { LIMITS } from '../limits.js';
import type { Regime } from '../indicators/regime/regimes.js';
import { symbolClassOf } from '../market/symbol-class.js';
import type { Decision } from '../signals/signal.js';
import type { Ledger, SignalRow } from '../storage/ledger/ledger.js';
import type { Pattern, PatternStore, Placed, Sighting, Strategy } from '../storage/patterns/patterns.js';
import { embeddingOf, type KeptEmbedding } from '../signals/lineage-embedding.js';
import { type DecisionKey, decisionName, patternIdOf } from './pattern-ids.js';
import { isToBePruned } from './pruning.js';
import { isCounted, newStrategy, type StrategySettings, strategyPlace, withSettings, withTrade } from './strategy-record.js';
import { type TradeResult, tradeResult } from './trade-result.js';

export interface PatternLearnerOptions {
  readonly tenantId: string;
  readonly store: PatternStore;
  readonly ledger: Pick<Ledger, 'closedTrades' | 'explained'>;
  readonly settings: () => StrategySettings;
  /** A search among these may find something else from here on. */
  readonly changed: (place: Pick<Pattern, 'timeframe' | 'symbolClass'>) => void;
}

export interface LearnerFigures {
  readonly stored: number;
  readonly merged: number;
  readonly outcomes: number;
  readonly pruned: number;
  /** Decisions without an embedding whose trades closed: nobody can tell what they looked like. */
  readonly unplaced: number;
}

interface Trade {
  readonly signal: SignalRow;
  readonly result: TradeResult;
}

/** Signals of an account that are counted, the newest last, and from when on it is read. */
interface AccountTrail {
  readonly sinceMs: number;
  readonly counted: readonly string[];
}

/** Keeps what was set last. */
function setBounded<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= LIMITS.patterns.decisions) return;
  const [oldest] = map.keys();
  map.delete(oldest as string);
}

export class PatternLearner {
  readonly #options: PatternLearnerOptions;
  readonly #embeddings = new Map<string, KeptEmbedding>();
  /** Of a decision, where it went; undefined where it has no pattern: it was pruned, or there is no embedding. */
  readonly #patterns = new Map<string, string | undefined>();
  readonly #accounts = new Map<string, AccountTrail>();
  /** Undefined until they have been read. */
  #strategies: Map<string, Strategy> | undefined;
  #figures = { stored: 0, merged: 0, outcomes: 0, pruned: 0, unplaced: 0 };

  constructor(options: PatternLearnerOptions) {
    this.#options = options;
  }

  get figures(): LearnerFigures {
    return { ...this.#figures };
  }

  /** Whether it is remembered where the decision's pattern went. */
  knows(decision: DecisionKey): boolean {
    return this.#patterns.has(decisionName(decision));
  }

  remember(decision: Decision, vector: Float32Array, type: string, regime: Regime | ''): void {
    setBounded(this.#embeddings, decisionName(decision), { vector, type, regime });
  }

  /** The pattern of an executed signal. */
  async keep(row: SignalRow): Promise<void> {
    if (this.knows(row)) return;
    const sighting = await this.#sightingOf(row);
    if (sighting === undefined) setBounded(this.#patterns, decisionName(row), undefined);
    else await this.#keep(row, sighting);
  }

  /** Counts the trades that these accounts have closed since they were read last, the oldest first. */
  async count(accountIds: readonly string[]): Promise<void> {
    const strategies = await this.#readStrategies();
    const newestMs = Math.max(0, ...[...strategies.values()].map(({ updatedAtMs }) => updatedAtMs));
    const trades: Trade[] = [];
    for (const id of accountIds) trades.push(...(await this.#newTrades(id, strategies, newestMs)));
    for (const id of accountIds) if (!this.#accounts.has(id)) this.#accounts.set(id, { sinceMs: newestMs, counted: [] });
    const ordered = trades.sort((a, b) => a.result.atMs - b.result.atMs || (a.result.signalId < b.result.signalId ? -1 : 1));
    for (let from = 0; from < ordered.length; from += LIMITS.patterns.tradesAtOnce)
      await this.#countSome(ordered.slice(from, from + LIMITS.patterns.tradesAtOnce), strategies);
  }

  /** A pattern counts a trade once; the strategies' records, written last, say that all of these are done. */
  async #countSome(trades: readonly Trade[], strategies: Map<string, Strategy>): Promise<void> {
    const { tenantId, store, settings } = this.#options;
    for (const { signal, result } of trades) await this.#tellPattern(signal, result);
    const now = settings();
    const changed = new Map<string, Strategy>();
    for (const { result } of trades) {
      const { strategy: name, atMs } = result;
      const before = changed.get(name) ?? strategies.get(name) ?? newStrategy(tenantId, name, atMs);
      changed.set(name, withTrade(name === now.strategy ? withSettings(before, now) : before, result));
    }
    const placed = [...changed.values()].map((item): Placed<Strategy> => ({ item, vector: strategyPlace(item) }));
    await store.put(tenantId, 'strategies', placed);
    for (const [name, record] of changed) strategies.set(name, record);
    for (const { signal, result } of trades) this.#follow(signal.accountId, result);
  }

  #follow(accountId: string, { signalId, atMs }: TradeResult): void {
    const { sinceMs = 0, counted = [] } = this.#accounts.get(accountId) ?? {};
    this.#accounts.set(accountId, {
      sinceMs: Math.max(sinceMs, atMs),
      counted: [...counted, signalId].slice(-LIMITS.patterns.countedTrades),
    });
  }

  /** Of an account that is read for the first time since the start, the strategies' records tell what was counted before. */
  async #newTrades(accountId: string, strategies: ReadonlyMap<string, Strategy>, newestMs: number): Promise<readonly Trade[]> {
    const trail = this.#accounts.get(accountId);
    const rows = await this.#options.ledger.closedTrades(accountId, trail?.sinceMs ?? newestMs);
    const isKnown = (result: TradeResult): boolean => {
      const record = strategies.get(result.strategy);
      if (trail === undefined) return record !== undefined && isCounted(record, result);
      return trail.counted.includes(result.signalId) || record?.counted.includes(result.signalId) === true;
    };
    return rows.flatMap((each) => {
      const result = tradeResult(each);
      return result === undefined || isKnown(result) ? [] : [{ signal: each.signal, result }];
    });
  }

  async #readStrategies(): Promise<Map<string, Strategy>> {
    if (this.#strategies !== undefined) return this.#strategies;
    const { tenantId, store } = this.#options;
    const found = new Map<string, Strategy>();
    let after: string | undefined;
    do {
      const page = await store.page(tenantId, 'strategies', after);
      for (const { item } of page) found.set(item.name, item);
      after = page.length < LIMITS.patterns.pageItems ? undefined : page.at(-1)?.item.id;
    } while (after !== undefined);
    this.#strategies = found;
    return found;
  }

  async #tellPattern(signal: SignalRow, { signalId, won, pips, atMs }: TradeResult): Promise<void> {
    const { tenantId, store, changed } = this.#options;
    const name = decisionName(signal);
    const known = this.#patterns.get(name);
    if (known === undefined && this.#patterns.has(name)) return;
    const outcome = { signalId, won, profitPips: pips, atMs };
    let pattern = await store.recordOutcome(tenantId, known ?? patternIdOf(signal), outcome);
    if (pattern === undefined) {
      const sighting = await this.#sightingOf(signal);
      if (sighting === undefined) return this.#hasNone(name);
      pattern = await store.recordOutcome(tenantId, await this.#keep(signal, sighting), outcome);
    }
    if (pattern === undefined) return;
    this.#figures.outcomes += 1;
    if (isToBePruned(pattern)) await this.#prune(pattern.id, name);
    changed(pattern);
  }

  #hasNone(name: string): void {
    setBounded(this.#patterns, name, undefined);
    this.#figures.unplaced += 1;
  }

  /** What becomes of trades that are still open is told to nobody. */
  async #prune(patternId: string, name: string): Promise<void> {
    await this.#options.store.remove(this.#options.tenantId, 'patterns', [patternId]);
    setBounded(this.#patterns, name, undefined);
    for (const [other, id] of this.#patterns) if (id === patternId) this.#patterns.set(other, undefined);
    this.#figures.pruned += 1;
  }

  async #keep(decision: DecisionKey, sighting: Placed<Sighting>): Promise<string> {
    const { id, merged } = await this.#options.store.keep(this.#options.tenantId, sighting);
    setBounded(this.#patterns, decisionName(decision), id);
    this.#figures[merged ? 'merged' : 'stored'] += 1;
    return id;
  }

  async #sightingOf(row: SignalRow): Promise<Placed<Sighting> | undefined> {
    const remembered = this.#embeddings.get(decisionName(row));
    const kept = remembered ?? embeddingOf((await this.#options.ledger.explained(row.id))?.lineage ?? null);
    if (kept === undefined) return undefined;
    const { symbol, timeframe, direction, score, closeTime: createdAtMs } = row;
    const { vector, type, regime } = kept;
    const of = { type, symbol, symbolClass: symbolClassOf(symbol), timeframe, direction, regime };
    return { item: { id: patternIdOf(row), ...of, confidence: score / 100, createdAtMs }, vector };
  }
}
