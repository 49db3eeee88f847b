import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ActorRef, type ActorSpec, ask, encodeName, NactScheduler } from '../../src/actors/actor.js';
import type { RestartPolicy } from '../../src/actors/cell.js';
import { DeterministicScheduler } from '../../src/actors/deterministic.js';
import { Mailbox } from '../../src/actors/mailbox.js';
import { Activity } from '../../src/runtime/activity.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { seededRandom } from '../../src/runtime/random.js';
import { testSystem, until } from '../support/actors.js';

const atOnce: RestartPolicy = () => ({ afterMs: 0 });

/** Both schedulers run the same contract; the seeded one is driven to rest where nact would take its turns. */
const schedulers = {
  nact: () => ({ scheduler: new NactScheduler(silentLogger), drive: () => true }),
  deterministic: () => {
    const scheduler = new DeterministicScheduler(seededRandom(7));
    return { scheduler, drive: () => scheduler.drain() >= 0 };
  },
};

for (const [name, make] of Object.entries(schedulers)) {
  test(`${name}: messages of one sender are handled in the order told, none lost, across more than a turn`, async () => {
    const { scheduler, drive } = make();
    await using host = testSystem({ scheduler });
    const seen: number[] = [];
    const actor = host.system.spawn<number>({ name: 'a', create: () => ({ receive: (message) => void seen.push(message) }) });
    for (let at = 0; at < 1_000; at++) assert.equal(actor.tell(at), true);
    await until(() => drive() && seen.length === 1_000, 'a thousand messages handled');
    assert.deepEqual(
      seen,
      Array.from({ length: 1_000 }, (_, at) => at),
    );
    assert.equal(host.activity.pending, 0);
  });

  test(`${name}: a full mailbox says no, and takes messages again once there is room`, async () => {
    const { scheduler, drive } = make();
    await using host = testSystem({ scheduler });
    let handled = 0;
    const actor = host.system.spawn<string>({ name: 'a', mailbox: 3, create: () => ({ receive: () => void handled++ }) });
    assert.deepEqual(
      [1, 2, 3, 4].map((at) => actor.tell(`m${at}`)),
      [true, true, true, false],
    );
    await until(() => drive() && handled === 3, 'the three taken are handled');
    assert.equal(actor.tell('again'), true);
    assert.equal(host.system.inspect().children[0]?.refused, 1);
  });

  test(`${name}: what an actor set going itself comes back to it, also past a full mailbox`, async () => {
    const { scheduler, drive } = make();
    const clock = new SteppedClock(0);
    await using host = testSystem({ scheduler, clock });
    const seen: string[] = [];
    const actor = host.system.spawn<string>({
      name: 'a',
      mailbox: 1,
      create: (context) => {
        context.after(5, 'timer');
        context.pipe(
          Promise.resolve(),
          () => 'piped',
          () => 'failed',
        );
        return { receive: (message) => void seen.push(message) };
      },
    });
    assert.equal(actor.tell('told'), true);
    clock.advanceTo(5);
    await Promise.resolve();
    assert.equal(actor.tell('too much'), false);
    await until(() => drive() && seen.length === 3, 'the timer and the outcome came beside what was told');
    assert.deepEqual([...seen].sort(), ['piped', 'timer', 'told']);
  });

  test(`${name}: an actor that throws on one message in a thousand restarts alone; every neighbour handles every message in order`, async () => {
    const { scheduler, drive } = make();
    await using host = testSystem({ scheduler, restartPolicy: atOnce });
    const total = 20_000;
    const seen = new Map<string, number[]>();
    let made = 0;
    const spawn = (label: string, throws: boolean): ActorRef<number> => {
      const list: number[] = [];
      seen.set(label, list);
      return host.system.spawn<number>({
        name: label,
        mailbox: total,
        create: () => {
          if (throws) made += 1;
          return {
            receive: (message) => {
              if (throws && message % 1_000 === 999) throw new Error(`poison ${message}`);
              list.push(message);
            },
          };
        },
      });
    };
    const actors = [spawn('before', false), spawn('bad', true), spawn('after', false)];
    for (let at = 0; at < total; at++) for (const actor of actors) assert.ok(actor.tell(at));
    await until(
      () => drive() && host.activity.pending === 0 && host.system.inspect().children[1]?.restarts === 20,
      'all mail handled',
    );
    const all = Array.from({ length: total }, (_, at) => at);
    assert.deepEqual(seen.get('before'), all);
    assert.deepEqual(seen.get('after'), all);
    assert.deepEqual(
      seen.get('bad'),
      all.filter((at) => at % 1_000 !== 999),
    );
    const nodes = host.system.inspect().children;
    assert.deepEqual(
      nodes.map((node) => [node.name, node.restarts]),
      [
        ['before', 0],
        ['bad', 20],
        ['after', 0],
      ],
    );
    assert.equal(made, 21, 'each crash made one fresh state');
    assert.match(nodes[1]?.lastError ?? '', /poison 19999/);
  });

  test(`${name}: past its restart budget an actor stops, its mail is counted dead, and its neighbours go on`, async () => {
    const { scheduler, drive } = make();
    const twice: RestartPolicy = (crashes) => (crashes.length > 2 ? 'stop' : { afterMs: 0 });
    await using host = testSystem({ scheduler, restartPolicy: twice });
    let fine = 0;
    const bad = host.system.spawn<string>({
      name: 'bad',
      create: () => ({
        receive: () => {
          throw new Error('always');
        },
      }),
    });
    const good = host.system.spawn<string>({ name: 'good', create: () => ({ receive: () => void fine++ }) });
    for (let at = 0; at < 5; at++) {
      bad.tell('x');
      good.tell('x');
    }
    await until(() => drive() && host.system.stoppedForGood.length === 1 && fine === 5, 'bad stopped, good done');
    assert.equal(host.system.deadLetters, 2, 'three crashed it, two were left');
    assert.equal(bad.tell('late'), false);
    assert.equal(host.system.deadLetters, 3);
    assert.equal(host.activity.pending, 0);
    assert.deepEqual(
      host.system.inspect().children.map((node) => node.name),
      ['good'],
    );
  });

  test(`${name}: piped work comes back as a message, and not to an actor that crashed meanwhile`, async () => {
    const { scheduler, drive } = make();
    await using host = testSystem({ scheduler, restartPolicy: atOnce });
    const seen: string[] = [];
    let settle: (value: string) => void = () => {};
    type Message = { kind: 'work'; on: () => Promise<string> } | { kind: 'done'; value: string } | { kind: 'crash' };
    const actor = host.system.spawn<Message>({
      name: 'a',
      create: (context) => ({
        receive: (message) => {
          if (message.kind === 'crash') throw new Error('crash');
          if (message.kind === 'done') seen.push(message.value);
          else
            context.pipe(
              message.on(),
              (value) => ({ kind: 'done', value }),
              (error) => ({ kind: 'done', value: `failed: ${error}` }),
            );
        },
      }),
    });
    actor.tell({ kind: 'work', on: () => Promise.resolve('one') });
    actor.tell({ kind: 'work', on: () => Promise.reject('two') });
    await until(() => drive() && seen.length === 2, 'both outcomes came back');
    assert.deepEqual(seen.sort(), ['failed: two', 'one']);
    actor.tell({
      kind: 'work',
      on: () =>
        new Promise((resolve) => {
          settle = resolve;
        }),
    });
    actor.tell({ kind: 'crash' });
    await until(() => drive() && host.system.inspect().children[0]?.restarts === 1, 'restarted');
    settle('stale');
    await until(() => drive() && host.activity.pending === 0, 'nothing is under way');
    assert.equal(seen.includes('stale'), false);
  });

  test(`${name}: stopping a parent stops its children first, releases each, and cancels their timers`, async () => {
    const { scheduler, drive } = make();
    const clock = new SteppedClock(0);
    await using host = testSystem({ scheduler, clock });
    const order: string[] = [];
    let fired = 0;
    const parent = host.system.spawn<string>({
      name: 'parent',
      create: (context) => {
        context.spawn<string>({
          name: 'child',
          create: (inner) => {
            inner.every(10, 'tick');
            return { receive: () => void fired++, released: () => void order.push('child') };
          },
        });
        return { receive: () => {}, released: () => void order.push('parent') };
      },
    });
    clock.advanceTo(25);
    await until(() => drive() && fired === 2, 'two ticks');
    host.system.stop(parent as ActorRef<never>);
    clock.advanceTo(100);
    drive();
    assert.deepEqual(order, ['child', 'parent']);
    assert.equal(fired, 2);
    assert.equal(clock.nextDueMs(), undefined);
  });

  test(`${name}: a crash leaves the children alone, and mail told during the back-off waits for the fresh state`, async () => {
    const { scheduler, drive } = make();
    const clock = new SteppedClock(0);
    await using host = testSystem({ scheduler, clock, restartPolicy: () => ({ afterMs: 500 }) });
    const seen: string[] = [];
    let children = 0;
    const actor = host.system.spawn<string>({
      name: 'a',
      create: (context) => {
        if (context.child('kid') === undefined) {
          children += 1;
          context.spawn<string>({ name: 'kid', create: () => ({ receive: (message) => void seen.push(`kid ${message}`) }) });
        }
        return {
          receive: (message) => {
            if (message === 'crash') throw new Error('crash');
            seen.push(message);
            context.child<string>('kid')?.tell(message);
          },
        };
      },
    });
    actor.tell('crash');
    await until(() => drive() && host.system.inspect().children[0]?.state === 'backing-off', 'backing off');
    actor.tell('waits');
    drive();
    assert.deepEqual(seen, []);
    assert.equal(host.activity.pending, 0, 'waiting for the clock is not activity');
    clock.advanceTo(500);
    await until(() => drive() && seen.length === 2, 'handled after the back-off');
    assert.deepEqual(seen, ['waits', 'kid waits']);
    assert.equal(children, 1);
  });
}

