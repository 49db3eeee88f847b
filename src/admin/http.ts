/**
 * HTTP, on loopback by default: routes as values (`route.ts`) under Fastify, each let in by what it needs and by what may still
 * come of whoever asks. Whoever composes the node hands over the routes and who is known, so this room knows nothing of the
 * engine.
 *
 * What is sent is read by the route's zod schemas. What is answered is written by the route's answer as JSON Schema, so that an
 * answer has what the route names and nothing else. The description of the interface is made of the same.
 */
import type { Server } from 'node:http';
import cookie from '@fastify/cookie';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyHttpOptions, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AddressRanges } from '../access/address-ranges.js';
import { allowed, type Principal, secondFactorHolds } from '../access/principal.js';
import { SuhoError } from '../errors.js';
import { Kept } from './kept-answers.js';
import type { PageFiles } from './page.js';
import { LIMITS } from '../limits.js';
import { type Clock, systemClock } from '../runtime/clock.js';
import { addAnswerHeaders, rawHeaders, secured } from './answer-headers.js';
import { describedRoute, OPENAPI } from './described-route.js';
import { problemOf, Refusal, shownPath } from './problem.js';
import { quotaHeaders, type RequestLimits } from './request-limits.js';
import { type Asked, type From, Reply, type Route } from './route.js';
import { documentRoutes } from './routes/documents.js';
import type { StreamServer } from './streams/serve-streams.js';
import { mountStreams } from './streams/upgrade.js';

export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  readonly routes: readonly Route[];
  /** Absent where only machines are answered. */
  readonly page?: PageFiles;
  /** Over TLS, where it is there. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Of whom it is believed where a request is from (X-Forwarded-For); left out where of nobody. */
  readonly proxies?: AddressRanges;
  /** By which a second factor was shown lately; the machine's where none is given. */
  readonly clock?: Pick<Clock, 'nowMs'>;
  /** Who asks, by what the request carries; undefined for nobody in particular. */
  authenticate(request: FastifyRequest): Promise<Principal | undefined>;
  /** Left out where as many may come as will. */
  readonly limits?: RequestLimits;
  /** What is heard over WebSocket. */
  readonly streams?: StreamServer;
}

export interface HttpServer {
  /** How this machine reaches it. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** All that it answers, as `GET /v1/accounts/:id`. */
  readonly addresses: readonly string[];
  close(): Promise<void>;
}

const GUEST: Principal = {
  name: 'guest',
  role: 'tenant-reader',
  reach: { kind: 'account', tenantId: '', accountId: '' },
  secondFactorMs: null,
};
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const problem = problemOf(error);
  if (error instanceof Refusal) reply.headers(error.headers);
  // The route's schema is of its answer; a problem is written as it is.
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problem);
}

function read<T>(schema: z.ZodType<T>, input: unknown, where: string): T {
  const read = schema.safeParse(input);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Refusal(400, `${where}${issue?.path.length ? ` ${issue.path.join('.')}` : ''}: ${issue?.message ?? 'is not right'}`);
}

function admit({ limits }: HttpOptions, principal: Principal | undefined, request: FastifyRequest, reply: FastifyReply): void {
  if (limits === undefined) return;
  const { admitted, quota, sentence } = limits.take(principal, request.ip);
  if (quota !== undefined) reply.headers(quotaHeaders(quota));
  if (admitted) return;
  throw new Refusal(429, sentence ?? 'too many requests', { 'retry-after': String(quota?.resetSeconds ?? 1) });
}

async function principalFor(
  { needs, secondFactor }: Pick<Route, 'needs' | 'secondFactor'>,
  request: FastifyRequest,
  reply: FastifyReply,
  options: HttpOptions,
): Promise<Principal> {
  const known = needs === 'anyone' ? undefined : await options.authenticate(request);
  admit(options, known, request, reply);
  if (needs === 'anyone') return GUEST;
  if (known === undefined) throw new Refusal(401, 'who is asking?', { 'www-authenticate': 'Bearer' });
  if (!allowed(known, needs)) throw new Refusal(403, `the role ${known.role} may not do this`);
  if (secondFactor && !secondFactorHolds(known, (options.clock ?? systemClock).nowMs()))
    throw new Refusal(403, 'this needs a second factor that was shown lately', {}, 'SECOND_FACTOR');
  return known;
}

export function fromOf({ ip, headers, cookies, url }: FastifyRequest): From {
  return { address: ip, headers, cookies, url };
}

/** What a route is sent, read by its schemas. */
function asked({ params, query, body }: Route, request: FastifyRequest, principal: Principal): Asked<never, never, never> {
  return {
    principal,
    reach: principal.reach,
    from: fromOf(request),
    params: read(params, request.params, 'the address'),
    query: read(query, request.query, 'the query'),
    body:
      request.body === undefined && body instanceof z.ZodUndefined
        ? undefined
        : read(body, request.body ?? undefined, 'the body'),
  } as Asked<never, never, never>;
}

