/** How rows of the in-memory ledger are found, put in order and handed over. */
import type { SignalRow } from '../ledger.js';

export type Key = readonly (string | number | bigint)[];

export const keyOf = (...parts: readonly (string | number)[]): string => JSON.stringify(parts);

/** Rows come and go as JSON, as they would over a wire: nobody shares an object with the ledger. */
export const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

export function signalKey(
  signal: Pick<SignalRow, 'accountId' | 'strategy' | 'symbol' | 'timeframe' | 'closeTime' | 'kind'>,
): string {
  return keyOf(signal.accountId, signal.strategy, signal.symbol, signal.timeframe, signal.closeTime, signal.kind);
}

export function decisionKey({ tenantId, strategy, symbol, timeframe, closeTime }: SignalRow): string {
  return keyOf(tenantId, strategy, symbol, timeframe, closeTime);
}

/** The order of PostgreSQL: numbers by size, texts by their UTF-8 bytes. */
export function inOrder(a: Key, b: Key): number {
  for (const [at, left] of a.entries()) {
    const right = b[at] as typeof left;
    if (left === right) continue;
    if (typeof left === 'string' || typeof right === 'string') {
      return Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right)));
    }
    return left < right ? -1 : 1;
  }
  return 0;
}