test('ask answers, times out on a silent actor, and fails at once on a stopped one', async () => {
  await using host = testSystem();
  type Question = { replyTo: { tell(reply: string): void }; answer: boolean };
  const actor = host.system.spawn<Question>({
    name: 'a',
    create: () => ({ receive: ({ replyTo, answer }) => void (answer && replyTo.tell('yes')) }),
  });
  assert.equal(await ask<Question, string>(actor, (replyTo) => ({ replyTo, answer: true })), 'yes');
  await assert.rejects(
    ask<Question, string>(actor, (replyTo) => ({ replyTo, answer: false }), 5),
    { code: 'ASK_TIMEOUT' },
  );
  host.system.stop(actor as unknown as ActorRef<never>);
  await assert.rejects(
    ask<Question, string>(actor, (replyTo) => ({ replyTo, answer: true })),
    { code: 'ACTOR_GONE' },
  );
});

test('the seeded scheduler gives one interleaving per seed, and different ones for different seeds', () => {
  const history = (seed: number): string => {
    const scheduler = new DeterministicScheduler(seededRandom(seed));
    const host = testSystem({ scheduler, activity: new Activity() });
    const seen: string[] = [];
    const actors = ['a', 'b', 'c'].map((name) =>
      host.system.spawn<number>({ name, create: () => ({ receive: (message) => void seen.push(`${name}${message}`) }) }),
    );
    for (let at = 0; at < 10; at++) for (const actor of actors) actor.tell(at);
    scheduler.drain();
    return seen.join(' ');
  };
  assert.equal(history(1), history(1));
  assert.equal(new Set([1, 2, 3, 4, 5].map(history)).size, 5);
});

