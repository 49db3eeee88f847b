/**
 * Work of many callers on one thread: each piece in the order it came and whole before the next begins, cut where
 * it yields, so that no turn of the event loop is longer than `LIMITS.patterns.turnMs` and one step.
 */
import { SuhoError } from '../../../errors.js';
import { LIMITS } from '../../../limits.js';
import type { Clock } from '../../../runtime/clock.js';
import { endOfTurn } from '../../../runtime/turn.js';

/** What yields where it may be cut. */
export type Steps<R> = Generator<void, R>;

interface Waiting {
  /** Makes the next step; whether that was the last. */
  readonly step: () => boolean;
  readonly fail: (error: unknown) => void;
}

const TURN_NS = LIMITS.patterns.turnMs * 1e6;

export class TurnTaking {
  readonly #clock: Pick<Clock, 'monotonicNs'>;
  readonly #waiting: Waiting[] = [];
  #spentNs = 0;
  #resumes = false;
  #busy = false;

  constructor(clock: Pick<Clock, 'monotonicNs'>) {
    this.#clock = clock;
  }

  run<R>(work: () => Steps<R>): Promise<R> {
    if (this.#waiting.length >= LIMITS.patterns.waiting)
      return Promise.reject(
        new SuhoError('UNREACHABLE', `more than ${LIMITS.patterns.waiting} calls wait for the pattern store`),
      );
    return new Promise((resolve, reject) => {
      let steps: Steps<R> | undefined;
      const step = (): boolean => {
        steps ??= work();
        const { done, value } = steps.next();
        if (done) resolve(value);
        return done === true;
      };
      this.#waiting.push({ step, fail: reject });
      this.#goOn();
    });
  }

  /** Does what there is time for in this turn; the next one goes on. */
  #goOn(): void {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting.length > 0 && this.#spentNs < TURN_NS) {
      const before = this.#clock.monotonicNs();
      if (this.#ends(this.#waiting[0] as Waiting)) this.#waiting.shift();
      this.#spentNs += Number(this.#clock.monotonicNs() - before);
    }
    this.#busy = false;
    if (this.#resumes || this.#spentNs === 0) return;
    this.#resumes = true;
    endOfTurn(() => {
      this.#resumes = false;
      this.#spentNs = 0;
      this.#goOn();
    });
  }

  #ends({ step, fail }: Waiting): boolean {
    try {
      return step();
    } catch (error) {
      fail(error);
      return true;
    }
  }
}
