/** suho-1 on its own listener, to the ledger and back: real WebSockets, the real codec, one account actor for both profiles. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { LIMITS } from '../../src/limits.js';
import { NO_INSTANCE } from '../../src/protocol/ea-session.js';
import type { Account1Message, Command1Message, Execution1Message, Frame1, Message1 } from '../../src/protocol/messages.js';
import { decodeFrame1, encodeFrame1 } from '../../src/protocol/suho-1.js';
import type { Decision } from '../../src/signals/signal.js';
import { until } from '../support/actors.js';
import { type TestAccount, TestNode } from '../support/node.js';
import { ScriptedEa } from '../support/scripted-ea.js';

const ACCOUNT: Account1Message = {
  kind: 'ACCOUNT_1',
  user: 'someone',
  broker: 'Broker-Demo',
  login: 5_001,
  balance: 10_000,
  equity: 10_000,
  margin: 0,
  freeMargin: 10_000,
  leverage: 100,
  currency: 'USD',
  time: 0n,
};

class OldEa {
  readonly frames: Frame1[] = [];
  status: number | undefined;
  closed: { readonly code: number; readonly reason: string } | undefined;
  opened = false;
  readonly #socket: WebSocket;

  constructor(
    readonly node: TestNode,
    authorization: string | undefined,
  ) {
    const headers = authorization === undefined ? {} : { Authorization: authorization };
    this.#socket = new WebSocket(`ws://127.0.0.1:${node.port('suho1+ws')}/`, { headers, perMessageDeflate: false });
    this.#socket.on('open', () => {
      this.opened = true;
    });
    this.#socket.on('unexpected-response', (_request, response) => {
      this.status = response.statusCode;
      this.#socket.terminate();
    });
    this.#socket.on('error', () => {});
    this.#socket.on('message', (data) => {
      const frame = decodeFrame1(data as Buffer);
      assert.ok(!('code' in frame), 'the server sends frames that can be read');
      this.frames.push(frame);
    });
    this.#socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
  }

  static async connect(node: TestNode, account: TestAccount): Promise<OldEa> {
    const ea = new OldEa(node, `Bearer ${account.key}`);
    await until(() => ea.opened, 'the upgrade is answered');
    return ea;
  }

  /** Connected, presented, and with a price of EURUSD. */
  static async ready(node: TestNode, account: TestAccount, symbolId = 1): Promise<OldEa> {
    const ea = await OldEa.connect(node, account);
    ea.say(ACCOUNT);
    await until(async () => (await epoch(node, account)) > 0 && isOpen(node, account), 'the session stands');
    await node.rest();
    ea.price(symbolId);
    await ea.settled();
    return ea;
  }

  say(message: Message1): void {
    const bytes = encodeFrame1({ profile: 1, time: 123n, message });
    assert.ok(bytes instanceof Uint8Array);
    this.raw(bytes);
  }

  raw(bytes: Uint8Array): void {
    this.node.said += 1;
    this.#socket.send(bytes, { binary: true });
  }

  price(symbolId: number, bid = 1.1, ask = 1.1001, symbol = 'EURUSD'): void {
    this.node.post(symbol, bid, ask);
    this.say({ kind: 'QUOTES_1', quotes: [{ symbolId, bid, ask, spreadPoints: 10, serverId: 1 }] });
  }

  answer(command: Command1Message, change: Partial<Execution1Message> = {}): void {
    const { id, volume, price } = command;
    this.say({ kind: 'EXECUTION_1', ticket: 4_000_000_001, id, result: 0, price, volume, error: 0, time: 9n, ...change });
  }

  get commands(): readonly Command1Message[] {
    return this.frames.map(({ message }) => message).filter((message) => message.kind === 'COMMAND_1');
  }

  async command(count = 1): Promise<Command1Message> {
    await until(() => this.commands.length >= count, `command ${count} comes`);
    return this.commands[count - 1] as Command1Message;
  }

  cut(): void {
    this.#socket.terminate();
  }

  async ending(): Promise<string> {
    await until(() => this.closed !== undefined, 'the server closes');
    this.node.said = this.node.heard;
    return this.closed?.reason ?? '';
  }

  async settled(): Promise<void> {
    await until(() => this.closed !== undefined || this.node.heard >= this.node.said, 'the gateway has heard all');
    await this.node.rest();
  }
}

