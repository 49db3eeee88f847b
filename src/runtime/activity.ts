import { setImmediate as turn } from 'node:timers/promises';

/**
 * Counts work that has begun and not ended: messages in mailboxes, frames on the wire, commits under way. When every count
 * is zero the engine has nothing left to do at this instant of engine time, and a stepped clock may move on.
 */
export class Activity {
  #pending = 0;

  begin(count = 1): void {
    this.#pending += count;
  }

  end(count = 1): void {
    this.#pending -= count;
  }

  get pending(): number {
    return this.#pending;
  }
}

/** Resolves when nothing is under way. */
export async function untilIdle(activity: Activity): Promise<void> {
  // What one turn of the event loop ends may begin more in the next, before it is counted.
  do await turn();
  while (activity.pending > 0);
}
