import type { Pattern } from '../storage/patterns/patterns.js';

/** After so many trades a pattern must have won so many of a hundred. */
const TRADES = 20;
const WON_PERCENT = 40;

/** Whether it has had its chance. In whole numbers: 8 of 20 stay, 7 go. */
export function isToBePruned({ trades, wins }: Pick<Pattern, 'trades' | 'wins'>): boolean {
  return trades >= TRADES && wins * 100 < WON_PERCENT * trades;
}
