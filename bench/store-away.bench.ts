/**
 * What does a store that is away cost a decision?
 *
 * Load: the whole node in this process, as in `tick-to-socket.bench.ts`, at sixty times the speed of the market, on a server for
 * each store that this machine has one for. Each store but the ledger is killed for a window and started again, each window
 * beside one with all stores there, in turns; measured is the time from the tick that closed a candle to the signal at the EA's
 * socket, in both. No decision asks for patterns yet: a writer beside the node asks that store without a pause.
 *
 * Words: stores to kill, by default each; SUHO_PROOF makes windows of a minute.
 */
import { setTimeout as pass } from 'node:timers/promises';
import type { SignalRow } from '../src/storage/ledger/ledger.js';
import { openPatterns } from '../src/storage/patterns/open.js';
import { eventually, type NodeUnderLoad, startUnderLoad } from '../test/storage/away/node-under-load.js';
import { Learner } from '../test/storage/patterns/learner.js';
import { type ServedStore, SERVED_STORES, type StoreServer, serverMissing } from '../test/support/store-servers.js';
import { percentile } from './support/compare.js';

const WINDOW_MS = process.env.SUHO_PROOF ? 60_000 : 8_000;
const PAIRS = 3;
const WARM_MS = 10_000;
const SETTLE_MS = 1_500;
const WELL_MS = 60_000;
const EAS = 18;

let times: number[] = [];

async function window(): Promise<number[]> {
  times = [];
  await pass(WINDOW_MS);
  return times.sort((a, b) => a - b);
}

async function settled(at: NodeUnderLoad): Promise<void> {
  await eventually(() => at.isWell(), 'each store is well', WELL_MS);
  await pass(SETTLE_MS);
}

async function awayWindow(server: StoreServer): Promise<number[]> {
  await server.kill();
  try {
    return await window();
  } finally {
    await server.start();
  }
}

interface Pair {
  readonly there: readonly number[];
  readonly away: readonly number[];
}

async function pairsOf(at: NodeUnderLoad, server: StoreServer): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    await settled(at);
    const first = pair % 2 === 0 ? await window() : await awayWindow(server);
    await settled(at);
    if (pair % 2 === 0) pairs.push({ there: first, away: await awayWindow(server) });
    else pairs.push({ there: await window(), away: first });
  }
  return pairs;
}

function figures(windows: readonly (readonly number[])[]): string {
  const all = windows.flat().sort((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map((share) => percentile(all, share).toFixed(1).padStart(7));
  return `${String(all.length).padStart(6)} ${p50} ${p99}`;
}

function tell(store: ServedStore, pairs: readonly Pair[]): void {
  const p99 = (windows: readonly (readonly number[])[]): number =>
    percentile(
      windows.flat().sort((a, b) => a - b),
      0.99,
    );
  const there = pairs.map((pair) => pair.there);
  const away = pairs.map((pair) => pair.away);
  const each = pairs.map((pair) => p99([pair.away]) / p99([pair.there])).sort((a, b) => a - b);
  const ratio = (p99(away) / p99(there)).toFixed(2).padStart(6);
  console.log(
    `${store.padEnd(10)} ${figures(there)}   ${figures(away)}   ${ratio}   ${each.map((one) => one.toFixed(2)).join(' ')}`,
  );
}

const words = process.argv.slice(2);
const stores = SERVED_STORES.filter((store) => store !== 'ledger' && (words.length === 0 || words.includes(store)));
const sent = (_row: SignalRow, tickAtNs: bigint | undefined): void => {
  if (tickAtNs !== undefined) times.push(Number(process.hrtime.bigint() - tickAtNs) / 1e6);
};
const at = await startUnderLoad({ eas: EAS, observers: [{ sent }] });
try {
  const { patterns } = at.servers.settings;
  const store = patterns === undefined ? undefined : await openPatterns(patterns, { folder: '' });
  const learner = store && new Learner(store);
  await pass(WARM_MS);
  const ledger = at.servers.settings.ledger === undefined ? 'PGlite' : 'PostgreSQL';
  console.log(
    `${PAIRS} pairs of windows of ${WINDOW_MS / 1_000} s for each store; ${EAS} EAs; the ledger on ${ledger}; milliseconds, tick to socket`,
  );
  console.log('away            there: n     p50     p99    away: n     p50     p99    ratio   ratios of the pairs');
  for (const name of stores) {
    const server = at.servers.of(name);
    if (server === undefined) console.log(`not run: ${name} (${serverMissing(name)})`);
    else tell(name, await pairsOf(at, server));
  }
  await learner?.end();
  await store?.close();
  await at.end();
} finally {
  await at[Symbol.asyncDispose]();
}
