/**
 * Every reason for which risk refuses a signal. A reason is stored with its figures and shown to people, so it is never
 * renamed; a new check adds its own here.
 */
export const REFUSAL_REASONS = [
  /** The tenant's tier or settings do not cover the symbol. */
  'symbol-not-subscribed',
  /** The account only watches. */
  'observe-mode',
  /** A live account whose owner has not thrown the switch for live trading. */
  'live-not-enabled',
  'trading-disabled',
  'emergency-stop',
  /** What comes of it could not be kept: account history has no room left. */
  'history-full',
  /** The account's broker has not described the symbol. */
  'symbol-unknown',
  'quote-missing',
  /** Not positive, not finite, or crossed. */
  'quote-invalid',
  'quote-stale',
  /** Far from what the broker's quotes usually are beside the reference, and not confirmed by others. */
  'quote-implausible',
  /** No quote of the reference feed close enough in time to compare with. */
  'reference-missing',
  /** The broker's price has reached the stop or the target already. */
  'stop-passed',
  'target-passed',
  'equity-missing',
  'tick-value-missing',
  'tick-value-stale',
  /** The risk allowed buys less than the smallest volume. */
  'volume-below-minimum',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];
