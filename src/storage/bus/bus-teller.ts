/**
 * Tells the bus what the engine does: an observer of it. The engine calls and goes on: what is kept waits in the bus's own outbox, within its bound,
 * and what the bus does not take is counted and told by `fault`, never thrown. Each kept message has an id made of what it is, so
 * that a node which tells it again after a restart, or two that close the same candle, store it once.
 */
import type { BrokerQuote } from '../../accounts/account-book.js';
import type { AccountTerms } from '../../accounts/assessment.js';
import { sentence } from '../../errors.js';
import type { CatalogueVector } from '../../features/feature-stream.js';
import type { Candle } from '../../market/candle.js';
import type { TickBatch } from '../../market/tick.js';
import type { FinanceMessage, HeartbeatMessage } from '../../protocol/messages.js';
import type { Decision } from '../../signals/signal.js';
import { beatTold, moneyTold, profileTold } from '../account-told.js';
import type { RiskEventRow } from '../ledger/history.js';
import type { DealRow } from '../ledger/ledger.js';
import type { Bus, Subject } from './bus.js';
import { subjectOf } from './subjects.js';

export interface BusTellerOptions {
  readonly bus: Bus;
}

/** The last part of a deal's subject; a deal that turns a position round changes it. */
const ACTIONS: Readonly<Record<DealRow['entry'], string>> = { IN: 'open', OUT: 'close', OUT_BY: 'close', INOUT: 'modify' };

export class BusTeller {
  /** `unsent`: told while nobody could be; `waiting`: to be kept, and not answered yet; `repeats`: the stream had it already; `refused`: not kept. */
  readonly figures = { told: 0, unsent: 0, waiting: 0, kept: 0, repeats: 0, refused: 0 };
  readonly #bus: Bus;
  #trouble: string | undefined;

  constructor({ bus }: BusTellerOptions) {
    this.#bus = bus;
  }

  /** Why something was not told, until something is again. */
  get fault(): string | undefined {
    return this.#trouble;
  }

  ticked(batch: TickBatch): void {
    this.#publish(() => subjectOf('ticks', { symbol: batch.symbol }), batch);
  }

  candle(candle: Candle): void {
    const { symbol, timeframe, time } = candle;
    this.#keep(() => subjectOf('candle', { symbol, timeframe }), candle, `${symbol}.${timeframe}.${time}`);
  }

  vector(vector: CatalogueVector): void {
    const { symbol, timeframe } = vector.candle;
    this.#publish(() => subjectOf('features', { symbol, timeframe }), vector);
  }

  decision(decision: Decision): void {
    const { tenantId: tenant, symbol } = decision;
    this.#publish(() => subjectOf('decision', { tenant, symbol }), decision);
  }

  profile(terms: AccountTerms, atMs: number): void {
    this.#publish(() => subjectOf('profile', { account: terms.account.id }), profileTold(terms, atMs));
  }

  finance({ account }: AccountTerms, told: FinanceMessage, atMs: number): void {
    this.#publish(() => subjectOf('balance', { account: account.id }), moneyTold(told, atMs));
  }

  heartbeat({ account }: AccountTerms, told: HeartbeatMessage, atMs: number): void {
    this.#publish(() => subjectOf('heartbeat', { account: account.id }), beatTold(told, atMs));
  }

  quoted({ account }: AccountTerms, quotes: readonly BrokerQuote[], timeMs: number): void {
    for (const { symbol, bid, ask } of quotes)
      this.#publish(() => subjectOf('quote', { account: account.id, symbol }), { bid, ask, timeMs });
  }

  /** After it is in the ledger. */
  dealt(deal: DealRow): void {
    const { accountId: account, deal: ticket, entry } = deal;
    this.#keep(() => subjectOf('trade', { account, action: ACTIONS[entry] }), deal, `trade.${account}.${ticket}`);
  }

  /** After the ledger's writer has taken it, which loses none. */
  riskEvent(event: RiskEventRow): void {
    this.#keep(() => subjectOf('riskEvent', { account: event.accountId }), event, `risk.${event.id}`);
  }

  #publish<V>(subject: () => Subject<V>, payload: V): void {
    try {
      if (this.#bus.publish(subject(), payload)) this.figures.told += 1;
      else this.figures.unsent += 1;
    } catch (error) {
      this.#failed(error);
    }
  }

  #keep<V>(subject: () => Subject<V>, payload: V, id: string): void {
    try {
      const kept = this.#bus.keep(subject(), payload, id);
      this.figures.waiting += 1;
      kept.then(
        ({ duplicate }) => {
          this.figures.waiting -= 1;
          this.figures[duplicate ? 'repeats' : 'kept'] += 1;
          this.#trouble = undefined;
        },
        (error: unknown) => {
          this.figures.waiting -= 1;
          this.#failed(error);
        },
      );
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.figures.refused += 1;
    this.#trouble = sentence(error);
  }
}
