/**
 * Keeps near what is asked for all the time: an observer of the engine, which tells it of each change and goes on. Nobody waits, and
 * nothing that the cache does comes back to who told.
 *
 * What is told marks its key. Now and then the marked keys are written, each once with its newest value, in pipelines of a bounded
 * size and one after the other: so a symbol that ticks a hundred times a second costs four writes, a signal that is decided at once
 * costs none, and a server that is slow makes values older instead of queues longer. Its timer is the machine's: a run of old
 * candles at full speed writes no more often than a quiet day.
 */
import type { BrokerQuote } from '../../accounts/account-book.js';
import type { AccountTerms } from '../../accounts/assessment.js';
import { SuhoError } from '../../errors.js';
import { CORRELATION_WINDOWS } from '../../features/correlation.js';
import type { CatalogueVector } from '../../features/feature-stream.js';
import type { CorrelationRow } from '../../features/correlation-matrix.js';
import { LIMITS } from '../../limits.js';
import type { Candle } from '../../market/candle.js';
import type { Quote } from '../../market/quote.js';
import type { Tick, TickBatch } from '../../market/tick.js';
import type { FinanceMessage } from '../../protocol/messages.js';
import type { Cancel, Timers } from '../../runtime/clock.js';
import { sidesOf } from '../../signals/model-output.js';
import type { Prediction } from '../../signals/prediction.js';
import { isUndecided } from '../../signals/signal.js';
import { type AccountName, moneyTold, profileTold } from '../account-told.js';
import type { CandleJournal } from '../journal/journal.js';
import type { DealRow, SignalRow } from '../ledger/ledger.js';
import type { Packable } from '../packed.js';
import type { AnyKey, HotCache, Lifetime, ValueKey } from './cache.js';
import { marketKey, tenantId, tenantKey } from './keys.js';

export interface HotKeeperOptions {
  readonly cache: HotCache;
  /** Where the newest candles are read from when they are written. */
  readonly journal: Pick<CandleJournal, 'recent'>;
  /** The machine's. */
  readonly timers: Pick<Timers, 'after'>;
}

/** A key whose writing is due; without a value it leaves. */
interface Due {
  readonly key: AnyKey;
  readonly write: (() => Promise<void>) | undefined;
}

/** The correlation of two symbols where no more is said. */
const CORRELATION = { timeframe: 'H1', window: Math.max(...CORRELATION_WINDOWS) } as const;

/** A prediction for whoever looks at it: what each model says of either side. */
function packed({ time, atMs, regime, said, shapes }: Prediction): Packable {
  const models = said.map((one): readonly [string, Packable] => {
    const { model, version } = one;
    if ('leftOut' in one) return [model, { version, leftOut: one.leftOut }];
    const sides = Object.entries(one.horizons).map(([horizon, { output }]) => [horizon, { ...sidesOf(output) }] as const);
    return [model, { version, sides: Object.fromEntries(sides) }];
  });
  return { time, atMs, regime: regime ?? null, models: Object.fromEntries(models), shapes: { ...shapes?.shapes } };
}

export class HotKeeper {
  readonly figures = { written: 0, deleted: 0, conflated: 0, dropped: 0, refused: 0, failed: 0 };
  readonly #options: HotKeeperOptions;
  /** By the text of the key, the one that has waited longest first: a later value keeps the place of an earlier. */
  readonly #due = new Map<string, Due>();
  /** Of symbols: there are few, and they tick all the time. */
  readonly #tickKeys = new Map<string, ValueKey<Tick>>();
  #cancelTimer: Cancel | undefined;
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(options: HotKeeperOptions) {
    this.#options = options;
  }

  /** Keys that wait. */
  get waiting(): number {
    return this.#due.size;
  }

