/** Once nothing goes wrong any more every EA is live again, and has nothing left to tell. */
import type { WorldChecker } from '../evidence.js';

export const everybodyComesBack: WorldChecker = ({ terminals }) =>
  [...terminals].flatMap(([account, { live, kept, openSignals }]) => [
    ...(live ? [] : [`the EA of ${account} has not come back`]),
    ...(kept === 0 ? [] : [`the EA of ${account} has ${kept} reports that were not acked`]),
    ...(openSignals === 0 ? [] : [`the EA of ${account} has ${openSignals} signals without an end`]),
  ]);
