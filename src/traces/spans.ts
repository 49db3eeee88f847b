/** Where finished spans go: OpenTelemetry's exporter, or a test. */
import type { TraceIds } from './trace-key.js';

export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

export interface SpanDone {
  readonly name: string;
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly facts: SpanFacts;
}

/** A trace that is under way; its root is a span of its own, which ends with it. */
export interface OpenTrace {
  span(done: SpanDone): void;
  end(toNs: bigint, facts: SpanFacts): void;
}

export interface Spans {
  begin(ids: TraceIds, fromNs: bigint, facts: SpanFacts): OpenTrace;
  /** What was taken is with the collector, or given up. */
  close(): Promise<void>;
}
