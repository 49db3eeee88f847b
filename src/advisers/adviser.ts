/**
 * One adviser: what it said last of each symbol and timeframe, and its questions under way. Asked at a close, beside the
 * decision path; what it says is heard at later closes, while it is young enough. Whoever hears never waits.
 */
import { sentence } from '../errors.js';
import { LIMITS } from '../limits.js';
import { TIMEFRAME_MS, type Timeframe } from '../market/timeframe.js';
import { CircuitBreaker } from '../runtime/circuit-breaker.js';
import type { Clock } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import type { LeftOut } from '../signals/ensemble.js';
import type { ModelOutput, SidedProbability } from '../signals/model-output.js';
import { questionOf, sidesOfAnswer } from './advice.js';
import type { Budget } from './budget.js';
import type { ChatAnswer, ChatClient } from './chat-client.js';
import type { VectorSummary } from './vector-summary.js';

/** An adviser's part in a prediction, as the ensemble takes it. */
export type AdviserSaid = { readonly model: string; readonly version: string; readonly adviser: true } & (
  | { readonly output: ModelOutput }
  | { readonly leftOut: LeftOut }
);

export interface AdviserOptions {
  readonly name: string;
  /** The model that it is, as its provider names it. */
  readonly version: string;
  readonly client: Pick<ChatClient, 'ask' | 'close'>;
  readonly budget: Budget;
  /** Of the machine. */
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits?: AdviserLimits;
}

export type AdviserLimits = { readonly [Name in keyof typeof LIMITS.advisers]: number };

interface Advice {
  /** End of the candle that it was made of. */
  readonly atMs: number;
  readonly sides: SidedProbability;
}

/** What is known of one symbol and timeframe. */
interface Subject {
  advice: Advice | undefined;
  /** Why there is nothing newer. */
  last: LeftOut;
  asked: boolean;
}

interface Waiting {
  readonly summary: VectorSummary;
  readonly subject: Subject;
  readonly sinceMs: number;
}

export class Adviser {
  readonly #options: AdviserOptions;
  readonly #limits: AdviserLimits;
  readonly #breaker: CircuitBreaker;
  readonly #subjects = new Map<string, Subject>();
  readonly #running = new Set<Promise<void>>();
  #waiting: Waiting[] = [];
  #restUntilMs = 0;
  #wellLogged = true;
  #closed = false;

  constructor(options: AdviserOptions) {
    this.#options = options;
    this.#limits = options.limits ?? LIMITS.advisers;
    const { breakerFailures: failures, breakerOpenMs: openMs } = this.#limits;
    this.#breaker = new CircuitBreaker(options.clock, { failures, openMs });
  }

