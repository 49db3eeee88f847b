/** What an account holds, or may hold by the time an order of ours arrives: positions, and signals that are not decided. */
import type { Direction } from '../signals/signal.js';

/** What is needed to tell what a volume of a symbol is worth. */
export interface HeldSymbol {
  /** The engine's name; null for one that it does not know. */
  readonly symbol: string | null;
  readonly contractSize: number;
  readonly baseCurrency: string;
  readonly profitCurrency: string;
}

export interface Holding {
  readonly brokerName: string;
  /** Undefined where the EA has not described the symbol: then nobody can tell what it is worth. */
  readonly of: HeldSymbol | undefined;
  readonly direction: Direction;
  readonly volume: number;
  /** It was opened at, or is to be. */
  readonly price: number;
  /** By a signal of ours; not one of the user's own. */
  readonly ours: boolean;
  /** Not among what the broker's margin counts yet. */
  readonly coming: boolean;
}

export interface Holdings {
  /** Whether the positions at the broker are known; where they cannot be told at all, those of our signals stand for them. */
  readonly known: 'all' | 'ours' | 'not yet';
  readonly list: readonly Holding[];
}

/** Lots of a symbol, one way. */
export function heldVolume({ list }: Holdings, brokerName: string, direction: Direction): number {
  let volume = 0;
  for (const holding of list) if (holding.brokerName === brokerName && holding.direction === direction) volume += holding.volume;
  return volume;
}
