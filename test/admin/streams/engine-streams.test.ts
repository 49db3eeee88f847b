/** What the engine does, heard: over the real actors of accounts and symbols. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Principal } from '../../../src/access/principal.js';
import { StreamObserver } from '../../../src/admin/streams/stream-observer.js';
import { Samples } from '../../../src/admin/streams/samples.js';
import { LIMITS } from '../../../src/limits.js';
import { CandleBuilder } from '../../../src/market/candle-builder.js';
import { OpenCandles } from '../../../src/market/open-candles.js';
import { QuoteBoard } from '../../../src/market/quote-board.js';
import { TickCollector } from '../../../src/market/tick-collector.js';
import { SteppedClock } from '../../../src/runtime/clock.js';
import { testSystem, until } from '../../support/actors.js';
import { TestNode } from '../../support/node.js';
import { ScriptedEa } from '../../support/scripted-ea.js';
import { HeldSocket, join, MARKET, OPERATOR, ofTenant, sent, testHub, type Told } from './heard-streams.js';

interface Heard {
  readonly kind: string;
  readonly [field: string]: unknown;
}

function dataOf(told: readonly Told[], topic: string): readonly Heard[] {
  return told.flatMap((one) => (one.topic === topic && one.data !== undefined ? [one.data as Heard] : []));
}

describe('an account on the stream', () => {
  async function life(): Promise<ReadonlyMap<Principal, HeldSocket>> {
    const clock = new SteppedClock(0);
    const hub = testHub(clock);
    const observer = new StreamObserver({ hub, latest: () => undefined, openCandles: new OpenCandles() });
    const sockets = new Map([OPERATOR, ofTenant('blue'), ofTenant('red')].map((who) => [who, new HeldSocket()]));
    const readers = [...sockets].map(([who, socket]) => join(hub, who, socket));
    for (const reader of readers) for (const topic of ['signals', 'accounts']) hub.subscribe(reader, topic);
    await using node = await TestNode.open({ observers: () => [observer] });
    const account = await node.addAccount();
    const ea = await ScriptedEa.ready(node, account);
    ea.snapshot([{ position: 75n, volume: 0.5 }]);
    await ea.settled();
    node.account(account).tell({ kind: 'decision', timed: { decision: node.decision() } });
    const signal = await ea.wait('SIGNAL');
    const order = { cause: 'test', reason: 'the test wants it', askedBy: 'operator', action: 'RECONNECT' } as const;
    node.account(account).tell({ kind: 'command', wish: order, answered: () => {} });
    await ea.wait('COMMAND');
    ea.result(signal.id, { requestedVolume: signal.volume, filledVolume: signal.volume });
    await node.becomes('EXECUTED');
    await node.rest();
    ea.wire.destroy();
    await until(() => node.inspect(account).figures.session === undefined, 'the session is over');
    clock.advanceTo(LIMITS.streams.paceMs);
    for (const reader of readers) await sent(reader);
    return sockets;
  }

  it('tells each step of a signal, the session, what is open, its money and commands, to its own tenant alone', async () => {
    const sockets = await life();
    for (const [who, { taken }] of sockets) {
      if (who.reach.kind === 'tenant' && who.reach.tenantId === 'red') {
        assert.deepEqual(taken, []);
        continue;
      }
      const signals = dataOf(taken, 'signals');
      assert.deepEqual(
        signals.map(({ kind, signal, execution }) => [
          kind,
          ((signal ?? execution) as Heard).state ?? (execution as Heard).outcome,
        ]),
        [
          ['moved', 'SENT'],
          ['raised', 'SENT'],
          ['moved', 'EXECUTED'],
          ['execution', 'EXECUTED'],
        ],
      );
      const told = dataOf(taken, 'accounts');
      const sessions = told.filter(({ kind }) => kind === 'session').map(({ session }) => (session as { state: string }).state);
      assert.deepEqual(sessions, ['began', 'ended']);
      const commands = told.filter(({ kind }) => kind === 'command').map(({ command }) => (command as { action: string }).action);
      assert.deepEqual([...new Set(commands)], ['RECONNECT']);
      const open = told.findLast(({ kind }) => kind === 'positions') as
        | { positions: { position: string; magic: string }[] }
        | undefined;
      assert.deepEqual(
        [open?.positions.length, open?.positions[0]?.position, typeof open?.positions[0]?.magic],
        [1, '75', 'string'],
      );
      assert.ok(
        told.some(({ kind, finance }) => kind === 'finance' && typeof (finance as { equity: unknown }).equity === 'number'),
      );
    }
  });
});

describe('prices and candles on the stream', () => {
  it('are the newest quote, each closed candle once, and the one in progress as it is', async () => {
    const clock = new SteppedClock(0);
    const hub = testHub(clock, MARKET);
    const board = new QuoteBoard();
    const openCandles = new OpenCandles();
    const observer = new StreamObserver({ hub, latest: (symbol) => board.latest(symbol), openCandles });
    const builder = new CandleBuilder({ symbol: 'EURUSD' }, (candle) => observer.candle(candle));
    openCandles.follow('EURUSD', () => builder.unfinished());
    const tick = (timeMs: number, bid: number): void => {
      builder.onTick(timeMs, bid, bid + 0.0001);
      board.post('EURUSD', { timeMs, bid, ask: bid + 0.0001 });
      const ticks = new TickCollector();
      ticks.add('EURUSD', timeMs, bid, bid + 0.0001);
      ticks.take((batch) => observer.ticked(batch));
    };
    tick(1_000, 1.1);
    const socket = new HeldSocket();
    const reader = join(hub, ofTenant('blue'), socket);
    for (const topic of ['prices:EURUSD', 'candles:EURUSD:M1']) hub.subscribe(reader, topic);
    await sent(reader);
    const closes = (): unknown[] =>
      dataOf(socket.taken, 'candles:EURUSD:M1').map(({ kind, candle }) => [kind, (candle as { close: number }).close]);
    assert.deepEqual(closes(), [['open', 1.1]], 'what is in progress is told to whoever comes');
    for (const [at, bid] of [1.101, 1.103, 1.102].entries()) tick(2_000 + at, bid);
    clock.advanceTo(clock.nowMs() + LIMITS.streams.paceMs);
    await sent(reader);
    const bids = dataOf(socket.taken, 'prices:EURUSD').map((quote) => (quote as unknown as { bid: number }).bid);
    assert.deepEqual(bids, [1.1, 1.102], 'the values between are passed over');
    tick(61_000, 1.104);
    clock.advanceTo(clock.nowMs() + LIMITS.streams.paceMs);
    await sent(reader);
    assert.deepEqual(closes(), [
      ['open', 1.1],
      ['open', 1.102],
      ['closed', 1.102],
      ['open', 1.104],
    ]);
    builder.closeDue(130_000);
    const late = new HeldSocket();
    const lateReader = join(hub, OPERATOR, late);
    hub.subscribe(lateReader, 'candles:EURUSD:M1');
    await sent(lateReader);
    assert.deepEqual(late.taken, [], 'a candle that has closed is in progress no more');
  });
});

describe('samples on the stream', () => {
  it('are taken while somebody hears them, and not otherwise', async () => {
    await using host = testSystem();
    const sink = host.system.spawn<number>({ name: 'sink', create: () => ({ receive: () => {} }) });
    for (let at = 0; at < 3; at++) sink.tell(at);
    await until(() => host.activity.pending === 0, 'they are handled');
    const clock = new SteppedClock(0);
    const hub = testHub(clock);
    let looks = 0;
    const samples = new Samples(hub, clock, {
      actors: () => {
        looks += 1;
        return { deadLetters: 0, stoppedForGood: 0, rows: host.system.load(1) };
      },
      latency: () => ({ p50: 1, p99: 2, p999: 3, max: 4, count: 5, atMs: clock.nowMs() }),
    });
    const second = LIMITS.streams.sampleMs;
    const pass = async (): Promise<void> => {
      clock.advanceTo(clock.nowMs() + second + LIMITS.streams.paceMs);
      await sent(reader);
    };
    const socket = new HeldSocket();
    const reader = join(hub, OPERATOR, socket);
    clock.advanceTo(10 * second);
    assert.equal(looks, 0);
    hub.subscribe(reader, 'actors');
    await sent(reader);
    await pass();
    assert.equal(looks, 2);
    const [first] = dataOf(socket.taken, 'actors') as unknown as { rows: { path: string; actors: number; handled: number }[] }[];
    assert.deepEqual(
      first?.rows.map(({ path, actors, handled }) => [path, actors, handled]),
      [
        ['/engine', 2, 3],
        ['/engine/sink', 1, 3],
      ],
    );
    hub.unsubscribe(reader, 'actors');
    assert.equal(clock.nextDueMs(), undefined, 'nothing is looked at any more');
    clock.advanceTo(clock.nowMs() + 10 * second);
    assert.equal(looks, 2);
    samples.close();
  });
});
