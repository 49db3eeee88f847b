import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ActorContext, type ActorSpec, NactScheduler } from '../../src/actors/actor.js';
import type { Cell, Scheduler, SchedulerHandle } from '../../src/actors/cell.js';
import { LIMITS } from '../../src/limits.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { testSystem, until } from '../support/actors.js';

/** Gives no turn to actors of that name. */
class Unfair implements Scheduler {
  readonly #fair = new NactScheduler(silentLogger);
  readonly turnSize = this.#fair.turnSize;

  constructor(readonly left: string) {}

  attach(cell: Cell<never>, parent: SchedulerHandle | undefined, passesOn: boolean): SchedulerHandle {
    const handle = this.#fair.attach(cell, parent, passesOn);
    return cell.name === this.left ? { wake: () => {}, detach: () => handle.detach() } : handle;
  }

  close(): void {
    this.#fair.close();
  }
}

/** Counts what it is told; `crash` crashes it. */
function counter(name: string, children: (context: ActorContext<string>) => void = () => {}): ActorSpec<string> {
  return {
    name,
    create: (context) => {
      children(context);
      let told = 0;
      return {
        receive: (message) => {
          told += 1;
          if (message === 'crash') throw new Error('crashed as it was told');
        },
        inspect: () => ({ told }),
        describe: () => ({ told, more: true }),
      };
    },
  };
}

const parent = (name: string, count: number): ActorSpec<string> =>
  counter(name, (context) => {
    for (let at = 0; at < count; at++) context.child(`child-${at}`) ?? context.spawn(counter(`child-${at}`));
  });

test('a live tree is shown as its actors tell of themselves', async () => {
  await using world = testSystem();
  const { system } = world;
  const first = system.spawn(parent('first', 2));
  first.tell('a');
  const tree = await system.look({ path: '/engine', depth: 32 });
  assert.deepEqual(
    tree?.children.map(({ path, figures, stuck, childCount }) => [path, figures, stuck, childCount]),
    [['/engine/first', { told: 0 }, false, 2]],
  );
  await until(async () => (await system.look({ path: '/engine/first', depth: 0 }))?.figures?.told === 1, 'it was told');
  const part = await system.look({ path: '/engine/first', depth: 1, after: 'child-0' });
  assert.deepEqual(
    part?.children.map(({ name }) => name),
    ['child-1'],
  );
  assert.equal(await system.look({ path: '/engine/none', depth: 1 }), undefined);
  assert.equal(await system.look({ path: 'engine', depth: 1 }), undefined);
});

test('an actor that gets no turn is shown as stuck, and the rest has answered', async () => {
  const scheduler = new Unfair('stuck');
  await using world = testSystem({ scheduler });
  const { system } = world;
  system.spawn(counter('well'));
  const stuck = system.spawn(counter('stuck'));
  stuck.tell('one');
  stuck.tell('two');
  const tree = await system.look({ path: '/engine', depth: 1 });
  const shown = Object.fromEntries((tree?.children ?? []).map((one) => [one.name, one]));
  assert.deepEqual([shown.well?.stuck, shown.well?.figures], [false, { told: 0 }]);
  assert.deepEqual([shown.stuck?.stuck, shown.stuck?.figures, shown.stuck?.mailbox], [true, null, 2]);
  assert.deepEqual(await system.describe('/engine/stuck'), { kind: 'stuck' });
  assert.deepEqual(await system.describe('/engine/well'), { kind: 'told', figures: { told: 0, more: true } });
  assert.deepEqual(await system.describe('/engine/none'), { kind: 'gone' });
  system.close();
  scheduler.close();
});

test('an actor that waits for its restart is shown as that at once, with why', async () => {
  await using world = testSystem({ restartPolicy: () => ({ afterMs: 60_000 }) });
  const { system } = world;
  const actor = system.spawn(counter('crashing'));
  actor.tell('crash');
  const seen = async () => (await system.look({ path: '/engine/crashing', depth: 0 })) ?? assert.fail('it is there');
  await until(async () => (await seen()).state === 'backing-off', 'it has crashed');
  const { stuck, figures, lastError } = await seen();
  assert.deepEqual([stuck, figures, lastError], [false, null, 'crashed as it was told']);
  assert.deepEqual(await system.describe('/engine/crashing'), { kind: 'backing-off' });
});

test('one that stops, or crashes, while it is asked holds nobody up', async () => {
  const scheduler = new Unfair('stopping');
  await using world = testSystem({ scheduler });
  const { system } = world;
  const stopping = system.spawn(counter('stopping'));
  const asked = system.describe('/engine/stopping');
  system.stop(stopping as never);
  assert.deepEqual(await asked, { kind: 'gone' });
  system.close();
  scheduler.close();
});

test('a question waits behind no message and takes no place in the mailbox', async () => {
  await using world = testSystem({ mailbox: 10 });
  const { system } = world;
  const actor = system.spawn(counter('full'));
  const taken = Array.from({ length: 12 }, () => actor.tell('x')).filter(Boolean).length;
  assert.equal(taken, 10);
  assert.deepEqual(await system.describe('/engine/full'), { kind: 'told', figures: { told: 0, more: true } });
});

test('of a tree of thousands so many are asked as may be, level by level, and the rest is counted', async () => {
  await using world = testSystem();
  const { system } = world;
  const many = 2 * LIMITS.actor.looked;
  system.spawn(parent('crowd', many));
  system.spawn(parent('few', 2));
  const tree = await system.look({ path: '/engine', depth: 32 });
  const [crowd, few] = tree?.children ?? [];
  assert.equal(crowd?.childCount, many);
  assert.equal(crowd?.children.length, LIMITS.actor.looked - 3);
  assert.deepEqual([few?.childCount, few?.children.length], [2, 0]);
  const last = crowd?.children.at(-1)?.name;
  const next = await system.look({ path: '/engine/crowd', depth: 1, after: last });
  assert.equal(next?.children[0]?.name, `child-${LIMITS.actor.looked - 3}`);
});
