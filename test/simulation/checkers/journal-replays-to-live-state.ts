/** Replay of the journal equals live state: features to the last bit, whatever crashed in between. */
import type { WorldChecker } from '../evidence.js';

export const journalReplaysToLiveState: WorldChecker = ({ replays }) =>
  replays.flatMap(({ node, symbol, timeframe, live, again }) => {
    const differs = live.length !== again.length || live.some((value, at) => !Object.is(value, again[at]));
    return differs ? [`${symbol} ${timeframe} of ${node} is not what its journal gives`] : [];
  });
