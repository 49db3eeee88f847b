import { setTimeout as pass } from 'node:timers/promises';
import type { PatternStore } from '../../../src/storage/patterns/patterns.js';
import { write } from './numbered-writes.js';

const PAUSE_MS = 5;
const AGAIN_MS = 50;

/** Writes to a pattern store one after the other, each until it is answered, from its making to its end. */
export class Learner {
  written = 0;
  #ending = false;
  readonly #done: Promise<void>;

  constructor(readonly store: PatternStore) {
    this.#done = this.#learn();
  }

  async end(): Promise<void> {
    this.#ending = true;
    await this.#done;
  }

  async #learn(): Promise<void> {
    while (!this.#ending) {
      const learnt = await write(this.store, this.written).then(
        () => true,
        () => false,
      );
      if (learnt) this.written += 1;
      await pass(learnt ? PAUSE_MS : AGAIN_MS);
    }
  }
}
