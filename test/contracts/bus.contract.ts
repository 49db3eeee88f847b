import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/limits.js';
import type { Bus, KeptMessage } from '../../src/storage/bus/bus.js';
import { type StreamName, STREAMS, type StreamSpec } from '../../src/storage/bus/streams.js';
import { everythingIn, everythingUnder, patternOf, subjectOf } from '../../src/storage/bus/subjects.js';
import { until } from '../support/actors.js';
import { walkOfCandles } from '../support/walk-of-candles.js';

export interface BusSettings {
  readonly streams?: Readonly<Record<StreamName, StreamSpec>>;
  readonly dedupMs?: number;
}

export interface BusWorld extends AsyncDisposable {
  /** Another client of the same broker. */
  connect(): Promise<Bus>;
  /** Engine time goes on by so much, where the world has a clock of its own. */
  pass(ms: number): void;
  /** Puts bytes onto a stream's subject as no bus of ours would. */
  keepRaw(subject: string, id: string, bytes: Uint8Array): Promise<void>;
}

const setting = (account: string) => subjectOf('risk', { account });
const settings = patternOf('risk');

export function busContract(name: string, open: (settings?: BusSettings) => Promise<BusWorld>): void {
  const it = (what: string, run: (world: BusWorld) => Promise<void>, settings?: BusSettings): void =>
    void test(`${name}: ${what}`, { timeout: 60_000 }, async () => {
      await using world = await open(settings);
      await run(world);
    });
  const reached = (world: BusWorld, what: string, condition: () => boolean | Promise<boolean>) =>
    until(() => {
      world.pass(20);
      return condition();
    }, what);
  const changed = (stream: StreamName, change: Partial<StreamSpec>) => ({
    ...STREAMS,
    [stream]: { ...STREAMS[stream], ...change },
  });

  /** Sends on a subject of its own until the subscriber has heard one: only then is it sure to listen. */
  async function listening(world: BusWorld, sender: Bus, heard: () => boolean, node: string): Promise<void> {
    await reached(world, 'it listens', async () => {
      sender.publish(subjectOf('node', { node }), 0);
      await new Promise(setImmediate);
      return heard();
    });
  }

  it('what is published reaches each subscriber whose pattern fits, and no other', async (world) => {
    const [sender, receiver] = [await world.connect(), await world.connect()];
    const heard: Record<string, string[]> = { one: [], any: [], all: [], other: [] };
    let ready = false;
    receiver.subscribe(patternOf('quote', { symbol: 'EURUSD' }), ({ subject }) => void heard.one?.push(subject));
    receiver.subscribe(patternOf('quote', { account: 'b' }), ({ subject }) => void heard.any?.push(subject));
    receiver.subscribe(everythingUnder('mt5'), ({ subject }) => void heard.all?.push(subject));
    receiver.subscribe(patternOf('quote', { account: 'c' }), ({ subject }) => void heard.other?.push(subject));
    receiver.subscribe(patternOf('node', { node: 'n' }), () => {
      ready = true;
    });
    await listening(world, sender, () => ready, 'n');
    for (const account of ['a', 'b']) {
      for (const symbol of ['EURUSD', 'GBPUSD']) {
        sender.publish(subjectOf('quote', { account, symbol }), { bid: 1, ask: 2, timeMs: 3 });
      }
    }
    const all = ['a.quotes.EURUSD', 'a.quotes.GBPUSD', 'b.quotes.EURUSD', 'b.quotes.GBPUSD'].map((rest) => `mt5.account.${rest}`);
    await reached(world, 'all were heard', () => heard.all?.length === 4);
    assert.deepEqual(heard, { one: [all[0], all[2]], any: [all[2], all[3]], all, other: [] });
  });

  it('a payload comes back as it was, floats bit for bit', async (world) => {
    const bus = await world.connect();
    const values = Float64Array.of(0.1 + 0.2, Number.NaN, -0, 5e-324);
    const batch = { symbol: 'EURUSD', count: 4, timesMs: values, bids: values, asks: values };
    const heard: unknown[] = [];
    let ready = false;
    bus.subscribe(patternOf('ticks', { symbol: 'EURUSD' }), ({ payload }) => void heard.push(payload));
    bus.subscribe(patternOf('node', { node: 'n' }), () => {
      ready = true;
    });
    await listening(world, bus, () => ready, 'n');
    assert.equal(bus.publish(subjectOf('ticks', { symbol: 'EURUSD' }), batch), true);
    await reached(world, 'it was heard', () => heard.length === 1);
    assert.deepStrictEqual(heard, [batch]);
  });

  it('a slow subscriber holds no more than its bound: the newest of each subject, in order, and what gave way is counted', async (world) => {
    const [sender, receiver] = [await world.connect(), await world.connect()];
    const { pending } = LIMITS.bus;
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const heard: [string, number][] = [];
    let entered = false;
    const slow = receiver.subscribe(patternOf('profile'), async ({ subject, payload }) => {
      entered = true;
      await held;
      heard.push([subject, payload as number]);
    });
    await reached(world, 'it is at work', async () => {
      sender.publish(subjectOf('profile', { account: 'first' }), -1);
      await new Promise(setImmediate);
      return entered;
    });
    const rest = slow.figures;
    const total = 3 * pending;
    let last = false;
    receiver.subscribe(patternOf('node', { node: 'end' }), () => {
      last = true;
    });
    await listening(world, sender, () => last, 'end');
    last = false;
    // Who spoke once is not crowded out by those who speak all the time.
    sender.publish(subjectOf('profile', { account: 'rare' }), -2);
    for (let at = 0; at < total; at++) {
      sender.publish(subjectOf('profile', { account: `a${at % 100}` }), at);
      if (at % 1_000 === 999) await new Promise(setImmediate);
    }
    await listening(world, sender, () => last, 'end');
    await reached(world, 'enough gave way', () => rest.conflated + rest.dropped >= total - pending);
    release();
    await reached(
      world,
      'the rest was handled',
      () => heard.filter(([, at]) => at >= 0).length + rest.conflated + rest.dropped >= total,
    );
    assert.ok(heard.some(([, at]) => at === -2));
    const numbers = heard.map(([, at]) => at).filter((at) => at >= 0);
    assert.ok(numbers.length <= pending + 1, `${numbers.length} waited`);
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
    assert.deepEqual(new Set(numbers.slice(-100)), new Set(Array.from({ length: 100 }, (_, at) => total - 100 + at)));
  });

  it('a subscriber that throws hears on, as do the others, and one that was closed hears nothing more', async (world) => {
    const bus = await world.connect();
    let heard = 0;
    const failing = bus.subscribe(patternOf('node'), () => {
      throw new Error('no');
    });
    const closed = bus.subscribe(patternOf('node'), () => assert.fail('it is closed'));
    closed.close();
    bus.subscribe(patternOf('node'), () => {
      heard += 1;
    });
    await listening(world, bus, () => heard > 2, 'n');
    await reached(world, 'its failures are counted', () => failing.figures.failed > 2);
    assert.equal(closed.figures.handled, 0);
  });

  it('what is kept is numbered and consumed in order, by those who come later too, and the same id is kept once', async (world) => {
    const [sender, receiver] = [await world.connect(), await world.connect()];
    const kept = [];
    for (const at of [0, 1, 2]) kept.push(await sender.keep(setting('a'), at, `id-${at}`));
    assert.deepEqual(
      kept,
      [1, 2, 3].map((sequence) => ({ sequence, duplicate: false })),
    );
    assert.deepEqual(await sender.keep(setting('a'), 'another text', 'id-1'), { sequence: 2, duplicate: true });
    const taken: KeptMessage<unknown>[] = [];
    receiver.consume(settings, { durable: 'desk' }, (message) => void taken.push(message));
    await sender.keep(setting('b'), 3, 'id-3');
    await reached(world, 'all were taken', () => taken.length === 4);
    assert.deepEqual(
      taken,
      [0, 1, 2, 3].map((at) => ({
        subject: setting(at === 3 ? 'b' : 'a').text,
        payload: at,
        id: `id-${at}`,
        sequence: at + 1,
        attempt: 1,
      })),
    );
  });

  it('many kept at once are stored in the order they were given', async (world) => {
    const bus = await world.connect();
    const count = 3_000;
    const kept = await Promise.all(Array.from({ length: count }, (_, at) => bus.keep(setting('a'), at, `id-${at}`)));
    assert.deepEqual(
      kept.map(({ sequence }) => sequence),
      Array.from({ length: count }, (_, at) => at + 1),
    );
    const taken: unknown[] = [];
    bus.consume(settings, { durable: 'desk' }, ({ payload }) => void taken.push(payload));
    await reached(world, 'all were taken', () => taken.length === count);
    assert.deepEqual(
      taken,
      Array.from({ length: count }, (_, at) => at),
    );
  });

  it('who subscribes hears what is kept as well', async (world) => {
    const bus = await world.connect();
    const heard: unknown[] = [];
    bus.subscribe(settings, ({ payload }) => void heard.push(payload));
    await reached(world, 'it is heard', async () => {
      await bus.keep(setting('a'), 'x', `id-${heard.length}-${Math.random()}`);
      return heard.includes('x');
    });
  });

  it('a consumer goes on where the one of its name left off, whoever held it, and hears nothing twice', async (world) => {
    const [one, two] = [await world.connect(), await world.connect()];
    const taken: unknown[] = [];
    const first = one.consume(settings, { durable: 'desk' }, ({ payload }) => void taken.push(payload));
    for (const at of [0, 1, 2]) await one.keep(setting('a'), at, `id-${at}`);
    await reached(world, 'three were taken', () => taken.length === 3);
    assert.equal(first.position, 3);
    await first.close();
    for (const at of [3, 4]) await one.keep(setting('a'), at, `id-${at}`);
    two.consume(settings, { durable: 'desk' }, ({ payload }) => void taken.push(payload));
    const others: unknown[] = [];
    two.consume(settings, { durable: 'another' }, ({ payload }) => void others.push(payload));
    await reached(world, 'all were taken', () => taken.length === 5 && others.length === 5);
    assert.deepEqual(
      [taken, others],
      [
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4],
      ],
    );
  });

  it('a consumer that asks for some again begins so many before its place, and goes on in order', async (world) => {
    const bus = await world.connect();
    const taken: unknown[] = [];
    const first = bus.consume(settings, { durable: 'desk' }, ({ payload }) => void taken.push(payload));
    for (const at of [0, 1, 2, 3]) await bus.keep(setting('a'), at, `id-${at}`);
    await reached(world, 'four were taken', () => taken.length === 4);
    await first.close();
    await bus.keep(setting('a'), 4, 'id-4');
    const more: unknown[] = [];
    const second = bus.consume(settings, { durable: 'desk', again: 2 }, ({ payload }) => void more.push(payload));
    await reached(world, 'the last was taken', () => more.includes(4));
    assert.deepEqual(more, [2, 3, 4]);
    await second.close();
    const all: unknown[] = [];
    bus.consume(settings, { durable: 'desk', again: 100 }, ({ payload }) => void all.push(payload));
    await reached(world, 'all were taken', () => all.length === 5);
    assert.deepEqual(all, [0, 1, 2, 3, 4]);
  });

  it('a message whose handler fails is handed again, and none after it before; the fault says which', async (world) => {
    const bus = await world.connect();
    const tried: string[] = [];
    let well = false;
    const consumption = bus.consume(settings, { durable: 'desk' }, ({ payload, attempt }) => {
      tried.push(`${payload} #${attempt}`);
      if (payload === 1 && !well) throw new Error('the desk is busy');
    });
    for (const at of [0, 1, 2]) await bus.keep(setting('a'), at, `id-${at}`);
    await reached(world, 'it was tried three times', () => tried.includes('1 #3'));
    assert.match(consumption.fault ?? '', /message 2 of mt5\.config\.a\.risk is not taken: the desk is busy/);
    assert.equal(bus.fault, consumption.fault);
    well = true;
    await reached(world, 'the last was taken', () => consumption.position === 3);
    assert.deepEqual([consumption.fault, bus.fault], [undefined, undefined]);
    assert.equal(tried.at(-1), '2 #1');
    assert.deepEqual(tried.slice(0, 4), ['0 #1', '1 #1', '1 #2', '1 #3']);
  });

  it('what was not taken when its consumer ended is handed to the next, first of all', async (world) => {
    const bus = await world.connect();
    for (const at of [0, 1, 2]) await bus.keep(setting('a'), at, `id-${at}`);
    let failed = 0;
    const first = bus.consume(settings, { durable: 'desk' }, ({ payload }) => {
      if (payload !== 1) return;
      failed += 1;
      throw new Error('no');
    });
    await reached(world, 'it failed', () => failed > 0);
    await first.close();
    const taken: unknown[] = [];
    bus.consume(settings, { durable: 'desk' }, ({ payload }) => void taken.push(payload));
    await reached(world, 'the rest was taken', () => taken.length === 2);
    assert.deepEqual(taken, [1, 2]);
  });

  it('a new consumer begins with the oldest, with a number, or with what comes', async (world) => {
    const bus = await world.connect();
    for (let at = 1; at <= 5; at++) await bus.keep(setting('a'), at, `id-${at}`);
    const taken: Record<string, unknown[]> = { oldest: [], third: [], fresh: [] };
    const consumptions = [
      bus.consume(settings, { durable: 'oldest', from: 'oldest' }, ({ payload }) => void taken.oldest?.push(payload)),
      bus.consume(settings, { durable: 'third', from: 3 }, ({ payload }) => void taken.third?.push(payload)),
    ];
    await reached(world, 'both are at the end', () => consumptions.every(({ position }) => position === 5));
    const fresh = bus.consume(settings, { durable: 'fresh', from: 'new' }, ({ payload }) => void taken.fresh?.push(payload));
    let next = 6;
    await reached(world, 'the newest was taken', async () => {
      if (fresh.position === 0) await bus.keep(setting('a'), next, `id-${next++}`);
      return fresh.position > 0;
    });
    assert.deepEqual(taken.oldest?.slice(0, 5), [1, 2, 3, 4, 5]);
    assert.deepEqual(taken.third?.slice(0, 3), [3, 4, 5]);
    assert.ok((taken.fresh?.[0] as number) >= 6);
  });

  it('a consumer gets what its pattern fits, and everything where it asks for that', async (world) => {
    const bus = await world.connect();
    const mine: unknown[] = [];
    const all: unknown[] = [];
    // Names as nobody should choose them must not widen, break or end anything.
    const account = 'b.* > %d%s\r\n';
    bus.consume(patternOf('risk', { account }), { durable: 'mine.* > %d' }, ({ payload }) => void mine.push(payload));
    const whole = bus.consume(everythingIn('COMMANDS'), { durable: 'all' }, ({ payload }) => void all.push(payload));
    await bus.keep(setting('a'), 1, 'id-1');
    await bus.keep(setting(account), 2, 'id-2');
    await bus.keep(subjectOf('settings', { account }), 3, 'id-3');
    await bus.keep(setting(account), 4, 'id-4');
    await reached(world, 'all were taken', () => mine.length === 2 && whole.position === 4);
    assert.deepEqual(
      [mine, all],
      [
        [2, 4],
        [1, 2, 3, 4],
      ],
    );
  });

  it('of two that hold one name the later goes on, and the earlier ends and says so', async (world) => {
    const [one, two] = [await world.connect(), await world.connect()];
    const taken: Record<string, unknown[]> = { one: [], two: [] };
    const first = one.consume(settings, { durable: 'desk' }, ({ payload }) => void taken.one?.push(payload));
    await one.keep(setting('a'), 1, 'id-1');
    await reached(world, 'the first took it', () => first.position === 1);
    const second = two.consume(settings, { durable: 'desk' }, ({ payload }) => void taken.two?.push(payload));
    await reached(world, 'the first ended', () => /another consumer goes on as desk/.test(first.fault ?? ''));
    await one.keep(setting('a'), 2, 'id-2');
    await reached(world, 'the second took it', () => second.position === 2);
    assert.deepEqual(taken, { one: [1], two: [2] });
    assert.equal(second.fault, undefined);
  });

  it(
    'an id that comes again after the window is a new message',
    async (world) => {
      const bus = await world.connect();
      assert.equal((await bus.keep(setting('a'), 1, 'same')).duplicate, false);
      assert.equal((await bus.keep(setting('a'), 1, 'same')).duplicate, true);
      await reached(world, 'it is new', async () => !(await bus.keep(setting('a'), 1, 'same')).duplicate);
    },
    { dedupMs: 400 },
  );

  it(
    'a stream that drops nothing refuses what does not fit, and keeps what it has',
    async (world) => {
      const bus = await world.connect();
      let full: unknown;
      let count = 0;
      for (; full === undefined && count < 100; count++) {
        await bus.keep(setting('a'), Buffer.alloc(1_000), `id-${count}`).catch((error: unknown) => {
          full = error;
        });
      }
      assert.equal((full as { code?: string }).code, 'BUS_FULL');
      assert.match((full as Error).message, /COMMANDS/);
      const taken: string[] = [];
      bus.consume(settings, { durable: 'desk' }, ({ id }) => void taken.push(id));
      await reached(world, 'all that was kept is taken', () => taken.length === count - 1);
      assert.deepEqual(
        taken,
        Array.from({ length: count - 1 }, (_, at) => `id-${at}`),
      );
    },
    { streams: changed('COMMANDS', { maxBytes: 20_000 }) },
  );

  it(
    'a stream of what can be computed again lets its oldest go',
    async (world) => {
      const bus = await world.connect();
      const candle = subjectOf('candle', { symbol: 'EURUSD', timeframe: 'M1' });
      const [closed] = walkOfCandles('EURUSD', 'M1', 1);
      assert.ok(closed);
      for (let at = 0; at < 50; at++) await bus.keep(candle, { ...closed, symbol: 'x'.repeat(1_000) }, `id-${at}`);
      const taken: string[] = [];
      const consumption = bus.consume(patternOf('candle'), { durable: 'desk' }, ({ id }) => void taken.push(id));
      await reached(world, 'the newest was taken', () => consumption.position === 50);
      assert.ok(taken.length < 25 && taken.length > 5, `${taken.length}`);
      assert.deepEqual(
        taken,
        Array.from({ length: taken.length }, (_, at) => `id-${50 - taken.length + at}`),
      );
    },
    { streams: changed('CANDLES', { maxBytes: 20_000 }) },
  );

  it(
    'what is older than its stream keeps is gone',
    async (world) => {
      const bus = await world.connect();
      await bus.keep(setting('a'), 'old', 'id-old');
      const looks: Record<number, string[]> = {};
      let look = 0;
      await reached(world, 'the old one is gone', async () => {
        look += 1;
        const found: string[] = [];
        looks[look] = found;
        const consumption = bus.consume(settings, { durable: `look-${look}` }, ({ id }) => void found.push(id));
        const mark = `mark-${look}`;
        await bus.keep(setting('a'), 'mark', mark);
        await reached(world, 'the mark was taken', () => found.includes(mark));
        await consumption.close();
        return !found.includes('id-old');
      });
      assert.ok(look >= 1);
    },
    { streams: changed('COMMANDS', { maxAgeMs: 400 }), dedupMs: 200 },
  );

  it('bytes that no version can read are passed over and counted; what a later one wrote stops its consumer until that runs', async (world) => {
    const bus = await world.connect();
    const taken: unknown[] = [];
    await world.keepRaw(setting('a').text, 'raw-1', Buffer.from([1, 0xd9, 5]));
    await world.keepRaw(setting('a').text, 'raw-2', Buffer.of());
    await bus.keep(setting('a'), 'well', 'id-3');
    await world.keepRaw(setting('a').text, 'raw-4', Buffer.from([2, 0xc0]));
    await bus.keep(setting('a'), 'after', 'id-5');
    const consumption = bus.consume(settings, { durable: 'desk' }, ({ payload }) => void taken.push(payload));
    await reached(world, 'it stands still', () => consumption.fault !== undefined);
    assert.match(consumption.fault ?? '', /message 4 .*a later version/);
    assert.deepEqual([taken, consumption.damaged, consumption.position], [['well'], 2, 3]);
  });

  it('a message larger than its bound that somebody would hear is refused to its sender', async (world) => {
    const bus = await world.connect();
    const large = Buffer.alloc(LIMITS.bus.payload);
    bus.subscribe(patternOf('node'), () => {});
    await assert.rejects(async () => bus.keep(setting('a'), large, 'id'), { code: 'INPUT_INVALID' });
    assert.throws(() => bus.publish(subjectOf('node', { node: 'n' }), large), { code: 'INPUT_INVALID' });
  });

  it('a bus that was closed takes nothing more and says so', async (world) => {
    const bus = await world.connect();
    await bus.close();
    assert.equal(bus.publish(subjectOf('node', { node: 'n' }), 1), false);
    await assert.rejects(bus.keep(setting('a'), 1, 'id'), { code: 'UNREACHABLE' });
  });
}
