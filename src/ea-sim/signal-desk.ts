/**
 * Executes signals, each at most once, and says what became of it.
 *
 * A signal is `ready` until its order is sent; the intent stands in the record before that. What the broker leaves open
 * (an ambiguous code, a crash between intent and result) is told as UNKNOWN and then looked for by magic, in working
 * orders, deals and finished orders, until it is found or until two looks of a terminal in step agree that it never
 * was. Only "found" and "agreed" end it; a failed query says nothing. A signal that may have been delivered before and
 * that the record does not know is `look`ed for in the same way before it is sent at all.
 *
 * Everything happens in `step`, which the EA calls once in each of its turns.
 */
import type { SignalMessage } from '../protocol/messages.js';
import type { DealRequest, TradeAnswer } from './broker.js';
import { ATTEMPTS_MOST, type EaWork, LOOK_EVERY_MS, Looks, RETRY_MS, type Told } from './ea-work.js';
import type { SignalMemory } from './record.js';
import { meaningOf, RETCODE } from './retcode.js';
import { checkSignal } from './signal-check.js';
import type { Deal, Order } from './trading-book.js';

interface Job {
  readonly id: string;
  phase: 'look' | 'ready' | 'sent' | 'unknown';
  /** Not before this instant. */
  dueMs: number;
  attempts: number;
  readonly looks: Looks;
}

type Sight =
  | { readonly kind: 'failed' }
  | { readonly kind: 'working' }
  | { readonly kind: 'traded'; readonly deals: readonly Deal[] }
  | { readonly kind: 'ended'; readonly order: Order }
  | { readonly kind: 'nothing' };

export class SignalDesk {
  readonly #work: EaWork;
  readonly #jobs = new Map<string, Job>();

  constructor(work: EaWork) {
    this.#work = work;
    for (const [id, memory] of work.record.state.signals) if (memory.message && !isFinal(memory)) this.#resume(id, memory);
  }

  /** Signals that no final RESULT has been given for. */
  get open(): number {
    return this.#jobs.size;
  }

