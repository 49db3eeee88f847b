import type { AlertMessage } from '../../alerts/outbox.js';

/** A way to reach somebody. Who calls it keeps to its rate, and tries again what did not get through. */
export interface AlertChannel {
  /** Resolves once the other side has taken it; rejects with a `ChannelFault` otherwise. */
  send(message: AlertMessage): Promise<void>;
  close(): Promise<void> | void;
}

/** Why a message did not get through, in words without secrets or what the other side said. */
export class ChannelFault extends Error {
  constructor(
    message: string,
    /** The other side asked to be left alone for so long. */
    readonly retryAfterMs = 0,
    /** The status of its answer, where there was one. */
    readonly status?: number,
  ) {
    super(message);
  }
}
