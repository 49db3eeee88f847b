/**
 * `kill -9` at any moment. The node is a process of its own, on embedded stores, sixty times as fast as real time; the EAs
 * live here, with their records on disk, and go through every death of the node: signals under way, half-written frames,
 * commits that nobody heard of. In the end it hands over the EAs' own records and the ledger's rows, to be held together.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { IssuedAccount } from '../src/accounts/catalogue.js';
import { callNode } from '../src/admin/control.js';
import { newDemoMarket } from '../src/demo/demo-market.js';
import { type LedgerBooks, readBooks } from '../src/demo/simulated-day.js';
import { BEHAVIOURS } from '../src/ea-sim/behaviour.js';
import { parseEndpoint } from '../src/ea-sim/connection.js';
import { Fleet } from '../src/ea-sim/fleet.js';
import { SharedPrices } from '../src/ea-sim/price-source.js';
import { FileRecordStore } from '../src/ea-sim/record-file.js';
import type { SignalSummary } from '../src/ea-sim/record.js';
import { ScaledClock } from '../src/runtime/clock.js';
import { assert } from '../src/runtime/assert.js';
import { seededRandom } from '../src/runtime/random.js';
import { isUndecided } from '../src/signals/signal.js';
import type { SignalRow } from '../src/storage/ledger/ledger.js';
import { openLedger } from '../src/storage/ledger/open.js';
import { freePort } from '../test/support/free-port.js';

const SUHO = fileURLToPath(new URL('../../bin/suho.mjs', import.meta.url));
const SPEED = 60;
/** For a signal, after a start. */
const WORK_MOST_MS = 20_000;
const ACCOUNTS = [
  ['harbour', 2],
  ['meridian', 3],
  ['northwind', 4],
] as const;

export interface RunningNode {
  readonly child: ChildProcess;
  /** Resolves with the engine's time at the first figures, or undefined when it ended before. */
  readonly ready: Promise<number | undefined>;
  readonly ended: Promise<unknown>;
  /** What it said on stderr, until now. */
  readonly said: () => string;
}

export function startNode(data: string, port: number, seed: number, speed = SPEED): RunningNode {
  const settings = ['--data', data, '--ea-port', String(port), '--ws-port', 'off', '--http-port', 'off', '--demo-eas', '0'];
  const words = [SUHO, 'start', '--json', '--speed', String(speed), '--seed', String(seed), '--log-level', 'error', ...settings];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  (child.stderr as NodeJS.ReadableStream).setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'close');
  const ready = new Promise<number | undefined>((resolve) => {
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => resolve(Date.parse((JSON.parse(line) as { time: string }).time)));
    void ended.then(() => resolve(undefined));
  });
  return { child, ready, ended, said: () => said };
}

export async function books(data: string): Promise<LedgerBooks & { readonly seqs: ReadonlyMap<string, number> }> {
  const ledger = await openLedger({ folder: data });
  try {
    const { rows } = await ledger.listAccounts({});
    return { ...(await readBooks(ledger)), seqs: new Map(rows.map(({ id, seq }) => [id, seq])) };
  } finally {
    await ledger.close();
  }
}

export async function end({ child, ended }: RunningNode, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await ended;
}

export interface NodeKillOptions {
  /** An empty folder, for the node's data and the EAs' records. */
  readonly data: string;
  readonly kills: number;
  readonly seed: number;
}

export interface NodeKillEvidence {
  readonly signals: readonly SignalRow[];
  /** By account: its newest signal number. */
  readonly seqs: ReadonlyMap<string, number>;
  /** By account: what its EA's own record and its broker's books say. */
  readonly records: ReadonlyMap<string, readonly SignalSummary[]>;
}

/** EAs on accounts of their own, quoting the node's market, each through crashes of its own now and then. */
function attachFleet(options: NodeKillOptions, issued: readonly IssuedAccount[], port: number, engineMs: number) {
  const { data, seed } = options;
  const clock = new ScaledClock(engineMs, SPEED);
  const market = newDemoMarket(seed);
  const prices = new SharedPrices();
  // The node's clock stands still while it is dead; brokers hold their prices until it has caught up.
  let offsetMs = 0;
  const stopPump = clock.every(50 * SPEED, () =>
    market.advanceTo(clock.nowMs() + offsetMs, (symbol, timeMs) => {
      const truth = market.truth(symbol);
      if (truth !== undefined) prices.accept(symbol, timeMs, truth.bid, truth.ask);
    }),
  );
  const fleet = new Fleet({
    credentials: issued,
    endpoints: [parseEndpoint(`tls://127.0.0.1:${port}`)],
    trust: { ca: readFileSync(join(data, 'development-cert.pem'), 'utf8') },
    prices,
    clock,
    random: seededRandom(seed).fork('eas'),
    behaviour: BEHAVIOURS.demo,
    faults: { crashEveryMs: 40 * 60_000, restartAfterMs: 20_000 },
    recordOf: ({ account }, newInstance) => new FileRecordStore(join(data, `ea-${account}.record`), newInstance),
    onWelcome: (serverMs) => {
      offsetMs = serverMs - clock.nowMs();
    },
  });
  fleet.start();
  const stop = (): void => {
    fleet.stop();
    stopPump();
  };
  return { fleet, [Symbol.dispose]: stop };
}

/** No new signals; what is under way comes to its end, over restarts of the node where that takes longer. */
async function settle(first: RunningNode, restart: () => RunningNode, data: string, issued: readonly IssuedAccount[]) {
  let node = first;
  for (let round = 1; ; round++) {
    const started = await node.ready;
    assert(started !== undefined, `the node starts again after every kill: ${node.said()}`);
    for (const { account } of issued) await callNode(data, 'account.mode', { id: account, mode: 'observe' });
    await wait(4_000);
    await end(node, 'SIGTERM');
    const after = await books(data);
    if (round === 10 || !after.signals.some(({ state }) => isUndecided(state))) return after;
    node = restart();
  }
}

/** However slow the machine, a kill finds something under way; a node that says nothing is killed all the same. */
async function heard(condition: () => boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < WORK_MOST_MS && !condition(); waitedMs += 50) await wait(50);
}

export async function killNodeAgainAndAgain(options: NodeKillOptions): Promise<NodeKillEvidence> {
  const { data, kills, seed } = options;
  const port = await freePort();
  const chance = seededRandom(seed).fork('kills');
  let node = startNode(data, port, seed);
  const restart = (): RunningNode => {
    node = startNode(data, port, seed);
    return node;
  };
  try {
    const engineMs = await node.ready;
    assert(engineMs !== undefined, `the first start succeeds: ${node.said()}`);
    const issued: IssuedAccount[] = [];
    for (const [tenant, count] of ACCOUNTS) {
      const answer = await callNode<readonly IssuedAccount[]>(data, 'account.add', { tenant, count, mode: 'demo' });
      issued.push(...(answer?.result ?? []));
    }
    using eas = attachFleet(options, issued, port, engineMs);
    const { fleet } = eas;
    for (let kill = 0; kill < kills; kill++) {
      const before = fleet.totals().signals;
      // One in ten dies while it starts, two before they need have done anything, the others after a signal has gone out.
      const until = chance.next();
      if (until > 0.1) await node.ready;
      if (until > 0.3) await heard(() => fleet.totals().signals > before);
      await wait(chance.next() * 2_500);
      await end(node, 'SIGKILL');
      restart();
    }
    fleet.calm();
    const { signals, seqs } = await settle(node, restart, data, issued);
    return { signals, seqs, records: fleet.signals() };
  } finally {
    node.child.kill('SIGKILL');
  }
}
