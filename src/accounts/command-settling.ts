/**
 * Decides a command whose EA can no longer be asked (another instance took its place, or the ledger was restored) by what is
 * open at the broker: not whether the command was carried out, but whether what it wanted is so. "It is so" decides at once;
 * "it is not" only when the terminal was in step for a minute and two snapshots agree. A snapshot that is not whole is none.
 */
import type { CommandRow, CommandState } from '../storage/ledger/commands.js';
import { isUndecided, type SignalState } from '../signals/signal.js';
import { isOurs } from './magic.js';
import type { OpenPosition } from './position-book.js';

const LOOKS_NEEDED = 2;

export interface BrokerSight {
  readonly magicBase: number;
  /** By the broker's name of a symbol, its canonical one. */
  readonly symbolOf: (brokerName: string) => string | undefined;
  readonly positions: readonly OpenPosition[];
  /** The state of a signal that has no end yet; undefined for one that has. */
  readonly signal: (id: string) => SignalState | undefined;
}

export interface Settled {
  readonly id: string;
  readonly to: CommandState;
  readonly said: string;
}

/** Whether what the command wanted is so at the broker. */
export function isSo(row: CommandRow, { magicBase, symbolOf, positions, signal }: BrokerSight): boolean {
  const position = positions.find((one) => one.position === row.position);
  switch (row.action) {
    case 'CLOSE_POSITION':
      return position === undefined;
    case 'CLOSE_ALL':
      return !positions.some(
        (one) =>
          (row.scope === 'EVERYTHING' || isOurs(one.magic, magicBase)) &&
          (row.symbol === null || symbolOf(one.brokerName) === row.symbol),
      );
    case 'MODIFY':
      return position !== undefined && position.stopLoss === row.stopLoss && position.takeProfit === row.takeProfit;
    case 'CANCEL_SIGNAL': {
      const state = signal(row.signalId ?? '');
      return state === undefined || !(isUndecided(state) || state === 'EXECUTED');
    }
    // Whoever is here now has connected since.
    case 'RECONNECT':
      return true;
    case 'CANCEL_ORDER':
      return false;
  }
}

export class CommandSettling {
  readonly #looks = new Map<string, number>();

  /** Takes a whole snapshot, and answers what it decides of the commands that only it can decide. */
  look(unknown: readonly CommandRow[], sight: BrokerSight, inStep: boolean): readonly Settled[] {
    const settled: Settled[] = [];
    const missed = new Map<string, number>();
    for (const row of unknown) {
      if (isSo(row, sight)) {
        settled.push({ id: row.id, to: 'EXECUTED', said: 'nobody can say who did it, but it is so at the broker' });
        continue;
      }
      const looks = (this.#looks.get(row.id) ?? 0) + (inStep ? 1 : 0);
      if (looks >= LOOKS_NEEDED) settled.push({ id: row.id, to: 'EXPIRED', said: 'not so at the broker, looked twice' });
      else missed.set(row.id, looks);
    }
    this.#looks.clear();
    for (const [id, looks] of missed) this.#looks.set(id, looks);
    return settled;
  }
}
