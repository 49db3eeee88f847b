import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { WebSocket } from 'ws';
import type { Principal } from '../../../src/access/principal.js';
import { serveHttp } from '../../../src/admin/http.js';
import type { StreamHub } from '../../../src/admin/streams/hub.js';
import { serveStreams } from '../../../src/admin/streams/serve-streams.js';
import { LIMITS } from '../../../src/limits.js';
import { SteppedClock } from '../../../src/runtime/clock.js';
import { until } from '../../support/actors.js';
import { MARKET, OPERATOR, ofTenant, testHub, type Told } from './heard-streams.js';

const { subscriptions, asked, messageBytes, saidPerMinute, perPrincipal, pingMs, reviewMs, slowMs, outbox } = LIMITS.streams;
const SYMBOLS = Array.from({ length: 2 * subscriptions }, (_, at) => `S${at}`);

interface Served extends AsyncDisposable {
  readonly hub: StreamHub;
  readonly clock: SteppedClock;
  readonly url: string;
  /** Who brings which token. */
  readonly known: Map<string, Principal>;
}

async function served(): Promise<Served> {
  const clock = new SteppedClock(0);
  const hub = testHub(clock, { ...MARKET, symbols: [...MARKET.symbols, ...SYMBOLS] });
  const known = new Map([
    ['operator', OPERATOR],
    ['blue', ofTenant('blue')],
    ['red', ofTenant('red')],
  ]);
  const http = await serveHttp({
    host: '127.0.0.1',
    port: 0,
    routes: [],
    authenticate: async ({ headers }) => known.get(headers.authorization?.replace('Bearer ', '') ?? ''),
    streams: serveStreams({ hub, clock }),
  });
  return { hub, clock, known, url: `ws://127.0.0.1:${http.port}/v1/stream`, [Symbol.asyncDispose]: () => http.close() };
}

class Client {
  readonly told: Told[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.told.push(JSON.parse(String(data)) as Told));
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
    socket.on('error', () => {});
  }

  static async open({ url }: Served, token: string, options: { readonly autoPong?: boolean } = {}): Promise<Client> {
    const socket = new WebSocket(url, 'suho.v1', { headers: { authorization: `Bearer ${token}` }, ...options });
    const client = new Client(socket);
    await once(socket, 'open');
    return client;
  }

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  async subscribe(topics: readonly string[], from: object = {}): Promise<Told> {
    const before = this.#answers.length;
    this.say({ subscribe: topics, from });
    await until(() => this.#answers.length > before, 'the subscription is answered');
    return this.#answers.at(-1) as Told;
  }

  get #answers(): readonly Told[] {
    return this.told.filter((one) => 'subscribed' in one);
  }

  ended(): Promise<void> {
    return until(() => this.closed !== undefined, 'the stream is ended');
  }

  get ids(): readonly number[] {
    return this.told.flatMap(({ data }) => (data === undefined ? [] : [(data as { id: number }).id]));
  }
}

/** The answer to an upgrade that was not let in. */
async function refusedUpgrade(url: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  const socket = new WebSocket(url, { headers });
  socket.on('error', () => {});
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, NodeJS.ReadableStream & { statusCode: number }];
  let text = '';
  for await (const piece of response) text += String(piece);
  return { status: response.statusCode, text };
}

describe('the stream’s door', () => {
  it('lets in who is known, by the protocol’s name or without, and tells the rest why not', async () => {
    await using node = await served();
    const client = await Client.open(node, 'blue');
    assert.equal(client.socket.protocol, 'suho.v1');
    const unknown = await refusedUpgrade(node.url, { authorization: 'Bearer nobody' });
    assert.deepEqual([unknown.status, JSON.parse(unknown.text).detail], [401, 'who is asking?']);
    const foreign = await refusedUpgrade(node.url, { authorization: 'Bearer blue', origin: 'https://elsewhere.example' });
    assert.equal(foreign.status, 403);
    assert.equal((await refusedUpgrade(node.url.replace('stream', 'other'), { authorization: 'Bearer blue' })).status, 404);
    const plain = await fetch(node.url.replace('ws:', 'http:'), { headers: { authorization: 'Bearer blue' } });
    assert.equal(plain.status, 426);
  });

  it('is shut to one who has as many streams open as may be, and open to others and again when one has gone', async () => {
    await using node = await served();
    const clients = [];
    for (let at = 0; at < perPrincipal; at++) clients.push(await Client.open(node, 'blue'));
    assert.equal((await refusedUpgrade(node.url, { authorization: 'Bearer blue' })).status, 429);
    await Client.open(node, 'red');
    clients[0]?.socket.close();
    await clients[0]?.ended();
    await until(
      async () =>
        Client.open(node, 'blue').then(
          () => true,
          () => false,
        ),
      'there is room again',
    );
  });
});

