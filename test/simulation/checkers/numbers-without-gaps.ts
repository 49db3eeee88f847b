/** Sequences without gaps: an account's signals are numbered from 1 on. */
import type { Checker } from '../evidence.js';

export const numbersWithoutGaps: Checker = ({ books }) => {
  const byAccount = new Map<string, number[]>();
  for (const { accountId, seq } of books.signals) byAccount.set(accountId, [...(byAccount.get(accountId) ?? []), seq]);
  return [...byAccount].flatMap(([account, seqs]) =>
    seqs.sort((a, b) => a - b).every((seq, at) => seq === at + 1) ? [] : [`numbers of ${account}: ${seqs.join(' ')}`],
  );
};