async function epoch(node: TestNode, { id }: TestAccount): Promise<number> {
  return (await node.ledger.accounts([id]))[0]?.epoch ?? 0;
}

function isOpen(node: TestNode, account: TestAccount): boolean {
  try {
    return (node.inspect(account).figures.session as { open: boolean } | undefined)?.open === true;
  } catch {
    return false;
  }
}

function tell(node: TestNode, account: TestAccount, change: Partial<Decision> = {}): void {
  assert.ok(node.account(account).tell({ kind: 'decision', timed: { decision: node.decision(change) } }));
}

async function open(table: 'current' | 'older' | null = 'current') {
  const node = await TestNode.open({ suho1: true });
  const account = await node.addAccount({ mode: 'live', suho1Table: table });
  return { node, account, [Symbol.asyncDispose]: () => node[Symbol.asyncDispose]() };
}

test('without a key, or with a wrong one, the upgrade is answered 401, late and later each time', async () => {
  await using world = await open();
  const { node, account } = world;
  let delayMs: number = LIMITS.session.refusalDelayFirstMs;
  for (const authorization of [undefined, `Bearer suho_${'ab'.repeat(32)}`, `Basic ${account.key}`, 'Bearer']) {
    const ea = new OldEa(node, authorization);
    await until(() => node.gateway.addresses.sessions === 1, 'it waits for its answer');
    await node.rest();
    await node.advance(delayMs - 1);
    const good = await OldEa.connect(node, account);
    assert.ok(good.opened, 'a good key from the same address is not kept waiting');
    assert.equal(ea.status, undefined);
    good.cut();
    await until(() => node.connections === 0, 'it has left');
    await node.advance(1);
    await until(() => ea.status !== undefined, 'it is answered');
    assert.equal(ea.status, 401);
    assert.equal(ea.opened, false);
    await until(() => node.gateway.addresses.sessions === 0, 'its place is free again');
    delayMs *= 2;
  }
});

test('with the ledger down the upgrade is answered 503', async () => {
  await using world = await open();
  const { node, account } = world;
  node.ledger.accountByKey = () => Promise.reject(new Error('down'));
  const ea = new OldEa(node, `Bearer ${account.key}`);
  await until(() => ea.status !== undefined, 'it is answered');
  assert.equal(ea.status, 503);
});

test('a signal goes out as a command in the table’s ids, and its execution decides it', async () => {
  await using world = await open();
  const { node, account } = world;
  const ea = await OldEa.ready(node, account);
  tell(node, account);
  const command = await ea.command();
  await node.rest();
  const row = await node.signal();
  assert.equal(row.state, 'SENT');
  assert.equal(row.instance, NO_INSTANCE);
  assert.deepEqual(command, {
    kind: 'COMMAND_1',
    id: row.seq,
    symbolId: 1,
    action: 'BUY',
    volume: row.volume,
    price: 1.1001,
    stopLoss: row.stopLoss,
    takeProfit: row.takeProfit,
    magic: row.seq,
  });
  // 1.5 % of 10,000 over the way from the far end of the entry range to the stop, at 1 a tick, by hand.
  assert.equal(row.volume, Math.floor(150 / ((1.1003 - 1.097) / 0.00001) / 0.01) / 100);
  ea.answer(command, { price: 1.10012 });
  const executed = await node.becomes('EXECUTED');
  assert.equal(executed.fillPrice, 1.10012);
  assert.equal(executed.filledVolume, row.volume);
  assert.equal(executed.position, '4000000001');
  const [execution] = (await node.ledger.listExecutions()).rows;
  assert.equal(execution?.sentence, 'suho-1 told ticket 4000000001, result 0, error 0, time 9');
  assert.equal(execution?.doneAt, node.nowMs, 'the time of receipt rules');
});

