/**
 * What of the engine's events becomes rows of analytics. It is told after the event, in the actor that tells; what it does
 * there is to make rows, and never to wait. What must be read first (the deals of a closed trade) is read on its own.
 */
import type { BrokerQuote } from '../../accounts/account-book.js';
import type { AccountTerms } from '../../accounts/assessment.js';
import { pipsBetween, tradeFigures } from '../../accounts/closed-trade.js';
import { PerformanceBook } from '../../accounts/performance.js';
import { sentence } from '../../errors.js';
import type { CorrelationRow } from '../../features/correlation-matrix.js';
import type { CatalogueVector } from '../../features/feature-stream.js';
import { LIMITS } from '../../limits.js';
import type { Candle } from '../../market/candle.js';
import { TIMEFRAME_MS } from '../../market/timeframe.js';
import type { Quote } from '../../market/quote.js';
import type { QuoteBoard } from '../../market/quote-board.js';
import type { FinanceMessage, Frame2, HeartbeatMessage } from '../../protocol/messages.js';
import type { Activity } from '../../runtime/activity.js';
import type { Logger } from '../../runtime/logger.js';
import type { PredictionOutcome } from '../../signals/outcome-board.js';
import type { Prediction } from '../../signals/prediction.js';
import type { ExecutionRow, Ledger, SignalRow } from '../ledger/ledger.js';
import type { AnalyticsWriter } from './analytics-writer.js';
import { outcomeRows, predictionRow } from './prediction-rows.js';

export interface AnalyticsRecorderOptions {
  readonly writer: Pick<AnalyticsWriter, 'record'>;
  readonly ledger: Pick<Ledger, 'closedTrades'>;
  readonly board: QuoteBoard;
  /** Where the candles of a span come from. */
  readonly source: (fromMs: number, toMs: number) => string;
  /** Whether an account's quotes are the reference now. */
  readonly isFeed: (accountId: string) => boolean;
  readonly log: Logger;
  readonly activity: Activity;
}

const DAY_MS = 86_400_000;
/** Results of one account that are being stored at once. */
const ORDERS_KEPT = 256;
const NO_LABELS = new Float64Array(0);

interface LatestQuote extends BrokerQuote {
  readonly recordedMs: number;
}

/** Of one connected account. */
interface AccountTrail {
  readonly quotes: Map<string, LatestQuote>;
  /** How long the broker took for orders whose result is being stored, in milliseconds, by signal. */
  readonly orders: Map<string, number>;
  /** Closed trades are known from here on; all of them at the first. */
  tradesSinceMs: number | undefined;
}

function accountRow({ account, hello }: AccountTerms, time: number) {
  return { time, tenantId: account.tenantId, accountId: account.id, broker: hello.company };
}

export class AnalyticsRecorder {
  readonly #options: AnalyticsRecorderOptions;
  readonly #accounts = new Map<string, AccountTrail>();
  readonly #performance = new PerformanceBook();
  /** Accounts with a closed trade that has not been read: tried again with the next one, and at the end. */
  readonly #unread = new Map<string, { readonly terms: AccountTerms; readonly closedMs: number }>();
  /** Trades are read one account after the other: history is nobody's hurry. */
  #reading: Promise<void> = Promise.resolve();

  constructor(options: AnalyticsRecorderOptions) {
    this.#options = options;
  }

