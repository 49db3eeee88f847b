/** Every signal ends in one terminal state, and the ledger's is what the broker's books say. */
import { isUndecided } from '../../../src/signals/signal.js';
import type { Checker } from '../evidence.js';

export const endsAsItsBrokerSays: Checker = ({ books, records }) =>
  books.signals.flatMap(({ id, accountId, kind, state, reason }) => {
    if (isUndecided(state)) return [`${id} is still ${state}`];
    if (kind !== 'OPEN') return [];
    const traded = (records.get(accountId)?.find((summary) => summary.id === id)?.executions ?? 0) > 0;
    const told = state === 'EXECUTED' || state === 'CLOSED';
    if (traded === told) return [];
    return [`${id} is ${state} (${reason}) in the ledger, and ${traded ? 'was' : 'was not'} traded at its broker`];
  });
