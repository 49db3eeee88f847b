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
  /** The trading settings leave the symbol, or this direction, out. */
  'symbol-not-allowed',
  'direction-not-allowed',
  /** By a limit that was reached, or by an operator. */
  'account-disabled',
  'emergency-stop',
  /** What comes of it could not be kept: account history has no room left. */
  'history-full',
  /** Hours and days of the trading settings. */
  'outside-hours',
  'week-closed',
  'news',
  /** Kinds of accounts and symbols on which a position of ours could not be held or closed by itself. */
  'fifo-account',
  'symbol-disabled',
  'close-only',
  'long-only',
  'short-only',
  'netting-foreign-volume',
  'netting-position-held',
  'daily-loss',
  'weekly-loss',
  /** The highest equity so far has not been read yet. */
  'drawdown-unknown',
  'drawdown',
  /** The EA has not told yet what is open at the broker. */
  'positions-unknown',
  'too-many-positions',
  'too-many-of-symbol',
  /** The account's broker has not described the symbol. */
  'symbol-unknown',
  'quote-missing',
  /** Not positive, not finite, or crossed. */
  'quote-invalid',
  'quote-stale',
  /** Far from what the broker's quotes usually are beside the reference, and not confirmed by others. */
  'quote-implausible',
  'spread-wide',
  /** No quote of the reference feed close enough in time to compare with. */
  'reference-missing',
  /** The broker's price has reached the stop or the target already. */
  'stop-passed',
  'target-passed',
  'equity-missing',
  'tick-value-missing',
  'tick-value-stale',
  /** Not what the quotes of its currencies say it must be. */
  'tick-value-implausible',
  /** The risk allowed buys less than the smallest volume. */
  'volume-below-minimum',
  /** The broker lets no more lots of the symbol be held that way. */
  'volume-limit-reached',
  /** No formula or no quote tells what margin the order needs. */
  'margin-unknown',
  'margin-short',
  'margin-level-low',
  /** What is open already cannot be valued, and a limit asks for its worth. */
  'exposure-unknown',
  'leverage-high',
  'currency-exposure',
  'correlated-exposure',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];
