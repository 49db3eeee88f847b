/**
 * Mean and dispersion of values that come at any times, each weighing exp(−age/τ): an hour of quotes counts by its time, not
 * by how often a broker's price happened to change, and what is long past is forgotten. The weights of all values decay alike,
 * so sums only ever shrink by a factor and grow by what comes: nothing is subtracted, and nothing drifts.
 */
export class DecayedMoments {
  readonly #timeMs: number;
  #weight = 0;
  #mean = 0;
  #squares = 0;
  #newestMs = Number.NEGATIVE_INFINITY;

  /** `timeMs` is τ: after it a value weighs 1/e. */
  constructor(timeMs: number) {
    this.#timeMs = timeMs;
  }

  /** Sum of the weights as they were at the newest value: how many values of that moment they are worth. */
  get weight(): number {
    return this.#weight;
  }

  /** NaN before the first value. */
  get mean(): number {
    return this.#weight > 0 ? this.#mean : Number.NaN;
  }

  /** Root of the mean square distance from the mean; NaN before the first value. */
  get dispersion(): number {
    return this.#weight > 0 ? Math.sqrt(this.#squares / this.#weight) : Number.NaN;
  }

  /** What the weights come to at an instant. */
  weightAt(atMs: number): number {
    return this.#weight * this.#decay(atMs);
  }

  /** A value that comes late weighs as if it were of the newest instant. */
  add(value: number, atMs: number): void {
    const decay = this.#decay(atMs);
    this.#newestMs = Math.max(this.#newestMs, atMs);
    this.#weight = this.#weight * decay + 1;
    const before = value - this.#mean;
    this.#mean += before / this.#weight;
    this.#squares = this.#squares * decay + before * (value - this.#mean);
  }

  clear(): void {
    this.#weight = 0;
    this.#mean = 0;
    this.#squares = 0;
    this.#newestMs = Number.NEGATIVE_INFINITY;
  }

  #decay(atMs: number): number {
    return this.#weight === 0 ? 0 : Math.exp(-Math.max(0, atMs - this.#newestMs) / this.#timeMs);
  }
}
