/**
 * One node asks the others who of them has a thing, and what came of it there. Everybody answers, also who has it not: so the asker
 * knows at once that nobody does, and which node it has not heard of where one is silent.
 *
 * A question is answered in its time or not at all: what comes too late to be answered is not acted upon.
 */
import { sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Cancel, Clock } from '../../runtime/clock.js';
import type { Ids } from '../../runtime/ids.js';
import type { Logger } from '../../runtime/logger.js';
import type { Bus, BusMessage, Pattern, Subject, Subscription } from './bus.js';
import { type Answered, type Asks, parseSubject, patternOf, subjectOf } from './subjects.js';

export type Outcome =
  | { readonly kind: 'told'; readonly node: string; readonly value: unknown }
  | { readonly kind: 'nobody' }
  /** Nobody who answered has it, and these have not answered. */
  | { readonly kind: 'silent'; readonly nodes: readonly string[] };

export interface QuestionsOptions {
  readonly node: string;
  readonly bus: Pick<Bus, 'publish' | 'subscribe'>;
  readonly ids: Pick<Ids, 'idFor'>;
  readonly log: Pick<Logger, 'error'>;
  readonly clock: Pick<Clock, 'nowMs' | 'after'>;
  /** The other nodes that are there, as far as is known. */
  readonly others: () => readonly string[];
}

interface Open {
  readonly silent: Set<string>;
  readonly end: (outcome: Outcome) => void;
}

export class Questions {
  readonly #options: QuestionsOptions;
  readonly #open = new Map<string, Open>();
  #asked = 0;
  readonly #answers: Subscription;

  constructor(options: QuestionsOptions) {
    this.#options = options;
    const own = patternOf('answer', { node: options.node });
    this.#answers = options.bus.subscribe(own, ({ subject, payload }) =>
      this.#heard(parseSubject(subject)?.parts.question ?? '', payload),
    );
  }

  ask<B extends object>(subject: Subject<B & { readonly asks: Asks }>, body: B): Promise<Outcome> {
    const { node, bus, ids, clock, others } = this.#options;
    const silent = new Set(others());
    if (silent.size === 0) return Promise.resolve({ kind: 'nobody' });
    const nowMs = clock.nowMs();
    this.#asked += 1;
    const question = ids.idFor(`question:${node}:${this.#asked}`, nowMs);
    return new Promise((resolve) => {
      let cancel: Cancel = () => {};
      const end = (outcome: Outcome): void => {
        this.#open.delete(question);
        cancel();
        resolve(outcome);
      };
      this.#open.set(question, { silent, end });
      cancel = clock.after(LIMITS.cluster.askMs, () => end({ kind: 'silent', nodes: [...silent] }));
      const asks = { node, question, untilMs: nowMs + LIMITS.cluster.askMs };
      if (!bus.publish(subject, { ...body, asks })) end({ kind: 'silent', nodes: [...silent] });
    });
  }

  /** Answers what others ask: undefined where this node has it not. Who fails says nothing, since nobody knows what came of it. */
  answer<B>(pattern: Pattern<B & { readonly asks: Asks }>, about: (message: BusMessage<B>) => Promise<unknown>): Subscription {
    const { node, bus, clock } = this.#options;
    return bus.subscribe(pattern, (message) => {
      const { asks } = message.payload;
      if (asks.node === node || clock.nowMs() > asks.untilMs) return;
      // Not waited for: the next question is of another account.
      about(message).then(
        (value) => this.#tell(asks, value),
        (error: unknown) => this.#options.log.error({ err: sentence(error), from: asks.node }, 'a question was not answered'),
      );
    });
  }

  close(): void {
    this.#answers.close();
    for (const { end, silent } of [...this.#open.values()]) end({ kind: 'silent', nodes: [...silent] });
  }

  #tell({ node: asker, question }: Asks, value: unknown): void {
    const { node, bus } = this.#options;
    const answered: Answered = { node, has: value !== undefined, value: value ?? null };
    bus.publish(subjectOf('answer', { node: asker, question }), answered);
  }

  #heard(question: string, { node, has, value }: Answered): void {
    const open = this.#open.get(question);
    if (open === undefined) return;
    if (has) return open.end({ kind: 'told', node, value });
    open.silent.delete(node);
    if (open.silent.size === 0) open.end({ kind: 'nobody' });
  }
}