  /** Takes a signal; a known one is answered from the record. */
  accept(message: SignalMessage, mayBeRepeat: boolean): 'new' | 'known' {
    const { record } = this.#work;
    const memory = record.state.signals.get(message.id);
    if (memory?.message) {
      this.#answerAgain(memory);
      return 'known';
    }
    record.append({ kind: 'signal', message, atMs: this.#work.nowMs() });
    this.#open(message.id, mayBeRepeat ? 'look' : 'ready');
    return 'new';
  }

  /** Stops a signal that has not gone to the broker, now or when it comes. */
  cancel(id: string): 'cancelled' | 'with-broker' | 'ended' {
    const memory = this.#work.record.state.signals.get(id);
    if (memory && isFinal(memory)) return 'ended';
    if (memory && memory.attempts > 0) return 'with-broker';
    this.#work.record.append({ kind: 'cancel', id });
    return 'cancelled';
  }

  step(): void {
    const nowMs = this.#work.nowMs();
    for (const job of [...this.#jobs.values()]) {
      if (job.dueMs > nowMs || job.phase === 'sent') continue;
      const memory = this.#work.record.state.signals.get(job.id);
      const message = memory?.message;
      if (!memory || !message) continue;
      if (job.phase === 'unknown') this.#reconcile(job, memory, message);
      else if (job.phase === 'look') this.#lookFirst(job, memory, message);
      else if (!this.#work.busy) this.#attempt(job, memory, message);
    }
  }

  nextDueMs(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const job of this.#jobs.values()) if (job.phase !== 'sent') due = Math.min(due, job.dueMs);
    return due;
  }

  #open(id: string, phase: Job['phase']): void {
    this.#jobs.set(id, { id, phase, dueMs: this.#work.nowMs(), attempts: 0, looks: new Looks() });
  }

  /** After a restart: an intent without a result is an order whose fate nobody here saw. */
  #resume(id: string, memory: SignalMemory): void {
    if (memory.attempts === 0) {
      this.#open(id, 'look');
      return;
    }
    this.#open(id, 'unknown');
    if (memory.results.length === 0)
      this.#tell(memory, id, { outcome: 'UNKNOWN', sentence: 'The EA stopped before the broker answered.' });
  }

  #answerAgain(memory: SignalMemory): void {
    const { record } = this.#work;
    const last = memory.results.at(-1);
    if (!last) return;
    for (const kept of record.state.kept.values()) if (kept.kind === 'RESULT' && kept.id === last.id) return;
    record.append({ kind: 'kept', number: record.state.lastNumber + 1, message: last });
  }

  #lookFirst(job: Job, memory: SignalMemory, message: SignalMessage): void {
    const sight = this.#look(message.magic);
    switch (sight.kind) {
      case 'nothing':
        job.phase = 'ready';
        return;
      case 'traded':
        this.#executed(memory, message, sight.deals);
        return;
      case 'ended':
        this.#finish(memory, message.id, {
          outcome: 'REJECTED',
          order: sight.order.ticket,
          sentence: 'Its order ended without a fill.',
        });
        return;
      case 'working':
      case 'failed':
        job.dueMs = this.#work.nowMs() + RETRY_MS;
        if (memory.results.length === 0 && this.#expired(message))
          this.#tell(memory, message.id, {
            outcome: 'UNKNOWN',
            sentence: 'The terminal cannot say whether it was executed before.',
          });
        return;
    }
  }

  #attempt(job: Job, memory: SignalMemory, message: SignalMessage): void {
    const { broker, record, risk } = this.#work;
    const nowMs = this.#work.nowMs();
    if (memory.cancelled) {
      this.#finish(memory, message.id, { outcome: 'CANCELLED', sentence: 'It was cancelled before it was executed.' });
      return;
    }
    if (this.#expired(message)) {
      this.#finish(memory, message.id, { outcome: 'EXPIRED', sentence: 'It was too late, or the time was not known.' });
      return;
    }
    if (!risk || this.#work.synchronisedSinceMs() === undefined) {
      job.dueMs = nowMs + RETRY_MS;
      return;
    }
    const symbol = broker.quotes.symbol(message.brokerName);
    const checked = checkSignal({
      signal: message,
      risk,
      settings: this.#work.settings,
      nameOfId: this.#work.nameOfId.get(message.symbolId),
      symbol,
      quote: broker.quote(message.brokerName),
      ownPositions: this.#ownPositions(message.magic),
      serverTimeMs: this.#work.serverClock.at(this.#work.nowUs(), this.#work.nowUs()) / 1_000,
    });
    if (checked.kind === 'refused') {
      this.#finish(memory, message.id, { outcome: 'REJECTED', sentence: checked.sentence });
      return;
    }
    const { request } = checked;
    const code = broker.check(request);
    if (code !== 0) {
      this.#refusedBy(job, memory, message, code, request.volume);
      return;
    }
    job.phase = 'sent';
    job.attempts += 1;
    record.append({ kind: 'intent', id: message.id, atMs: nowMs, volume: request.volume });
    this.#work.trade(request, (answer) => this.#answered(job, memory, message, request, answer));
  }

  #answered(job: Job, memory: SignalMemory, message: SignalMessage, request: DealRequest, answer: TradeAnswer): void {
    switch (meaningOf(answer.retcode)) {
      case 'done': {
        const deals = this.#work.broker.book.dealsOf(message.magic).filter((deal) => deal.order === answer.order);
        this.#executed(memory, message, deals, answer.retcode);
        return;
      }
      case 'ambiguous':
        job.phase = 'unknown';
        job.dueMs = this.#work.nowMs() + RETRY_MS;
        this.#tell(memory, message.id, {
          outcome: 'UNKNOWN',
          retcode: answer.retcode,
          requestedVolume: request.volume,
          sentence: `The broker answered ${answer.retcode}: whether it traded is being looked for.`,
        });
        return;
      default:
        this.#refusedBy(job, memory, message, answer.retcode, request.volume);
        return;
    }
  }

  /** A code that says for certain that nothing was traded: try again where that can help. */
  #refusedBy(job: Job, memory: SignalMemory, message: SignalMessage, retcode: number, volume: number): void {
    const meaning = meaningOf(retcode);
    if ((meaning === 'new-price' || meaning === 'later') && job.attempts < ATTEMPTS_MOST && retcode !== RETCODE.MARKET_CLOSED) {
      job.phase = 'ready';
      job.dueMs = this.#work.nowMs() + (meaning === 'later' ? RETRY_MS : 0);
      if (job.attempts === 0) job.attempts = 1;
      return;
    }
    this.#finish(memory, message.id, {
      outcome: 'REJECTED',
      retcode,
      requestedVolume: volume,
      sentence: `The broker refused it with ${retcode}.`,
    });
  }

  #reconcile(job: Job, memory: SignalMemory, message: SignalMessage): void {
    job.dueMs = this.#work.nowMs() + LOOK_EVERY_MS;
    const sight = this.#look(message.magic);
    switch (sight.kind) {
      case 'traded':
        this.#executed(memory, message, sight.deals);
        return;
      case 'ended':
        this.#finish(memory, message.id, {
          outcome: 'REJECTED',
          order: sight.order.ticket,
          sentence: 'Its order ended without a fill.',
        });
        return;
      case 'nothing':
        if (!job.looks.nothing(this.#work, memory.intentMs)) return;
        this.#finish(memory, message.id, { outcome: 'REJECTED', sentence: 'Neither orders nor history know of it.' });
        return;
      case 'working':
      case 'failed':
        job.looks.unsure();
        return;
    }
  }

  /** Where a signal stands at the broker, by its magic. */
  #look(magic: bigint): Sight {
    const { broker } = this.#work;
    const holdings = broker.holdings();
    const history = broker.history({ magic });
    if (!holdings || !history || this.#work.synchronisedSinceMs() === undefined) return { kind: 'failed' };
    if (holdings.orders.some((order) => order.magic === magic)) return { kind: 'working' };
    const deals = history.deals.filter((deal) => deal.entry !== 'OUT');
    if (deals.length > 0) return { kind: 'traded', deals };
    const [order] = history.orders;
    return order ? { kind: 'ended', order } : { kind: 'nothing' };
  }

  #executed(memory: SignalMemory, message: SignalMessage, deals: readonly Deal[], retcode: number = RETCODE.DONE): void {
    const [first] = deals;
    const asked = memory.intentVolume || message.volume;
    this.#finish(memory, message.id, {
      outcome: 'EXECUTED',
      deals,
      retcode,
      order: first?.order ?? 0n,
      position: first?.position ?? 0n,
      requestedVolume: asked,
      sentence: '',
    });
  }

  #finish(memory: SignalMemory, id: string, told: Partial<Told> & Pick<Told, 'outcome' | 'sentence'>): void {
    this.#jobs.delete(id);
    this.#tell(memory, id, told);
  }

  #tell(memory: SignalMemory, id: string, told: Partial<Told> & Pick<Told, 'outcome' | 'sentence'>): void {
    this.#work.tell({ id, subject: 'SIGNAL', receivedMs: memory.receivedMs, sentMs: memory.intentMs, ...told });
  }

  #expired(message: SignalMessage): boolean {
    return this.#work.serverClock.expired(message.validUntilMs, this.#work.nowUs());
  }

  #ownPositions(magic: bigint): number {
    let count = 0;
    for (const position of this.#work.broker.book.positions.values()) if (position.magic >> 32n === magic >> 32n) count += 1;
    return count;
  }
}

function isFinal(memory: SignalMemory): boolean {
  const last = memory.results.at(-1);
  return last !== undefined && last.outcome !== 'UNKNOWN';
}
