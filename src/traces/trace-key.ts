/**
 * A trace is what comes of one candle's close: from the tick that closed it to the EAs' results. What it is known by (symbol,
 * timeframe, candle) is in every message already, as the natural key of decisions and signals, so no message carries a context:
 * whoever sees one works out the trace's ids, on any node, and whether it is taken.
 */
import { createHash } from 'node:crypto';
import type { Timeframe } from '../market/timeframe.js';

export interface TraceIds {
  /** 32 and 16 hex digits, as OpenTelemetry has them. */
  readonly traceId: string;
  readonly rootId: string;
}

export class TraceKeys {
  readonly #share: number;
  readonly #salt: string;

  /** `share` of all closes is taken; the salt keeps apart what has the same keys, such as two demos. */
  constructor(share: number, salt: string) {
    this.#share = share;
    this.#salt = salt;
  }

  /** Undefined where the close is not taken. */
  of(symbol: string, timeframe: Timeframe, time: number): TraceIds | undefined {
    const hash = createHash('sha256').update(`${this.#salt}/${symbol}/${timeframe}/${time}`).digest();
    if (hash.readUInt32BE(28) >= this.#share * 2 ** 32) return undefined;
    return { traceId: hash.toString('hex', 0, 16), rootId: hash.toString('hex', 16, 24) };
  }
}
