/** The EA's own code, built by g++, against the real gateway, actors and ledger: an ordinary day. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { whyNoEa } from '../support/ea-build.js';
import { EaWorld, TYPES } from '../support/ea-world.js';

describe('the EA in a terminal', { skip: whyNoEa() }, () => {
  it('presents itself, is told of risk before anything else, and tells of symbols, positions, money, history and prices', async () => {
    await using world = await EaWorld.open();
    const { ea } = world;
    const came = ea.of('received').map(({ type }) => type);
    assert.equal(came[0], TYPES.WELCOME);
    assert.ok(came.includes(TYPES.RISK) && came.includes(TYPES.SETTINGS), String(came));
    for (const type of [TYPES.SYMBOLS, TYPES.SNAPSHOT, TYPES.FINANCE, TYPES.HISTORY, TYPES.QUOTES])
      assert.ok(ea.frames('sent', type) > 0, `a frame of type ${type.toString(16)} went out`);
    const [account] = await world.node.ledger.accounts([world.account.id]);
    assert.deepEqual([account?.login, account?.server, account?.currency], [5_001, 'Broker-Demo', 'USD']);
    assert.deepEqual(ea.of('manner'), []);
  });

  for (const netting of [false, true]) {
    it(`executes a signal once on a ${netting ? 'netting' : 'hedging'} account, with its stops, and its result is in the ledger`, async () => {
      await using world = await EaWorld.open({ netting });
      await world.decide();
      const signal = await world.becomes('EXECUTED');
      const came = world.ea.of('received').map(({ type }) => type);
      assert.ok(came.indexOf(TYPES.RISK) < came.indexOf(TYPES.SIGNAL));
      const [position] = world.book('position');
      assert.equal(Number(position?.volume), signal.volume);
      assert.equal(Number(position?.sl), signal.stopLoss);
      assert.equal(Number(position?.tp), signal.takeProfit);
      assert.equal(BigInt(position?.magic ?? 0) & 0xffff_ffffn, BigInt(signal.seq));
      assert.equal(world.opened().size, 1);
      const { rows } = await world.node.ledger.listExecutions();
      assert.equal(rows.length, 1);
      await world.pass(2_000);
      await world.quiet();
      assert.equal((await world.node.ledger.listDeals()).rows.length, 1);
    });

    it(`a position that its stop closes on a ${netting ? 'netting' : 'hedging'} account closes its signal`, async () => {
      await using world = await EaWorld.open({ netting });
      await world.decide();
      const { stopLoss } = await world.becomes('EXECUTED');
      world.price(stopLoss - 0.0001, stopLoss);
      await world.becomes('CLOSED');
      assert.deepEqual(world.book('position'), []);
      assert.equal((await world.node.ledger.listDeals()).rows.length, 2);
    });
  }

  it('closes at the flip: a CLOSE signal closes what its opening signal holds', async () => {
    await using world = await EaWorld.open();
    await world.decide();
    await world.becomes('EXECUTED');
    await world.decide({ kind: 'CLOSE' });
    await world.ea.until(() => world.book('position').length === 0, 'the position is closed');
    await world.ea.until(async () => (await world.signals()).some(({ state }) => state === 'CLOSED'), 'the ledger has it closed');
  });

  it('does what the operator commands: moves a stop, closes a part, closes all of ours; and the ledger has each', async () => {
    await using world = await EaWorld.open();
    await world.decide();
    const { volume } = await world.becomes('EXECUTED');
    await world.pass(3_000);
    await world.quiet();
    const position = String(world.book('position')[0]?.ticket);
    await world.commanded(await world.command({ action: 'MODIFY', position, stopLoss: 1.098 }), 'EXECUTED');
    assert.equal(Number(world.book('position')[0]?.sl), 1.098);
    world.ea.say('trade', { side: 'buy', volume: 0.2 });
    await world.ea.wait('own');
    await world.commanded(await world.command({ action: 'CLOSE_POSITION', position, volume: 0.01 }), 'EXECUTED');
    assert.ok(Math.abs(Number(world.book('position')[0]?.volume) - (volume - 0.01)) < 1e-9);
    await world.commanded(await world.command({ action: 'CLOSE_ALL', scope: 'OURS' }), 'EXECUTED');
    assert.deepEqual(
      world.book('position').map(({ magic }) => magic),
      ['0'],
    );
    await world.becomes('CLOSED');
  });

  it('speaks TLS, and refuses a server whose certificate it cannot check', async () => {
    await using world = await EaWorld.open({ tls: true });
    await world.decide();
    await world.becomes('EXECUTED');
    await using other = await EaWorld.open({ tls: true, idle: true, terminal: { ca: '/dev/null' } });
    await other.ea.start();
    await other.ea.wait('tls');
    assert.equal(other.ea.frames('sent', TYPES.HELLO), 0);
  });

  it('sets the stops after the fill where the broker takes none with the order', async () => {
    await using world = await EaWorld.open();
    world.ea.say('broker', { 'refuse-stops': true });
    await world.decide();
    const signal = await world.becomes('EXECUTED');
    await world.ea.until(() => Number(world.book('position')[0]?.sl) === signal.stopLoss, 'the stops are set');
    assert.equal(world.opened().size, 1);
  });

  it('fills with another mode, a new price or a part where the broker asks for it, and never twice', async () => {
    for (const [symbol, said] of [
      [{ filling: 2 }, undefined],
      [{ filling: 1 }, undefined],
      [{}, { retcode: 10_004, times: 2, action: 'deal' }],
      [{ execution: 1 }, { retcode: 10_021, times: 1, action: 'deal' }],
    ] as const) {
      await using world = await EaWorld.open({ symbol });
      if (said) world.ea.say('answer', said);
      await world.decide();
      await world.becomes('EXECUTED');
      assert.deepEqual(
        [...world.opened().values()].map(({ size }) => size),
        [1],
      );
    }
    await using world = await EaWorld.open({ symbol: { filling: 2 } });
    world.ea.say('broker', { partial: 0.01 });
    await world.decide();
    const signal = await world.becomes('EXECUTED');
    assert.ok(signal.volume > 0.01);
    assert.deepEqual(
      (await world.node.ledger.listExecutions()).rows.map(({ filledVolume }) => filledVolume),
      [0.01],
    );
    assert.equal(Number(world.book('position')[0]?.volume), 0.01);
  });

  it('a permanent refusal is the signal’s end, with the broker’s code', async () => {
    await using world = await EaWorld.open();
    world.ea.say('answer', { retcode: 10_019, action: 'deal' });
    await world.decide();
    await world.becomes('REJECTED');
    assert.equal((await world.node.ledger.listExecutions()).rows[0]?.retcode, 10_019);
    assert.equal(world.ea.count('order'), 1);
  });

  it('trades nothing while the terminal forbids it, and says so on the chart and by an alert', async () => {
    await using world = await EaWorld.open();
    world.ea.say('terminal', { trade: false });
    await world.ea.until(() => world.ea.alerts.some((text) => /Algo Trading/.test(text)), 'it alerts');
    await world.decide();
    await world.pass(3_000);
    await world.quiet();
    assert.equal(world.ea.count('order'), 0);
    assert.deepEqual(world.book('deal'), []);
    assert.match(world.ea.panel, /Algo Trading/);
  });

  it('says which address is to be allowed where the terminal’s list lacks it', async () => {
    await using world = await EaWorld.open({ idle: true, terminal: { allow: 'elsewhere.example' } });
    await world.ea.start();
    await world.ea.until(() => world.ea.alerts.length > 0, 'it alerts');
    assert.match(world.ea.alerts.join('\n'), /127\.0\.0\.1/);
    assert.equal(world.line.opened, 0);
  });

  it('tells prices when they change, and no more often than it was set to', async () => {
    await using world = await EaWorld.open({ inputs: { QuotesEveryMs: 1_000 } });
    const before = world.ea.frames('sent', TYPES.QUOTES);
    for (let turn = 0; turn < 40; turn++) {
      world.price(1.1 + turn * 0.0001, 1.1001 + turn * 0.0001);
      await world.pass(100);
    }
    const told = world.ea.frames('sent', TYPES.QUOTES) - before;
    assert.ok(told >= 3 && told <= 6, `${told} frames in four seconds`);
    await world.pass(1_500);
    const still = world.ea.frames('sent', TYPES.QUOTES);
    await world.pass(5_000);
    assert.ok(world.ea.frames('sent', TYPES.QUOTES) - still <= 1, 'a price that stands is not told again and again');
  });

  it('leaves what the account’s owner trades by hand alone, and tells of it', async () => {
    await using world = await EaWorld.open();
    world.ea.say('trade', { side: 'sell', volume: 0.2 });
    await world.ea.wait('own');
    await world.decide();
    await world.becomes('EXECUTED');
    await world.pass(2_000);
    await world.quiet();
    assert.equal((await world.node.ledger.listDeals()).rows.length, 2);
    assert.ok(world.book('position').some(({ magic, volume }) => magic === '0' && Number(volume) === 0.2));
  });
});
