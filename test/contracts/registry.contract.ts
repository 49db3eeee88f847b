import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Registry, RegistryChange, RegistryValue } from '../../src/storage/bus/registry.js';
import { until } from '../support/actors.js';

export interface RegistryWorld extends AsyncDisposable {
  /** Another node's hand on the same entries. */
  connect(): Promise<Registry>;
}

/** What a watch has shown so far. */
class View {
  readonly entries = new Map<string, { readonly value: RegistryValue; readonly revision: number }>();
  readonly changes: RegistryChange[] = [];
  whole = false;

  constructor(registry: Registry) {
    registry.watch((change) => {
      this.changes.push(change);
      if (change.kind === 'anew') this.entries.clear();
      if (change.kind === 'whole') this.whole = true;
      if (change.kind === 'gone') this.entries.delete(change.name);
      if (change.kind === 'entry') this.entries.set(change.entry.name, change.entry);
    });
  }

  shows(name: string): RegistryValue | undefined {
    return this.entries.get(name)?.value;
  }
}

export function registryContract(name: string, open: () => Promise<RegistryWorld>): void {
  const it = (what: string, run: (world: RegistryWorld) => Promise<void>): void =>
    void test(`${name}: ${what}`, { timeout: 60_000 }, async () => {
      await using world = await open();
      await run(world);
    });

  it('an entry is made once, and its number grows with each change', async (world) => {
    const [one, other] = [await world.connect(), await world.connect()];
    const first = await one.create('lease/symbol/EURUSD', { node: 'a' });
    assert.ok(first !== undefined && first > 0);
    assert.equal(await other.create('lease/symbol/EURUSD', { node: 'b' }), undefined);
    const second = await other.replace('lease/symbol/EURUSD', { node: 'b' }, first);
    assert.ok(second !== undefined && second > first);
    assert.equal(await one.replace('lease/symbol/EURUSD', { node: 'a' }, first), undefined);
    assert.equal(await one.remove('lease/symbol/EURUSD', first), false);
    assert.equal(await one.remove('lease/symbol/EURUSD', second), true);
    assert.equal(await one.replace('lease/symbol/EURUSD', { node: 'a' }, second), undefined);
    const third = await one.create('lease/symbol/EURUSD', { node: 'a' });
    assert.ok(third !== undefined && third > second, 'also after it was gone');
  });

  it('of many who want the same number one gets it', async (world) => {
    const hands = await Promise.all([1, 2, 3, 4].map(() => world.connect()));
    const made = await Promise.all(hands.map((hand, at) => hand.create('member/x', { at })));
    const [revision, ...more] = made.filter((one) => one !== undefined);
    assert.ok(revision !== undefined && more.length === 0, `${made}`);
    const replaced = await Promise.all(hands.map((hand, at) => hand.replace('member/x', { at }, revision)));
    assert.equal(replaced.filter((one) => one !== undefined).length, 1, `${replaced}`);
  });

  it('who watches is told all that there is, that this is all, and then each change in its order', async (world) => {
    const [one, other] = [await world.connect(), await world.connect()];
    const first = (await one.create('a/1', 1)) as number;
    await one.create('a/2', { text: 'ä', list: [1, null] });
    const view = new View(other);
    await until(() => view.whole, 'it is whole');
    assert.deepEqual([view.shows('a/1'), view.shows('a/2')], [1, { text: 'ä', list: [1, null] }]);
    const second = (await one.replace('a/1', 2, first)) as number;
    await one.remove('a/1', second);
    await one.create('a/3', 3);
    await until(() => view.shows('a/3') === 3, 'the newest is there');
    const from = view.changes.findIndex(({ kind }) => kind === 'whole') + 1;
    const told = view.changes.slice(from).map((change) => (change.kind === 'entry' ? change.entry.value : change.kind));
    assert.deepEqual(told, [2, 'gone', 3]);
    assert.deepEqual([...view.entries.keys()].sort(), ['a/2', 'a/3']);
  });

  it('a watch of an empty registry is whole as well', async (world) => {
    const view = new View(await world.connect());
    await until(() => view.whole, 'it is whole');
    assert.equal(view.entries.size, 0);
  });

  it('names have whatever letters', async (world) => {
    const registry = await world.connect();
    const view = new View(registry);
    const names = ['lease/tenant/north.wind', 'member/büro 1', 'lease/symbol/EUR*>', 'lease/feed/a=b%c'];
    for (const one of names) assert.ok((await registry.create(one, one)) !== undefined, one);
    await until(() => view.entries.size === names.length, 'all are shown');
    assert.deepEqual([...view.entries.keys()].sort(), [...names].sort());
    for (const one of names) assert.equal(view.shows(one), one);
  });

  it('a watch that is closed hears nothing more', async (world) => {
    const [one, other] = [await world.connect(), await world.connect()];
    const heard: string[] = [];
    const watch = one.watch(({ kind }) => void heard.push(kind));
    const view = new View(other);
    await until(() => view.whole && heard.includes('whole'), 'both look');
    watch.close();
    const before = heard.length;
    await other.create('late', 1);
    await until(() => view.shows('late') === 1, 'the other heard it');
    assert.equal(heard.length, before);
  });
}
