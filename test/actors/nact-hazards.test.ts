/**
 * The traps of nact 7.6.2, each shown on nact itself, so that the reasons for the seam are facts: if a newer nact mends one,
 * its test here fails and the seam may be simplified. The seam's own behaviour is tested in `actor.test.ts`.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { NactScheduler } from '../../src/actors/actor.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { testSystem, until } from '../support/actors.js';

// biome-ignore lint/suspicious/noExplicitAny: nact's published types do not match its code; here the bare package is looked at.
const nact = createRequire(import.meta.url)('nact') as any;
const { start, spawn, spawnStateless, dispatch, query, stop } = nact;

async function turns(count: number): Promise<void> {
  for (let at = 0; at < count; at++) await turn();
}

/** Runs a script in a process of its own: these traps end in errors of the process. */
function runAlone(script: string): { readonly status: number | null; readonly stderr: string } {
  const nactPath = createRequire(import.meta.url).resolve('nact');
  const code = `const nact = require(${JSON.stringify(nactPath)}); console.log = () => {};\n${script}`;
  const done = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
  return { status: done.status, stderr: done.stderr };
}

test('nact: resetting a sibling that awaits lets two of its messages interleave', async () => {
  const system = start({ name: 'reset-awaiting' });
  const log: string[] = [];
  let release: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const parent = spawn(system, () => undefined, 'parent', {
    onCrash: (_m: unknown, _e: unknown, ctx: { stop: symbol }) => ctx.stop,
  });
  const slow = spawn(
    parent,
    async (_state: unknown, message: string) => {
      log.push(`begin ${message}`);
      if (message === 'one') await gate;
      log.push(`end ${message}`);
    },
    'slow',
  );
  const faulty = spawn(
    parent,
    () => {
      throw new Error('fault');
    },
    'faulty',
    { onCrash: (_m: unknown, _e: unknown, ctx: { resetAll: symbol }) => ctx.resetAll },
  );
  dispatch(slow, 'one');
  dispatch(slow, 'two');
  await turns(3);
  dispatch(faulty, 'x');
  await turns(10);
  release();
  await turns(5);
  assert.deepEqual(log.slice(0, 3), ['begin one', 'begin two', 'end two'], 'two began while one was awaiting');
  stop(system);
});

test('nact: an escalated child answered with resume hangs for ever', async () => {
  const system = start({ name: 'resume-escalated' });
  let handled = 0;
  const parent = spawn(system, () => undefined, 'parent', {
    onCrash: (_m: unknown, _e: unknown, ctx: { resume: symbol }) => ctx.resume,
  });
  const child = spawn(
    parent,
    (_state: unknown, message: string) => {
      if (message === 'bad') throw new Error('bad');
      handled += 1;
    },
    'child',
    { onCrash: (_m: unknown, _e: unknown, ctx: { escalate: symbol }) => ctx.escalate },
  );
  dispatch(child, 'bad');
  dispatch(child, 'good');
  await turns(50);
  assert.equal(handled, 0);
  stop(system);
});

test('nact: an own fault answered with an action on children never resumes', async () => {
  const system = start({ name: 'own-fault-child-action' });
  let handled = 0;
  const actor = spawn(
    system,
    (_state: unknown, message: string) => {
      if (message === 'bad') throw new Error('bad');
      handled += 1;
    },
    'actor',
    { onCrash: (_m: unknown, _e: unknown, ctx: { resetAllChildren: symbol }) => ctx.resetAllChildren },
  );
  dispatch(actor, 'bad');
  dispatch(actor, 'good');
  await turns(50);
  assert.equal(handled, 0);
  stop(system);
});

test('nact: a throw in onCrash and a throw in afterStop reach the process', () => {
  const inCrash = runAlone(`
    const system = nact.start({ name: 's' });
    const actor = nact.spawn(system, () => { throw new Error('fault'); }, 'a', { onCrash: () => { throw new Error('from onCrash'); } });
    nact.dispatch(actor, 'x');`);
  assert.notEqual(inCrash.status, 0);
  assert.match(inCrash.stderr, /from onCrash/);
  const inStop = runAlone(`
    const system = nact.start({ name: 's' });
    const actor = nact.spawn(system, () => {}, 'a', { afterStop: () => { throw new Error('from afterStop'); } });
    nact.stop(actor);`);
  assert.notEqual(inStop.status, 0);
  assert.match(inStop.stderr, /from afterStop/);
});

