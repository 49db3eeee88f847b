/** A node that is killed again and again as `kill -9` does, and the EA's own code that trades through every death of it, over TLS. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { whyNoEa } from '../support/ea-build.js';
import { EaNode } from '../support/ea-node.js';

const KILLS = process.env.SUHO_PROOF === undefined ? 1 : 40;

describe('a node that is killed, and the EA’s own code', { skip: whyNoEa() }, () => {
  it(`the ledger comes to what the broker has, over ${KILLS} kills of the node`, { timeout: 600_000 }, async () => {
    await using world = await EaNode.open();
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        const before = world.filled;
        await world.until(() => world.filled > before);
        await world.end('SIGKILL');
        await world.restart();
      }
      const after = await world.settled();
      assert.ok(world.filled > 0, 'something was filled');
      for (const [at, { account }] of world.issued.entries()) {
        const orders = world.opened(at);
        const own = after.signals.filter(({ accountId, kind }) => accountId === account && kind === 'OPEN');
        const traded = own.filter(({ state }) => state === 'EXECUTED' || state === 'CLOSED').map(({ seq }) => seq);
        assert.deepEqual([...orders.keys()].sort(byNumber), traded.sort(byNumber), `${account}: what was filled is executed`);
        for (const [seq, by] of orders) assert.equal(by.size, 1, `signal ${seq} was filled by ${by.size} orders`);
      }
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${world.tail()}`, { cause: error });
    }
  });
});

function byNumber(a: number, b: number): number {
  return a - b;
}
