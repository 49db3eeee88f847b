/**
 * `kill -9` at any moment. The node is a process of its own, on embedded stores, sixty times as fast as real time; the EAs
 * live here, with their records on disk, and go through every death of the node: signals under way, half-written frames,
 * commits that nobody heard of. In the end the EAs' own records and their brokers' books are held against the ledger.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { IssuedAccount } from '../../src/accounts/catalogue.js';
import { callNode } from '../../src/admin/control.js';
import { newDemoMarket } from '../../src/demo/demo-market.js';
import { type LedgerBooks, readBooks, witness } from '../../src/demo/simulated-day.js';
import { BEHAVIOURS } from '../../src/ea-sim/behaviour.js';
import { parseEndpoint } from '../../src/ea-sim/connection.js';
import { Fleet } from '../../src/ea-sim/fleet.js';
import { SharedPrices } from '../../src/ea-sim/price-source.js';
import { FileRecordStore } from '../../src/ea-sim/record-file.js';
import { ScaledClock } from '../../src/runtime/clock.js';
import { seededRandom } from '../../src/runtime/random.js';
import { isUndecided } from '../../src/signals/signal.js';
import { openLedger } from '../../src/storage/ledger/open.js';
import { emptyFolder } from '../support/ledger-folder.js';

const SUHO = fileURLToPath(new URL('../../../bin/suho.mjs', import.meta.url));
const KILLS = process.env.SUHO_PROOF === undefined ? 20 : 200;
const SPEED = 60;
const SEED = process.env.SUHO_PROOF === undefined ? Math.floor(Math.random() * 1e9) : 200;
const ACCOUNTS = [
  ['harbour', 2],
  ['meridian', 3],
  ['northwind', 4],
] as const;

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

interface RunningNode {
  readonly child: ChildProcess;
  /** Resolves with the engine's time at the first figures, or undefined when it ended before. */
  readonly ready: Promise<number | undefined>;
  readonly ended: Promise<unknown>;
}

function startNode(data: string, port: number): RunningNode {
  const settings = ['--data', data, '--ea-port', String(port), '--ws-port', 'off', '--http-port', 'off', '--demo-eas', '0'];
  const words = [SUHO, 'start', '--json', '--speed', String(SPEED), '--seed', String(SEED), '--log-level', 'error', ...settings];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const ready = new Promise<number | undefined>((resolve) => {
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => resolve(Date.parse((JSON.parse(line) as { time: string }).time)));
    void ended.then(() => resolve(undefined));
  });
  return { child, ready, ended };
}

async function books(data: string): Promise<LedgerBooks & { readonly seqs: ReadonlyMap<string, number> }> {
  const ledger = await openLedger({ folder: data });
  try {
    const { rows } = await ledger.listAccounts({});
    return { ...(await readBooks(ledger)), seqs: new Map(rows.map(({ id, seq }) => [id, seq])) };
  } finally {
    await ledger.close();
  }
}

async function end({ child, ended }: RunningNode, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await ended;
}

test(`no signal is lost, none executed twice, no number is missing over ${KILLS} kills of the node (seed ${SEED})`, async () => {
  await using folder = await emptyFolder();
  const data = folder.path;
  const port = await freePort();
  const chance = seededRandom(SEED).fork('kills');

  let node = startNode(data, port);
  const engineMs = await node.ready;
  assert.ok(engineMs !== undefined, 'the first start succeeds');
  const issued: IssuedAccount[] = [];
  for (const [tenant, count] of ACCOUNTS) {
    const answer = await callNode<readonly IssuedAccount[]>(data, 'account.add', { tenant, count, mode: 'demo' });
    issued.push(...(answer?.result ?? []));
  }

  const clock = new ScaledClock(engineMs, SPEED);
  const market = newDemoMarket(SEED);
  const prices = new SharedPrices();
  // The node's clock stands still while it is dead; brokers hold their prices until it has caught up.
  let offsetMs = 0;
  const pump = clock.every(50 * SPEED, () =>
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
    random: seededRandom(SEED).fork('eas'),
    behaviour: BEHAVIOURS.demo,
    // An EA crashes now and then too, and comes back with what its record on disk says.
    faults: { crashEveryMs: 40 * 60_000, restartAfterMs: 20_000 },
    recordOf: ({ account }, newInstance) => new FileRecordStore(join(data, `ea-${account}.record`), newInstance),
    onWelcome: (serverMs) => {
      offsetMs = serverMs - clock.nowMs();
    },
  });
  fleet.start();

  for (let kill = 0; kill < KILLS; kill++) {
    // One in ten dies while it starts.
    if (!chance.chance(0.1)) await node.ready;
    await wait(chance.next() * 2_500);
    await end(node, 'SIGKILL');
    node = startNode(data, port);
  }

  // No new signals; what is under way comes to its end, over restarts of the node where that takes longer.
  let after: Awaited<ReturnType<typeof books>> | undefined;
  for (let round = 0; round < 10; round++) {
    assert.ok((await node.ready) !== undefined, 'the node starts again after every kill');
    for (const { account } of issued) await callNode(data, 'account.mode', { id: account, mode: 'observe' });
    await wait(4_000);
    await end(node, 'SIGTERM');
    after = await books(data);
    if (!after.signals.some(({ state }) => isUndecided(state))) break;
    node = startNode(data, port);
  }
  fleet.stop();
  pump();
  assert.ok(after !== undefined);
  const { signals, seqs } = after;
  const records = fleet.signals();
  assert.deepEqual(
    signals.filter(({ state }) => isUndecided(state)).map(({ id, state }) => [id, state]),
    [],
    'every signal has come to its end',
  );
  assert.deepEqual(witness(signals, records), { lost: 0, duplicated: 0 });

  const numbers = new Map<string, number[]>();
  for (const { accountId, seq } of signals) numbers.set(accountId, [...(numbers.get(accountId) ?? []), seq]);
  for (const [account, newest] of seqs) {
    const given = (numbers.get(account) ?? []).sort((a, b) => a - b);
    assert.deepEqual(
      given,
      Array.from({ length: newest }, (_, at) => at + 1),
      `numbers of ${account}`,
    );
  }

  let executed = 0;
  for (const { id, accountId, kind, state } of signals) {
    if (kind !== 'OPEN') continue;
    const record = records.get(accountId)?.find((summary) => summary.id === id);
    const traded = state === 'EXECUTED' || state === 'CLOSED';
    assert.equal(
      (record?.executions ?? 0) === 1,
      traded,
      `${id} is ${state} in the ledger and traded ${record?.executions} times at its broker`,
    );
    if (traded) executed += 1;
  }
  assert.ok(executed > KILLS / 2, `enough was executed for the test to mean something: ${executed} of ${signals.length}`);
});
