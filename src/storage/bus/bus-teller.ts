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
import type { LiveTold } from '../../signals/live-told.js';
import type { Prediction } from '../../signals/prediction.js';
import type { TimedDecision } from '../../signals/signal.js';
import { beatTold, moneyTold, profileTold } from '../account-told.js';
import type { RiskEventRow } from '../ledger/history.js';
import type { DealRow } from '../ledger/ledger.js';
import type { Bus, Subject } from './bus.js';
import { subjectOf, type ToldUnder, type Under } from './subjects.js';

/** Under which epoch a node of a cluster tells of a thing; undefined where it has lost it. */
export type UnderOf = (thing: string) => Under | undefined;

export interface BusTellerOptions {
  readonly bus: Bus;
  /** Left out where the node is in no cluster. */
  readonly underOf?: UnderOf;
}

/** What a node tells of itself, whatever it has. */
export const OWN = 'node';

/** The last part of a deal's subject; a deal that turns a position round changes it. */
const ACTIONS: Readonly<Record<DealRow['entry'], string>> = { IN: 'open', OUT: 'close', OUT_BY: 'close', INOUT: 'modify' };

export class BusTeller {
  /** `unsent`: told while nobody could be; `waiting`: to be kept, and not answered yet; `repeats`: the stream had it already; `refused`: not kept. */
  readonly figures = { told: 0, unsent: 0, waiting: 0, kept: 0, repeats: 0, refused: 0 };
  readonly #bus: Bus;
  readonly #underOf: UnderOf | undefined;
  #trouble: string | undefined;

  constructor({ bus, underOf }: BusTellerOptions) {
    this.#bus = bus;
    this.#underOf = underOf;
  }

  /** Why something was not told, until something is again. */
  get fault(): string | undefined {
    return this.#trouble;
  }

  /** As the feed handed them on. */
  ticks(batch: TickBatch): void {
    const told = this.#told(batch, 'feed/market');
    if (told !== undefined) this.#publish(() => subjectOf('ticks', { symbol: batch.symbol }), told);
  }

  candle(candle: Candle): void {
    const { symbol, timeframe, time } = candle;
    const told = this.#told(candle, `symbol/${symbol}`);
    if (told !== undefined) this.#keep(() => subjectOf('candle', { symbol, timeframe }), told, `${symbol}.${timeframe}.${time}`);
  }

  /** As it went to the tenants. */
  handed(vector: CatalogueVector, prediction: Prediction | undefined): void {
    const { symbol, timeframe } = vector.candle;
    const told = this.#told(prediction === undefined ? vector : { ...vector, prediction }, `symbol/${symbol}`);
    if (told !== undefined) this.#publish(() => subjectOf('features', { symbol, timeframe }), told);
  }

  /** Of one close a tenant decides once for each side and kind. Without other nodes nobody has to hear it late. */
  decided({ decision, lineage }: TimedDecision): void {
    const { tenantId: tenant, strategy, symbol, timeframe, closeTime, kind, direction } = decision;
    const told = this.#told(lineage === undefined ? decision : { ...decision, lineage }, `tenant/${tenant}`);
    const id = [tenant, strategy, symbol, timeframe, closeTime, kind, direction].join('.');
    if (told === undefined) return;
    const subject = (): Subject<typeof told> => subjectOf('decision', { tenant, symbol });
    if (this.#underOf === undefined) this.#publish(subject, told);
    else this.#keep(subject, told, id);
  }

  live(tenant: string, told: LiveTold): void {
    const own = this.#told(told, OWN);
    if (own !== undefined) this.#publish(() => subjectOf('live', { tenant, account: told.accountId }), own);
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

  /** Undefined where another node has the thing by now, and tells of it. */
  #told<T extends object>(told: T, thing: string): ToldUnder<T> | undefined {
    if (this.#underOf === undefined) return told;
    const under = this.#underOf(thing);
    return under && { ...told, under };
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
