/**
 * Spans by OpenTelemetry to a collector, as OTLP over HTTP. Batches leave beside the engine; a collector that is away costs
 * the spans that find no room, and nothing else. Nothing is registered globally: whoever has this object makes spans.
 */
import { type Context, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type IdGenerator,
  RandomIdGenerator,
} from '@opentelemetry/sdk-trace-base';
import { LIMITS } from '../limits.js';
import type { Clock } from '../runtime/clock.js';
import type { OpenTrace, SpanDone, SpanFacts, Spans } from './spans.js';
import type { TraceIds } from './trace-key.js';

export interface OtlpOptions {
  /** Where the collector takes traces: `http://127.0.0.1:4318/v1/traces`. */
  readonly url: string;
  readonly version: string;
  /** Names this process among others of the service. */
  readonly instance: string;
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicNs'>;
}

const { queue, batch, flushMs, exportMs } = LIMITS.traces;

/** The next root's ids are those of its key; its spans' are drawn. */
class KeyedIds implements IdGenerator {
  next: TraceIds | undefined;
  readonly #drawn = new RandomIdGenerator();

  readonly generateTraceId = (): string => this.next?.traceId ?? this.#drawn.generateTraceId();
  readonly generateSpanId = (): string => this.next?.rootId ?? this.#drawn.generateSpanId();
}

export function openOtlpSpans({ url, version, instance, clock }: OtlpOptions): Spans {
  const ids = new KeyedIds();
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: exportMs, concurrencyLimit: 1 });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'suho',
      'service.version': version,
      'service.instance.id': instance,
    }),
    sampler: new AlwaysOnSampler(),
    idGenerator: ids,
    spanProcessors: [
      new BatchSpanProcessor(exporter, {
        maxQueueSize: queue,
        maxExportBatchSize: batch,
        scheduledDelayMillis: flushMs,
        exportTimeoutMillis: exportMs,
      }),
    ],
  });
  const tracer = provider.getTracer('suho', version);
  // The machine's clock of durations, put to the time that it shows people.
  const wallNs = BigInt(clock.nowMs()) * 1_000_000n - clock.monotonicNs();
  const at = (ns: bigint): [number, number] => {
    const sum = wallNs + ns;
    return [Number(sum / 1_000_000_000n), Number(sum % 1_000_000_000n)];
  };
  return {
    begin: (of: TraceIds, fromNs: bigint, facts: SpanFacts): OpenTrace => {
      ids.next = of;
      const root: Span = tracer.startSpan(
        'tick',
        { startTime: at(fromNs), kind: SpanKind.CONSUMER, attributes: facts },
        ROOT_CONTEXT,
      );
      ids.next = undefined;
      const within: Context = trace.setSpan(ROOT_CONTEXT, root);
      return {
        span: ({ name, fromNs: from, toNs, facts: attributes }: SpanDone) =>
          tracer.startSpan(name, { startTime: at(from), attributes }, within).end(at(toNs)),
        end: (toNs: bigint, more: SpanFacts) => {
          root.setAttributes(more);
          root.end(at(toNs));
        },
      };
    },
    close: () => provider.shutdown().catch(() => {}),
  };
}