  ticked({ symbol }: Pick<TickBatch, 'symbol'>, newest: Quote): void {
    this.#told(() => {
      let key = this.#tickKeys.get(symbol);
      if (key === undefined) {
        key = marketKey('tick', symbol);
        this.#tickKeys.set(symbol, key);
      }
      this.keep(key, { symbol, ...newest });
    });
  }

  /** After it is in the journal. */
  candle({ symbol, timeframe }: Candle): void {
    this.#told(() => {
      const key = marketKey('candles', symbol, timeframe);
      const { cache, journal } = this.#options;
      this.#mark({ key, write: () => cache.set(key, journal.recent(symbol, timeframe).slice(-LIMITS.cache.candles)) });
    });
  }

  vector(vector: CatalogueVector): void {
    this.#told(() => this.keep(marketKey('features', vector.candle.symbol, vector.candle.timeframe), vector));
  }

  predicted(prediction: Prediction): void {
    this.#told(() => this.keep(marketKey('prediction', prediction.symbol, prediction.timeframe), packed(prediction)));
  }

  correlated({ a, b, timeframe, window, correlation }: CorrelationRow): void {
    if (timeframe !== CORRELATION.timeframe || window !== CORRELATION.window) return;
    this.#told(() => this.keep(marketKey('correlation', a, b), correlation));
  }

  profile(terms: AccountTerms, atMs: number): void {
    const { id, tenantId: tenant } = terms.account;
    this.#told(() => this.keep(tenantKey(tenantId(tenant), 'profile', id), profileTold(terms, atMs)));
  }

  finance({ account }: AccountTerms, told: FinanceMessage, atMs: number): void {
    this.#told(() => this.keep(tenantKey(tenantId(account.tenantId), 'balance', account.id), moneyTold(told, atMs)));
  }

  quoted({ account }: AccountTerms, quotes: readonly BrokerQuote[], timeMs: number): void {
    this.#told(() => {
      const tenant = tenantId(account.tenantId);
      for (const { symbol, bid, ask } of quotes) this.keep(tenantKey(tenant, 'quote', account.id, symbol), { bid, ask, timeMs });
    });
  }

  /** All that the account holds now. */
  positions({ tenantId: tenant, accountId }: AccountName, opened: readonly DealRow[]): void {
    this.#told(() => this.keep(tenantKey(tenantId(tenant), 'positions', accountId), opened));
  }

  /** A deal changes what its account holds: it is read anew from the ledger. */
  dealt({ tenantId: tenant, accountId }: AccountName): void {
    this.#told(() => this.forget(tenantKey(tenantId(tenant), 'positions', accountId)));
  }

  sent(row: SignalRow): void {
    this.moved(row);
  }

  moved(row: SignalRow): void {
    this.#told(() => {
      const key = tenantKey(tenantId(row.tenantId), 'signal', row.accountId, row.id);
      if (isUndecided(row.state)) return this.keep(key, row, { untilMs: row.validUntil + LIMITS.signal.resultGraceMs });
      this.forget(key);
      // Whoever executed it, or closed it, changed what the account holds.
      this.dealt(row);
    });
  }

  /** What has no method of its own here. */
  keep<V>(key: ValueKey<V>, value: V, life?: Lifetime): void {
    this.#mark({ key, write: () => this.#options.cache.set(key, value, life) });
  }

  forget(key: AnyKey): void {
    this.#mark({ key, write: undefined });
  }

  /** Writes what waits, and nothing after it. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    await this.#writing;
    while (this.#due.size > 0) await this.#writeBatch();
  }

  /** A name that is none must not reach whoever told of it. */
  #told(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      if (!(error instanceof SuhoError)) throw error;
      this.figures.refused += 1;
    }
  }

  #mark(due: Due): void {
    if (this.#closed) return;
    if (this.#due.has(due.key.text)) this.figures.conflated += 1;
    this.#due.set(due.key.text, due);
    if (this.#due.size > LIMITS.cache.hotKeys) {
      const [oldest] = this.#due.keys();
      this.#due.delete(oldest as string);
      this.figures.dropped += 1;
    }
    this.#soon();
  }

  #soon(): void {
    if (this.#cancelTimer !== undefined || this.#writing !== undefined || this.#closed || this.#due.size === 0) return;
    this.#cancelTimer = this.#options.timers.after(LIMITS.cache.hotMs, () => {
      this.#cancelTimer = undefined;
      this.#writing = this.#writeBatch().finally(() => {
        this.#writing = undefined;
        this.#soon();
      });
    });
  }

  /** All of one turn travels in one pipeline. */
  async #writeBatch(): Promise<void> {
    const batch: Due[] = [];
    for (const [text, due] of this.#due) {
      if (batch.length >= LIMITS.cache.hotBatch) break;
      this.#due.delete(text);
      batch.push(due);
    }
    const leaving = batch.flatMap(({ key, write }) => (write === undefined ? [key] : []));
    const writes = batch.flatMap(({ write }) => (write === undefined ? [] : [this.#tried(write)]));
    await Promise.all([this.#options.cache.delete(...leaving), ...writes]);
    this.figures.deleted += leaving.length;
  }

  /** A value that cannot be packed is one value less. */
  async #tried(write: () => Promise<void>): Promise<void> {
    try {
      await write();
      this.figures.written += 1;
    } catch {
      this.figures.failed += 1;
    }
  }
}
