import { type Direction, type Directions, isUndecided } from '../signals/signal.js';
import type { SignalRow } from '../storage/ledger/ledger.js';

/** The directions in which an account has a signal undecided, or holds a position from one. */
export function liveDirections(rows: readonly SignalRow[]): Directions {
  const live = (direction: Direction): boolean =>
    rows.some(
      (row) => row.kind === 'OPEN' && row.direction === direction && (isUndecided(row.state) || row.state === 'EXECUTED'),
    );
  return { BUY: live('BUY'), SELL: live('SELL') };
}