test('a price that comes in one breath with the first account snapshot counts', async () => {
  await using world = await open();
  const { node, account } = world;
  const ea = await OldEa.connect(node, account);
  ea.say(ACCOUNT);
  ea.price(1);
  await until(() => isOpen(node, account), 'the session stands');
  await ea.settled();
  tell(node, account);
  await ea.command();
});

test('the worth of a tick does not grow old while the session lasts', async () => {
  await using world = await open();
  const { node, account } = world;
  const ea = await OldEa.ready(node, account);
  for (let passedMs = 0; passedMs < 2 * LIMITS.quote.tickValueStaleMs; passedMs += node.heartbeatMs) {
    await node.advance(node.heartbeatMs);
    ea.price(1);
    await ea.settled();
  }
  tell(node, account);
  await ea.settled();
  assert.deepEqual(await node.refusals(), []);
  await ea.command();
});

test('an execution that says neither done nor not done is UNKNOWN, and one that says more later decides', async () => {
  await using world = await open();
  const { node, account } = world;
  const ea = await OldEa.ready(node, account);
  tell(node, account);
  const command = await ea.command();
  ea.answer(command, { ticket: 0, error: 10_012 });
  await node.becomes('UNKNOWN');
  ea.answer(command);
  await node.becomes('EXECUTED');
  ea.answer(command, { ticket: 0, error: 10_019 });
  ea.answer({ ...command, id: 999 });
  await ea.settled();
  assert.equal((await node.signal()).state, 'EXECUTED');
  assert.equal(ea.closed, undefined);
});

test('a command goes at most once: after a cut it is UNKNOWN at once, and a late answer is still heard', async () => {
  await using world = await open();
  const { node, account } = world;
  const ea = await OldEa.ready(node, account);
  await node.decide('BUY');
  const command = await ea.command();
  await node.rest();
  ea.cut();
  await until(() => node.connections === 0, 'the line is cut');
  assert.equal((await node.signal()).state, 'SENT');
  const again = await OldEa.ready(node, account);
  await node.becomes('UNKNOWN');
  await node.advance(2_000);
  await again.settled();
  assert.deepEqual(again.commands, [], 'neither the signal nor the decision behind it, which is still valid, goes again');
  again.answer(command);
  const row = await node.becomes('EXECUTED');
  assert.equal(row.seq, command.id);
});

test('a decision whose command was rejected is not sent again to an EA that comes back', async () => {
  await using world = await open();
  const { node, account } = world;
  const ea = await OldEa.ready(node, account);
  await node.decide('BUY');
  ea.answer(await ea.command(), { ticket: 0, error: 10_019 });
  await node.becomes('REJECTED');
  ea.cut();
  await until(() => node.connections === 0, 'the line is cut');
  const again = await OldEa.ready(node, account);
  await node.advance(2_000);
  await again.settled();
  assert.deepEqual(again.commands, []);
});

test('without a table money and signs of life are taken, no price is believed and no command is sent', async () => {
  await using world = await open(null);
  const { node, account } = world;
  const ea = await OldEa.ready(node, account);
  tell(node, account);
  await ea.settled();
  await node.advance(20_000);
  assert.deepEqual(ea.commands, []);
  assert.deepEqual(await node.signals(), []);
  assert.deepEqual(
    (await node.refusals()).map(({ reason }) => reason),
    ['suho1-table-missing'],
  );
  assert.equal(node.inspect(account).figures.equity, 10_000);
  assert.equal(node.inspect(account).figures.symbols, 0);
});

test('the same id is another symbol in another table', async () => {
  for (const [table, symbol] of [
    ['current', 'EURGBP'],
    ['older', 'XAUUSD'],
  ] as const) {
    await using world = await open(table);
    const { node, account } = world;
    const ea = await OldEa.ready(node, account, 8);
    ea.price(8, 2_400.12, 2_400.42, symbol);
    await ea.settled();
    const change = { symbol, entry: 2_400.12, stopLoss: 2_390.12, takeProfit: 2_420.12 } as const;
    tell(node, account, change);
    await ea.settled();
    if (table === 'older') {
      const command = await ea.command();
      assert.equal(command.symbolId, 8);
      assert.equal(command.price, 2_400.42);
    } else {
      // Quoted in pounds on an account in dollars: what a tick is worth is not known.
      assert.deepEqual(
        (await node.refusals()).map(({ reason }) => reason),
        ['tick-value-missing'],
      );
    }
  }
});

