/** Headers of each answer: what a browser must not do with it, and by what it is known to be unchanged. */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** An answer is data: nothing in it may run, frame or be framed. A page brings a policy of its own. */
const SECURE: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};
/** Kept by its asker alone, and asked about before it is used again. */
const REVALIDATED = 'private, no-cache';
const OVER_TLS = 'max-age=31536000';

function matches(asked: string, tag: string): boolean {
  return asked === '*' || asked.split(',').some((one) => one.trim().replace(/^W\//, '') === tag.replace(/^W\//, ''));
}

function mayBeKept(reply: FastifyReply, payload: unknown): payload is string | Buffer {
  const { method } = reply.request;
  if (reply.statusCode !== 200 || (method !== 'GET' && method !== 'HEAD')) return false;
  return typeof payload === 'string' || Buffer.isBuffer(payload);
}

interface Tagged {
  readonly payload: string | Buffer;
  readonly tag: string;
}

/** By the newest answer of each route: whoever polls what has not changed costs no digest. */
function tagger(): (route: string, payload: string | Buffer) => string {
  const newest = new Map<string, Tagged>();
  return (route, payload) => {
    const before = newest.get(route);
    if (before?.payload === payload) return before.tag;
    const tag = `W/"${createHash('sha1').update(payload).digest('base64url')}"`;
    newest.set(route, { payload, tag });
    return tag;
  };
}

export function addAnswerHeaders(app: FastifyInstance): void {
  const tagOf = tagger();
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(SECURE);
    if (request.protocol === 'https') reply.header('strict-transport-security', OVER_TLS);
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    if (!mayBeKept(reply, payload)) return done(null, payload);
    const tag = tagOf(request.routeOptions.url ?? '', payload);
    reply.header('etag', tag);
    if (reply.getHeader('cache-control') === 'no-store')
      reply.header('cache-control', REVALIDATED).header('vary', 'authorization, cookie');
    const asked = request.headers['if-none-match'];
    if (asked === undefined || !matches(asked, tag)) return done(null, payload);
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    return done(null, '');
  });
}

/** For answers that are made where no hook runs. */
export function secured(reply: FastifyReply): FastifyReply {
  return reply.headers(SECURE);
}

/** The same, for a socket. */
export function rawHeaders(): string {
  return Object.entries(SECURE)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}
