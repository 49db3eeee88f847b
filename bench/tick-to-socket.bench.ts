/**
 * How long from the tick that closes a candle to the signal at the EA's socket, with the durable commit in between?
 *
 * Load: the whole node in this process (actors, PGlite in its thread, nine EAs over TLS and WebSocket, which share the cores
 * with it), the synthetic market sixty times as fast as real, so that all thirty symbols close a minute in the same instant
 * once a second. Bare cost, in the same run and process: one autocommitted one-row insert into the same PGlite, and one
 * write to a loopback TLS socket until its first byte is read.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { resolveConfig } from '../src/config.js';
import { startDemo } from '../src/demo/demo.js';
import { developmentCertificate } from '../src/gateway/development-certificate.js';
import { silentLogger } from '../src/runtime/logger.js';
import type { SignalRow } from '../src/storage/ledger/ledger.js';
import { percentile } from './support/compare.js';

const SECONDS = Number(process.argv[2] ?? 30);
const WARM_SECONDS = 5;
const BARE_ROUNDS = 2_000;

const ms = (from: bigint): number => Number(process.hrtime.bigint() - from) / 1e6;

function row(name: string, times: number[]): string {
  times.sort((a, b) => a - b);
  const [p50, p99, p999] = [0.5, 0.99, 0.999].map((share) => percentile(times, share).toFixed(2).padStart(8));
  return `${name.padEnd(52)} ${String(times.length).padStart(6)} ${p50} ${p99} ${p999}`;
}

async function bareCommits(socketFolder: string): Promise<number[]> {
  const client = new pg.Client({ host: socketFolder, port: 5432, user: 'postgres', database: 'postgres' });
  await client.connect();
  // The login itself may make nothing.
  await client.query('SET ROLE postgres');
  await client.query('CREATE TABLE bare_commit (id bigint PRIMARY KEY, what text)');
  const times: number[] = [];
  for (let at = 0; at < BARE_ROUNDS; at++) {
    const from = process.hrtime.bigint();
    await client.query({ name: 'bare', text: 'INSERT INTO bare_commit VALUES ($1, $2)', values: [at, 'one row, committed'] });
    times.push(ms(from));
  }
  await client.end();
  return times;
}

async function bareWrites(folder: string): Promise<number[]> {
  const files = await developmentCertificate(folder, Date.now());
  let arrived: () => void = () => {};
  const server = createServer({ ...files }, (socket: TLSSocket) => socket.on('data', () => arrived()));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  const socket = connect({ host: '127.0.0.1', port, ca: files.cert });
  await new Promise<void>((done) => socket.once('secureConnect', done));
  const frame = new Uint8Array(240);
  const times: number[] = [];
  for (let at = 0; at < BARE_ROUNDS; at++) {
    const from = process.hrtime.bigint();
    await new Promise<void>((done) => {
      arrived = done;
      socket.write(frame);
    });
    times.push(ms(from));
  }
  socket.destroy();
  await new Promise<void>((done) => server.close(() => done()));
  return times;
}

const data = mkdtempSync(join(tmpdir(), 'suho-bench-'));
try {
  const { config } = resolveConfig({ flags: { data, speed: 60, eaPort: 0, wsPort: 0, httpPort: 'off' }, environment: {} });
  const demo = await startDemo({ config, log: silentLogger, stepped: false, onProgress: () => {} });
  const times: number[] = [];
  const { figures } = demo.node;
  const observed = figures.sent.bind(figures);
  let warm = false;
  figures.sent = (signal: SignalRow, tickAtNs: bigint | undefined): void => {
    if (warm && tickAtNs !== undefined && signal.kind === 'OPEN') times.push(ms(tickAtNs));
    observed(signal, tickAtNs);
  };
  await wait(WARM_SECONDS * 1_000);
  const ticksBefore = demo.market.ticks;
  warm = true;
  await wait(SECONDS * 1_000);
  const ticksPerSecond = (demo.market.ticks - ticksBefore) / SECONDS;
  demo.fleet.stop();
  await demo.node.close();
  console.log(
    `load: ${Math.round(ticksPerSecond)} ticks/s, ${SECONDS} s, ${demo.fleet.terminals.length} EAs; a fan-out's accounts are measured one by one`,
  );
  console.log(`${'milliseconds'.padEnd(52)}  count      p50      p99    p99.9`);
  console.log(row('tick to EA socket, committed', [...times]));
  const commit = await bareCommits(join(data, 'run'));
  const write = await bareWrites(data);
  console.log(row('bare: one PGlite commit', commit));
  console.log(row('bare: one loopback TLS write, read', write));
  const bare = percentile(commit, 0.5) + percentile(write, 0.5);
  times.sort((a, b) => a - b);
  console.log(`ratio at p50, against commit + write: ${(percentile(times, 0.5) / bare).toFixed(1)}`);
  await demo.close();
} finally {
  rmSync(data, { recursive: true, force: true });
}
