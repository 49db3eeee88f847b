import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { connect } from 'nats';
import { LIMITS } from '../../../src/limits.js';
import { systemClock } from '../../../src/runtime/clock.js';
import { seededRandom } from '../../../src/runtime/random.js';
import type { Bus } from '../../../src/storage/bus/bus.js';
import { NatsBus, type NatsBusOptions, natsStream } from '../../../src/storage/bus/nats-bus.js';
import { patternOf, subjectOf } from '../../../src/storage/bus/subjects.js';
import { busContract } from '../../contracts/bus.contract.js';
import { registryContract } from '../../contracts/registry.contract.js';
import { until } from '../../support/actors.js';
import { freePort } from '../../support/free-port.js';
import { type NatsServer, natsMissing, startNats } from '../../support/nats-server.js';
import { proofCount } from '../../support/price-paths.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const setting = (account: string) => subjectOf('risk', { account });
const settings = patternOf('risk');

let clients = 0;
function openBus(url: string, more: Partial<NatsBusOptions> = {}): Promise<NatsBus> {
  clients += 1;
  // On a machine that is busy with other tests an answer may take longer than a node would wait for it.
  return NatsBus.open({ url, registryMs: 20_000, timers: systemClock, random: seededRandom(clients), ...more });
}

async function opened(url: string): Promise<{ readonly bus: NatsBus } & AsyncDisposable> {
  const bus = await openBus(url);
  return { bus, [Symbol.asyncDispose]: () => bus.close() };
}

async function withoutStreams(url: string): Promise<void> {
  const connection = await connect({ servers: new URL(url).host });
  const manager = await connection.jetstreamManager();
  for await (const { config } of manager.streams.list()) await manager.streams.delete(config.name);
  await connection.close();
}

