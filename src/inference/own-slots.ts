/** How many processes of own models there may be at once; who has waited longest for one gets the next. */
export class OwnSlots {
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(
    readonly most: number,
    /** Frees one that is not used, where there is such a one. */
    readonly spare: () => void,
  ) {}

  /** Whether somebody waits for one. */
  get wanted(): boolean {
    return this.#waiting.length > 0;
  }

  async take(): Promise<void> {
    if (this.#taken < this.most) {
      this.#taken += 1;
      return;
    }
    const given = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.spare();
    await given;
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }
}
