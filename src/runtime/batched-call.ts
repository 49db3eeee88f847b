/**
 * Many who ask at once, few calls: while one call is under way, what is asked collects, and the next takes it along. No timer
 * is involved: alone, a question leaves with the end of its turn. So a flood of questions costs one call after the other,
 * however many come, and whoever waits is answered with those that came with it.
 */
import { endOfTurn } from './turn.js';

export interface BatchedCallOptions<Asked, Answer> {
  /** Asked at once. */
  readonly most: number;
  /** What may be in a call once only; the next of the same waits for the next call. */
  readonly keyOf?: (asked: Asked) => string;
  /** Of whose questions no more than so many different ones go together. */
  readonly groups?: { readonly of: (asked: Asked) => string; readonly most: number };
  /** Answers in the order of what is asked. */
  readonly call: (asked: readonly Asked[]) => Promise<readonly Answer[]>;
}

interface Question<Asked, Answer> {
  readonly asked: Asked;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export class BatchedCall<Asked, Answer> {
  readonly #options: BatchedCallOptions<Asked, Answer>;
  #waiting: Question<Asked, Answer>[] = [];
  #running = false;

  constructor(options: BatchedCallOptions<Asked, Answer>) {
    this.#options = options;
  }

  /** Fails where the call that it was part of fails. */
  ask(asked: Asked): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ asked, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      endOfTurn(() => void this.#run());
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#next(this.#take());
    this.#running = false;
  }

  #take(): readonly Question<Asked, Answer>[] {
    const { most, keyOf, groups } = this.#options;
    const keys = new Set<string>();
    const seen = new Set<string>();
    const taken: Question<Asked, Answer>[] = [];
    const left: Question<Asked, Answer>[] = [];
    for (const question of this.#waiting) {
      const key = keyOf?.(question.asked);
      const group = groups?.of(question.asked);
      const oneMore = group !== undefined && !seen.has(group) && seen.size >= (groups?.most ?? 0);
      if (taken.length >= most || oneMore || (key !== undefined && keys.has(key))) left.push(question);
      else {
        if (group !== undefined) seen.add(group);
        if (key !== undefined) keys.add(key);
        taken.push(question);
      }
    }
    this.#waiting = left;
    return taken;
  }

  async #next(questions: readonly Question<Asked, Answer>[]): Promise<void> {
    try {
      const answers = await this.#options.call(questions.map(({ asked }) => asked));
      for (const [at, { resolve }] of questions.entries()) resolve(answers[at] as Answer);
    } catch (error) {
      for (const { reject } of questions) reject(error);
    }
  }
}
