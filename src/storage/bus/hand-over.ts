/**
 * A kept message is handed to its consumer until it is taken: again after a back-off where the handler throws, and nothing after it
 * meanwhile, for order is worth more than speed here. What a later version of the engine wrote waits in the same way, until that
 * version runs; bytes that no version can read are passed over, and counted.
 */
import { sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Activity } from '../../runtime/activity.js';
import type { Timers } from '../../runtime/clock.js';
import type { Random } from '../../runtime/random.js';
import type { Handle, KeptMessage } from './bus.js';
import type { Unpacked } from '../packed.js';
import { payloadOf } from './payload.js';

export interface Seams {
  readonly timers: Pick<Timers, 'after'>;
  readonly random: Random;
  /** Counts handlers under way, and no back-off: that waits for the clock. */
  readonly activity?: Activity;
}

/** Up to twice as long as the time before, of which a random share is waited. */
export function backoffMs(attempt: number, random: Random): number {
  const { retryFirstMs, retryMostMs } = LIMITS.bus;
  return random.next() * Math.min(retryMostMs, retryFirstMs * 2 ** Math.min(attempt - 1, 30));
}

/** Resolves after the time, or at once when the signal comes. */
export function pause(ms: number, timers: Pick<Timers, 'after'>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = timers.after(ms, end);
    signal.addEventListener('abort', end);
  });
}

export interface StoredMessage {
  readonly subject: string;
  readonly id: string;
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

export class HandOver<V> {
  fault: string | undefined;
  damaged = 0;

  constructor(
    private readonly handle: Handle<KeptMessage<V>>,
    private readonly seams: Seams,
    private readonly signal: AbortSignal,
  ) {}

  /** Whether it was taken; false where the consumer was ended first. */
  async take(message: StoredMessage): Promise<boolean> {
    const found = payloadOf(message.bytes);
    if (found.kind === 'damaged') {
      this.damaged += 1;
      return true;
    }
    for (let attempt = 1; !this.signal.aborted; attempt++) {
      this.fault = await this.#tried(message, found, attempt);
      if (this.fault === undefined) return true;
      await pause(backoffMs(attempt, this.seams.random), this.seams.timers, this.signal);
    }
    return false;
  }

  /** Why it was not taken. */
  async #tried({ subject, id, sequence }: StoredMessage, found: Unpacked, attempt: number): Promise<string | undefined> {
    const { activity } = this.seams;
    activity?.begin();
    try {
      if (found.kind !== 'value') throw new Error('a later version of the engine wrote it');
      await this.handle({ subject, payload: found.value as V, id, sequence, attempt });
      return undefined;
    } catch (error) {
      return `message ${sequence} of ${subject} is not taken: ${sentence(error)}`;
    } finally {
      activity?.end();
    }
  }
}
