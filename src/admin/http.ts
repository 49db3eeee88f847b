/**
 * HTTP, on loopback by default: routes as values (`route.ts`) under Fastify, each let in by what it needs. Whoever composes
 * the node hands over the routes and who is known, so this room knows nothing of the engine.
 */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { allowed, type Principal } from '../access/principal.js';
import { SuhoError } from '../errors.js';
import { problemOf, Refusal } from './problem.js';
import { type Asked, Reply, type Route } from './route.js';

export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  readonly routes: readonly Route[];
  /** Who asks, by what the request carries; undefined for nobody in particular. */
  authenticate(request: FastifyRequest): Promise<Principal | undefined>;
}

export interface HttpServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

const GUEST: Principal = {
  name: 'guest',
  role: 'tenant-reader',
  reach: { kind: 'account', tenantId: '', accountId: '' },
  secondFactorMs: null,
};

function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const problem = problemOf(error);
  if (error instanceof Refusal) reply.headers(error.headers);
  return reply.code(problem.status).type('application/problem+json').send(problem);
}

function read<T>(schema: z.ZodType<T>, input: unknown, where: string): T {
  const read = schema.safeParse(input);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Refusal(400, `${where}${issue?.path.length ? ` ${issue.path.join('.')}` : ''}: ${issue?.message ?? 'is not right'}`);
}

async function principalFor(route: Route, request: FastifyRequest, options: HttpOptions): Promise<Principal> {
  if (route.needs === 'anyone') return GUEST;
  const principal = await options.authenticate(request);
  if (principal === undefined) throw new Refusal(401, 'who is asking?', { 'www-authenticate': 'Bearer' });
  if (!allowed(principal, route.needs)) throw new Refusal(403, `the role ${principal.role} may not do this`);
  return principal;
}

function mount(app: FastifyInstance, route: Route, options: HttpOptions): void {
  app.route({
    method: route.method,
    url: route.url,
    handler: async (request, reply) => {
      const principal = await principalFor(route, request, options);
      const answer = await route.handle({
        principal,
        reach: principal.reach,
        params: read(route.params, request.params, 'the address'),
        query: read(route.query, request.query, 'the query'),
        body: read(route.body, request.body ?? undefined, 'the body'),
      } as Asked<never, never, never>);
      if (!(answer instanceof Reply)) return answer;
      const { status = 200, type, headers = {} } = answer.options;
      reply.code(status).headers(headers);
      if (type !== undefined) reply.type(type);
      return reply.send(answer.body);
    },
  });
}

export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const app = Fastify({ logger: false, forceCloseConnections: true, bodyLimit: 65_536, requestTimeout: 10_000 });
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, error));
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, new Refusal(404, `there is no ${request.method} ${request.url.split('?')[0]}`)),
  );
  for (const route of options.routes) mount(app, route, options);
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
