/** What an account's broker takes for a lot, in and out, as the deals of its signals have shown: SYMBOLS tells no commission. */
import type { ChargedLots } from '../storage/ledger/ledger.js';

interface Charged {
  lots: number;
  commission: number;
}

interface Ways {
  readonly opening: Charged;
  readonly closing: Charged;
}

function perLot({ lots, commission }: Charged): number | undefined {
  return lots > 0 ? Math.max(0, -commission / lots) : undefined;
}

export class ChargeBook {
  readonly #symbols = new Map<string, Ways>();

  charge({ symbol, opening, lots, commission }: ChargedLots): void {
    const ways = this.#symbols.get(symbol) ?? { opening: { lots: 0, commission: 0 }, closing: { lots: 0, commission: 0 } };
    const way = opening ? ways.opening : ways.closing;
    way.lots += lots;
    way.commission += commission;
    this.#symbols.set(symbol, ways);
  }

  /** Undefined until a deal has shown it. What only one side has shown is taken to be the same for the other. */
  perLot(symbol: string): number | undefined {
    const ways = this.#symbols.get(symbol);
    const opening = ways && perLot(ways.opening);
    const closing = ways && perLot(ways.closing);
    if (opening === undefined && closing === undefined) return undefined;
    return (opening ?? closing ?? 0) + (closing ?? opening ?? 0);
  }
}