describe('a stream', () => {
  it('that is cut goes on where it was, each event once and of its own tenant alone', async () => {
    await using node = await served();
    const ids: number[] = [];
    let cursor = ((await (await Client.open(node, 'blue')).subscribe(['signals'])) as { subscribed?: { signals: string } })
      .subscribed?.signals as string;
    let published = 0;
    for (let round = 0; round < 5; round++) {
      for (let at = 0; at < 20; at++) {
        node.hub.publish('signals', { tenantId: 'red' }, { id: -1 });
        node.hub.publish('signals', { tenantId: 'blue' }, { id: published++ });
      }
      const client = await Client.open(node, 'blue');
      await client.subscribe(['signals'], { signals: cursor });
      const wanted = 20 - round;
      await until(() => client.ids.length >= wanted, 'some have come');
      client.socket.terminate();
      await client.ended();
      const events = client.told.filter(({ data }) => data !== undefined);
      ids.push(...client.ids);
      cursor = events.at(-1)?.cursor ?? cursor;
    }
    const last = await Client.open(node, 'blue');
    await last.subscribe(['signals'], { signals: cursor });
    node.hub.publish('signals', { tenantId: 'blue' }, { id: published++ });
    await until(() => last.ids.at(-1) === published - 1, 'the last has come');
    assert.deepEqual(
      [...ids, ...last.ids],
      Array.from({ length: published }, (_, at) => at),
    );
  });

  it('of a session that is over is closed, as is one that does not answer pings', async () => {
    await using node = await served();
    const [over, silent, stays] = [
      await Client.open(node, 'blue'),
      await Client.open(node, 'red', { autoPong: false }),
      await Client.open(node, 'operator'),
    ];
    node.known.delete('blue');
    node.clock.advanceTo(reviewMs);
    await over.ended();
    assert.equal(over.closed?.code, 4401);
    let pinged = 0;
    stays.socket.on('ping', () => {
      pinged += 1;
    });
    node.clock.advanceTo(pingMs);
    await until(() => pinged === 1, 'the ping is there');
    await stays.subscribe(['signals']);
    node.clock.advanceTo(2 * pingMs);
    await silent.ended();
    assert.equal(silent.closed?.code, 1006);
    assert.equal(stays.closed, undefined);
  });

  it('whose reader stands still is cut, and what the node keeps for it is bounded', async () => {
    await using node = await served();
    const client = await Client.open(node, 'operator');
    await client.subscribe(['signals']);
    client.socket.pause();
    const [reader] = node.hub.readers;
    const big = 'x'.repeat(4_096);
    const count = 8_192;
    for (let id = 0; id < count; id++) {
      node.hub.publish('signals', { tenantId: 'blue' }, { id, big });
      if (id % 512 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => reader?.full === true, 'its socket is full');
    assert.ok((reader?.waitingBytes ?? 0) <= outbox + 2 * big.length);
    node.clock.advanceTo(slowMs);
    await until(() => reader?.cutFor === 'slow', 'it is cut');
    client.socket.resume();
    await client.ended();
    assert.equal(client.closed?.code, 4408);
    const before = client.ids.length;
    assert.ok(before < count);
    const again = await Client.open(node, 'operator');
    await again.subscribe(['signals'], { signals: client.told.at(-1)?.cursor });
    await until(() => client.ids.length + again.ids.length >= count, 'the rest has come');
    assert.deepEqual(
      [...client.ids, ...again.ids],
      Array.from({ length: count }, (_, at) => at),
    );
  });

  it('is told that the node ends', async () => {
    const node = await served();
    const client = await Client.open(node, 'blue');
    await node[Symbol.asyncDispose]();
    await client.ended();
    assert.equal(client.closed?.code, 1001);
  });
});

describe('hostile clients', () => {
  const cuts: readonly (readonly [string, (client: Client) => void, number])[] = [
    ['no JSON', (client) => client.say('garbage {'), 4400],
    ['another shape', (client) => client.say({ subscribe: 'signals' }), 4400],
    ['a field that nobody knows', (client) => client.say({ publish: ['signals'] }), 4400],
    ['nothing but a number', (client) => client.say('7'), 4400],
    ['bytes', (client) => client.socket.send(Buffer.alloc(8), { binary: true }), 4400],
    ['a name without end', (client) => client.say({ subscribe: ['s'.repeat(65)] }), 4400],
    ['more topics than one message may ask for', (client) => client.say({ subscribe: SYMBOLS.slice(0, asked + 1) }), 4400],
    ['a huge frame', (client) => client.say('x'.repeat(messageBytes + 1)), 1009],
    [
      'messages without end',
      (client) => {
        for (let at = 0; at <= saidPerMinute; at++) client.say({ subscribe: ['signals'] });
      },
      4429,
    ],
    [
      'pings without end',
      (client) => {
        for (let at = 0; at <= saidPerMinute; at++) client.socket.ping();
      },
      4429,
    ],
  ];
  for (const [what, say, code] of cuts)
    it(`one who sends ${what} is cut with ${code}, and its neighbour goes on`, async () => {
      await using node = await served();
      const [hostile, neighbour] = [await Client.open(node, 'blue'), await Client.open(node, 'red')];
      await neighbour.subscribe(['signals']);
      say(hostile);
      await hostile.ended();
      assert.equal(hostile.closed?.code, code);
      node.hub.publish('signals', { tenantId: 'red' }, { id: 1 });
      await until(() => neighbour.ids.length === 1, 'the neighbour has heard');
    });

  it('a thousand subscriptions are as many as may be, and the rest is refused', async () => {
    await using node = await served();
    const client = await Client.open(node, 'operator');
    for (let at = 0; at < 1_000; at += asked) await client.subscribe(SYMBOLS.slice(at, at + asked).map((one) => `prices:${one}`));
    const [reader] = node.hub.readers;
    assert.equal(reader?.subscriptions.size, subscriptions);
    const refused = client.told.filter((one) => one.refused !== undefined);
    assert.equal(refused.length, SYMBOLS.length - subscriptions);
  });

  it('topics that are none are refused by name', async () => {
    await using node = await served();
    const client = await Client.open(node, 'operator');
    const names = [
      'prices',
      'prices:XXXYYY',
      'prices:EURUSD:M1',
      'candles:EURUSD',
      'candles:EURUSD:M2',
      'signals:blue',
      '__proto__',
      'toString',
      '',
    ];
    await client.subscribe(names);
    assert.deepEqual(
      client.told.filter(({ refused }) => refused !== undefined).map(({ topic }) => topic),
      names,
    );
  });
});
