/** No signal is lost: its EA has noted whatever left for it, unless it ran out on the way and is told as EXPIRED. */
import { unseen } from '../../../src/demo/simulated-day.js';
import type { SignalRow } from '../../../src/storage/ledger/ledger.js';
import type { WorldChecker } from '../evidence.js';

export const ranOut = ({ state }: SignalRow): boolean => state === 'EXPIRED';

export const everySignalReachesItsEa: WorldChecker = ({ books, records }) =>
  unseen(books.signals, records)
    .filter((row) => !ranOut(row))
    .map(({ id, state }) => `${id} is ${state}, and its EA never had it`);
