/**
 * What do a hundred requests a second of operators' pages cost the way from a tick to the signal at the EA's socket?
 *
 * Load: the whole node in this process as in tick-to-socket, with HTTP. Twenty pairs of spans, with polling and without, in turn, each
 * pair beginning with the other one; the polls come from a thread of their own and go over what a page shows. Told is the
 * median over the pairs of p99 with polling by p99 without, and the interval that holds it in 95 of 100 (by the order of the
 * pairs, whatever their distribution).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { resolveConfig } from '../src/config.js';
import { startDemo } from '../src/demo/demo.js';
import { silentLogger } from '../src/runtime/logger.js';
import type { SignalRow } from '../src/storage/ledger/ledger.js';
import { cookiesOf } from '../test/support/admin-session.js';
import { percentile } from './support/compare.js';
import type { HttpPoll, HttpPolled } from './support/http-poll.js';

const PAIRS = Number(process.argv[2] ?? 20);
const SPAN_MS = Number(process.argv[3] ?? 8) * 1_000;
const WARM_MS = 5_000;
const PER_SECOND = 100;
/** With what was begun before it, a span is not measured. */
const SETTLE_MS = 500;
/** So many that a span has enough signals for its p99. */
const EAS = 60;
/** Faster, and what is measured is how the engine falls behind. */
const SPEED = 10;
/** A span with fewer signals goes on. */
const LEAST = 30;
const PATHS = [
  '/v1/actors?depth=3',
  '/v1/symbols',
  '/v1/symbols/EURUSD',
  '/v1/accounts',
  '/v1/signals?most=50',
  '/v1/refusals?most=50',
  '/v1/stores',
  '/v1/latency',
];

const sorted = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);

/** The ranks between which a median of so many lies in 95 of 100: by the binomial distribution of a fair coin. */
function medianInterval(values: readonly number[]): readonly [number, number] {
  const { length } = values;
  const chances = [2 ** -length];
  for (let at = 1; at <= length; at++) chances.push(((chances[at - 1] as number) * (length - at + 1)) / at);
  let below = 0;
  let rank = 0;
  while (below + (chances[rank] as number) <= 0.025) {
    below += chances[rank] as number;
    rank += 1;
  }
  const inOrder = sorted(values);
  const least = Math.max(0, rank - 1);
  return [inOrder[least] as number, inOrder[length - 1 - least] as number];
}

const data = mkdtempSync(join(tmpdir(), 'suho-bench-'));
const worker = new Worker(new URL('./support/http-poll.js', import.meta.url));
try {
  const { config } = resolveConfig({
    flags: { data, speed: SPEED, demoEas: EAS, analytics: 'off', eaPort: 0, wsPort: 0, httpPort: 0 },
    environment: {},
  });
  const demo = await startDemo({ config, log: silentLogger, stepped: false, onProgress: () => {} });
  const port = demo.node.http?.port ?? 0;
  const cookie = cookiesOf(await fetch(demo.node.adminLink().url, { redirect: 'manual' }));
  let times: number[] = [];
  const { figures } = demo.node;
  const observed = figures.sent.bind(figures);
  figures.sent = (signal: SignalRow, tickAtNs: bigint | undefined): void => {
    if (tickAtNs !== undefined && signal.kind === 'OPEN') times.push(Number(process.hrtime.bigint() - tickAtNs) / 1e6);
    observed(signal, tickAtNs);
  };
  let polled: HttpPolled = { answered: 0, failed: 0 };
  const stopped = (): Promise<HttpPolled> =>
    new Promise((done) => {
      worker.once('message', done);
      worker.postMessage('stop');
    });
  const span = async (polling: boolean): Promise<number> => {
    if (polling) worker.postMessage({ port, cookie, paths: PATHS, perSecond: PER_SECOND } satisfies HttpPoll);
    await wait(SETTLE_MS);
    times = [];
    await wait(SPAN_MS);
    while (times.length < LEAST) await wait(SETTLE_MS);
    const p99 = percentile(sorted(times), 0.99);
    if (polling) {
      const { answered, failed } = await stopped();
      polled = { answered: polled.answered + answered, failed: polled.failed + failed };
    }
    return p99;
  };
  await wait(WARM_MS);
  const without: number[] = [];
  const beside: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++)
    for (const polling of pair % 2 === 0 ? [true, false] : [false, true]) (polling ? beside : without).push(await span(polling));
  const ratios = beside.map((p99, at) => p99 / (without[at] as number));
  const [least, most] = medianInterval(ratios);
  const median = (values: readonly number[]): string => percentile(sorted(values), 0.5).toFixed(2);
  console.log(
    `${PAIRS} pairs of ${SPAN_MS / 1_000} s; ${demo.fleet.terminals.length} EAs, 30 symbols ${SPEED} times as fast as real`,
  );
  console.log(`polls: ${PER_SECOND} a second, ${polled.answered} answered, ${polled.failed} failed`);
  console.log(`tick to EA socket, p99 in ms, median of spans: without ${median(without)}, with polling ${median(beside)}`);
  console.log(`ratio: median ${median(ratios)}, 95 % interval ${least.toFixed(2)} to ${most.toFixed(2)}`);
  demo.fleet.stop();
  await demo.close();
} finally {
  await worker.terminate();
  rmSync(data, { recursive: true, force: true });
}
