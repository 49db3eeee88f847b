/**
 * Does what commands ask: closes positions, moves stops, cancels signals, tells history and positions. A command is done at
 * most once. Closing is recorded with its targets before the first order leaves; where an answer is ambiguous, or the EA
 * stopped in between, the command is UNKNOWN until history shows which targets were closed, by the same rule of
 * a terminal in step and two looks that agree. Moving a stop twice does no harm, so that is simply done again.
 */
import type { CommandMessage, Message2 } from '../protocol/messages.js';
import type { TradeAnswer } from './broker.js';
import { ATTEMPTS_MOST, type EaWork, LOOK_EVERY_MS, Looks, RETRY_MS, type Told } from './ea-work.js';
import { type Naming, historyBetween, historyPages, snapshot } from './reports.js';
import type { CloseTarget, CommandMemory } from './record.js';
import { meaningOf, RETCODE } from './retcode.js';
import { stepDown } from './signal-check.js';
import type { SignalDesk } from './signal-desk.js';
import { type Deal, lots, type Position } from './trading-book.js';

interface Job {
  readonly memory: CommandMemory;
  phase: 'ready' | 'sent' | 'unknown';
  dueMs: number;
  attempts: number;
  /** Of the targets, the one that is being closed. */
  at: number;
  readonly closed: Deal[];
  failure: string;
  readonly looks: Looks;
}

export interface CommandContext {
  readonly signals: SignalDesk;
  readonly naming: Naming;
  say(message: Message2): void;
  nextQuery(): number;
  reconnect(): void;
}

type Outcome = Pick<Told, 'outcome' | 'sentence'> & Partial<Told>;

export class CommandDesk {
  readonly #work: EaWork;
  readonly #context: CommandContext;
  readonly #jobs = new Map<string, Job>();

  constructor(work: EaWork, context: CommandContext) {
    this.#work = work;
    this.#context = context;
    for (const memory of work.record.state.commands.values()) this.#resume(memory);
  }

  accept(message: CommandMessage): void {
    const { record } = this.#work;
    const memory = record.state.commands.get(message.id);
    if (memory) {
      this.#answerAgain(memory);
      return;
    }
    record.append({ kind: 'command', message, atMs: this.#work.nowMs() });
    const known = record.state.commands.get(message.id);
    if (known) this.#open(known, 'ready');
  }

  step(): void {
    const nowMs = this.#work.nowMs();
    for (const job of [...this.#jobs.values()]) {
      if (job.dueMs > nowMs || job.phase === 'sent') continue;
      if (job.phase === 'unknown') this.#reconcile(job);
      else if (!job.memory.closing && this.#expired(job.memory.message))
        this.#finish(job, { outcome: 'EXPIRED', sentence: 'It was too late, or the time was not known.' });
      else this.#do(job);
    }
  }

  nextDueMs(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const job of this.#jobs.values()) if (job.phase !== 'sent') due = Math.min(due, job.dueMs);
    return due;
  }

  #open(memory: CommandMemory, phase: Job['phase']): Job {
    const job: Job = {
      memory,
      phase,
      dueMs: this.#work.nowMs(),
      attempts: 0,
      at: 0,
      closed: [],
      failure: '',
      looks: new Looks(),
    };
    this.#jobs.set(memory.message.id, job);
    return job;
  }

  #resume(memory: CommandMemory): void {
    const last = memory.results.at(-1);
    if (last && last.outcome !== 'UNKNOWN') return;
    const job = this.#open(memory, memory.closing ? 'unknown' : 'ready');
    if (memory.closing && !last) this.#tell(job, { outcome: 'UNKNOWN', sentence: 'The EA stopped before the broker answered.' });
  }

  #answerAgain(memory: CommandMemory): void {
    const { record } = this.#work;
    const last = memory.results.at(-1);
    if (!last) return;
    for (const kept of record.state.kept.values()) if (kept.kind === 'RESULT' && kept.id === last.id) return;
    record.append({ kind: 'kept', number: record.state.lastNumber + 1, message: last });
  }

  #do(job: Job): void {
    const { message } = job.memory;
    switch (message.action) {
      case 'CLOSE_POSITION':
      case 'CLOSE_ALL':
        this.#close(job);
        return;
      case 'MODIFY':
        this.#modify(job);
        return;
      case 'CANCEL_ORDER':
        this.#finish(job, { outcome: 'REJECTED', sentence: `There is no pending order ${message.order}.` });
        return;
      case 'CANCEL_SIGNAL':
        this.#cancelSignal(job);
        return;
      case 'SEND_HISTORY':
        this.#sendHistory(job);
        return;
      case 'SEND_SNAPSHOT':
        this.#sendSnapshot(job);
        return;
      case 'RECONNECT':
        this.#finish(job, { outcome: 'EXECUTED', sentence: '' });
        this.#context.reconnect();
        return;
    }
  }