function mount(app: FastifyInstance, route: Route, options: HttpOptions): void {
  app.route({
    method: route.method,
    url: route.url,
    schema: describedRoute(route),
    ...(route.bodyBytes === undefined ? {} : { bodyLimit: route.bodyBytes }),
    handler: async (request, reply) => {
      const principal = await principalFor(route, request, reply, options);
      const answer = await route.handle(asked(route, request, principal));
      if (answer instanceof Kept) {
        const text = answer.text((body) => reply.serialize(body as object) as string);
        return reply.type('application/json; charset=utf-8').send(text);
      }
      if (!(answer instanceof Reply)) return answer;
      const { status = 200, type, headers = {}, cookies = [] } = answer.options;
      for (const { name, value, options } of cookies) reply.setCookie(name, value, options);
      reply.code(status).headers(headers);
      if (type !== undefined) reply.type(type);
      return reply.send(answer.body);
    },
  });
}

function mountPage(app: FastifyInstance, page: PageFiles): void {
  for (const url of ['/', '/assets/:file']) {
    app.get(url, async (request, reply) => {
      const path = request.url.split('?')[0] as string;
      const { 'accept-encoding': acceptEncoding, 'if-none-match': ifNoneMatch } = request.headers;
      const answer = page.answer({ path, acceptEncoding: String(acceptEncoding ?? ''), ifNoneMatch });
      if (answer === undefined) throw new Refusal(404, `there is no ${path}`);
      return reply.code(answer.status).headers(answer.headers).send(answer.body);
    });
  }
}

/** `/v1/accounts/:id` as what it takes for an address. */
function patternOf(url: string): RegExp {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+');
  return new RegExp(`^${escaped.replace(/\*/g, '.*')}$`);
}

interface Address {
  readonly method: string;
  readonly url: string;
  readonly pattern: RegExp;
}

/** What the app answers, as it is mounted: whoever mounts it. HEAD comes with GET. */
function addressesOf(app: FastifyInstance): readonly Address[] {
  const addresses: Address[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD') addresses.push({ method: one, url, pattern: patternOf(url) });
  });
  return addresses;
}

/** Why nothing answers: there is no such address, or it answers other methods. */
function unansweredBy(addresses: readonly Address[]): (request: FastifyRequest) => Refusal {
  return ({ method, url }) => {
    const path = shownPath(url);
    const methods = new Set(addresses.filter(({ pattern }) => pattern.test(path)).map((one) => one.method));
    if (methods.size === 0) return new Refusal(404, `there is no ${method} ${path}`);
    if (methods.has('GET')) methods.add('HEAD');
    const allow = METHODS.filter((one) => methods.has(one)).join(', ');
    return new Refusal(405, `${path} answers ${allow}, not ${method}`, { allow });
  };
}

/** An address that all of a machine's are is reached by its own. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** A request that is no HTTP, or does not come to its end: there is nobody to answer but the socket. */
const UNREADABLE = `HTTP/1.1 400 Bad Request\r\n${rawHeaders()}content-type: application/problem+json\r\nconnection: close\r\n`;

interface OpenedApp {
  readonly app: FastifyInstance;
  readonly addresses: readonly Address[];
}

async function openApp(options: HttpOptions): Promise<OpenedApp> {
  const { proxies } = options;
  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    trustProxy: proxies === undefined ? false : (address: string) => proxies.has(address),
    bodyLimit: LIMITS.http.bodyBytes,
    requestTimeout: LIMITS.http.requestMs,
    routerOptions: { maxParamLength: LIMITS.http.paramText },
    // An address that cannot be read has no route, and so no hook.
    frameworkErrors: (error, _request, reply) => void sendProblem(secured(reply), error),
    clientErrorHandler: (_error, socket) => {
      if (!socket.writable) return;
      const body = JSON.stringify(problemOf(new Refusal(400, 'the request cannot be read')));
      socket.end(`${UNREADABLE}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    },
    ...(options.tls === undefined ? {} : { https: { ...options.tls, minVersion: 'TLSv1.2' } }),
  } as FastifyHttpOptions<Server>);
  // JSON alone is taken: what a form of another site could send is not.
  app.removeContentTypeParser('text/plain');
  // What is sent is read by zod; by JSON Schema it is described.
  app.setValidatorCompiler(() => () => true);
  addAnswerHeaders(app);
  const addresses = addressesOf(app);
  await app.register(cookie);
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, error));
  await app.register(swagger, OPENAPI);
  const routes = [...options.routes];
  routes.push(...documentRoutes({ routes, openApi: () => app.swagger() }));
  const unanswered = unansweredBy(addresses);
  app.setNotFoundHandler(async (request, reply) => {
    admit(options, undefined, request, reply);
    return sendProblem(reply, unanswered(request));
  });
  for (const route of routes) mount(app, route, options);
  if (options.page !== undefined) mountPage(app, options.page);
  if (options.streams !== undefined)
    mountStreams(app, options.streams, {
      principal: (request, reply) => principalFor({ needs: 'tenants.see', secondFactor: false }, request, reply, options),
      again: (request) => options.authenticate(request),
    });
  return { app, addresses };
}

export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const { app, addresses } = await openApp(options);
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
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://${reachable(options.host)}:${port}`,
    host: options.host,
    port,
    addresses: addresses.map(({ method, url }) => `${method} ${url}`),
    close: async () => {
      options.streams?.close();
      await app.close();
    },
  };
}
