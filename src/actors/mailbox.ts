/** A first-in-first-out queue in a ring that doubles: push and shift in constant time, no array ever shifted. */
export class Mailbox<T> {
  #ring: (T | undefined)[] = new Array(16);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#length) & (this.#ring.length - 1)] = item;
    this.#length += 1;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#length -= 1;
    return item;
  }

  #grow(): void {
    const old = this.#ring;
    const grown: (T | undefined)[] = new Array(old.length * 2);
    for (let at = 0; at < this.#length; at++) grown[at] = old[(this.#head + at) & (old.length - 1)];
    this.#ring = grown;
    this.#head = 0;
  }
}
