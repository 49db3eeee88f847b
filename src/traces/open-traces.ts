import type { Clock } from '../runtime/clock.js';
import { openOtlpSpans } from './otlp-spans.js';
import { TraceKeys } from './trace-key.js';
import { TraceObserver } from './trace-observer.js';

export interface TracesOptions {
  /** Where the collector takes traces. */
  readonly url: string;
  /** Of all closes, from 0 to 1. */
  readonly share: number;
  readonly salt: string;
  readonly version: string;
  readonly instance: string;
  readonly clock: Clock;
}

/** Loaded only where traces are on. */
export function openTraces({ url, share, salt, version, instance, clock }: TracesOptions): TraceObserver {
  return new TraceObserver(new TraceKeys(share, salt), openOtlpSpans({ url, version, instance, clock }), clock);
}