test('a symbol that the table has not, and a price that it cannot carry, are refused with that reason and not cut', async () => {
  await using world = await open('older');
  const { node, account } = world;
  const ea = await OldEa.ready(node, account);
  tell(node, account, { symbol: 'EURGBP' });
  await ea.settled();
  ea.price(8, 42_900, 42_900.3, 'XAUUSD');
  await ea.settled();
  tell(node, account, { symbol: 'XAUUSD', entry: 42_900, stopLoss: 42_890, takeProfit: 42_960 });
  await ea.settled();
  assert.deepEqual(
    (await node.refusals()).map(({ symbol, reason, figures }) => [symbol, reason, figures.takeProfit ?? null]).sort(),
    [
      ['EURGBP', 'suho1-symbol-missing', null],
      ['XAUUSD', 'suho1-price-unfit', 42_960],
    ],
  );
  assert.deepEqual(await node.signals(), []);
  assert.deepEqual(ea.commands, []);
});

test('CLOSE is refused where something is held, for it names no ticket, and nothing where nothing is', async () => {
  await using world = await open();
  const { node, account } = world;
  const ea = await OldEa.ready(node, account);
  tell(node, account, { kind: 'CLOSE', stopLoss: 0, takeProfit: 0 });
  await ea.settled();
  assert.deepEqual(await node.refusals(), []);
  tell(node, account);
  ea.answer(await ea.command());
  await node.becomes('EXECUTED');
  tell(node, account, { kind: 'CLOSE', stopLoss: 0, takeProfit: 0, closeTime: node.nowMs + 1 });
  await ea.settled();
  assert.deepEqual(
    (await node.refusals()).map(({ reason }) => reason),
    ['suho1-close-without-ticket'],
  );
  assert.equal(ea.commands.length, 1);
  assert.equal((await node.signals()).length, 1);
});

test('an executed command does not silence its tenant for good, since its end is never told', async () => {
  await using world = await open();
  const { node, account } = world;
  const ea = await OldEa.ready(node, account);
  await node.decide('BUY');
  const command = await ea.command();
  await node.rest();
  await node.decide('BUY');
  assert.equal(node.decisions.length, 1, 'while it is not answered it is live');
  ea.answer(command);
  await node.becomes('EXECUTED');
  await ea.settled();
  await node.decide('BUY');
  assert.equal(node.decisions.length, 2);
});

test('real money needs its switch, for suho-1 does not tell what money it is', async () => {
  await using world = await open();
  const { node } = world;
  const account = await node.addAccount({ mode: 'demo', suho1Table: 'current' });
  const ea = await OldEa.ready(node, account);
  tell(node, account);
  await ea.settled();
  assert.deepEqual(
    (await node.refusals()).map(({ reason }) => reason),
    ['live-not-enabled'],
  );
});

test('an answer that the ledger could not store is kept and stored once it can', async () => {
  await using world = await open();
  const { node, account } = world;
  const ea = await OldEa.ready(node, account);
  tell(node, account);
  const command = await ea.command();
  await node.rest();
  node.grip.fail = 'before';
  ea.answer(command);
  await ea.settled();
  await node.advance(2_000);
  assert.equal((await node.signal()).state, 'SENT');
  node.grip.fail = undefined;
  await node.advance(1_000);
  await node.becomes('EXECUTED');
  assert.equal(ea.closed, undefined);
});

