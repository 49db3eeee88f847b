/**
 * Delivery under fire, with the EA's own code: it is killed, cut off, given ambiguous answers, robbed of its record, doubled, and
 * its server killed. What is held against the ledger is the broker's own book: each magic filled at most once, and what the
 * ledger says of a signal is what happened.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { whyNoEa } from '../support/ea-build.js';
import { agree, decided, eraseRecord } from '../support/ea-oracle.js';
import { EaWorld, TYPES, type WorldWish } from '../support/ea-world.js';

const MINUTE_MS = 60_000;

/** Each moment in the life of a signal, by the terminal's trap, and whether it was filled by then. */
const MOMENTS = [
  ['when the signal has come', 'receive.30', false],
  ['with the intent on disk and no order sent', 'order.before', false],
  ['with the order filled and its answer not read', 'order.after', true],
  ['before its result leaves', 'send.13.before', true],
  ['before its result is acked', 'send.13.after', true],
] as const;

describe('delivery under fire, with the EA’s own code', { skip: whyNoEa() }, () => {
  for (const netting of [false, true]) {
    const wish: WorldWish = { netting };
    const kind = netting ? 'netting' : 'hedging';
    for (const [moment, point] of MOMENTS) {
      it(`killed ${moment}, ${kind}: it looks before it sends, and all agree in the end`, async () => {
        await using world = await EaWorld.open(wish);
        world.ea.say('trap', { point, does: 'kill' });
        await world.decide();
        await world.ea.ended();
        await world.live();
        await decided(world);
        await agree(world);
        assert.equal(world.opened().size, point === 'order.before' ? 0 : 1);
      });
    }
  }

  for (const [moment, point] of MOMENTS) {
    it(`cut off ${moment}: the same signal goes over again and is executed once`, async () => {
      await using world = await EaWorld.open();
      world.ea.say('trap', { point, does: 'cut' });
      await world.decide();
      await world.ea.wait('trap');
      await decided(world);
      await agree(world);
      assert.equal(world.opened().size, 1);
      assert.equal((await world.node.ledger.listExecutions()).rows.filter(({ outcome }) => outcome === 'EXECUTED').length, 1);
    });
  }

  for (const [retcode, fill] of [
    [10_011, 'no'],
    [10_011, 'yes'],
    [10_012, 'no'],
    [10_012, 'late'],
    [10_031, 'no'],
    [10_031, 'yes'],
  ] as const) {
    it(`answered ${retcode} with ${fill === 'no' ? 'no fill' : fill === 'yes' ? 'a fill' : 'a fill that comes late'} behind it: nothing is sent again, and it is found out`, async () => {
      await using world = await EaWorld.open();
      world.ea.say('answer', { retcode, fill, after: 8_000, action: 'deal' });
      await world.decide();
      await world.ea.wait('order');
      await decided(world);
      await agree(world);
      assert.equal(world.ea.count('order'), 1);
      assert.equal(world.opened().size, fill === 'no' ? 0 : 1);
    });
  }

  for (const point of ['receive.33', 'order.before', 'order.after', 'send.13.before', 'send.13.after'] as const) {
    it(`killed at ${point} of a command to close a part: that part is closed once or not at all, and the ledger knows which`, async () => {
      await using world = await EaWorld.open();
      await world.decide();
      const { volume } = await world.becomes('EXECUTED');
      await world.pass(3_000);
      await world.quiet();
      world.ea.say('trap', { point, does: 'kill' });
      const command = await world.command({
        action: 'CLOSE_POSITION',
        position: String(world.book('position')[0]?.ticket),
        volume: 0.05,
      });
      await world.ea.ended();
      await world.live();
      await world.ea.until(async () => {
        await world.pass(MINUTE_MS / 6);
        const [row] = (await world.node.ledger.listCommands()).rows.filter(({ id }) => id === command.id);
        return row !== undefined && ['EXECUTED', 'REJECTED', 'EXPIRED'].includes(row.state);
      }, 'the command has its end');
      const [row] = (await world.node.ledger.listCommands()).rows.filter(({ id }) => id === command.id);
      const closed = volume - Number(world.book('position')[0]?.volume);
      assert.ok(
        Math.abs(closed - (row?.state === 'EXECUTED' ? 0.05 : 0)) < 1e-9,
        `${closed} lots are closed and it is ${row?.state}`,
      );
      await agree(world);
    });
  }

  it('"query failed" is not "flat": an ambiguous answer stays unknown for as long as the history cannot be read', async () => {
    await using world = await EaWorld.open();
    world.ea.say('broker', { 'history-fails': true });
    world.ea.say('answer', { retcode: 10_012, fill: 'no', action: 'deal' });
    await world.decide();
    await world.ea.wait('order');
    await world.pass(3 * MINUTE_MS);
    assert.deepEqual(
      (await world.signals()).map(({ state }) => state),
      ['UNKNOWN'],
    );
    world.ea.say('broker', { 'history-fails': false });
    await decided(world);
    await agree(world);
    assert.equal(world.ea.count('order'), 1);
  });

  for (const point of ['receive.30', 'order.after'] as const) {
    it(`its record erased after a kill at ${point}: a new instance, UNKNOWN, and settled from the broker’s history`, async () => {
      await using world = await EaWorld.open();
      world.ea.say('trap', { point, does: 'kill' });
      await world.decide({ validUntil: world.node.nowMs + MINUTE_MS });
      await world.ea.ended();
      const [before] = await world.node.ledger.accounts([world.account.id]);
      eraseRecord(world.ea);
      await world.live();
      const [after] = await world.node.ledger.accounts([world.account.id]);
      assert.notEqual(after?.instance, before?.instance);
      await decided(world);
      await agree(world);
      assert.equal(world.opened().size, point === 'order.after' ? 1 : 0);
    });
  }

  it('a torn write of its record is cut off at the next start, and nothing is executed twice', async () => {
    for (const bytes of [1, 9, 40]) {
      await using world = await EaWorld.open();
      world.ea.say('trap', { point: 'order.after', does: 'cut' });
      await world.decide();
      await world.ea.wait('trap');
      world.ea.say('torn', { bytes });
      await world.ea.ended();
      await world.live();
      await decided(world);
      await agree(world);
      assert.equal(world.opened().size, 1);
    }
  });

  it('an order is not sent while its intent cannot be written', async () => {
    await using world = await EaWorld.open();
    world.ea.say('fail-writes', { times: 1_000_000 });
    await world.decide();
    await world.pass(5_000);
    assert.equal(world.ea.count('order'), 0);
    world.ea.say('fail-writes', { times: 0 });
    await decided(world);
    await agree(world);
  });

  it('a signal that expires while the EA is away is answered as expired', async () => {
    await using world = await EaWorld.open();
    world.ea.say('trap', { point: 'receive.30', does: 'kill' });
    await world.decide({ validUntil: world.node.nowMs + MINUTE_MS });
    await world.ea.ended();
    await world.pass(2 * MINUTE_MS);
    await world.live();
    await decided(world);
    await agree(world);
    assert.deepEqual([(await world.signals()).map(({ state }) => state), world.opened().size], [['EXPIRED'], 0]);
  });

  it('transactions that the terminal loses are told all the same', async () => {
    await using world = await EaWorld.open();
    world.ea.say('broker', { lose: true });
    await world.decide();
    const { stopLoss } = await world.becomes('EXECUTED');
    world.price(stopLoss - 0.0001, stopLoss);
    await world.pass(MINUTE_MS);
    await world.becomes('CLOSED');
    assert.equal((await world.node.ledger.listDeals()).rows.length, 2);
  });

  it('fills during a disconnect are recovered', async () => {
    await using world = await EaWorld.open();
    await world.decide();
    const { stopLoss } = await world.becomes('EXECUTED');
    world.line.up = false;
    world.price(stopLoss - 0.0001, stopLoss);
    await world.ea.until(() => world.book('position').length === 0, 'the stop closes it');
    await world.ea.kill();
    world.line.up = true;
    await world.live();
    await world.becomes('CLOSED');
    assert.equal((await world.node.ledger.listDeals()).rows.length, 2);
  });

  it('two terminals with one key: the newer takes over, what went to the older is reconciled, and nothing executes twice', async () => {
    await using world = await EaWorld.open();
    const second = await world.addTerminal();
    world.ea.say('trap', { point: 'order.after', does: 'stall' });
    await world.decide({ validUntil: world.node.nowMs + MINUTE_MS });
    await world.ea.wait('trap');
    await world.live(second);
    await decided(world);
    await agree(world);
    assert.equal(world.opened().size, 1);
  });

  it('two terminals that keep swapping get no more signals, and what was executed was so once', async () => {
    await using world = await EaWorld.open();
    await world.decide();
    await world.becomes('EXECUTED');
    const second = await world.addTerminal();
    await world.live(second);
    // Each waits a minute after a newer session has taken its own.
    await world.pass(5 * MINUTE_MS);
    await world.ea.until(async () => {
      await world.pass(10_000);
      return world.ea.frames('received', TYPES.WELCOME) + second.frames('received', TYPES.WELCOME) >= 5;
    }, 'they swap');
    const before = (await world.signals()).length;
    await world.decide();
    await world.pass(5_000);
    assert.equal((await world.signals()).length, before);
    await agree(world);
  });

  for (const [moment, delay] of [
    ['with the signal on its way', 0],
    ['while the order is with the broker', 400],
  ] as const) {
    it(`the node is killed ${moment} and starts again: the ledger comes to what the broker has`, async () => {
      await using world = await EaWorld.open();
      world.ea.say('broker', { delay });
      const orders = world.ea.count('order');
      await world.decide();
      if (delay > 0) await world.ea.until(() => world.ea.count('order') > orders, 'the order is sent');
      await world.killNode();
      await decided(world);
      await agree(world);
      assert.equal(world.opened().size, 1);
    });
  }
});
