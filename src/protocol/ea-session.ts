/**
 * What an account's actor needs of a session, whichever profile its EA speaks. The actor speaks suho-2; a session of another
 * profile translates, and says here what its profile cannot do.
 */
import type { Frame2, GoodbyeReason, Message2, RefusedCode } from './messages.js';

/** The instance of a session whose EA keeps no record of what it executed: nothing can be asked of it, nothing sent again. */
export const NO_INSTANCE = '0'.repeat(32);

/** Why a profile cannot carry an order. */
export const UNFIT_REASONS = [
  /** The account's settings name no symbol table, so an id could mean another symbol. */
  'suho1-table-missing',
  'suho1-symbol-missing',
  /** A price that suho-1 could only carry cut. */
  'suho1-price-unfit',
  'suho1-volume-unfit',
  /** CLOSE names no ticket there. */
  'suho1-close-without-ticket',
] as const;
export type UnfitReason = (typeof UNFIT_REASONS)[number];

export interface Unfit {
  readonly reason: UnfitReason;
  readonly figures: Readonly<Record<string, number | string>>;
}

/** An order as far as it is known: what is absent is not judged. */
export interface OrderToCarry {
  readonly kind: 'OPEN' | 'CLOSE';
  readonly symbol: string;
  readonly entry?: number;
  readonly stopLoss?: number;
  readonly takeProfit?: number;
  readonly volume?: number;
}

/** Where a session's bytes go. */
export interface SessionPort {
  readonly remoteAddress: string;
  readonly outboxBytes: number;
  write(bytes: Uint8Array): void;
  /** Ends once what was written has left; the sentence is for a transport that can carry one. */
  end(sentence?: string): void;
}

export interface EaSession {
  readonly id: string;
  readonly instance: string;
  readonly epoch: number;
  readonly startedMs: number;
  readonly remoteAddress: string;
  readonly isOpen: boolean;
  /** Frames that came and wait for their commit. */
  readonly pending: number;
  readonly unacked: number;
  readonly dead: boolean;
  readonly ackDueMs: number | undefined;
  /** Since when, by the clock's steady time, the terminal says that its books are those of its broker; undefined while it does not. */
  readonly synchronisedSinceMs: number | undefined;
  /** Whether a signal that was sent may be sent again: the EA recognises a repeat. */
  readonly repeats: boolean;
  /** Whether the EA tells of every trade, so that the end of a position is known. */
  readonly tellsTrades: boolean;
  /** Why the profile cannot carry an order; undefined where it can. */
  unfit(order: OrderToCarry): Unfit | undefined;
  welcome(): void;
  /** False when it cannot be sent now: the session is over, or the client does not take what it has been sent. */
  send(message: Message2, possibleDuplicate?: boolean): boolean;
  /** Judges a frame that came. False: the session is over, and its message must not be read. */
  accept(frame: Frame2): boolean;
  /** The frame is committed: it may be acked. */
  durable(seq: number): void;
  beat(): void;
  goodbye(reason: GoodbyeReason, sentence: string): void;
  refuse(code: RefusedCode, sentence: string, retryAfterMs?: number): void;
  /** The connection is gone: nothing more can be said. */
  lost(): void;
}
