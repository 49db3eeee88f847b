import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import { BEHAVIOURS, type Behaviour } from '../../src/ea-sim/behaviour.js';
import { Fleet } from '../../src/ea-sim/fleet.js';
import type { Command1Message, Message1 } from '../../src/protocol/messages.js';
import { decodeFrame1, encodeFrame1 } from '../../src/protocol/suho-1.js';
import { Activity } from '../../src/runtime/activity.js';
import { seededRandom } from '../../src/runtime/random.js';
import { WireActivity } from '../../src/runtime/wire-activity.js';
import { Desk } from './desk.js';

const KEY = 'cd'.repeat(32);

/** A server of suho-1 for one EA, and the fleet of one on a stepped clock. */
class Field {
  readonly desk = new Desk();
  readonly heard: Message1[] = [];
  readonly bearers: (string | undefined)[] = [];
  readonly activity = new Activity();
  readonly #wire = new WireActivity(this.activity);
  readonly #server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  #socket: WebSocket | undefined;
  #port = 0;
  fleet: Fleet | undefined;

  static async open(behaviour: Behaviour = BEHAVIOURS.clean): Promise<Field> {
    const field = new Field();
    await field.#listen();
    field.fleet = new Fleet({
      credentials: [{ account: 'field', tenant: 'demo', key: KEY }],
      profiles: [1],
      endpoints: [{ scheme: 'ws', host: '127.0.0.1', port: (field.#server.address() as AddressInfo).port, path: '/' }],
      prices: field.desk.prices,
      clock: field.desk.clock,
      random: seededRandom(1),
      behaviour,
      terms: { currency: 'USD', marginMode: 'NETTING' },
      wire: field.#wire,
    });
    field.fleet.start();
    await field.run(100);
    return field;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.fleet?.stop();
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async run(ms: number): Promise<void> {
    const endMs = this.desk.clock.nowMs() + ms;
    for (;;) {
      while (this.activity.pending > 0) await nextTurn();
      if (this.desk.clock.nowMs() >= endMs) return;
      this.desk.clock.advanceTo(Math.min(endMs, this.desk.clock.nextDueMs() ?? endMs));
    }
  }

  command(change: Partial<Command1Message>): void {
    const bytes = encodeFrame1({
      profile: 1,
      time: 0n,
      message: {
        kind: 'COMMAND_1',
        id: 1,
        symbolId: 1,
        action: 'BUY',
        volume: 0.1,
        price: 0,
        stopLoss: 1.09,
        takeProfit: 1.12,
        magic: 77,
        ...change,
      },
    });
    assert.ok(bytes instanceof Uint8Array);
    this.#wire.line(this.#port).sent('server');
    this.#socket?.send(bytes);
  }

  async drop(): Promise<void> {
    this.#socket?.terminate();
    while (this.#server.clients.size > 0) await nextTurn();
  }

  of<K extends Message1['kind']>(kind: K): Extract<Message1, { kind: K }>[] {
    return this.heard.filter((message): message is Extract<Message1, { kind: K }> => message.kind === kind);
  }

  async #listen(): Promise<void> {
    this.#server.on('connection', (socket, request) => {
      const port = request.socket.remotePort ?? 0;
      const line = this.#wire.line(port);
      this.#socket = socket;
      this.#port = port;
      this.bearers.push(request.headers.authorization);
      socket.on('error', () => {});
      socket.on('message', (data) => {
        line.received('server');
        const frame = decodeFrame1(data as Buffer);
        assert.ok('profile' in frame);
        this.heard.push(frame.message);
      });
      request.socket.once('close', () => line.closed('server'));
    });
    await once(this.#server, 'listening');
  }
}

describe('an EA of the field, profile suho-1', () => {
  it('opens with its key, tells account and prices, and beats every 5 s', async () => {
    await using field = await Field.open();
    assert.deepEqual(field.bearers, [`Bearer ${KEY}`]);
    assert.equal(field.of('ACCOUNT_1').length, 1);
    const quotes = field.of('QUOTES_1').flatMap((message) => message.quotes);
    // Of its table the desk quotes EURUSD, GBPUSD, USDJPY, EURGBP, EURJPY and gold.
    assert.deepEqual(
      quotes.map(({ symbolId }) => symbolId),
      [1, 2, 3, 8, 9, 14],
    );
    const told = field.of('QUOTES_1').length;
    await field.run(10_000);
    assert.equal(field.of('QUOTES_1').length, told, 'nothing changed');
    assert.equal(field.of('HEARTBEAT_1').length, 3);
  });

  it('executes a command once and answers once, however often it comes', async () => {
    await using field = await Field.open();
    field.command({ id: 5 });
    field.command({ id: 5 });
    await field.run(1_000);
    field.command({ id: 5 });
    await field.run(1_000);
    const executions = field.of('EXECUTION_1');
    assert.deepEqual(
      executions.map(({ id, volume, error }) => [id, volume, error]),
      [[5, 0.1, 0]],
    );
    assert.notEqual(executions[0]?.ticket, 0);
    const book = field.fleet?.terminals[0]?.broker.book;
    const [position] = book?.positions.values() ?? [];
    assert.deepEqual([book?.positions.size, position?.volume, position?.stopLoss, position?.magic], [1, 0.1, 1.09, 77n]);
    assert.deepEqual([field.fleet?.totals().executed, field.fleet?.totals().repeats], [1, 2]);
  });

  it('closes what it holds, and answers with an error what it cannot do', async () => {
    await using field = await Field.open();
    field.command({ id: 5 });
    await field.run(1_000);
    field.command({ id: 6, action: 'CLOSE', volume: 0 });
    await field.run(1_000);
    assert.equal(field.fleet?.terminals[0]?.broker.book.positions.size, 0);
    field.command({ id: 7, action: 'CLOSE', volume: 0 });
    field.command({ id: 8, symbolId: 99 });
    field.command({ id: 9, stopLoss: 1.2 });
    await field.run(1_000);
    assert.deepEqual(
      field.of('EXECUTION_1').map(({ id, error }) => [id, error]),
      [
        [5, 0],
        [6, 0],
        [7, 4301],
        [8, 4301],
        [9, 10016],
      ],
    );
  });

  it('that the server turns away at the door counts as refused, and stays away for a minute', async () => {
    let asked = 0;
    const door = createServer().on('upgrade', (_request, socket) => {
      asked += 1;
      // The client is gone as soon as it has read the answer.
      socket.on('error', () => {});
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
    });
    door.listen(0, '127.0.0.1');
    await once(door, 'listening');
    const { port } = door.address() as AddressInfo;
    const desk = new Desk();
    const fleet = new Fleet({
      credentials: [{ account: 'field', tenant: 'demo', key: KEY }],
      profiles: [1],
      endpoints: [{ scheme: 'ws', host: '127.0.0.1', port, path: '/' }],
      prices: desk.prices,
      clock: desk.clock,
      random: seededRandom(1),
    });
    fleet.start();
    while (fleet.totals().refused === 0) await nextTurn();
    desk.wait(59_000);
    await nextTurn();
    assert.equal(asked, 1);
    desk.wait(2_000);
    while (asked === 1) await nextTurn();
    fleet.stop();
    door.close();
    await once(door, 'close');
  });

  it('comes back after the line was cut', async () => {
    await using field = await Field.open();
    await field.drop();
    await field.run(2_000);
    assert.equal(field.bearers.length, 2);
    assert.equal(field.fleet?.totals().reconnects, 1);
    field.command({ id: 5 });
    await field.run(1_000);
    assert.equal(field.of('EXECUTION_1').length, 1);
  });
});
