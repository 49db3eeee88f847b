import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import type { Endpoint } from '../../src/ea-sim/connection.js';
import { Dialer } from '../../src/ea-sim/dialer.js';
import type { HungUp } from '../../src/ea-sim/endpoint-choice.js';
import { ScaledClock } from '../../src/runtime/clock.js';
import { seededRandom } from '../../src/runtime/random.js';
import { until } from '../support/actors.js';

/** Takes connections, and says nothing. */
class Quiet implements AsyncDisposable {
  readonly sockets: Socket[] = [];
  taken = 0;
  readonly #server = createServer((socket) => {
    this.taken += 1;
    this.sockets.push(socket);
    socket.on('error', () => {});
  });

  static async open(): Promise<Quiet> {
    const quiet = new Quiet();
    quiet.#server.listen(0, '127.0.0.1');
    await once(quiet.#server, 'listening');
    return quiet;
  }

  endpoint(scheme: Endpoint['scheme'] = 'tcp'): Endpoint {
    return { scheme, host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port, path: '/' };
  }

  cut(): void {
    for (const socket of this.sockets.splice(0)) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}

/** `ends` says how each connection was of use; after the last of them each was of none. */
function dialing(endpoints: readonly Endpoint[], ends: HungUp[] = []): Dialer<Uint8Array, Uint8Array> & AsyncDisposable {
  const dialer = new Dialer<Uint8Array, Uint8Array>({
    endpoints,
    clock: new ScaledClock(0, 60),
    random: seededRandom(1),
    newCodec: () => ({ write: (bytes) => bytes, read: () => undefined, pending: 0 }),
    onOpen: () => {},
    onFrame: () => {},
    onClose: () => ends.shift() ?? { liveMs: 0, leastWaitMs: 0 },
  });
  dialer.start();
  return Object.assign(dialer, {
    [Symbol.asyncDispose]: async () => {
      dialer.stop();
      dialer.cut();
    },
  });
}

describe('an EA that knows several servers', () => {
  it('goes to the next where one is not there, and begins again after the last', async () => {
    await using gone = await Quiet.open();
    await using there = await Quiet.open();
    const nobody = gone.endpoint();
    await gone[Symbol.asyncDispose]();
    await using _ = dialing([nobody, there.endpoint()]);
    await until(() => there.taken === 1, 'the second has it');
    there.cut();
    await until(() => there.taken === 2, 'after the first was tried again');
  });

  it('comes back to the server that it had a session with', async () => {
    await using first = await Quiet.open();
    await using second = await Quiet.open();
    await using _ = dialing([first.endpoint(), second.endpoint()], [{ liveMs: 1_000, leastWaitMs: 0 }]);
    await until(() => first.taken === 1, 'the first has it');
    first.cut();
    await until(() => first.taken === 2, 'and has it again');
    assert.equal(second.taken, 0);
    first.cut();
    await until(() => second.taken === 1, 'what was no session is followed by the next');
  });

  it('goes to another where a server takes it and its TLS never comes', async () => {
    await using stopped = await Quiet.open();
    await using there = await Quiet.open();
    await using _ = dialing([stopped.endpoint('tls'), there.endpoint()]);
    await until(() => stopped.taken === 1, 'the first takes it');
    await until(() => there.taken === 1, 'it is not waited for for ever');
  });

  it('goes where it is sent, once, and back where nothing comes of that', async () => {
    await using first = await Quiet.open();
    await using second = await Quiet.open();
    await using third = await Quiet.open();
    const endpoints = [first, second, third].map((one) => one.endpoint());
    await using _ = dialing(endpoints, [{ liveMs: 1_000, leastWaitMs: 0, redirectedTo: 2 }]);
    await until(() => first.taken === 1, 'the first has it');
    first.cut();
    await until(() => third.taken === 1, 'it is sent to the third');
    third.cut();
    await until(() => second.taken === 1, 'and goes on with its list');
    assert.equal(third.taken, 1);
  });
});
