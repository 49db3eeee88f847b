/**
 * A node as an operator runs it, a process with its database on disk and its own certificate, killed again and again as `kill -9`
 * does; and the EA's own code in terminals that trade through every death of it, over TLS.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { books, end, freePort, startNode } from '../../load-tests/node-kill.js';
import type { IssuedAccount } from '../../src/accounts/catalogue.js';
import { callNode } from '../../src/admin/control.js';
import { newDemoMarket } from '../../src/demo/demo-market.js';
import { INSTRUMENTS } from '../../src/market/instrument.js';
import { ScaledClock, systemClock } from '../../src/runtime/clock.js';
import { seededRandom } from '../../src/runtime/random.js';
import { isUndecided } from '../../src/signals/signal.js';
import { builtEa, whyNoEa } from '../support/ea-build.js';
import { EaTerminal, readBook } from '../support/ea-terminal.js';
import { ledgerFolder } from '../support/ledger-folder.js';

const SPEED = 30;
const KILLS = process.env.SUHO_PROOF === undefined ? 1 : 40;
const PUMP_MS = 10;

/** What a symbol is at this broker. */
function symbolWords({ symbol, base, quote, digits, contractSize }: (typeof INSTRUMENTS)[number]) {
  const metal = base === 'XAU';
  const words = { base, profit: quote, margin: metal ? quote : base, digits, ticksize: 10 ** -digits, contract: contractSize };
  return { name: `${symbol}.m`, ...words, calc: metal ? 4 : 0 };
}

describe('a node that is killed, and the EA’s own code', { skip: whyNoEa() }, () => {
  it(`the ledger comes to what the broker has, over ${KILLS} kills of the node`, { timeout: 600_000 }, async () => {
    await using folder = await ledgerFolder();
    const program = await builtEa();
    const data = folder.path;
    const [port, seed] = [await freePort(), seededRandom('node').int(1e6)];
    const restart = () => startNode(data, port, seed, SPEED);
    let node = restart();
    const engineMs = (await node.ready) ?? Number.NaN;
    assert.ok(engineMs > 0, 'it starts');
    const answer = await callNode<readonly IssuedAccount[]>(data, 'account.add', { tenant: 'northwind', count: 2, mode: 'demo' });
    const issued = answer?.result ?? [];
    const clock = new ScaledClock(engineMs, SPEED);
    const terminals = issued.map(
      ({ account, key }, at) =>
        new EaTerminal({
          program,
          folder: join(folder.path, `terminal-${at}`),
          books: join(folder.path, `books-${at}`),
          epochMs: () => clock.nowMs(),
          setup: [
            ['terminal', { ca: join(data, 'development-cert.pem'), chart: 'EURUSD.m', speed: SPEED }],
            ['account', { 'margin-mode': at === 0 ? 2 : 0, login: 9_000 + at, balance: 100_000 }],
            ...INSTRUMENTS.map((instrument) => ['symbol', symbolWords(instrument)] as const),
          ],
          inputs: { Host: '127.0.0.1', Port: port, Tls: true, Account: account, Key: key, QuotesEveryMs: 200, MaxPositions: 0 },
        }),
    );
    // The node's clock stands while it is dead: its market is behind by as much, and the broker's prices with it.
    const market = newDemoMarket(seed);
    let offsetMs = 0;
    const stopPump = systemClock.every(PUMP_MS, () =>
      market.advanceTo(clock.nowMs() + offsetMs, (symbol) => {
        const truth = market.truth(symbol);
        if (truth !== undefined) for (const terminal of terminals) terminal.say('quote', { symbol: `${symbol}.m`, ...truth });
      }),
    );
    try {
      for (const terminal of terminals) await terminal.start();
      const filled = (): number => issued.reduce((sum, _, at) => sum + opened(join(folder.path, `books-${at}`)).size, 0);
      for (let kill = 0; kill < KILLS; kill++) {
        const before = filled();
        const endMs = Date.now() + 90_000;
        while (filled() === before && Date.now() < endMs) await wait(20);
        await end(node, 'SIGKILL');
        node = restart();
        const at = await node.ready;
        assert.ok(at !== undefined, 'it starts again');
        offsetMs = at - clock.nowMs();
      }
      const after = await settled();
      assert.ok(filled() > 0, 'something was filled');
      for (const [at, { account }] of issued.entries()) {
        const orders = opened(join(folder.path, `books-${at}`));
        const own = after.signals.filter(({ accountId, kind }) => accountId === account && kind === 'OPEN');
        const traded = own.filter(({ state }) => state === 'EXECUTED' || state === 'CLOSED').map(({ seq }) => seq);
        assert.deepEqual([...orders.keys()].sort(byNumber), traded.sort(byNumber), `${account}: what was filled is executed`);
        for (const [seq, by] of orders) assert.equal(by.size, 1, `signal ${seq} was filled by ${by.size} orders`);
      }
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${terminals.map((terminal) => terminal.tail()).join('\n')}`, {
        cause: error,
      });
    } finally {
      stopPump();
      for (const terminal of terminals) await terminal.kill();
      await end(node, 'SIGTERM');
    }

    /** No new signals; what is under way comes to its end. */
    async function settled() {
      for (const { account } of issued) await callNode(data, 'account.mode', { id: account, mode: 'observe' });
      for (let round = 0; ; round++) {
        await wait(8_000);
        await end(node, 'SIGTERM');
        const after = await books(data);
        if (
          round === 5 ||
          !after.signals.some(({ accountId, state }) => issued.some(({ account }) => account === accountId) && isUndecided(state))
        )
          return after;
        node = restart();
        const at = await node.ready;
        if (at !== undefined) offsetMs = at - clock.nowMs();
      }
    }
  });
});

function byNumber(a: number, b: number): number {
  return a - b;
}

/** By the account's signal number: the orders that opened something at this broker. */
function opened(path: string): ReadonlyMap<number, ReadonlySet<string>> {
  const orders = new Map<number, Set<string>>();
  for (const { kind, magic = '0', entry, order = '' } of readBook(path)) {
    if (kind !== 'deal' || magic === '0' || entry !== '0') continue;
    const seq = Number(BigInt(magic) & 0xffff_ffffn);
    orders.set(seq, (orders.get(seq) ?? new Set()).add(order));
  }
  return orders;
}