  candle(candle: Candle): void {
    this.#record('candles', {
      ...candle,
      source: this.#options.source(candle.time, candle.time + TIMEFRAME_MS[candle.timeframe]),
    });
  }

  vector({ candle, values }: CatalogueVector): void {
    this.#record('features', { candle, values, labels: NO_LABELS });
  }

  predicted(prediction: Prediction, vector: CatalogueVector): void {
    this.#record('predictions', predictionRow(prediction, vector));
  }

  outcome(outcome: PredictionOutcome): void {
    for (const row of outcomeRows(outcome)) this.#record('predictionOutcomes', row);
  }

  correlated(row: CorrelationRow): void {
    this.#record('correlations', { ...row, regime: '' });
  }

  quoted(terms: AccountTerms, quotes: readonly BrokerQuote[], atMs: number): void {
    const { quotes: latest } = this.#trail(terms.account.id);
    for (const quote of quotes) {
      const recordedMs = latest.get(quote.symbol)?.recordedMs;
      const due = recordedMs === undefined || atMs - recordedMs >= LIMITS.analytics.quoteEveryMs;
      latest.set(quote.symbol, { ...quote, recordedMs: due ? atMs : recordedMs });
      if (due) this.#quote(terms, quote, atMs);
    }
  }

  heartbeat(terms: AccountTerms, heartbeat: HeartbeatMessage, atMs: number): void {
    const { peerTimeUs, heldUs, brokerConnected, tradeAllowed, expertAllowed, synchronised, errorCount } = heartbeat;
    this.#record('heartbeats', {
      ...accountRow(terms, atMs),
      status: brokerConnected && synchronised ? 'online' : 'degraded',
      roundTripMs: peerTimeUs === 0 ? null : atMs - (peerTimeUs + heldUs) / 1_000,
      clockOffsetMs: null,
      brokerConnected,
      tradeAllowed,
      expertAllowed,
      synchronised,
      errorCount,
      eaVersion: String(terms.hello.eaBuild),
    });
  }

  finance(terms: AccountTerms, { balance, equity, margin, freeMargin, floating, dayProfit }: FinanceMessage, atMs: number): void {
    const { currency } = terms.account;
    const marginLevel = margin > 0 ? (equity / margin) * 100 : null;
    const money = { balance, equity, margin, freeMargin, marginLevel, floating, dayProfit };
    const { leverage } = terms.hello;
    this.#record('balanceHistory', { ...accountRow(terms, atMs), currency: currency ?? '', ...money, leverage });
  }

  /** The ledger keeps no instant at which an order left; its result tells it. */
  heard({ account }: AccountTerms, message: Frame2['message']): void {
    if (message.kind !== 'RESULT' || message.sentUs <= 0) return;
    const { orders } = this.#trail(account.id);
    orders.set(message.id, (message.doneUs - message.sentUs) / 1_000);
    if (orders.size > ORDERS_KEPT) orders.delete(orders.keys().next().value as string);
  }

  executed(terms: AccountTerms, row: SignalRow, execution: ExecutionRow, atMs: number): void {
    const { attempt, outcome, requestedVolume, filledVolume, price, retcode, position, sentence: told } = execution;
    const { quotes, orders } = this.#trail(row.accountId);
    const quote = quotes.get(row.symbol);
    const orderMs = orders.get(row.id);
    orders.delete(row.id);
    this.#record('executions', {
      ...accountRow(terms, atMs),
      signalId: row.id,
      attempt,
      outcome,
      strategy: row.strategy,
      symbol: row.symbol,
      direction: row.direction,
      score: row.score,
      requestedVolume,
      filledVolume,
      requestedPrice: row.entry,
      price,
      // Positive: worse than asked for. No price is asked for where a position is closed.
      slippagePips:
        outcome === 'EXECUTED' && row.kind === 'OPEN' ? pipsBetween(row.symbol, row.direction, row.entry, price) : null,
      spread: quote === undefined ? null : quote.ask - quote.bid,
      volatility: null,
      latencyMs: execution.receivedAt > 0 ? execution.doneAt - execution.receivedAt : null,
      retcode,
      position,
      sentence: told,
      server: terms.hello.server,
      kind: row.kind,
      orderMs,
      resultMs: execution.receivedAt > 0 ? atMs - row.createdAt : null,
    });
  }

  moved(row: SignalRow, terms: AccountTerms | undefined): void {
    if (row.state !== 'CLOSED' || row.kind !== 'OPEN' || terms === undefined) return;
    this.#unread.set(terms.account.id, { terms, closedMs: row.updatedAt });
    this.#read();
  }

  /** Once the trades that are being read are told. */
  async settled(): Promise<void> {
    if (this.#unread.size > 0) this.#read();
    await this.#reading;
  }

  #read(): void {
    const { activity } = this.#options;
    activity.begin();
    this.#reading = this.#reading.then(() => this.#readAll()).finally(() => activity.end());
  }

  async #readAll(): Promise<void> {
    for (const [accountId, closed] of this.#unread) {
      this.#unread.delete(accountId);
      try {
        await this.#tellTrades(closed.terms, closed.closedMs);
      } catch (error) {
        if (!this.#unread.has(accountId)) this.#unread.set(accountId, closed);
        return this.#options.log.warn(
          { err: sentence(error) },
          'a closed trade is not in analytics until the next one of any account',
        );
      }
    }
  }

  /** From where it was read last; at first from the day before. */
  async #tellTrades(terms: AccountTerms, closedMs: number): Promise<void> {
    const { account, hello } = terms;
    const trail = this.#trail(account.id);
    const sinceMs = trail.tradesSinceMs ?? closedMs - DAY_MS - (closedMs % DAY_MS);
    const rows = await this.#options.ledger.closedTrades(account.id, sinceMs);
    const trades = rows.flatMap((each) => {
      const figures = tradeFigures(each, hello.brokerOffsetSeconds * 1_000);
      return figures === undefined ? [] : [{ signal: each.signal, figures }];
    });
    for (const { signal, figures } of trades.sort((a, b) => a.figures.time - b.figures.time)) {
      const { id, stopLoss, takeProfit } = signal;
      const named = { signalId: id, predictionId: '', patternId: '', currency: account.currency ?? '' };
      this.#record('closedTrades', { ...figures, ...named, stopLoss, takeProfit });
      const day = this.#performance.closed(figures);
      if (day !== undefined) this.#record('tradingPerformance', { ...day });
    }
    trail.tradesSinceMs = rows.reduce((latest, { signal }) => Math.max(latest, signal.updatedAt), sinceMs);
  }

  #quote(terms: AccountTerms, { symbol, bid, ask }: BrokerQuote, atMs: number): void {
    const near = this.#reference(terms.account.id, { symbol, bid, ask }, atMs);
    const referenceMid = near && (near.bid + near.ask) / 2;
    const deviation = referenceMid === undefined ? undefined : (bid + ask) / 2 - referenceMid;
    this.#record('brokerQuotes', {
      ...accountRow(terms, atMs),
      symbol,
      bid,
      ask,
      accountType: terms.hello.tradeMode,
      server: terms.hello.server,
      referenceMid,
      deviation,
      deviationPercent: referenceMid === undefined || deviation === undefined ? undefined : (deviation / referenceMid) * 100,
      tickVolume: 0,
      deviationBid: near && bid - near.bid,
      deviationAsk: near && ask - near.ask,
    });
  }

  /** An account whose quotes are the feed is its own reference. */
  #reference(accountId: string, { symbol, bid, ask }: Omit<BrokerQuote, 'brokerTimeMs'>, atMs: number): Quote | undefined {
    const { board, isFeed } = this.#options;
    if (isFeed(accountId)) return { bid, ask, timeMs: atMs };
    const reference = board.nearest(symbol, atMs);
    return reference !== undefined && Math.abs(reference.timeMs - atMs) <= LIMITS.quote.referenceMs ? reference : undefined;
  }

  #trail(accountId: string): AccountTrail {
    let trail = this.#accounts.get(accountId);
    if (trail === undefined) {
      trail = { quotes: new Map(), orders: new Map(), tradesSinceMs: undefined };
      this.#accounts.set(accountId, trail);
    }
    return trail;
  }

  /** Where account history finds no room, the writer counts it. */
  #record: AnalyticsWriter['record'] = (table, row) => this.#options.writer.record(table, row);
}
