/** Simulated EAs of the field, each with a broker that is not always kind, against the gateway; lines are cut in between. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BEHAVIOURS } from '../../src/ea-sim/behaviour.js';
import { parseEndpoint } from '../../src/ea-sim/connection.js';
import { Fleet } from '../../src/ea-sim/fleet.js';
import { SharedPrices } from '../../src/ea-sim/price-source.js';
import { LIMITS } from '../../src/limits.js';
import { entropyRandom, seededRandom } from '../../src/runtime/random.js';
import { TestNode } from '../support/node.js';

const EAS = 5;
const ROUNDS = process.env.SUHO_PROOF === undefined ? 6 : 60;

test('each command of suho-1 is executed at most once, and the ledger says what the broker did or that it does not know', async (t) => {
  const seed = entropyRandom().int(1_000_000_000);
  t.diagnostic(`seed ${seed}`);
  await using node = await TestNode.open({ suho1: true, wire: true });
  const accounts = await Promise.all(Array.from({ length: EAS }, () => node.addAccount({ mode: 'live', suho1Table: 'current' })));
  const prices = new SharedPrices();
  const random = seededRandom(seed);
  const fleet = new Fleet({
    credentials: accounts.map(({ id, key }) => ({ account: id, tenant: 'blue', key })),
    profiles: [1],
    endpoints: [parseEndpoint(`ws://127.0.0.1:${node.port('suho1+ws')}`)],
    prices,
    clock: node.clock,
    random: random.fork('fleet'),
    behaviour: BEHAVIOURS.hostile,
    terms: { currency: 'USD', marginMode: 'HEDGING' },
    wire: node.wire,
  });
  let bid = 1.1;
  const seconds = async (count: number): Promise<void> => {
    for (let second = 0; second < count; second += 1) {
      bid = Number((bid + (random.next() - 0.5) / 10_000).toFixed(5));
      const ask = Number((bid + 0.0001).toFixed(5));
      prices.accept('EURUSD', node.nowMs, bid, ask);
      node.post('EURUSD', bid, ask);
      await node.advance(1_000);
    }
  };
  prices.accept('EURUSD', node.nowMs, bid, bid + 0.0001);
  fleet.start();
  await seconds(20);
  for (let round = 0; round < ROUNDS; round += 1) {
    await node.decide(round % 2 === 0 ? 'BUY' : 'SELL', 'EURUSD', bid);
    for (const terminal of fleet.terminals) if (random.chance(0.3)) terminal.disconnect();
    await seconds(40);
  }
  await node.advance(LIMITS.signal.validMostMs + 2 * LIMITS.signal.resultGraceMs);
  fleet.stop();
  await node.rest();

  const rows = await node.signals();
  assert.ok(rows.length >= EAS, `seed ${seed}: signals went out, ${rows.length}`);
  const told = fleet.signals();
  for (const terminal of fleet.terminals) assert.equal(terminal.repeats, 0, `seed ${seed}: no command came twice`);
  for (const { accountId, seq, state } of rows) {
    const seen = told.get(accountId)?.find(({ id }) => id === String(seq));
    const where = `seed ${seed}: ${accountId} ${seq} is ${state}, the EA says ${JSON.stringify(seen, (_, v) => (typeof v === 'bigint' ? String(v) : v))}`;
    assert.ok(['EXECUTED', 'REJECTED', 'UNKNOWN'].includes(state), where);
    if (state === 'EXECUTED') assert.equal(seen?.executions, 1, where);
    else if (state === 'REJECTED') assert.equal(seen?.executions, 0, where);
    assert.ok((seen?.executions ?? 0) <= 1, where);
  }
  const sent = [...told.values()].flat().length;
  assert.ok(sent <= rows.length, `seed ${seed}: what an EA has seen is a row`);
  assert.ok(
    rows.some(({ state }) => state === 'EXECUTED'),
    `seed ${seed}: some were executed`,
  );
});
