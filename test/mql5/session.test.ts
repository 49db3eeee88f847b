/** What the EA says to a server and does for it, told word for word: session, signals, commands. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { frameCrc } from '../../src/protocol/frame-header.js';
import { encodeFrame } from '../../src/protocol/frame-writer.js';

import { riskMessage } from '../ea-sim/scripted-server.js';
import { whyNoEa } from '../support/ea-build.js';
import { EaDesk } from '../support/ea-desk.js';

describe('the EA’s session', { skip: whyNoEa() }, () => {
  it('presents the account as the terminal has it, and the same instance after a restart', async () => {
    await using desk = await EaDesk.open({
      account: { 'margin-mode': 0, 'trade-mode': 2, leverage: 30, currency: 'JPY', digits: 0, fifo: 1, balance: 1_000_000 },
      terminal: { offset: 10_800, build: 4_321 },
      inputs: { MaxRiskPercent: 0.5, MaxVolume: 2, MaxPositions: 3, MaxDailyLossPercent: 4, MaxDrawdownPercent: 15 },
    });
    const [hello] = desk.session.all('HELLO');
    assert.ok(hello);
    const {
      login,
      leverage,
      marginMode,
      tradeMode,
      currency,
      currencyDigits,
      hedging,
      fifo,
      brokerOffsetSeconds,
      terminalBuild,
    } = hello;
    assert.deepEqual(
      [login, leverage, marginMode, tradeMode, currency, currencyDigits, hedging, fifo, brokerOffsetSeconds, terminalBuild],
      [5_001, 30, 'NETTING', 'LIVE', 'JPY', 0, false, true, 10_800, 4_321],
    );
    const { riskPercentMax, volumeMax, positionsMax, dailyLossMax, drawdownMax } = hello;
    assert.deepEqual([riskPercentMax, volumeMax, positionsMax, dailyLossMax, drawdownMax], [0.5, 2, 3, 4, 15]);
    await desk.terminal.kill();
    await desk.live();
    assert.equal(desk.session.all('HELLO')[0]?.instance, hello.instance);
    assert.match(hello.instance, /[1-9a-f]/);
  });

  it('tells every symbol of Market Watch in pages, with what sizes a trade in it', async () => {
    const symbols = Array.from({ length: 260 }, (_, at) => ({
      name: `S${at}`,
      base: 'EUR',
      profit: 'USD',
      bid: 1.1,
      ask: 1.1001,
      time: 1,
    }));
    await using desk = await EaDesk.open({
      symbols: [
        { name: 'EURUSD', stops: 15, freeze: 5, min: 0.1, step: 0.1, max: 20, limit: 30, execution: 1, filling: 1 },
        ...symbols,
      ],
    });
    await desk.until(() => desk.session.all('SYMBOLS').some(({ last }) => last), 'the last page comes');
    const told = desk.session.all('SYMBOLS').flatMap(({ symbols: page }) => page);
    assert.equal(new Set(told.map(({ brokerName }) => brokerName)).size, 261);
    const eurusd = told.find(({ brokerName }) => brokerName === 'EURUSD');
    assert.ok(eurusd);
    const {
      stopsLevel,
      freezeLevel,
      volumeMin,
      volumeStep,
      volumeMax,
      volumeLimit,
      executionMode,
      fillOrKill,
      immediateOrCancel,
    } = eurusd;
    assert.deepEqual(
      [stopsLevel, freezeLevel, volumeMin, volumeStep, volumeMax, volumeLimit, executionMode, fillOrKill, immediateOrCancel],
      [15, 5, 0.1, 0.1, 20, 30, 'INSTANT', true, false],
    );
    assert.equal(Math.round(eurusd.tickValueProfit * 1e6) / 1e6, 1);
  });

  it('understands frames that come byte by byte, and passes over kinds of later versions', async () => {
    let write: ((bytes: Uint8Array) => void) | undefined;
    await using desk = await EaDesk.open({
      onSession: (_session, raw) => {
        write = (bytes) => {
          for (const byte of bytes) raw.write(Uint8Array.of(byte));
        };
      },
    });
    const position = await desk.opened();
    const frame = encodeFrame({
      profile: 2,
      flags: 0,
      seq: 0,
      ack: desk.session.incoming.ack,
      timeUs: desk.nowMs * 1_000,
      message: riskMessage({ revision: 9, emergencyStop: true }),
    });
    const later = Uint8Array.from(frame);
    later[6] = 0x90;
    write?.(sum(later));
    write?.(frame);
    assert.equal(await desk.outcome(desk.signal()), 'REJECTED');
    assert.ok(position > 0n);
    assert.equal(desk.server.sessions.length, 1);
  });

  for (const [what, broken] of [
    ['a wrong sum', (bytes: Uint8Array) => bytes.fill(0xff, 12, 16)],
    ['a wrong magic', (bytes: Uint8Array) => bytes.fill(0, 0, 4)],
    ['a length beyond the bound', (bytes: Uint8Array) => bytes.fill(0xff, 8, 12)],
  ] as const) {
    it(`ends a session over a frame with ${what}, and connects again`, async () => {
      let write: ((bytes: Uint8Array) => void) | undefined;
      await using desk = await EaDesk.open({ onSession: (_session, raw) => (write ??= raw.write) });
      write?.(broken(encodeFrame({ profile: 2, flags: 0, seq: 0, ack: 0, timeUs: 1, message: riskMessage({ revision: 9 }) })));
      await desk.until(() => desk.server.sessions[0]?.closed === true, 'the EA hangs up');
      await desk.pass(2_000);
      await desk.until(() => desk.server.sessions.length === 2, 'it comes again');
    });
  }

  it('ends a session whose numbers have a gap', async () => {
    await using desk = await EaDesk.open();
    desk.session.outgoing.next(riskMessage());
    desk.signal();
    await desk.until(() => desk.server.sessions[0]?.closed === true, 'the EA hangs up');
    assert.equal(desk.terminal.count('order'), 0);
  });

  it('hangs up on a server that has been silent for 15 s, and not before', async () => {
    await using desk = await EaDesk.open();
    await desk.pass(13_000, { silent: true });
    assert.equal(desk.server.sessions[0]?.closed, false);
    await desk.pass(4_000, { silent: true });
    await desk.until(() => desk.server.sessions[0]?.closed === true, 'it hangs up');
  });

  it('after a refused key, or a newer session, it stays away for a minute', async () => {
    for (const message of [
      { kind: 'REFUSED', code: 'BAD_KEY', retryAfterMs: 0, sentence: 'no such key' },
      { kind: 'GOODBYE', reason: 'NEWER_SESSION', sentence: '' },
    ] as const) {
      await using desk = await EaDesk.open();
      desk.session.say(message);
      await desk.until(() => desk.server.sessions[0]?.closed === true, 'it hangs up');
      await desk.pass(55_000);
      assert.equal(desk.server.sessions.length, 1);
      await desk.pass(10_000);
      await desk.until(() => desk.server.sessions.length > 1, 'it comes again');
    }
  });

  it('goes where the server sends it only if that is one of its own servers', async () => {
    await using other = await EaDesk.open();
    await other.terminal.kill();
    const { port } = other.server.endpoint;
    await using desk = await EaDesk.open({ inputs: { OtherServers: `127.0.0.1:${port}` } });
    assert.deepEqual(
      desk.session.all('HELLO')[0]?.endpoints.map(({ port: told }) => told),
      [desk.server.endpoint.port, port],
    );
    desk.session.say({ kind: 'REDIRECT', endpoint: 7 });
    await desk.until(() => desk.server.sessions[0]?.closed === true, 'it takes that for a fault');
    await desk.pass(2_000);
    await desk.until(() => desk.server.sessions.length > 1 && desk.session.all('SYMBOLS').length > 0, 'it is back');
    const before = other.server.sessions.length;
    desk.session.say({ kind: 'REDIRECT', endpoint: 1 });
    await desk.until(() => other.server.sessions.length > before, 'it comes to the other server');
  });

  it('goes to another server at once where one is busy, and waits only when all are', async () => {
    await using other = await EaDesk.open();
    await other.terminal.kill();
    await using desk = await EaDesk.open({ inputs: { OtherServers: `127.0.0.1:${other.server.endpoint.port}` } });
    const [here, there] = [desk.server.sessions, other.server.sessions];
    const before = there.length;
    const busy = { kind: 'REFUSED', code: 'BUSY', retryAfterMs: 30_000, sentence: 'its ledger is away' } as const;
    desk.session.say(busy);
    await desk.pass(1_000);
    await desk.until(() => there.length > before, 'it comes to the other server');
    assert.equal(here.length, 1);
    there.at(-1)?.say(busy);
    await desk.pass(25_000);
    assert.deepEqual([here.length, there.length], [1, before + 1]);
    await desk.pass(10_000);
    await desk.until(() => here.length > 1, 'it comes back when the pause is over');
  });

  it('acks within a second what it has flushed', async () => {
    await using desk = await EaDesk.open();
    desk.signal();
    await desk.pass(1_000);
    await desk.until(() => desk.session.ackedByEa === 1, 'it is acked');
  });

  it('sends again what was not acked, flagged, under new numbers, and nothing that was', async () => {
    await using desk = await EaDesk.open({ server: { holdAcks: true } });
    const id = desk.signal();
    const first = await desk.result(id);
    await desk.terminal.kill();
    await desk.live();
    await desk.result(id, 2);
    const again = desk.session.frames.find(({ message }) => message.kind === 'RESULT' && message.id === id);
    assert.deepEqual([again?.flags, again?.message], [1, first]);
    assert.equal(desk.terminal.count('order'), 1);
  });

  it('answers a repeat from its record, with the same attempt, also after a restart, and does not execute it again', async () => {
    await using desk = await EaDesk.open();
    const id = desk.signal();
    const first = await desk.result(id);
    const change = { id, magic: (7n << 32n) | 1n };
    desk.signal(change, 1);
    assert.deepEqual(await desk.result(id, 2), first);
    await desk.pass(2_000);
    await desk.terminal.kill();
    await desk.live();
    desk.signal(change, 1);
    assert.deepEqual(await desk.result(id, 3), first);
    assert.equal(desk.terminal.count('order'), 1);
  });

  it('looks at the broker before it executes what may have been delivered before', async () => {
    await using desk = await EaDesk.open();
    desk.terminal.say('trade', { symbol: 'EURUSD', volume: 0.1, magic: String((7n << 32n) | 1n) });
    await desk.terminal.wait('own');
    const { outcome, deals, position } = await desk.result(desk.signal({}, 1));
    assert.deepEqual([outcome, deals.length, position], ['EXECUTED', 1, BigInt(String(desk.terminal.of('own')[0]?.order))]);
    // The found position has no stop: putting it there is a request too, at whatever time, and opens nothing.
    const opened = () => desk.terminal.of('order').filter(({ action }) => action === 1).length;
    assert.equal(opened(), 0);
    assert.equal(await desk.outcome(desk.signal({}, 1)), 'EXECUTED');
    assert.equal(opened(), 1);
  });
});

/** With its sum mended. */
function sum(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setUint32(12, frameCrc(view, 0, bytes.length), true);
  return bytes;
}
