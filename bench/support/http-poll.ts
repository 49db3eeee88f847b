/** Asks a server on loopback for addresses in turn, so many a second, until it is told to stop; in a thread of its own. */
import { Agent, get } from 'node:http';
import { parentPort } from 'node:worker_threads';

export interface HttpPoll {
  readonly port: number;
  readonly paths: readonly string[];
  /** By which who asks is known. */
  readonly cookie: string;
  readonly perSecond: number;
}

export interface HttpPolled {
  readonly answered: number;
  readonly failed: number;
}

const TICK_MS = 50;
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
let timer: NodeJS.Timeout | undefined;
let asked = 0;
let answered = 0;
let failed = 0;

function ask({ port, cookie }: HttpPoll, path: string): void {
  get({ host: '127.0.0.1', port, path, agent, headers: { cookie } }, (answer) => {
    if (answer.statusCode === 200) answered += 1;
    else failed += 1;
    answer.resume();
  }).on('error', () => {
    failed += 1;
  });
}

parentPort?.on('message', (wish: HttpPoll | 'stop') => {
  clearInterval(timer);
  if (wish === 'stop') {
    const polled: HttpPolled = { answered, failed };
    parentPort?.postMessage(polled);
    asked = answered = failed = 0;
    return;
  }
  const { paths, perSecond } = wish;
  timer = setInterval(() => {
    for (let left = (perSecond * TICK_MS) / 1_000; left > 0; left--) {
      ask(wish, paths[asked % paths.length] as string);
      asked += 1;
    }
  }, TICK_MS);
});