  /** A candle has closed: asked of it, unless what was said lasts beyond the next close but one. Answers at once. */
  closed(summary: VectorSummary): void {
    const { symbol, timeframe, atMs } = summary;
    const spanMs = TIMEFRAME_MS[timeframe];
    if (this.#closed || spanMs > this.#limits.validMs) return;
    const subject = this.#subject(symbol, timeframe);
    if (subject.advice !== undefined && atMs + 2 * spanMs <= subject.advice.atMs + this.#limits.validMs) return;
    const sinceMs = this.#options.clock.nowMs();
    if (subject.asked) {
      // What waits still is asked of the newer candle.
      this.#waiting = this.#waiting.map((one) => (one.subject === subject ? { ...one, summary } : one));
      return;
    }
    if (this.#resting()) return;
    subject.asked = true;
    this.#waiting.push({ summary, subject, sinceMs });
    if (this.#waiting.length > this.#limits.queue) this.#drop(this.#waiting.shift() as Waiting);
    this.#next();
  }

  /** What it says of the candle that ends at `atMs`: of an earlier one, and no longer ago than advice lasts. */
  heard(symbol: string, timeframe: Timeframe, atMs: number): AdviserSaid {
    const { name, version } = this.#options;
    const part = { model: name, version, adviser: true } as const;
    const { advice, last, asked } = this.#subject(symbol, timeframe);
    if (advice !== undefined && atMs > advice.atMs && atMs <= advice.atMs + this.#limits.validMs)
      return { ...part, output: { kind: 'sides', ...advice.sides } };
    if (this.#resting()) return { ...part, leftOut: 'resting' };
    return { ...part, leftOut: asked ? 'slow' : last };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting = [];
    this.#options.client.close();
    await Promise.all(this.#running);
  }

  #subject(symbol: string, timeframe: Timeframe): Subject {
    const key = `${symbol} ${timeframe}`;
    const known = this.#subjects.get(key);
    if (known !== undefined) return known;
    const subject: Subject = { advice: undefined, last: 'not ready', asked: false };
    this.#subjects.set(key, subject);
    return subject;
  }

  #resting(): boolean {
    return this.#breaker.waitMs() > 0 || this.#restUntilMs > this.#options.clock.nowMs();
  }

  #drop({ subject }: Waiting): void {
    subject.asked = false;
    subject.last = 'slow';
  }

  #next(): void {
    while (this.#running.size < this.#limits.concurrent && !this.#closed) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (this.#resting() || this.#options.clock.nowMs() - next.sinceMs > this.#limits.answerMs) {
        this.#drop(next);
        continue;
      }
      const running = this.#ask(next).then(() => {
        this.#running.delete(running);
        next.subject.asked = false;
        this.#next();
      });
      this.#running.add(running);
    }
  }

  async #ask({ summary, subject }: Waiting): Promise<void> {
    const { name, budget, client } = this.#options;
    const messages = questionOf(summary);
    try {
      // A token is about four letters of English and fewer of figures; half of that is on the safe side.
      const letters = messages.reduce((sum, { content }) => sum + content.length, 0);
      const reserved = await budget.reserve(name, Math.ceil(letters / 2) + this.#limits.answerTokens);
      if (reserved === undefined) {
        subject.last = 'over budget';
        return;
      }
      const answer = await client.ask(messages);
      if (this.#closed) return;
      this.#take(summary, subject, answer);
      await reserved.settle('tokens' in answer ? answer.tokens : undefined);
    } catch (error) {
      subject.last = 'failed';
      this.#options.log.warn({ adviser: name, reason: sentence(error) }, 'what an adviser costs cannot be kept; it is not asked');
    }
  }

  #take({ atMs }: VectorSummary, subject: Subject, answer: ChatAnswer): void {
    const sides = answer.kind === 'said' ? sidesOfAnswer(answer.text) : undefined;
    if (sides !== undefined) {
      subject.advice = { atMs, sides };
      // Once that has aged, nothing newer came in time.
      subject.last = 'slow';
      this.#breaker.succeeded();
      if (!this.#wellLogged) this.#options.log.info({ adviser: this.#options.name }, 'an adviser answers again');
      this.#wellLogged = true;
      return;
    }
    const nowMs = this.#options.clock.nowMs();
    const why = answer.kind === 'said' ? 'it said something else than was asked' : answer.why;
    if (answer.kind === 'limited') {
      subject.last = 'resting';
      this.#restUntilMs = Math.max(this.#restUntilMs, nowMs + this.#restMs(answer.retryAfter, nowMs));
    } else {
      subject.last = answer.kind === 'said' ? 'invalid' : answer.kind;
      this.#breaker.failed();
    }
    if (this.#wellLogged) this.#options.log.warn({ adviser: this.#options.name, reason: why }, 'an adviser is left out');
    this.#wellLogged = false;
  }

  /** Seconds, or a date; within bounds, whatever a server asks for. */
  #restMs(retryAfter: string | undefined, nowMs: number): number {
    const { breakerOpenMs, restMostMs } = this.#limits;
    if (retryAfter === undefined) return breakerOpenMs;
    const wished = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - nowMs;
    return Number.isFinite(wished) ? Math.min(restMostMs, Math.max(0, wished)) : breakerOpenMs;
  }
}