  #cancelSignal(job: Job): void {
    const verdict = this.#context.signals.cancel(job.memory.message.signalId);
    if (verdict === 'cancelled') {
      this.#finish(job, { outcome: 'EXECUTED', sentence: '' });
      return;
    }
    const sentence = verdict === 'ended' ? 'The signal has had its end.' : 'The signal is with the broker.';
    this.#finish(job, { outcome: 'REJECTED', sentence });
  }

  #sendHistory(job: Job): void {
    const { message } = job.memory;
    const { broker } = this.#work;
    const range = { fromMs: message.fromMs, toMs: message.toMs };
    const found = historyBetween(broker, range.fromMs, range.toMs);
    const asked = { query: this.#context.nextQuery(), commandId: message.id };
    for (const page of historyPages(found, broker, this.#context.naming, range, asked)) this.#context.say(page);
    this.#answerQuery(job, found !== undefined);
  }

  #sendSnapshot(job: Job): void {
    const asked = { query: this.#context.nextQuery(), commandId: job.memory.message.id };
    const pages = snapshot(this.#work.broker, this.#context.naming, this.#work.nowMs(), asked);
    for (const page of pages) this.#context.say(page);
    this.#answerQuery(job, pages[0]?.completeness === 'COMPLETE');
  }

  #answerQuery(job: Job, complete: boolean): void {
    if (complete) this.#finish(job, { outcome: 'EXECUTED', sentence: '' });
    else this.#finish(job, { outcome: 'REJECTED', sentence: 'The terminal could not answer.' });
  }

  #modify(job: Job): void {
    const { message } = job.memory;
    if (this.#work.busy) return;
    const { position, stopLoss, takeProfit } = message;
    if (position === 0n) {
      this.#finish(job, { outcome: 'REJECTED', sentence: `There is no pending order ${message.order}.` });
      return;
    }
    job.phase = 'sent';
    this.#work.trade({ action: 'stops', position, stopLoss, takeProfit }, (answer) => {
      const { retcode } = answer;
      if (retcode === RETCODE.DONE || retcode === RETCODE.NO_CHANGES) {
        this.#finish(job, { outcome: 'EXECUTED', position, retcode, sentence: '' });
        return;
      }
      if (meaningOf(retcode) !== 'refused') {
        this.#later(job);
        return;
      }
      this.#finish(job, { outcome: 'REJECTED', position, retcode, sentence: `The broker refused it with ${retcode}.` });
      return;
    });
  }

  #close(job: Job): void {
    if (this.#work.busy) return;
    if (this.#work.synchronisedSinceMs() === undefined) {
      this.#later(job);
      return;
    }
    if (!job.memory.closing) {
      const targets = this.#targets(job.memory.message);
      if (typeof targets === 'string') {
        this.#finish(job, { outcome: 'REJECTED', sentence: targets });
        return;
      }
      if (targets.length === 0) {
        this.#finish(job, { outcome: 'EXECUTED', sentence: 'There was nothing to close.' });
        return;
      }
      this.#work.record.append({ kind: 'closing', id: job.memory.message.id, atMs: this.#work.nowMs(), targets });
    }
    const target = job.memory.closing?.targets[job.at];
    const position = target && this.#work.broker.book.positions.get(target.position);
    if (!target) {
      this.#closedAll(job);
      return;
    }
    if (!position) {
      this.#nextTarget(job, `Position ${target.position} was closed already.`);
      return;
    }
    this.#sendClose(job, target, position);
  }

  #targets(message: CommandMessage): CloseTarget[] | string {
    const { broker, nameOfId } = this.#work;
    const all = [...broker.book.positions.values()];
    const target = (position: Position, volume: number): CloseTarget => ({
      position: position.ticket,
      symbol: position.symbol,
      volume,
    });
    if (message.action === 'CLOSE_ALL') {
      const name = message.symbolId === 0 ? undefined : nameOfId.get(message.symbolId);
      return all
        .filter((position) => message.symbolId === 0 || position.symbol === name)
        .filter((position) => message.scope === 'EVERYTHING' || this.#isOurs(position))
        .map((position) => target(position, position.volume));
    }
    const position = all.find(({ ticket }) => ticket === message.position);
    if (!position) return `There is no position ${message.position}.`;
    const step = broker.quotes.symbol(position.symbol)?.volumeStep ?? 0.01;
    const volume = message.volume === 0 ? position.volume : stepDown(message.volume, step);
    if (volume <= 0 || volume > position.volume) return `Of ${position.volume} lots, ${message.volume} cannot be closed.`;
    return [target(position, volume)];
  }

  #isOurs(position: Position): boolean {
    const base = this.#work.settings?.baseMagic;
    if (base !== undefined && position.magic >> 32n === BigInt(base)) return true;
    return this.#work.record.state.signalOfMagic.has(position.magic);
  }

  #sendClose(job: Job, target: CloseTarget, position: Position): void {
    const { broker } = this.#work;
    const quote = broker.quote(target.symbol);
    const side = position.side === 'BUY' ? 'SELL' : 'BUY';
    const left = lots(target.volume - closedVolume(job.closed, target));
    job.phase = 'sent';
    job.attempts += 1;
    this.#work.trade(
      {
        action: 'deal',
        symbol: target.symbol,
        side,
        volume: Math.min(left, position.volume),
        price: (side === 'BUY' ? quote?.ask : quote?.bid) ?? 0,
        deviationPoints: this.#work.settings?.slippagePointsMax ?? 10,
        stopLoss: 0,
        takeProfit: 0,
        magic: position.magic,
        comment: position.comment,
        position: position.ticket,
        filling: 'IOC',
        reason: 'EXPERT',
      },
      (answer) => this.#closeAnswered(job, target, answer),
    );
  }

  #closeAnswered(job: Job, target: CloseTarget, answer: TradeAnswer): void {
    const { retcode } = answer;
    switch (meaningOf(retcode)) {
      case 'done': {
        const deal = this.#work.broker.book.deals.findLast(({ ticket }) => ticket === answer.deal);
        if (deal) job.closed.push(deal);
        if (lots(target.volume - closedVolume(job.closed, target)) > 0) {
          this.#later(job, 0);
          return;
        }
        this.#nextTarget(job, '');
        return;
      }
      case 'ambiguous':
        this.#tell(job, {
          outcome: 'UNKNOWN',
          retcode,
          sentence: `The broker answered ${retcode}: whether it closed is being looked for.`,
        });
        job.phase = 'unknown';
        job.dueMs = this.#work.nowMs() + RETRY_MS;
        return;
      case 'new-price':
      case 'later':
        if (job.attempts < ATTEMPTS_MOST) {
          this.#later(job);
          return;
        }
        this.#nextTarget(job, `The broker refused it with ${retcode}.`);
        return;
      case 'refused':
        this.#nextTarget(job, `The broker refused it with ${retcode}.`);
        return;
    }
  }

  #later(job: Job, waitMs: number = RETRY_MS): void {
    job.phase = 'ready';
    job.dueMs = this.#work.nowMs() + waitMs;
  }

  #nextTarget(job: Job, failure: string): void {
    if (failure) job.failure = failure;
    job.at += 1;
    job.attempts = 0;
    this.#later(job, 0);
  }

  #closedAll(job: Job): void {
    const outcome = job.failure && this.#openTargets(job).length > 0 ? 'REJECTED' : 'EXECUTED';
    this.#finish(job, { outcome, deals: job.closed, sentence: job.failure });
  }

  #openTargets(job: Job): readonly CloseTarget[] {
    const { book } = this.#work.broker;
    return (job.memory.closing?.targets ?? []).filter(
      (target) => book.positions.has(target.position) && closedVolume(job.closed, target) < target.volume,
    );
  }

  /** History since the intent tells what was closed; targets that still stand then were not. */
  #reconcile(job: Job): void {
    const { broker } = this.#work;
    const { closing } = job.memory;
    job.dueMs = this.#work.nowMs() + LOOK_EVERY_MS;
    const holdings = broker.holdings();
    const history = closing && broker.history({ sinceMs: closing.atMs });
    const working = holdings?.orders.some((order) => closing?.targets.some((target) => target.symbol === order.symbol));
    if (!closing || !holdings || !history || working || this.#work.synchronisedSinceMs() === undefined) {
      job.looks.unsure();
      return;
    }
    const targets = new Set(closing.targets.map((target) => target.position));
    const deals = history.deals.filter((deal) => deal.entry === 'OUT' && deal.reason === 'EXPERT' && targets.has(deal.position));
    job.closed.splice(0, job.closed.length, ...deals);
    const open = this.#openTargets(job);
    if (open.length === 0) {
      this.#finish(job, { outcome: 'EXECUTED', deals, sentence: '' });
      return;
    }
    if (!job.looks.nothing(this.#work, closing.atMs)) return;
    this.#finish(job, { outcome: 'REJECTED', deals, sentence: `${open.length} of ${targets.size} positions were not closed.` });
  }

  #finish(job: Job, outcome: Outcome): void {
    this.#jobs.delete(job.memory.message.id);
    this.#tell(job, outcome);
  }

  #tell(job: Job, outcome: Outcome): void {
    const { message, receivedMs, closing } = job.memory;
    const asked = closing?.targets.reduce((sum, target) => sum + target.volume, 0) ?? 0;
    this.#work.tell({
      id: message.id,
      subject: 'COMMAND',
      receivedMs,
      sentMs: closing?.atMs ?? 0,
      requestedVolume: lots(asked),
      position: message.position,
      ...outcome,
    });
  }

  #expired(message: CommandMessage): boolean {
    return this.#work.serverClock.expired(message.validUntilMs, this.#work.nowUs());
  }
}

function closedVolume(deals: readonly Deal[], target: CloseTarget): number {
  return lots(deals.reduce((sum, deal) => (deal.position === target.position ? sum + deal.volume : sum), 0));
}
