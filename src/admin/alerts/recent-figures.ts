import { LIMITS } from '../../limits.js';
import type { Clock } from '../../runtime/clock.js';

const { samples: MOST, samplesMs } = LIMITS.alerts;

/** The newest figures, none older than a few minutes: what a percentile is taken of. */
export class RecentFigures {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #figures = new Float64Array(MOST);
  readonly #times = new Float64Array(MOST);
  #next = 0;
  #held = 0;

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  add(figure: number): void {
    this.#figures[this.#next] = figure;
    this.#times[this.#next] = this.#clock.nowMs();
    this.#next = (this.#next + 1) % MOST;
    this.#held = Math.min(MOST, this.#held + 1);
  }

  get count(): number {
    return this.#recent().length;
  }

  /** Nearest rank; undefined where there is none. */
  percentile(percent: number): number | undefined {
    const sorted = this.#recent().sort();
    return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  }

  #recent(): Float64Array {
    const sinceMs = this.#clock.nowMs() - samplesMs;
    return this.#figures.subarray(0, this.#held).filter((_figure, at) => (this.#times[at] as number) > sinceMs);
  }
}
