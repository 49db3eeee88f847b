/** An account as its actor knows it, without the actor: what its EA tells is put into its book, and decisions are assessed. */
import { AccountBook } from '../../src/accounts/account-book.js';
import {
  type AccountTerms,
  type Assessor,
  type AssessorSources,
  createAssessor,
  openSignal,
} from '../../src/accounts/assessment.js';
import { DEFAULT_TRADING, resolveTrading, type TradingOverrides } from '../../src/accounts/trading-settings.js';
import type { FinanceMessage, HelloMessage, PositionRecord } from '../../src/protocol/messages.js';
import { NIL_ID } from '../../src/protocol/messages.js';
import type { Assessment } from '../../src/risk/assess.js';
import type { Decision } from '../../src/signals/signal.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import { accountTerms } from './account-terms.js';
import { EURUSD_RECORD, POSITION_RECORD } from './ea-messages.js';

export const NOON_MS = Date.UTC(2026, 2, 4, 12);
const ACCOUNT = '00000001-0000-7000-8000-000000000001';

export interface AssessedWish {
  readonly trading?: TradingOverrides;
  readonly hello?: Partial<HelloMessage>;
  readonly sources?: Partial<AssessorSources>;
  /** Nothing was told of what is open. */
  readonly untold?: boolean;
}

export class AssessedAccount {
  readonly book = new AccountBook();
  readonly terms: AccountTerms;
  readonly assessor: Assessor;
  nowMs = NOON_MS;
  #numbers = 0;
  #queries = 0;

  constructor({ trading = {}, hello = {}, sources = {}, untold = false }: AssessedWish = {}) {
    const told = accountTerms('blue', ACCOUNT);
    this.terms = {
      ...told,
      hello: { ...told.hello, brokerOffsetSeconds: 0, ...hello } as HelloMessage,
      trading: resolveTrading(DEFAULT_TRADING, trading),
    };
    this.assessor = createAssessor({
      reference: () => ({ bid: 1.1, ask: 1.1001, timeMs: this.nowMs }),
      subscribed: () => new Set(['EURUSD']),
      ...sources,
    });
    const { book } = this;
    book.keepNames([{ accountId: ACCOUNT, symbolId: 1, brokerName: 'EURUSD.m', symbol: 'EURUSD', details: {} }]);
    book.keepDescribed([EURUSD_RECORD], () => 'EURUSD');
    book.losses.begin([], 0);
    if (!untold) this.snapshot([]);
    this.price();
    this.money({});
  }

  price(bid = 1.1, ask = 1.1001): void {
    this.book.keepSymbol({ symbolId: 1, symbol: 'EURUSD', record: EURUSD_RECORD, toldMs: this.nowMs });
    const at = { brokerTimeMs: this.nowMs, tradeable: true, sessionOpen: true };
    this.book.keepQuotes([{ symbolId: 1, bid, ask, ...at }], this.nowMs);
  }

  money(change: Partial<FinanceMessage>): void {
    const plain = { balance: 10_000, equity: 10_000, margin: 0, freeMargin: 10_000, floating: 0, dayProfit: 0 };
    this.book.keepFinance({ kind: 'FINANCE', ...plain, ...change }, this.nowMs);
  }

  /** All that is open at the broker. */
  snapshot(positions: readonly Partial<PositionRecord>[], completeness: 'COMPLETE' | 'UNKNOWN' = 'COMPLETE'): void {
    this.#queries += 1;
    const plain: PositionRecord = { ...POSITION_RECORD, symbolId: 1 };
    this.book.positions.page({
      kind: 'SNAPSHOT',
      query: this.#queries,
      page: 0,
      last: true,
      completeness,
      commandId: NIL_ID,
      brokerTimeMs: this.nowMs,
      positions: positions.map((position) => ({ ...plain, ...position })),
      orders: [],
    });
  }

  decision(change: Partial<Decision> = {}): Decision {
    return {
      kind: 'OPEN',
      tenantId: 'blue',
      strategy: 's-1',
      symbol: 'EURUSD',
      timeframe: 'M15',
      closeTime: this.nowMs,
      direction: 'BUY',
      score: 60,
      strength: 'MODERATE',
      parts: { technical: 60 },
      entry: 1.1,
      stopLoss: 1.0985,
      takeProfit: 1.10225,
      validUntil: this.nowMs + 900_000,
      ...change,
    };
  }

  assess(change: Partial<Decision> = {}): Assessment {
    return this.assessor(this.decision(change), this.terms, this.book, this.nowMs);
  }

  /** Sends what was allowed: from here on it may have left. */
  send(assessed: Extract<Assessment, { ok: true }>, change: Partial<SignalRow> = {}): SignalRow {
    this.#numbers += 1;
    const seq = this.#numbers;
    const place = { id: `sent ${seq}`, accountId: ACCOUNT, instance: 'a'.repeat(32), nowMs: this.nowMs };
    const unfilled = { seq, reason: null, filledVolume: 0, remainingVolume: 0, fillPrice: 0, updatedAt: this.nowMs };
    const row: SignalRow = { ...openSignal(this.decision(), assessed.order, place), ...unfilled, ...change };
    this.book.keepSignal(row);
    return row;
  }
}
