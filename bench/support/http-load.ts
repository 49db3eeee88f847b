/**
 * Asks a server on loopback for one address over a few connections, each one request at a time; in a thread of its own, which
 * never sleeps: to wake it would cost the slower server, which it waits for, and not the faster one, which waits for it.
 */
import { connect, type Socket } from 'node:net';
import { parentPort } from 'node:worker_threads';

export interface HttpLoad {
  readonly port: number;
  readonly path: string;
  readonly requests: number;
  readonly connections: number;
}

const HEADERS_END = '\r\n\r\n';

function run({ port, path, requests, connections }: HttpLoad): Promise<void> {
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  let left = requests;
  const asking = (socket: Socket, done: () => void): void => {
    let have = '';
    const ask = (): void => {
      if (left <= 0) {
        socket.destroy();
        done();
        return;
      }
      left -= 1;
      socket.write(request);
    };
    socket.on('data', (bytes: Buffer) => {
      have += bytes.toString('latin1');
      const end = have.indexOf(HEADERS_END);
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(have)?.[1] ?? 0);
      if (have.length < end + HEADERS_END.length + length) return;
      if (!have.startsWith('HTTP/1.1 200')) throw new Error(have.slice(0, 200));
      have = '';
      ask();
    });
    ask();
  };
  const all = Array.from(
    { length: connections },
    () => new Promise<void>((done) => void asking(connect(port, '127.0.0.1'), done)),
  );
  let asleep = false;
  const stayAwake = (): void => void (asleep || setImmediate(stayAwake));
  stayAwake();
  return Promise.all(all).then(() => {
    asleep = true;
  });
}

parentPort?.on('message', (load: HttpLoad) => void run(load).then(() => parentPort?.postMessage('done')));