test('names of any characters become distinct names that nact takes', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary' }), fc.string({ minLength: 1, unit: 'binary' }), (a, b) => {
      assert.match(encodeName(a), /^[a-z0-9-$_.+!*'(),]+$/i);
      assert.equal(encodeName(a) === encodeName(b), a === b);
    }),
  );
});

test('a mailbox behaves as an array does under any run of pushes and shifts', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat()), { maxLength: 500 }), (steps) => {
      const mailbox = new Mailbox<number>();
      const model: number[] = [];
      for (const step of steps) {
        if (step === null) assert.equal(mailbox.shift(), model.shift());
        else {
          mailbox.push(step);
          model.push(step);
        }
        assert.equal(mailbox.length, model.length);
      }
    }),
  );
});

test('a crowd that is woken at once leaves room: what was asked for one is answered before the last has had its turn', async () => {
  await using host = testSystem({ scheduler: new NactScheduler(silentLogger) });
  const seen: string[] = [];
  const crowd = Array.from({ length: 1_000 }, (_, at) =>
    host.system.spawn<string>({
      name: `a${at}`,
      create: (context) => ({
        receive: (message) => {
          seen.push(`${message} ${at}`);
          // Answered as a socket would be, a turn of the event loop later.
          if (message === 'ask') context.pipe(new Promise<void>(setImmediate), () => 'answer', String);
        },
      }),
    }),
  );
  for (const actor of crowd) actor.tell('ask');
  await until(() => seen.length === 2_000, 'all have asked and were answered');
  const asked = seen.filter((one) => one.startsWith('ask'));
  assert.deepEqual(
    asked,
    crowd.map((_, at) => `ask ${at}`),
  );
  const firstAnswer = seen.indexOf('answer 0');
  assert.ok(firstAnswer < 300, `the first was answered as the ${firstAnswer}th`);
  assert.ok(seen.indexOf('answer 499') < seen.indexOf('ask 999'));
});

test('behind a crowd that waits, who passes on gets its turn at once, and what a store has answered goes before what was told', async () => {
  await using host = testSystem({ scheduler: new NactScheduler(silentLogger) });
  const seen: string[] = [];
  const spawn = (name: string, more: Partial<ActorSpec<string>> = {}): ActorRef<string> =>
    host.system.spawn({ name, create: () => ({ receive: (message) => void seen.push(`${name} ${message}`) }), ...more });
  const crowd = Array.from({ length: 1_000 }, (_, at) => spawn(`a${at}`));
  const [passes, hears, waits] = [spawn('passes', { passesOn: true }), spawn('hears'), spawn('waits')];
  for (const actor of crowd) actor.tell('told');
  passes.tell('told');
  hears.tell('answered', 'answered');
  waits.tell('told');
  await until(() => seen.length === 1_003, 'all had their turn');
  assert.ok(seen.indexOf('passes told') < 100, `who passes on had the ${seen.indexOf('passes told')}th turn`);
  assert.ok(seen.indexOf('hears answered') < 100, `what was answered had the ${seen.indexOf('hears answered')}th turn`);
  assert.equal(seen.indexOf('waits told'), 1_002);
});
