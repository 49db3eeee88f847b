/**
 * Answers that many ask for and that seldom change, such as closed candles: made and written once, and sent again as long as what
 * they are made of is the same.
 */
import { LIMITS } from '../limits.js';

/** An answer as it was made, and written once somebody has been sent it. */
export class Kept {
  #text: string | undefined;

  constructor(
    readonly madeOf: readonly unknown[],
    readonly body: unknown,
  ) {}

  /** In one piece: a text that was put together of a thousand parts would be put together again each time it is sent. */
  text(write: (body: unknown) => string): string {
    this.#text ??= Buffer.from(write(this.body)).toString();
    return this.#text;
  }

  isOf(madeOf: readonly unknown[]): boolean {
    return madeOf.length === this.madeOf.length && madeOf.every((one, at) => Object.is(one, this.madeOf[at]));
  }
}

export class KeptAnswers {
  readonly #kept = new Map<string, Kept>();

  /** `madeOf` are values that stand for all that the answer says: by identity, or by value where they are no objects. */
  answer(name: string, madeOf: readonly unknown[], make: () => unknown): Kept {
    const before = this.#kept.get(name);
    if (before?.isOf(madeOf)) return before;
    const kept = new Kept(madeOf, make());
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > LIMITS.http.keptAnswers && oldest !== undefined) this.#kept.delete(oldest);
    return kept;
  }
}
