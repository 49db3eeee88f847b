/**
 * How long until the last of 5,000 EAs that arrive within a second is welcome, and what does an idle connection cost in memory?
 *
 * Load: the whole node in this process with PGlite in its thread, the EAs in a process of their own over loopback, plain TCP and
 * then TLS, on cores that they share. Each HELLO is checked against its key's hash, bound at its first use, and takes the
 * account's next epoch in the ledger before its WELCOME. Beside it, in the same run, the same crowd at a server that answers each
 * HELLO with as many bytes as a WELCOME has and does nothing else. Then all leave and come back: their second HELLO finds them known.
 */
import { createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { setTimeout as wait } from 'node:timers/promises';
import { developmentCertificate } from '../src/gateway/development-certificate.js';
import { AT } from '../src/protocol/frame-header.js';
import { KINDS_2 } from '../src/protocol/messages.js';
import { percentile } from './support/compare.js';
import { Crowd, type CrowdPlan } from './support/crowd.js';
import { type CrowdNode, memoryBytes, startCrowdNode } from './support/crowd-node.js';

const ACCOUNTS = Number(process.argv[2] ?? 5_000);
const ROUNDS = Number(process.argv[3] ?? 3);
const WITHIN_MS = 1_000;
const WELCOME_BYTES = 80;

async function arrival(name: string, plans: readonly CrowdPlan[], folder: string): Promise<{ lastMs: number; crowd: Crowd }> {
  const crowd = new Crowd(plans, folder);
  await crowd.ready();
  const { beganNs, atNs } = await crowd.connect(WITHIN_MS);
  const ms = atNs.map((ns) => Number(ns - beganNs) / 1e6).sort((a, b) => a - b);
  const told = [0, 0.5, 0.99].map((share) => percentile(ms, share).toFixed(0).padStart(8));
  const lastMs = ms.at(-1) ?? Number.NaN;
  console.log(`  ${name.padEnd(34)} ${told.join(' ')} ${lastMs.toFixed(0).padStart(8)}`);
  return { lastMs, crowd };
}

/** Answers each first chunk with a WELCOME's bytes. */
async function bareServer(tls: boolean, folder: string): Promise<{ port: number; ca?: string; close(): Promise<void> }> {
  const welcome = Buffer.alloc(WELCOME_BYTES);
  welcome.writeUInt32LE(WELCOME_BYTES - AT.body, AT.length);
  welcome.writeUInt8(KINDS_2.WELCOME.type, AT.type);
  const sockets = new Set<Socket>();
  const answer = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', () => socket.write(welcome));
  };
  const files = tls ? await developmentCertificate(folder, Date.now()) : undefined;
  const server = files === undefined ? createTcpServer(answer) : createTlsServer({ ...files }, answer);
  await new Promise<void>((done) => server.listen({ port: 0, host: '127.0.0.1', backlog: 511 }, () => done()));
  const { port } = server.address() as { port: number };
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((done) => server.close(() => done()));
  };
  return { port, ...(files === undefined ? {} : { ca: files.cert }), close };
}

async function leave(crowd: Crowd, { node }: CrowdNode): Promise<void> {
  await crowd.end();
  while (node.gateway.addresses.sessions > 0) await wait(50);
}

function median(all: readonly number[]): number {
  return percentile(
    [...all].sort((a, b) => a - b),
    0.5,
  );
}

for (const tls of [false, true]) {
  const crowdNode = await startCrowdNode(ACCOUNTS, 'off');
  const { folder } = crowdNode;
  const plans = await crowdNode.plans({ tls, talks: false, quotesEveryMs: 0 });
  console.log(`${tls ? 'TLS' : 'plain TCP'}: ${ACCOUNTS} EAs within ${WITHIN_MS} ms`);
  console.log(`  ${'milliseconds to WELCOME'.padEnd(34)}    first      p50      p99     last`);
  const before = memoryBytes();
  const first = await arrival('first use of each key', plans, folder);
  await wait(3_000);
  const after = memoryBytes();
  const kb = (bytes: number): string => (bytes / ACCOUNTS / 1_024).toFixed(1);
  console.log(
    `  an idle connection with its session and its actor: ${kb(after.live - before.live)} KB in heap and buffers, ${kb(after.resident - before.resident)} KB of the process`,
  );
  await leave(first.crowd, crowdNode);
  await wait(2_000);
  const mine: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { lastMs, crowd } = await arrival('known keys', plans, folder);
    mine.push(lastMs);
    await leave(crowd, crowdNode);
  }
  const bare = await bareServer(tls, folder);
  const bareShared = { host: '127.0.0.1', port: bare.port, ...(bare.ca === undefined ? {} : { ca: bare.ca }) };
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const asBare = plans.map((plan): CrowdPlan => ({ ...plan, ...bareShared }));
    const { lastMs, crowd } = await arrival('bare: bytes answered with bytes', asBare, folder);
    theirs.push(lastMs);
    await crowd.end();
  }
  await bare.close();
  await crowdNode.close();
  console.log(`  ratio of the medians of the last: ${(median(mine) / median(theirs)).toFixed(1)}`);
}
