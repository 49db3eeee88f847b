/** One decision, one signal, however many nodes have decided it. */
import type { Checker } from '../evidence.js';

export const oneSignalPerDecision: Checker = ({ books }) => {
  const seen = new Set<string>();
  return books.signals.flatMap(({ accountId, strategy, symbol, timeframe, closeTime, kind, id }) => {
    const key = [accountId, strategy, symbol, timeframe, closeTime, kind].join(' ');
    if (seen.has(key)) return [`${id} is a second signal of ${key}`];
    seen.add(key);
    return [];
  });
};
