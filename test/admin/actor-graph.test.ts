import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LookedActor } from '../../src/actors/look.js';
import { actorGraph } from '../../src/admin/actor-graph.js';

function actor(name: string, more: Partial<LookedActor> = {}): LookedActor {
  const children = more.children ?? [];
  return {
    ...{ path: `/${name}`, name, state: 'running', stuck: false, mailbox: 0, handled: 0, refused: 0, restarts: 0, renewals: 0 },
    ...{ lastError: null, ageMs: 0, waitingMs: 0, figures: null, childCount: children.length },
    ...more,
    children,
  } as LookedActor;
}

const BOX = /^(a\d+)\["([^"]*)"\]$/;
const EDGE = /^(a\d+) (-->|-\.-) (a\d+)$/;
const OTHER = /^(flowchart LR|classDef \w+ [\w:#,\- ]+|class a\d+ (busy|stuck|waits|stopped|more))$/;

interface Read {
  readonly boxes: ReadonlyMap<string, string>;
  readonly edges: readonly (readonly [string, string])[];
  readonly classes: ReadonlyMap<string, string>;
}

/** Read again by a grammar of the part of Mermaid that is used; a line that is none of it fails. */
function read(text: string): Read {
  const boxes = new Map<string, string>();
  const edges: [string, string][] = [];
  const classes = new Map<string, string>();
  for (const line of text.trimEnd().split('\n')) {
    const box = BOX.exec(line);
    const edge = EDGE.exec(line);
    if (box !== null) boxes.set(box[1] as string, box[2] as string);
    else if (edge !== null) edges.push([edge[1] as string, edge[3] as string]);
    else {
      assert.match(line, OTHER);
      const [word, id, mark] = line.split(' ');
      if (word === 'class') classes.set(id as string, mark as string);
    }
  }
  return { boxes, edges, classes };
}

const trees = fc.letrec<{ tree: LookedActor }>((tie) => ({
  tree: fc
    .record({
      name: fc.string({ maxLength: 12 }),
      state: fc.constantFrom('running', 'backing-off', 'stopped'),
      stuck: fc.boolean(),
      mailbox: fc.nat(3),
      restarts: fc.nat(2),
      lastError: fc.option(fc.string(), { nil: null }),
      hidden: fc.nat(3),
      children: fc.oneof({ depthSize: 'small' }, fc.constant([]), fc.array(tie('tree'), { maxLength: 9 })),
    })
    .map(({ hidden, children, ...rest }) =>
      actor(rest.name, { ...rest, children, childCount: children.length + hidden } as Partial<LookedActor>),
    ),
})).tree;

function size({ children }: LookedActor): number {
  return children.reduce((sum, child) => sum + size(child), 1);
}

test('whatever actors are called, the flowchart is a tree in which each is drawn once or counted', () => {
  fc.assert(
    fc.property(trees, fc.integer({ min: 0, max: 12 }), (root, most) => {
      const { boxes, edges } = read(actorGraph(root, { children: most }));
      assert.equal(edges.length, boxes.size - 1);
      assert.equal(new Set(edges.map(([, to]) => to)).size, edges.length, 'nobody has two parents');
      for (const [from, to] of edges) assert.ok(boxes.has(from) && boxes.has(to));
      assert.ok(edges.length <= 500);
      if (most < 12 || size(root) > 400) return;
      const hidden = (one: LookedActor): number =>
        (one.childCount > one.children.length ? 1 : 0) + one.children.reduce((sum, child) => sum + hidden(child), 0);
      assert.equal(boxes.size, size(root) + hidden(root));
    }),
  );
});

test('the labels tell what was handled, what waits, how often it was restarted, and why', () => {
  const root = actor('engine', {
    children: [
      actor('well', { handled: 7 }),
      actor('full', { handled: 8, mailbox: 3 }),
      actor('stuck', { mailbox: 1, stuck: true }),
      actor('failed', { state: 'backing-off', restarts: 2, lastError: 'no "price" <yet>' }),
      actor('over', { state: 'stopped' }),
    ],
  });
  const { boxes, classes } = read(actorGraph(root, { children: 9 }));
  assert.deepEqual(
    [...boxes.values()],
    [
      'engine<br/>0 handled',
      'well<br/>7 handled',
      'full<br/>8 handled · 3 waiting',
      'stuck<br/>0 handled · 1 waiting · stuck',
      'failed<br/>0 handled · 2 restarts · waits for its restart<br/>no #34;price#34; #60;yet#62;',
      'over<br/>0 handled · stopped',
    ],
  );
  assert.deepEqual(
    [...classes.entries()],
    [
      ['a2', 'busy'],
      ['a3', 'stuck'],
      ['a4', 'waits'],
      ['a5', 'stopped'],
    ],
  );
});

test('of too many children those with something wrong are drawn, in their order, and the others are counted', () => {
  const children = Array.from({ length: 100 }, (_, at) =>
    actor(`c${at}`, at === 90 ? { stuck: true } : at === 50 ? { mailbox: 1 } : {}),
  );
  const { boxes } = read(actorGraph(actor('many', { children }), { children: 3 }));
  assert.deepEqual(
    [...boxes.values()].map((label) => label.split('<')[0]),
    ['many', 'c0', 'c50', 'c90', 'and 97 more'],
  );
});

test('a tree of thousands stays within what Mermaid draws', () => {
  const wide = actor('wide', {
    children: Array.from({ length: 30 }, (_, at) =>
      actor(`p${at}`, { children: Array.from({ length: 30 }, (_, of) => actor(`q${of}`)) }),
    ),
  });
  const { boxes, edges } = read(actorGraph(wide, { children: 400 }));
  assert.ok(edges.length <= 500 && edges.length > 400, `${edges.length}`);
  assert.ok([...boxes.values()].some((label) => /^30 below$|^and \d+ more$/.test(label)));
});
