import type { CandleInput } from '../../src/indicators/indicator.js';

/** What a peer has of the catalogue: the columns, and a streaming instance of its own that makes them. */
export interface PeerIndicator {
  readonly columns: readonly string[];
  create(): (candle: CandleInput) => void;
}

export const numbered = (name: string, periods: readonly number[]): string[] => periods.map((period) => `${name}_${period}`);
