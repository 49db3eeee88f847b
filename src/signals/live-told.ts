import type { Directions } from './signal.js';

/** What an account has told of the sides that it has open, for whoever decides for its tenant. */
export interface LiveTold {
  readonly accountId: string;
  /** Null: nothing is known of the account any more. */
  readonly live: { readonly symbol: string; readonly directions: Directions } | null;
}