test('nact: an error after the actor was stopped, answered with escalate, reaches the process', () => {
  const done = runAlone(`
    const system = nact.start({ name: 's' });
    const actor = nact.spawn(system, async () => { await new Promise(setImmediate); throw new Error('late fault'); }, 'a',
      { onCrash: (m, e, ctx) => ctx.escalate });
    nact.dispatch(actor, 'x');
    setImmediate(() => nact.stop(actor));`);
  assert.notEqual(done.status, 0);
});

test('nact: spawnStateless ignores onCrash', async () => {
  const system = start({ name: 'stateless' });
  let asked = 0;
  const actor = spawnStateless(
    system,
    () => {
      throw new Error('fault');
    },
    'actor',
    { onCrash: () => void asked++ },
  );
  dispatch(actor, 'x');
  await turns(10);
  assert.equal(asked, 0);
  stop(system);
});

test('nact: a mailbox has no bound, and mail to the dead is dropped in silence', async () => {
  const system = start({ name: 'unbounded' });
  let handled = 0;
  const actor = spawn(system, () => void handled++, 'actor');
  for (let at = 0; at < 50_000; at++) assert.equal(dispatch(actor, at), undefined, 'nothing tells the sender');
  stop(actor);
  assert.equal(dispatch(actor, 'late'), undefined);
  await turns(10);
  assert.equal(handled, 0);
  stop(system);
});

test('nact: initialState is shared with the state after a reset', async () => {
  const system = start({ name: 'shared-initial' });
  const actor = spawn(
    system,
    (state: { seen: string[] }, message: string, ctx: { sender: unknown }) => {
      if (message === 'bad') throw new Error('bad');
      state.seen.push(message);
      dispatch(ctx.sender, [...state.seen]);
      return state;
    },
    'actor',
    { initialState: { seen: [] }, onCrash: (_m: unknown, _e: unknown, ctx: { reset: symbol }) => ctx.reset },
  );
  await query(actor, 'before', 1_000);
  dispatch(actor, 'bad');
  assert.deepEqual(
    await query(actor, 'after', 1_000),
    ['before', 'after'],
    'the reset brought back what the crash should have lost',
  );
  stop(system);
});

test('nact: a thousand restarts meet no limit', async () => {
  const system = start({ name: 'no-budget' });
  let made = 0;
  const actor = spawn(
    system,
    () => {
      throw new Error('fault');
    },
    'actor',
    { initialStateFunc: () => void made++, onCrash: (_m: unknown, _e: unknown, ctx: { reset: symbol }) => ctx.reset },
  );
  for (let at = 0; at < 1_000; at++) dispatch(actor, at);
  await until(() => made === 1_001, 'a thousand restarts');
  stop(system);
});

test('nact: names outside a few ASCII characters are refused; the seam encodes them', async () => {
  const system = start({ name: 'names' });
  for (const name of ['EUR/USD', 'a b', 'ü', 'C:EURUSD'])
    assert.throws(() => spawn(system, () => undefined, name), /path may only contain/);
  stop(system);
  await using host = testSystem({ scheduler: new NactScheduler(silentLogger) });
  for (const name of ['EUR/USD', 'a b', 'ü', 'C:EURUSD']) host.system.spawn({ name, create: () => ({ receive: () => {} }) });
  assert.equal(host.system.inspect().children.length, 4);
});

test('nact: a parent copies its map of children for every message it handles', async () => {
  const system = start({ name: 'children-copy' });
  const maps = new Set<unknown>();
  const parent = spawn(
    system,
    (_state: unknown, _message: unknown, ctx: { children: Map<string, unknown> }) => void maps.add(ctx.children),
    'parent',
  );
  for (let at = 0; at < 100; at++) spawn(parent, () => undefined, `child-${at}`);
  for (let at = 0; at < 10; at++) dispatch(parent, at);
  await until(() => maps.size === 10, 'ten messages, ten maps');
  for (const map of maps) assert.equal((map as Map<string, unknown>).size, 100);
  stop(system);
});

test('nact: start takes an object where its types say a name', () => {
  const named = start('given-name');
  assert.notEqual(named.name, 'given-name');
  stop(named);
});
