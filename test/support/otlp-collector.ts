/** An OpenTelemetry collector on a free port: what it is sent as OTLP over HTTP in JSON, decoded. */
import { PostServer } from './alert-servers.js';

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly facts: Readonly<Record<string, unknown>>;
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Request {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
        readonly attributes: readonly Attribute[];
      }[];
    }[];
  }[];
}

const factsOf = (attributes: readonly Attribute[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

export class OtlpCollector {
  readonly spans: CollectedSpan[] = [];
  readonly services = new Set<unknown>();
  readonly #posts: PostServer;

  private constructor(posts: PostServer) {
    this.#posts = posts;
    posts.answer = (response, { path, headers, body }) => {
      if (path !== '/v1/traces' || headers['content-type'] !== 'application/json') return void response.writeHead(404).end();
      this.#take(JSON.parse(body) as Request);
      response.setHeader('content-type', 'application/json');
      response.end('{}');
    };
  }

  static async start(): Promise<OtlpCollector> {
    return new OtlpCollector(await PostServer.start());
  }

  get url(): string {
    return `${this.#posts.url}/v1/traces`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#posts.stop();
  }

  #take({ resourceSpans }: Request): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      this.services.add(factsOf(resource.attributes)['service.name']);
      for (const { traceId, spanId, parentSpanId, name, startTimeUnixNano, endTimeUnixNano, attributes } of scopeSpans.flatMap(
        ({ spans }) => spans,
      ))
        this.spans.push({
          ...{ traceId, spanId, parentSpanId: parentSpanId || undefined, name },
          ...{ fromNs: BigInt(startTimeUnixNano), toNs: BigInt(endTimeUnixNano), facts: factsOf(attributes) },
        });
    }
  }
}
