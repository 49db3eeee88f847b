/**
 * What waits to be told by one channel: several notices become one message, messages keep to a rate, and one that did not get
 * through is tried again, at growing intervals, until it is given up, which the next one that gets through tells. Of an alert
 * only the newest is waiting: the message tells how it is, not each way there. Pure.
 */
import { LIMITS } from '../limits.js';
import type { Alert, Notice, NoticeKind } from './alert.js';

/** What a channel is given to tell of one alert. */
export interface Told {
  readonly kind: NoticeKind;
  readonly alert: Alert;
  readonly atMs: number;
}

export interface AlertMessage {
  /** The same at each attempt, so that who gets it twice can tell. */
  readonly id: string;
  readonly notices: readonly Told[];
  /** Notices that could not be told since the message before. */
  readonly givenUp: number;
}

export interface Rate {
  /** Messages within the window. */
  readonly most: number;
  readonly windowMs: number;
}

export interface OutboxState {
  readonly waiting: readonly Told[];
  readonly message: AlertMessage | null;
  readonly givenUp: number;
}

const { groupMs, perMessage, waiting: WAITING_MOST, retryFirstMs, retryMostMs, giveUpMs, failuresTold } = LIMITS.alerts;

export class Outbox {
  readonly #rate: Rate;
  #waiting = new Map<string, Told>();
  #message: AlertMessage | null = null;
  #underWay = false;
  #sentMs: number[] = [];
  #firstTryMs: number | undefined;
  #notBeforeMs = 0;
  #failures = 0;
  #givenUp = 0;
  #fault: string | undefined;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Why it does not get through, once that is more than a moment. */
  get fault(): string | undefined {
    return this.#failures >= failuresTold ? this.#fault : undefined;
  }

  get length(): number {
    return this.#waiting.size + (this.#message?.notices.length ?? 0);
  }

  push({ kind, alert, atMs }: Notice): void {
    const before = this.#waiting.get(alert.id);
    // Who has not heard of it yet hears for the first time.
    const first = before?.kind === 'fired' && kind === 'escalated' ? 'fired' : kind;
    this.#waiting.set(alert.id, { kind: first, alert, atMs: before?.atMs ?? atMs });
    if (this.#waiting.size <= WAITING_MOST) return;
    const [oldest] = [...this.#waiting].find(([, told]) => told.alert.severity !== 'critical') ?? [...this.#waiting][0] ?? [];
    if (oldest !== undefined) this.#waiting.delete(oldest);
    this.#givenUp += 1;
  }

  /** What is to be sent now; its end is told by `sent` or `failed`. */
  take(nowMs: number): AlertMessage | undefined {
    if (this.#underWay || nowMs < this.#notBeforeMs) return undefined;
    this.#sentMs = this.#sentMs.filter((atMs) => nowMs - atMs < this.#rate.windowMs);
    if (this.#sentMs.length >= this.#rate.most) return undefined;
    this.#message ??= this.#group(nowMs);
    if (this.#message === null) return undefined;
    this.#underWay = true;
    this.#firstTryMs ??= nowMs;
    // One that failed may have arrived.
    this.#sentMs.push(nowMs);
    return this.#message;
  }

  sent(): void {
    this.#givenUp -= this.#message?.givenUp ?? 0;
    this.#over();
    this.#failures = 0;
    this.#fault = undefined;
  }

  failed(nowMs: number, why: string, retryAfterMs = 0): void {
    this.#underWay = false;
    this.#fault = why;
    this.#failures += 1;
    const pauseMs = Math.min(retryMostMs, retryFirstMs * 2 ** Math.min(this.#failures - 1, 20));
    this.#notBeforeMs = nowMs + Math.max(pauseMs, Math.min(retryAfterMs, retryMostMs));
    if (nowMs - (this.#firstTryMs ?? nowMs) < giveUpMs) return;
    this.#givenUp += this.#message?.notices.length ?? 0;
    this.#over();
  }

  snapshot(): OutboxState {
    return { waiting: [...this.#waiting.values()], message: this.#message, givenUp: this.#givenUp };
  }

  /** What was under way when the node ended may have arrived, and is sent again under its id. */
  restore({ waiting, message, givenUp }: OutboxState): void {
    this.#waiting = new Map(waiting.map((told) => [told.alert.id, told]));
    this.#message = message;
    this.#givenUp = givenUp;
  }

  #group(nowMs: number): AlertMessage | null {
    const all = [...this.#waiting.values()];
    if (!all.some(({ atMs }) => nowMs - atMs >= groupMs)) return null;
    const notices = all.slice(0, perMessage);
    for (const { alert } of notices) this.#waiting.delete(alert.id);
    const [first] = notices as [Told, ...Told[]];
    return { id: `${first.alert.id}-${first.kind}-${first.alert.step}`, notices, givenUp: this.#givenUp };
  }

  #over(): void {
    this.#underWay = false;
    this.#message = null;
    this.#firstTryMs = undefined;
  }
}
