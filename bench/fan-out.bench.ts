/**
 * How long until the last of 10,000 connected accounts has a signal, each sized for its own money and committed before its first
 * byte leaves, beside a bare broadcast of the same bytes to as many sockets?
 *
 * Load: the whole node in this process (actors, PGlite in its thread, keepers), the EAs in processes of their own over loopback,
 * plain TCP and then TLS; they share two cores with it. Beside the signal every account beats each five seconds and quotes at the
 * rate that is printed. The clock is the machine's monotonic one, which all processes share: from the decision in the tenant's
 * hands to the arrival of each signal's last byte. A bare broadcast is a server that writes the same number of bytes to each
 * socket, in a loop.
 */
import { createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { setTimeout as wait } from 'node:timers/promises';
import { developmentCertificate } from '../src/gateway/development-certificate.js';
import { AT } from '../src/protocol/frame-header.js';
import type { Decision } from '../src/signals/signal.js';
import { percentile } from './support/compare.js';
import { Crowd, type CrowdPlan } from './support/crowd.js';
import { type CrowdNode, slices, startCrowdNode } from './support/crowd-node.js';

const ACCOUNTS = Number(process.argv[2] ?? 10_000);
const ROUNDS = Number(process.argv[3] ?? 5);
const QUOTES_EVERY_MS = 20_000;
const SIGNAL_BYTES = 260;

function row(name: string, from: bigint, atNs: readonly bigint[]): number {
  const ms = atNs.map((ns) => Number(ns - from) / 1e6).sort((a, b) => a - b);
  const told = [0, 0.5, 0.99].map((share) => percentile(ms, share).toFixed(1).padStart(9));
  const last = ms.at(-1) ?? Number.NaN;
  console.log(`  ${name.padEnd(30)} ${told.join(' ')} ${last.toFixed(1).padStart(9)}`);
  return last;
}

function median(all: readonly number[]): number {
  return percentile(
    [...all].sort((a, b) => a - b),
    0.5,
  );
}

function decisionAt(closeTime: number): Decision {
  return {
    kind: 'OPEN',
    tenantId: 'crowd',
    strategy: 'bench-1',
    symbol: 'EURUSD',
    timeframe: 'M1',
    closeTime,
    direction: 'BUY',
    score: 80,
    strength: 'STRONG',
    parts: { ml: 80, technical: 80 },
    entry: 1.1,
    stopLoss: 1.098,
    takeProfit: 1.103,
    validUntil: Date.now() + 60_000,
  };
}

async function bareServer(
  tls: boolean,
  folder: string,
  sockets: Set<Socket>,
): Promise<{ port: number; ca?: string; close(): Promise<void> }> {
  const keep = (socket: Socket): void => {
    socket.setNoDelay(true);
    socket.on('error', () => {});
    sockets.add(socket);
  };
  const files = tls ? await developmentCertificate(folder, Date.now()) : undefined;
  const server = files === undefined ? createTcpServer(keep) : createTlsServer({ ...files }, keep);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((done) => server.close(() => done()));
  };
  return { port, ...(files === undefined ? {} : { ca: files.cert }), close };
}

/** The same bytes from a loop that does nothing else. */
async function bare(tls: boolean, folder: string): Promise<readonly number[]> {
  const sockets = new Set<Socket>();
  const server = await bareServer(tls, folder, sockets);
  const shared = { host: '127.0.0.1', port: server.port, ...(server.ca === undefined ? {} : { ca: server.ca }) };
  const nobody = Array.from({ length: ACCOUNTS }, () => ({ account: '', key: '' }));
  const plans = slices(nobody).map(
    (credentials): CrowdPlan => ({ ...shared, credentials, addresses: 16, bare: true, talks: false, quotesEveryMs: 0 }),
  );
  const crowd = new Crowd(plans, folder);
  await crowd.ready();
  await crowd.connect(5_000);
  while (sockets.size < ACCOUNTS) await wait(50);
  const frame = Buffer.alloc(SIGNAL_BYTES);
  frame.writeUInt32LE(SIGNAL_BYTES - AT.body, AT.length);
  const lasts: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    crowd.expect();
    await wait(1_000);
    const from = process.hrtime.bigint();
    for (const socket of sockets) socket.write(Buffer.from(frame));
    lasts.push(row('bare broadcast', from, await crowd.arrived()));
  }
  await crowd.end();
  await server.close();
  return lasts;
}

async function ours(crowdNode: CrowdNode, tls: boolean): Promise<readonly number[]> {
  const { node, folder } = crowdNode;
  const crowd = new Crowd(await crowdNode.plans({ tls, talks: true, quotesEveryMs: QUOTES_EVERY_MS }), folder);
  await crowd.ready();
  const { beganNs, atNs } = await crowd.connect(10_000);
  const lastS = atNs.reduce((most, ns) => Math.max(most, Number(ns - beganNs) / 1e9), 0);
  console.log(`  ${ACCOUNTS} EAs over 10 s: the last WELCOME after ${lastS.toFixed(1)} s`);
  while (node.commits.pending > 0) await wait(100);
  await wait(5_000);
  const lasts: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    crowd.order({ kind: 'quote' });
    await wait(2_000);
    crowd.expect();
    await wait(500);
    const timed = { decision: decisionAt(Math.floor(Date.now() / 1_000) * 1_000) };
    const from = process.hrtime.bigint();
    node.root.in.signal(timed.decision.tenantId, { kind: 'decided', timed });
    const arrived = await crowd.arrived();
    if (round < 0) row('(warming up)', from, arrived);
    else lasts.push(row('signal, sized and committed', from, arrived));
    crowd.order({ kind: 'reject' });
    await wait(1_000);
    while (node.commits.pending > 0) await wait(100);
  }
  await crowd.end();
  return lasts;
}

for (const tls of [false, true]) {
  const crowdNode = await startCrowdNode(ACCOUNTS, 'off');
  console.log(
    `${tls ? 'TLS' : 'plain TCP'}: ${ACCOUNTS} accounts, ${((ACCOUNTS * 1_000) / QUOTES_EVERY_MS).toFixed(0)} quotes/s and ${(ACCOUNTS / 5).toFixed(0)} heartbeats/s beside it`,
  );
  console.log(`  ${'milliseconds'.padEnd(30)}     first       p50       p99      last`);
  const mine = await ours(crowdNode, tls);
  await crowdNode.node.close();
  const theirs = await bare(tls, crowdNode.folder);
  await crowdNode.close();
  console.log(`  ratio of the medians of the last: ${(median(mine) / median(theirs)).toFixed(1)}`);
}
