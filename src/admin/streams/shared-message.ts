/** A message to any number of readers: made into bytes when the first is sent it, and once. */
export class Shared {
  #made: (() => unknown) | undefined;
  #bytes: Buffer | undefined;

  constructor(made: () => unknown) {
    this.#made = made;
  }

  bytes(): Buffer {
    if (this.#bytes === undefined) {
      this.#bytes = Buffer.from(JSON.stringify(this.#made?.()));
      this.#made = undefined;
    }
    return this.#bytes;
  }
}
