/**
 * The first look in: health, metrics, and the actor tree, read-only, on loopback by default. Whoever composes the node hands
 * over what each route shows, so this room knows Fastify and nothing of the engine.
 */
import Fastify, { type FastifyInstance } from 'fastify';
import type { ActorNode } from '../actors/actor.js';
import { SuhoError } from '../errors.js';
import { SUHO_VERSION } from '../version.js';

export interface Readiness {
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, ReadinessPart>>;
}

export interface ReadinessPart {
  readonly ok: boolean;
  /** The node is ready without it: something else is less than it could be. */
  readonly optional?: boolean;
  /** Where it does not work: why. */
  readonly detail?: string;
}

export interface HttpViews {
  readiness(): Promise<Readiness>;
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>;
  actors(): ActorTree;
}

export interface ActorTree {
  readonly deadLetters: number;
  readonly stoppedForGood: readonly { readonly path: string; readonly error: string }[];
  readonly root: ActorNode;
}

export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  readonly views: HttpViews;
}

export interface HttpServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Errors as RFC 9457 problems: a type, a title, the status, and one sentence. */
function problem(status: number, title: string, detail: string): object {
  return { type: 'about:blank', title, status, detail };
}

/** The node of the tree under a path such as `/engine/symbols/EURUSD`, without what lies below its children. */
function findNode(root: ActorNode, path: string): ActorNode | undefined {
  if (root.path === path) return root;
  for (const child of root.children) {
    if (path === child.path || path.startsWith(`${child.path}/`)) return findNode(child, path);
  }
  return undefined;
}

function pruned(node: ActorNode, depth: number): object {
  if (depth > 0) return { ...node, children: node.children.map((child) => pruned(child, depth - 1)) };
  const { children, ...rest } = node;
  return { ...rest, childCount: children.length };
}

function routes(app: FastifyInstance, views: HttpViews): void {
  app.get('/', async (_request, reply) =>
    reply.type('text/plain').send('suho\n\n/livez\n/readyz\n/metrics\n/v1/actors?path=/engine&depth=3\n'),
  );
  app.get('/livez', async () => ({ status: 'alive', version: SUHO_VERSION }));
  app.get('/readyz', async (_request, reply) => {
    const readiness = await views.readiness();
    return reply
      .code(readiness.ready ? 200 : 503)
      .send({ status: readiness.ready ? 'ready' : 'not ready', parts: readiness.parts });
  });
  app.get('/metrics', async (_request, reply) => {
    const { contentType, body } = await views.metrics();
    return reply.type(contentType).send(body);
  });
  const querystring = {
    type: 'object',
    additionalProperties: false,
    properties: {
      path: { type: 'string', default: '/engine' },
      depth: { type: 'integer', minimum: 0, maximum: 32, default: 32 },
    },
  } as const;
  app.get<{ Querystring: { path: string; depth: number } }>('/v1/actors', { schema: { querystring } }, async (request, reply) => {
    const tree = views.actors();
    const found = findNode(tree.root, request.query.path);
    if (found === undefined) {
      return reply
        .code(404)
        .type('application/problem+json')
        .send(problem(404, 'Not Found', `there is no actor ${request.query.path}`));
    }
    return { deadLetters: tree.deadLetters, stoppedForGood: tree.stoppedForGood, root: pruned(found, request.query.depth) };
  });
}

export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const app = Fastify({ logger: false, forceCloseConnections: true, bodyLimit: 65_536, requestTimeout: 10_000 });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    const detail = status < 500 ? error.message : 'the request could not be answered';
    return reply
      .code(status)
      .type('application/problem+json')
      .send(problem(status, status < 500 ? 'Bad Request' : 'Internal Server Error', detail));
  });
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .type('application/problem+json')
      .send(problem(404, 'Not Found', `there is no ${request.method} ${request.url.split('?')[0]}`)),
  );
  routes(app, options.views);
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
        ? 'is taken by another program'
        : `cannot be opened (${(error as Error).message})`;
    throw new SuhoError('PORT_TAKEN', `port ${options.port} on ${options.host}, for HTTP, ${why}`, { cause: error });
  }
  const address = app.server.address();
  return {
    host: options.host,
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () => app.close(),
  };
}
