/**
 * What does a tick cost the engine when 0, 1 or 1,000 streams hear its price, and what does it cost to tell them, beside a
 * bare `ws` server that sends the same bytes to as many sockets? Load: one symbol; sockets in this process that throw away
 * what they get. The first figures are of the engine's own turn, in which nothing is sent; the others are of each value told
 * to all, one by one, until the system has the bytes: as a node at rest would pace them, ten a second are.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Principal } from '../src/access/principal.js';
import { serveHttp } from '../src/admin/http.js';
import { StreamHub } from '../src/admin/streams/hub.js';
import { serveStreams } from '../src/admin/streams/serve-streams.js';
import { StreamObserver } from '../src/admin/streams/stream-observer.js';
import { LIMITS } from '../src/limits.js';
import { OpenCandles } from '../src/market/open-candles.js';
import { QuoteBoard } from '../src/market/quote-board.js';
import { systemClock } from '../src/runtime/clock.js';
import { endOfTurn } from '../src/runtime/turn.js';
import { compare, percentile } from './support/compare.js';

const HEARERS = [0, 1, 1_000];
const TICKS = 50_000;
const TOLD = 5;
const ROUNDS = 15;

/** A client's side of a WebSocket that reads nothing of what it gets. */
async function deafClient(port: number, name: string): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  const key = randomBytes(16).toString('base64');
  socket.write(
    `GET /v1/stream HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nAuthorization: ${name}\r\n\r\n`,
  );
  await once(socket, 'data');
  socket.resume();
  return socket;
}

function say(socket: Socket, text: string): void {
  const body = Buffer.from(text);
  const mask = Buffer.alloc(4);
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | body.length]), mask, body]));
}

const turn = (): Promise<void> => new Promise((done) => endOfTurn(done));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

interface Side {
  readonly tell: (times: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

async function ours(hearers: number): Promise<Side & { readonly tick: () => void }> {
  // Without the pace: each value is told, not the newest of a tenth of a second.
  const timers = {
    ...systemClock,
    after: (_: number, call: () => void) => {
      endOfTurn(call);
      return () => {};
    },
  };
  const market = { symbols: ['EURUSD'], timeframes: [], subscribedBy: () => new Set<string>() };
  const hub = new StreamHub({ start: 'bench', market, timers });
  const board = new QuoteBoard();
  const observer = new StreamObserver({
    hub,
    latest: (symbol) => board.latest(symbol),
    openCandles: new OpenCandles(),
  });
  const http = await serveHttp({
    host: '127.0.0.1',
    port: 0,
    routes: [],
    authenticate: async ({ headers }): Promise<Principal> => ({
      name: headers.authorization ?? '',
      role: 'operator',
      reach: { kind: 'all' },
      secondFactorMs: null,
    }),
    streams: serveStreams({ hub, clock: systemClock }),
  });
  const quote = { bid: 1.1, ask: 1.1001, timeMs: 1_772_409_600_000 };
  const batch = {
    symbol: 'EURUSD',
    count: 1,
    timesMs: Float64Array.of(quote.timeMs),
    bids: Float64Array.of(quote.bid),
    asks: Float64Array.of(quote.ask),
  };
  board.post('EURUSD', quote);
  const clients: Socket[] = [];
  for (let at = 0; at < hearers; at++) {
    const client = await deafClient(http.port, `client ${Math.floor(at / LIMITS.streams.perPrincipal)}`);
    say(client, '{"subscribe":["prices:EURUSD"]}');
    clients.push(client);
  }
  await until(() => hub.counts.sent === hearers);
  return {
    tick: () => observer.ticked(batch),
    tell: async (times) => {
      for (let at = 0; at < times; at++) {
        const before = hub.counts.sent;
        observer.ticked(batch);
        await until(() => hub.counts.sent >= before + hearers);
      }
    },
    close: async () => {
      for (const client of clients) client.destroy();
      await http.close();
    },
  };
}

async function bare(hearers: number): Promise<Side> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const clients: Socket[] = [];
  for (let at = 0; at < hearers; at++) clients.push(await deafClient((server.address() as AddressInfo).port, ''));
  await until(() => sockets.clients.size === hearers);
  const quote = { bid: 1.1, ask: 1.1001, timeMs: 1_772_409_600_000 };
  return {
    tell: async (times) => {
      for (let at = 0; at < times; at++) {
        const bytes = Buffer.from(JSON.stringify({ topic: 'prices:EURUSD', data: quote }));
        for (const socket of sockets.clients as Set<WebSocket>) socket.send(bytes, { binary: false });
        await turn();
      }
    },
    close: async () => {
      for (const client of clients) client.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

for (const hearers of HEARERS) {
  const side = await ours(hearers);
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.hrtime.bigint();
    for (let at = 0; at < TICKS; at++) side.tick();
    costs.push(Number(process.hrtime.bigint() - before) / TICKS);
    await turn();
  }
  costs.sort((a, b) => a - b);
  console.log(
    `a tick in the engine’s turn, ${hearers} hear it: p50 ${percentile(costs, 0.5).toFixed(0)} ns, p90 ${percentile(costs, 0.9).toFixed(0)} ns`,
  );
  if (hearers > 0) {
    const peer = await bare(hearers);
    const words = { rounds: ROUNDS, peerName: 'bare ws' };
    const messages = TOLD * hearers;
    await compare(
      `messages told, ${hearers} hear each value`,
      messages,
      () => side.tell(TOLD),
      () => peer.tell(TOLD),
      words,
    );
    await peer.close();
  }
  await side.close();
}
