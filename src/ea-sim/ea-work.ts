import type { Outcome, ResultMessage, ResultSubject, RiskMessage, SettingsMessage } from '../protocol/messages.js';
import type { Broker, TradeAnswer, TradeRequest } from './broker.js';
import type { EaRecord } from './record.js';
import type { ServerClock } from './server-clock.js';
import type { Deal } from './trading-book.js';

/** What the desks of an EA share. An MT5 EA has one thread and `OrderSend` blocks it: one order is under way at a time. */
export interface EaWork {
  readonly broker: Broker;
  readonly record: EaRecord;
  readonly serverClock: ServerClock;
  risk: RiskMessage | undefined;
  settings: SettingsMessage | undefined;
  readonly nameOfId: ReadonlyMap<number, string>;
  nowMs(): number;
  nowUs(): number;
  /** An order is with the broker and not answered. */
  readonly busy: boolean;
  /** Sends the request once the record is flushed; the answer comes in a later turn. */
  trade(request: TradeRequest, answered: (answer: TradeAnswer) => void): void;
  /** Keeps the RESULT in the record; it leaves after the flush. */
  tell(result: Told): void;
  /** Since when terminal and server have been in step without a break; undefined while they are not. */
  synchronisedSinceMs(): number | undefined;
}

export interface Told {
  readonly id: string;
  readonly subject: ResultSubject;
  readonly outcome: Outcome;
  readonly requestedVolume?: number;
  readonly deals?: readonly Deal[];
  readonly order?: bigint;
  readonly position?: bigint;
  readonly retcode?: number;
  readonly externalRetcode?: number;
  readonly receivedMs: number;
  readonly sentMs?: number;
  readonly sentence: string;
}

/** "Not found" counts only after the terminal was in step for this long … */
export const SYNCHRONISED_MS = 60_000;
/** … and when two looks, this far apart, agree. */
export const LOOK_EVERY_MS = 5_000;
export const LOOKS_TO_AGREE = 2;
export const RETRY_MS = 1_000;
/** Orders sent for one signal while the broker answers with another price or "later". */
export const ATTEMPTS_MOST = 4;

/** The RESULT that says it; its attempt is one more than the last that was told. */
export function resultOf(told: Told, attempt: number, work: EaWork): ResultMessage {
  const deals = told.deals ?? [];
  const filled = deals.reduce((sum, deal) => sum + deal.volume, 0);
  const worth = deals.reduce((sum, deal) => sum + deal.volume * deal.price, 0);
  const serverUs = (ms: number | undefined): number => (ms ? work.serverClock.at(ms * 1_000, work.nowUs()) : 0);
  return {
    kind: 'RESULT',
    id: told.id,
    subject: told.subject,
    outcome: told.outcome,
    attempt,
    requestedVolume: told.requestedVolume ?? 0,
    filledVolume: Math.round(filled * 1e8) / 1e8,
    price: filled > 0 ? Number((worth / filled).toFixed(8)) : 0,
    retcode: told.retcode ?? 0,
    externalRetcode: told.externalRetcode ?? 0,
    order: told.order ?? 0n,
    position: told.position ?? 0n,
    receivedUs: serverUs(told.receivedMs),
    sentUs: serverUs(told.sentMs),
    doneUs: serverUs(work.nowMs()),
    deals: deals.map((deal) => deal.ticket),
    sentence: told.sentence,
  };
}

/** Counts looks that found nothing while the terminal was in step long enough since `sinceMs`. */
export class Looks {
  #agreed = 0;

  /** True once so many looks agree that nothing happened. */
  nothing(work: EaWork, sinceMs: number): boolean {
    const inStep = work.synchronisedSinceMs();
    if (inStep === undefined) this.#agreed = 0;
    else if (work.nowMs() - Math.max(inStep, sinceMs) >= SYNCHRONISED_MS) this.#agreed += 1;
    return this.#agreed >= LOOKS_TO_AGREE;
  }

  /** A look that failed or saw something under way starts the count again. */
  unsure(): void {
    this.#agreed = 0;
  }
}
