import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Conditions, Link } from '../../load-tests/chaos/link.js';
import { systemClock } from '../../src/runtime/clock.js';
import { seededRandom } from '../../src/runtime/random.js';
import { until } from '../support/actors.js';

/** A server that says everything back, over a link; `clients` are what it sees. */
class Far implements AsyncDisposable {
  readonly clients: Socket[] = [];
  readonly heard: Buffer[] = [];
  readonly #server = createServer({ allowHalfOpen: true }, (socket) => {
    this.clients.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.heard.push(chunk);
      socket.write(chunk);
    });
    socket.on('end', () => socket.end());
  });

  static async open(seed = 1): Promise<Far> {
    const far = new Far();
    far.#server.listen(0, '127.0.0.1');
    await once(far.#server, 'listening');
    const { port } = far.#server.address() as AddressInfo;
    far.link = await Link.open({ target: port, clock: systemClock, random: seededRandom(seed) });
    return far;
  }

  link!: Link;

  async near(): Promise<Near> {
    const socket = connect(this.link.port, '127.0.0.1');
    await once(socket, 'connect');
    return new Near(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.link[Symbol.asyncDispose]();
    for (const client of this.clients) client.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}

class Near {
  heard = Buffer.alloc(0);
  ended = false;
  error: string | undefined;

  constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.heard = Buffer.concat([this.heard, chunk]);
    });
    socket.on('end', () => {
      this.ended = true;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code;
    });
  }
}

const conditions: fc.Arbitrary<Partial<Conditions>> = fc.record({
  delayMs: fc.nat(10),
  jitterMs: fc.nat(15),
  lossChance: fc.double({ min: 0, max: 0.5, noNaN: true }),
  resendMs: fc.nat(20),
  bytesPerSecond: fc.constantFrom(0, 200_000),
});

describe('a link', () => {
  it('carries every byte in order, whatever is wrong and whenever that changes', async () => {
    const runs = process.env.SUHO_PROOF === undefined ? 15 : 300;
    const pieces = fc.array(fc.record({ bytes: fc.uint8Array({ minLength: 1, maxLength: 6_000 }), after: conditions }), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(pieces, async (written) => {
        await using far = await Far.open();
        const near = await far.near();
        for (const { bytes, after } of written) {
          near.socket.write(bytes);
          far.link.suffer(after);
          await new Promise((resolve) => setImmediate(resolve));
        }
        near.socket.end();
        await until(() => near.ended, 'the end comes back behind the last byte');
        const sent = Buffer.concat(written.map(({ bytes }) => bytes));
        assert.deepEqual(Buffer.concat(far.heard), sent);
        assert.deepEqual(near.heard, sent);
      }),
      { numRuns: runs },
    );
  });

  it('that delays is no faster than it says, each way', async () => {
    await using far = await Far.open();
    const near = await far.near();
    far.link.suffer({ delayMs: 80 });
    const started = performance.now();
    near.socket.write('one');
    await until(() => near.heard.length === 3, 'it comes back');
    assert.ok(performance.now() - started >= 159, `it took ${performance.now() - started} ms there and back`);
  });

  it('that is throttled lets no more through than it says', async () => {
    await using far = await Far.open();
    const near = await far.near();
    far.link.suffer({ bytesPerSecond: 100_000 });
    const started = performance.now();
    near.socket.write(Buffer.alloc(20_000, 7));
    await until(() => near.heard.length === 20_000, 'all of it comes back');
    // Pieces go on behind each other: both ways together take hardly longer than one; the first piece of some 2 kB waits for none.
    const leastMs = (1_000 * (20_000 - 2 * 2_048)) / 100_000;
    assert.ok(performance.now() - started >= leastMs, `it took ${performance.now() - started} ms`);
  });

  it('that is a black hole gives nothing on, not even an end, and all of it once it is lifted', async () => {
    await using far = await Far.open();
    await using clear = await Far.open();
    const [near, beside] = [await far.near(), await clear.near()];
    near.socket.write('before ');
    await until(() => near.heard.length === 7, 'it was whole before');
    far.link.suffer({ toServerStalled: true, toClientStalled: true });
    near.socket.end('after');
    far.clients[0]?.write('! ');
    for (let round = 1; round <= 20; round++) {
      beside.socket.write('.');
      await until(() => beside.heard.length === round, 'a link beside it goes on');
    }
    assert.equal(String(Buffer.concat(far.heard)), 'before ');
    assert.equal(String(near.heard), 'before ');
    far.link.heal();
    await until(() => near.ended, 'it ends');
    assert.equal(String(near.heard), 'before ! after');
  });

  it('that is half-open carries one way alone', async () => {
    await using far = await Far.open();
    const near = await far.near();
    await until(() => far.clients.length === 1, 'the server has it');
    far.link.suffer({ toServerStalled: true });
    near.socket.write('lost on its way');
    far.clients[0]?.write('the other way');
    await until(() => near.heard.length === 13, 'the other way is open');
    assert.equal(far.heard.length, 0);
    far.link.heal();
    await until(() => far.heard.length > 0, 'the first way is open again');
  });

  it('that is reset tells both ends, and takes new connections', async () => {
    await using far = await Far.open();
    const near = await far.near();
    await until(() => far.clients.length === 1, 'the server has it');
    const [client] = far.clients;
    far.link.reset();
    await until(() => near.error === 'ECONNRESET', 'the client is told');
    await until(() => client?.destroyed === true, 'the server is told');
    await until(() => far.link.standing === 0, 'nothing stands');
    const again = await far.near();
    again.socket.write('again');
    await until(() => again.heard.length === 5, 'a new one is carried');
  });

  it('that refuses resets who comes, and whoever is there stays', async () => {
    await using far = await Far.open();
    const there = await far.near();
    there.socket.write('a');
    await until(() => there.heard.length === 1, 'it stands');
    far.link.suffer({ refusing: true });
    const refused = await far.near().catch(() => undefined);
    await until(() => refused === undefined || refused.socket.destroyed, 'who comes is sent away');
    there.socket.write('b');
    await until(() => there.heard.length === 2, 'whoever is there is carried');
  });

  it('whose server dies tells the client at once', async () => {
    await using far = await Far.open();
    const near = await far.near();
    await until(() => far.clients.length === 1, 'the server has it');
    far.clients[0]?.resetAndDestroy();
    await until(() => near.socket.destroyed, 'the client is told');
  });
});
