/** What was acked is kept: every deal that a broker made for us is in the ledger. */
import type { Checker } from '../evidence.js';

export const everyDealIsBooked: Checker = ({ books, deals }) => {
  const booked = new Set(books.deals.map(({ accountId, deal }) => `${accountId} ${deal}`));
  return [...deals].flatMap(([account, tickets]) =>
    tickets
      .filter((ticket) => !booked.has(`${account} ${ticket}`))
      .map((ticket) => `deal ${ticket} of ${account} is not in the ledger`),
  );
};