function withServer(): void {
  let server: NatsServer;
  before(async () => {
    server = await startNats();
  });
  after(() => server[Symbol.asyncDispose]());

  busContract('a NATS server', async (settings = {}) => {
    await withoutStreams(server.url);
    const buses: Bus[] = [];
    const beside = await connect({ servers: new URL(server.url).host });
    return {
      connect: async () => {
        const bus = await openBus(server.url, settings);
        assert.equal(bus.fault, undefined);
        buses.push(bus);
        return bus;
      },
      pass: () => {},
      keepRaw: async (subject, id, bytes) => {
        await beside.jetstream().publish(subject, bytes, { msgID: id });
      },
      [Symbol.asyncDispose]: async () => {
        await Promise.all(buses.map((bus) => bus.close()));
        await beside.close();
      },
    };
  });

  registryContract('a NATS server', async () => {
    await withoutStreams(server.url);
    const buses: Bus[] = [];
    return {
      connect: async () => {
        const bus = await openBus(server.url);
        buses.push(bus);
        return bus.registry;
      },
      [Symbol.asyncDispose]: async () => {
        await Promise.all(buses.map((bus) => bus.close()));
      },
    };
  });

  test('a registry goes on over a new connection, and shows a wiped one as empty', async () => {
    await using own = await startNats();
    await using held = await opened(own.url);
    const { registry } = held.bus;
    const names = new Set<string>();
    let looks = 0;
    registry.watch((change) => {
      if (change.kind === 'anew') names.clear();
      if (change.kind === 'entry') names.add(change.entry.name);
      if (change.kind === 'whole') looks += 1;
    });
    await until(() => looks === 1, 'it was looked through');
    const revision = (await registry.create('member/a', 1)) as number;
    await own.signal('SIGKILL');
    await until(() => held.bus.fault !== undefined, 'it is noticed');
    await assert.rejects(registry.replace('member/a', 2, revision), { code: 'UNREACHABLE' });
    await own.start();
    await until(() => looks === 2, 'it was looked through again');
    assert.deepEqual([...names], ['member/a']);
    assert.ok(((await registry.replace('member/a', 2, revision)) as number) > revision, 'its number is as it was');
    await own.signal('SIGKILL');
    rmSync(own.folder, { recursive: true, force: true });
    await own.start();
    await until(() => looks === 3, 'it was looked through once more');
    assert.equal(names.size, 0);
    assert.ok(((await registry.create('member/a', 1)) as number) <= revision, 'it counts from one again');
  });

  test('the server killed again and again in mid-stream: all that was kept is taken, once, each account’s in order', async () => {
    await using own = await startNats();
    await using sender = await opened(own.url);
    await using receiver = await opened(own.url);
    const accounts = ['a', 'b', 'c'];
    const count = proofCount(30_000);
    const taken = new Map<string, number[]>(accounts.map((account) => [account, []]));
    const consumption = receiver.bus.consume(settings, { durable: 'desk' }, async ({ payload }) => {
      const { account, at } = payload as { account: string; at: number };
      taken.get(account)?.push(at);
      if (at % 50 === 0) await new Promise(setImmediate);
    });
    const kept: Promise<unknown>[] = [];
    const kills = [1, 2, 3].map((third) => Math.floor((third * count) / 4));
    for (let at = 0; at < count; at++) {
      const account = accounts[at % accounts.length] as string;
      kept.push(sender.bus.keep(setting(account), { account, at }, `id-${at}`));
      if (at % 1_000 === 999) await new Promise(setImmediate);
      if (kills.includes(at)) {
        // With much of it on its way, some of that stored and some not.
        await new Promise(setImmediate);
        assert.ok(sender.bus.waiting > 0, 'something is on its way');
        await own.signal('SIGKILL');
        await own.start();
      }
      if (sender.bus.waiting > LIMITS.bus.outbox / 2) await until(() => sender.bus.waiting === 0, 'the outbox is empty', 30_000);
    }
    await Promise.all(kept);
    // Told again, after servers that each forgot all but what they had stored.
    assert.deepEqual(await sender.bus.keep(setting('a'), { account: 'a', at: 0 }, 'id-0'), { sequence: 1, duplicate: true });
    await until(() => consumption.position === count, 'all was taken', 30_000);
    for (const [first, account] of accounts.entries()) {
      const expected = Array.from({ length: count / accounts.length }, (_, turn) => first + turn * accounts.length);
      assert.deepEqual([...new Set(taken.get(account))], expected, account);
      assert.deepEqual(taken.get(account), expected, `${account}: each once, for the consumer lived on`);
    }
  });

  test('a living consumer takes nothing twice, however often the server is killed before it has noted what was taken', async () => {
    await using own = await startNats();
    await using held = await opened(own.url);
    const { bus } = held;
    const taken: unknown[] = [];
    const consumption = bus.consume(settings, { durable: 'desk' }, ({ payload }) => void taken.push(payload));
    for (let turn = 1; turn <= 4; turn++) {
      await Promise.all(Array.from({ length: 500 }, (_, at) => bus.keep(setting('a'), `${turn}-${at}`, `id-${turn}-${at}`)));
      await until(() => consumption.position === 500 * turn, 'all were taken');
      await own.signal('SIGKILL');
      await own.start();
      await until(() => bus.fault === undefined, 'it is back');
    }
    await bus.keep(setting('a'), 'last', 'id-last');
    await until(() => consumption.position === 2_001, 'the last was taken');
    assert.deepEqual([taken.length, new Set(taken).size], [2_001, 2_001]);
  });

  test('while the server is away what is to be kept waits, within its bound, and what need not be is refused', async () => {
    await using own = await startNats();
    await using held = await opened(own.url);
    const { bus } = held;
    await own.signal('SIGKILL');
    await until(() => bus.fault !== undefined, 'it is noticed');
    assert.match(bus.fault ?? '', /the bus at 127\.0\.0\.1:\d+ is down/);
    assert.equal(bus.publish(subjectOf('node', { node: 'n' }), 1), false);
    const waiting = Array.from({ length: LIMITS.bus.outbox }, (_, at) => bus.keep(setting('a'), at, `id-${at}`));
    await assert.rejects(bus.keep(setting('a'), 'one more', 'id'), { code: 'UNREACHABLE' });
    await own.start();
    const kept = await Promise.all(waiting);
    assert.deepEqual(
      kept.map(({ sequence }) => sequence),
      Array.from({ length: LIMITS.bus.outbox }, (_, at) => at + 1),
    );
    assert.equal(bus.fault, undefined);
  });

  test('at its end what is on its way is stored and told first, and a server that is away is not waited for', async () => {
    await using own = await startNats();
    const heard: unknown[] = [];
    await using listener = await opened(own.url);
    listener.bus.subscribe(patternOf('node'), ({ payload }) => void heard.push(payload));
    await until(() => listener.bus.publish(subjectOf('node', { node: 'n' }), 'here') && heard.includes('here'), 'it listens');
    const leaving = await openBus(own.url);
    const kept = Array.from({ length: 2_000 }, (_, at) => leaving.keep(setting('a'), at, `id-${at}`));
    assert.equal(leaving.publish(subjectOf('node', { node: 'n' }), 'farewell'), true);
    await leaving.close();
    assert.equal((await Promise.all(kept)).at(-1)?.sequence, 2_000);
    await until(() => heard.includes('farewell'), 'it is heard');
    await assert.rejects(leaving.keep(setting('a'), 1, 'late'), { code: 'UNREACHABLE' });
    const deserted = await openBus(own.url);
    await own.signal('SIGKILL');
    await until(() => deserted.fault !== undefined, 'it is noticed');
    const lost = assert.rejects(deserted.keep(setting('a'), 1, 'lost'), { code: 'UNREACHABLE' });
    const before = Date.now();
    await deserted.close();
    await lost;
    assert.ok(Date.now() - before < 2_000, `${Date.now() - before} ms`);
  });

  test('a server that says nothing is left for a new connection, and what it had not answered is stored once', async () => {
    await using own = await startNats();
    await using held = await opened(own.url);
    await held.bus.keep(setting('a'), 0, 'id-0');
    await own.signal('SIGSTOP');
    const kept = [1, 2, 3].map((at) => held.bus.keep(setting('a'), at, `id-${at}`));
    await until(() => held.bus.fault !== undefined, 'it is noticed');
    await own.signal('SIGCONT');
    assert.deepEqual(
      (await Promise.all(kept)).map(({ sequence }) => sequence),
      [2, 3, 4],
    );
    assert.deepEqual(await held.bus.keep(setting('a'), 4, 'id-4'), { sequence: 5, duplicate: false });
  });

  test('a subscriber and a consumer hear on after the server was away', async () => {
    await using own = await startNats();
    await using held = await opened(own.url);
    const { bus } = held;
    const heard: unknown[] = [];
    const taken: unknown[] = [];
    bus.subscribe(patternOf('node'), ({ payload }) => void heard.push(payload));
    bus.consume(settings, { durable: 'desk' }, ({ payload }) => void taken.push(payload));
    await bus.keep(setting('a'), 1, 'id-1');
    await until(() => taken.length === 1, 'it was taken');
    await own.signal('SIGKILL');
    await until(() => bus.fault !== undefined, 'it is noticed');
    await own.start();
    await bus.keep(setting('a'), 2, 'id-2');
    await until(() => bus.publish(subjectOf('node', { node: 'n' }), 'here') && heard.length > 0, 'it is heard');
    await until(() => taken.length === 2, 'it was taken');
    assert.deepEqual(taken, [1, 2]);
  });

  test('a stream that was wiped counts from one, and its consumer misses nothing of it', async () => {
    await using own = await startNats();
    await using held = await opened(own.url);
    const { bus } = held;
    const taken: unknown[] = [];
    const consumption = bus.consume(settings, { durable: 'desk' }, ({ payload }) => void taken.push(payload));
    for (const at of [1, 2, 3]) await bus.keep(setting('a'), at, `id-${at}`);
    await until(() => consumption.position === 3, 'all were taken');
    await withoutStreams(own.url);
    await own.signal('SIGKILL');
    await until(() => bus.fault !== undefined, 'it is noticed');
    // They wait, and are there before the consumer is.
    const kept = Promise.all([4, 5, 6, 7, 8].map((at) => bus.keep(setting('a'), at, `id-${at}`)));
    await own.start();
    await kept;
    await until(() => consumption.position === 5, 'the new ones were taken');
    assert.deepEqual(taken, [1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('a stream put back from a copy goes on from there, and its consumer with it', async () => {
    await using own = await startNats();
    await using held = await opened(own.url);
    await using copy = await temporaryFolder();
    const { bus } = held;
    const taken: unknown[] = [];
    const consumption = bus.consume(settings, { durable: 'desk' }, ({ payload }) => void taken.push(payload));
    await bus.keep(setting('a'), 1, 'id-1');
    await until(() => consumption.position === 1, 'the first was taken');
    await own.signal('SIGKILL');
    cpSync(own.folder, copy.path, { recursive: true });
    await own.start();
    for (const at of [2, 3, 4]) await bus.keep(setting('a'), at, `id-${at}`);
    await until(() => consumption.position === 4, 'all were taken');
    await own.signal('SIGKILL');
    rmSync(own.folder, { recursive: true });
    cpSync(copy.path, own.folder, { recursive: true });
    await own.start();
    assert.equal((await bus.keep(setting('a'), 5, 'id-5')).sequence, 2);
    await until(() => taken.includes(5), 'the new one was taken');
    assert.deepEqual(taken.slice(-1), [5]);
  });

  test('a consumer leaves one place behind on the server, however often it was taken up', async () => {
    await using own = await startNats();
    for (let turn = 1; turn <= 3; turn++) {
      await using held = await opened(own.url);
      const consumption = held.bus.consume(settings, { durable: 'desk.of * >' }, () => {});
      await held.bus.keep(setting('a'), turn, `id-${turn}`);
      await until(() => consumption.position === turn, 'it was taken');
    }
    const connection = await connect({ servers: new URL(own.url).host });
    const manager = await connection.jetstreamManager();
    const found = await manager.consumers.list(natsStream('COMMANDS')).next();
    assert.deepEqual(
      found.map(({ ack_floor, num_pending }) => [ack_floor.stream_seq, num_pending]),
      [[3, 0]],
    );
    await connection.close();
  });

  test('a name and a password in the URL let it in, and never show', async () => {
    await using own = await startNats('--user', 'suho', '--pass', 'p@ss');
    await using held = await opened(own.url.replace('nats://', 'nats://suho:p%40ss@'));
    assert.equal(held.bus.fault, undefined);
    await using refused = await opened(own.url.replace('nats://', 'nats://suho:wrong@'));
    assert.match(refused.bus.fault ?? '', /Authorization/i);
    assert.doesNotMatch(refused.bus.fault ?? '', /wrong|suho:/);
  });
}

test('without a server the bus begins down, says where, and closes', async () => {
  const bus = await openBus(`nats://127.0.0.1:${await freePort()}`);
  assert.match(bus.fault ?? '', /the bus at 127\.0\.0\.1:\d+ is down/);
  const kept = bus.keep(setting('a'), 1, 'id');
  const refused = assert.rejects(kept, { code: 'UNREACHABLE' });
  await bus.close();
  await refused;
});

const missing = natsMissing();
if (missing === false) withServer();
else test('the bus’s contract on a NATS server', { skip: missing }, () => {});
