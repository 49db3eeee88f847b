/** No signal without a committed row: whatever reached an EA is in the ledger. */
import type { Checker } from '../evidence.js';

export const everySignalHasARow: Checker = ({ books, records }) => {
  const rows = new Set(books.signals.map(({ accountId, id }) => `${accountId} ${id}`));
  return [...records].flatMap(([account, summaries]) =>
    summaries
      .filter(({ id, received }) => received && !rows.has(`${account} ${id}`))
      .map(({ id }) => `${id} reached its EA and has no row`),
  );
};
