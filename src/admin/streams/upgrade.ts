/** Upgrades come in by the same way as requests, so that whoever may not hear is answered as he would be there. */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../access/principal.js';
import { Refusal } from '../problem.js';
import type { StreamServer } from './serve-streams.js';

const STREAM_URL = '/v1/stream';

export interface StreamDoor {
  /** Who asks, and may; throws a refusal otherwise. */
  principal(request: FastifyRequest, reply: FastifyReply): Promise<Principal>;
  /** Who it is by now; undefined where what the request carried is worth nothing any more. */
  again(request: FastifyRequest): Promise<Principal | undefined>;
}

export function mountStreams(app: FastifyInstance, streams: StreamServer, door: StreamDoor): void {
  const upgrading = new WeakMap<IncomingMessage, { readonly socket: Duplex; readonly head: Buffer }>();
  app.server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(request);
    response.assignSocket(socket as never);
    response.on('finish', () => socket.end());
    upgrading.set(request, { socket, head });
    app.routing(request, response);
  });
  app.get(STREAM_URL, { schema: { hide: true } }, async (request, reply) => {
    const principal = await door.principal(request, reply);
    const upgrade = upgrading.get(request.raw);
    if (upgrade === undefined) throw new Refusal(426, 'this address speaks WebSocket', { upgrade: 'websocket' });
    if (isForeign(request)) throw new Refusal(403, 'a page of another origin may not hear this');
    reply.raw.detachSocket(upgrade.socket as never);
    try {
      streams.upgrade({ ...upgrade, request: request.raw, principal, again: () => door.again(request) });
    } catch (error) {
      reply.raw.assignSocket(upgrade.socket as never);
      throw error;
    }
    reply.hijack();
  });
}

/** A browser tells where its page is from; a cookie that came along must not serve another's. */
function isForeign({ headers }: FastifyRequest): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}
