/** No signal is lost: its EA has noted whatever left for it, unless it ran out on the way and is told as EXPIRED. */
import type { SignalRow } from '../../../src/storage/ledger/ledger.js';
import type { Evidence, WorldChecker } from '../evidence.js';

/** What left for an EA that never noted it. A CLOSE of a position that has gone by itself meanwhile is done without one. */
export function unseen({ books, records }: Pick<Evidence, 'books' | 'records'>): readonly SignalRow[] {
  const noted = new Set(
    [...records].flatMap(([account, summaries]) =>
      summaries.filter(({ received }) => received).map(({ id }) => `${account} ${id}`),
    ),
  );
  const left = books.signals.filter(({ kind, instance }) => kind === 'OPEN' && instance !== null);
  return left.filter(({ accountId, id }) => !noted.has(`${accountId} ${id}`));
}

export const ranOut = ({ state }: SignalRow): boolean => state === 'EXPIRED';

export const everySignalReachesItsEa: WorldChecker = (evidence) =>
  unseen(evidence)
    .filter((row) => !ranOut(row))
    .map(({ id, state }) => `${id} is ${state}, and its EA never had it`);