test('a command that is not answered is UNKNOWN after its time, and no history of a later suho-2 EA settles it', async () => {
  await using world = await open();
  const { node, account } = world;
  const ea = await OldEa.ready(node, account);
  tell(node, account);
  await ea.command();
  await node.rest();
  const { validUntil } = await node.signal();
  while (node.nowMs < validUntil + LIMITS.signal.resultGraceMs) {
    ea.say({ kind: 'HEARTBEAT_1' });
    await ea.settled();
    await node.advance(30_000);
  }
  await node.becomes('UNKNOWN');
  assert.equal(ea.closed, undefined, 'a heartbeat each half minute keeps it');
  const newer = await ScriptedEa.ready(node, account);
  assert.match(await ea.ending(), /^NEWER_SESSION/);
  for (let beats = 0; beats < 20; beats += 1) {
    newer.heartbeat(true);
    await newer.settled();
    await node.advance(node.heartbeatMs);
  }
  assert.deepEqual(newer.of('COMMAND'), [], 'there is nothing to be found by');
  assert.deepEqual(newer.of('SIGNAL'), []);
  assert.equal((await node.signal()).state, 'UNKNOWN');
});

test('a frame that is malformed, or not an EA’s to send, ends the session with its code', async () => {
  await using world = await open();
  const { node, account } = world;
  const ea = await OldEa.ready(node, account);
  const { handled } = node.inspect(account);
  ea.raw(Buffer.alloc(16));
  assert.match(await ea.ending(), /^MALFORMED: .*\(bad-magic, byte 0\)/);
  const second = await OldEa.connect(node, account);
  second.say({ kind: 'COMMAND_1', id: 1, symbolId: 1, action: 'BUY', volume: 1, price: 1, stopLoss: 0, takeProfit: 0, magic: 1 });
  assert.match(await second.ending(), /wrong-direction/);
  assert.deepEqual(node.malformed, ['bad-magic', 'wrong-direction']);
  await node.rest();
  assert.ok(node.inspect(account).handled <= handled + 1);
});

test('a terminal that logs in elsewhere is put out, and its key stays with the first login', async () => {
  await using world = await open();
  const { node, account } = world;
  const ea = await OldEa.ready(node, account);
  ea.say({ ...ACCOUNT, login: 5_002 });
  assert.match(await ea.ending(), /^BOUND_ELSEWHERE/);
  const again = await OldEa.connect(node, account);
  again.say({ ...ACCOUNT, login: 5_002 });
  assert.match(await again.ending(), /^BOUND_ELSEWHERE: .*5001/);
});

test('a newer session wins, and silence ends one: after a minute and a half, not after three quick heartbeats', async () => {
  await using world = await open();
  const { node, account } = world;
  const older = await OldEa.ready(node, account);
  const ea = await OldEa.connect(node, account);
  ea.say(ACCOUNT);
  assert.match(await older.ending(), /^NEWER_SESSION/);
  await until(() => isOpen(node, account), 'the newer stands');
  await node.advance(LIMITS.session.silenceSuho1Ms);
  assert.equal(ea.closed, undefined);
  assert.ok(ea.frames.filter(({ message }) => message.kind === 'HEARTBEAT_1').length > 10);
  await node.advance(node.heartbeatMs + 1);
  assert.match(await ea.ending(), /^SILENCE/);
});

test('a key alone is no session: without its account snapshot the EA is put out', async () => {
  await using world = await open();
  const { node, account } = world;
  const ea = await OldEa.connect(node, account);
  ea.price(1);
  ea.say({ kind: 'HEARTBEAT_1' });
  await ea.settled();
  assert.equal(await epoch(node, account), 0);
  await node.advance(LIMITS.session.silenceSuho1Ms);
  assert.match(await ea.ending(), /^HELLO_LATE/);
});

test('the listener is there only where it is asked for', async () => {
  await using node = await TestNode.open();
  assert.deepEqual(
    node.gateway.listeners.map(({ name }) => name),
    ['tcp', 'ws'],
  );
});

test('a breach that should close disables instead, since nothing can be closed without a ticket', async () => {
  await using world = await open();
  const { node, account } = world;
  const ea = await OldEa.ready(node, account);
  await node.changeTenant({ trading: { risk: { onBreach: 'close' } } });
  ea.say({ ...ACCOUNT, equity: 9_300 });
  await ea.settled();
  const [row] = await node.ledger.accounts([account.id]);
  assert.deepEqual([row?.disabled?.reason, row?.disabled?.by], ['daily-loss', 'limit']);
  assert.deepEqual(ea.commands, []);
});
