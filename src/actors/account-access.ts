import type { EaSession } from '../protocol/ea-session.js';
import type { AccountRow } from '../storage/ledger/ledger.js';

/** How long an EA waits that comes with a key which is none any more. */
const KEY_RETRY_MS = 60_000;

/** Ends a session whose account was changed so that it is not its owner any more; false where it still is. */
export function endedBy(account: AccountRow, session: EaSession): boolean {
  if (account.epoch <= session.epoch) return false;
  if (account.keyRevoked) session.refuse('BAD_KEY', 'The key of this account was revoked.', KEY_RETRY_MS);
  else if (account.login === null) session.goodbye('KEY_CHANGED', 'The account is bound anew; connect again.');
  else if (account.keyUsedAt === null && account.previousKeyHash === null)
    session.refuse('BAD_KEY', 'The key of this account was replaced.', KEY_RETRY_MS);
  else session.goodbye('NEWER_SESSION', 'A newer session owns this account.');
  return true;
}
