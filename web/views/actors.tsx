/** The live actor tree: who is there, who waits, who crashed. Rows are drawn only where they are seen. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { SeenActor } from '../answers.js';
import { useAccountNames } from '../account-names.js';
import { count, ms, span } from '../format.js';
import { Icon } from '../parts/icon.js';
import { Badge, Facts, Heading, Panel } from '../parts/panel.js';
import { Empty, Shown } from '../parts/states.js';
import { type ActorTree, askTree } from '../actor-tree.js';
import { type ActorRates, type LoadedActor, loadOf, rowsOf } from '../actor-rows.js';
import { Action } from '../parts/action.js';
import { post } from '../api.js';
import { useResource } from '../resource.js';
import { can } from '../session.js';

const ROW_PX = 32;
const BEYOND = 8;
const FEW = 40;

/** What is open, by path: the first two levels to begin with, where they are few. */
function useOpen(root: SeenActor | undefined) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const open = useMemo(() => {
    const first = root === undefined ? [] : [root, ...root.children.filter(({ childCount }) => childCount <= FEW)];
    const paths = new Set(first.map(({ path }) => path));
    for (const [path, wanted] of chosen) {
      if (wanted) paths.add(path);
      else paths.delete(path);
    }
    return paths;
  }, [root, chosen]);
  const toggle = (path: string, wanted: boolean): void => setChosen((before) => new Map(before).set(path, wanted));
  return { open, toggle };
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-/;

/** An account's actor is named by its id; people know the login. */
function called(name: string, nameOf: (id: string) => string): string {
  return ID.test(name) ? nameOf(name) : name;
}

function Row(props: {
  readonly row: LoadedActor;
  readonly at: number;
  readonly active: boolean;
  readonly open: boolean;
  readonly nameOf: (id: string) => string;
  readonly choose: () => void;
  readonly toggle: () => void;
}) {
  const { row, at, active, open, nameOf, choose, toggle } = props;
  const { node, depth, perSecond, heat } = row;
  const some = node.childCount > 0;
  const style = { transform: `translateY(${at * ROW_PX}px)`, backgroundColor: `rgba(var(--heat), ${(0.42 * heat).toFixed(2)})` };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree itself hears the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus and names its active row
    <div
      id={`actor-${at}`}
      class={`row${active ? ' active' : ''}${open ? ' open' : ''}`}
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={active}
      {...(some ? { 'aria-expanded': open } : {})}
      style={style}
      onClick={choose}
    >
      <span class="name" style={{ paddingLeft: `${8 + depth * 18}px` }}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys do the same */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the arrow keys do the same */}
        <span class="twist" onClick={some ? toggle : undefined}>
          {some && <Icon name="right" size={20} />}
        </span>
        <span title={node.name}>{called(node.name, nameOf)}</span>
        {some && <span class="note">{count(row.below)}</span>}
        {node.state !== 'running' && <Badge tone="bad">{node.state}</Badge>}
        {node.stuck && <Badge tone="bad">stuck</Badge>}
        {row.troubled > 0 && !open && <Badge tone="warn">{row.troubled} in trouble</Badge>}
      </span>
      <span class="figure">{perSecond === undefined ? '–' : count(perSecond)}</span>
      <span class="figure from-tablet">{count(node.mailbox)}</span>
      <span class="figure from-desk">{node.waitingMs === 0 ? '–' : ms(node.waitingMs)}</span>
      <span class={`figure from-desk ${node.restarts > 0 ? 'warn' : ''}`}>{count(node.restarts)}</span>
    </div>
  );
}

function useScroll() {
  const box = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ top: 0, height: 600 });
  useEffect(() => {
    const element = box.current as HTMLDivElement;
    let due = 0;
    const look = (): void => {
      cancelAnimationFrame(due);
      due = requestAnimationFrame(() => setSeen({ top: element.scrollTop, height: element.clientHeight }));
    };
    look();
    element.addEventListener('scroll', look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      cancelAnimationFrame(due);
      element.removeEventListener('scroll', look);
      observer.disconnect();
    };
  }, []);
  return { box, ...seen };
}

function TreeBox(props: {
  readonly tree: ActorTree;
  readonly rates: ActorRates;
  readonly open: ReadonlySet<string>;
  readonly toggle: (path: string, wanted: boolean) => void;
}) {
  const { tree, rates, open, toggle } = props;
  const loaded = useMemo(() => loadOf(tree.root, rates), [tree, rates]);
  const rows = useMemo(() => rowsOf(loaded, open), [loaded, open]);
  const [chosen, setChosen] = useState(tree.root.path);
  const nameOf = useAccountNames();
  const { box, top, height } = useScroll();
  const active = Math.max(
    0,
    rows.findIndex(({ node }) => node.path === chosen),
  );
  const from = Math.max(0, Math.floor(top / ROW_PX) - BEYOND);
  const shown = rows.slice(from, Math.ceil((top + height) / ROW_PX) + BEYOND);
  const move = (to: number): void => {
    const at = Math.max(0, Math.min(rows.length - 1, to));
    setChosen((rows[at] as LoadedActor).node.path);
    const element = box.current as HTMLDivElement;
    if (at * ROW_PX < element.scrollTop) element.scrollTop = at * ROW_PX;
    else if ((at + 1) * ROW_PX > element.scrollTop + element.clientHeight)
      element.scrollTop = (at + 1) * ROW_PX - element.clientHeight;
  };
  const press = (event: KeyboardEvent): void => {
    const { node, depth } = rows[active] as LoadedActor;
    const isOpen = open.has(node.path);
    const page = Math.floor(height / ROW_PX);
    const to = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      Home: 0,
      End: rows.length - 1,
      PageDown: active + page,
      PageUp: active - page,
    }[event.key];
    if (to !== undefined) move(to);
    else if (event.key === 'ArrowRight' && node.childCount > 0) isOpen ? move(active + 1) : toggle(node.path, true);
    else if (event.key === 'ArrowLeft') {
      if (isOpen) toggle(node.path, false);
      else move(rows.findLastIndex((row, at) => at < active && row.depth < depth));
    } else if (event.key === 'Enter' || event.key === ' ') toggle(node.path, !isOpen);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div class="tree-head" aria-hidden="true">
        <span>Actor</span>
        <span class="figure">msg/s</span>
        <span class="figure from-tablet">mailbox</span>
        <span class="figure from-desk">waits</span>
        <span class="figure from-desk">restarts</span>
      </div>
      <div
        ref={box}
        class="tree"
        role="tree"
        aria-label="Actors"
        tabIndex={0}
        aria-activedescendant={`actor-${active}`}
        onKeyDown={press}
      >
        <div class="space" role="presentation" style={{ height: `${rows.length * ROW_PX}px` }}>
          {shown.map((row, at) => (
            <Row
              key={row.node.path}
              row={row}
              at={from + at}
              active={from + at === active}
              open={open.has(row.node.path)}
              nameOf={nameOf}
              choose={() => setChosen(row.node.path)}
              toggle={() => toggle(row.node.path, !open.has(row.node.path))}
            />
          ))}
        </div>
      </div>
      <Chosen node={(rows[active] as LoadedActor).node} />
    </>
  );
}

function Chosen({ node }: { readonly node: SeenActor }) {
  const figures = Object.entries(node.figures ?? {}).map(
    ([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)] as const,
  );
  return (
    <div class="panel-body chosen">
      <h3>
        <code>{node.path}</code>
      </h3>
      <Facts
        rows={[
          ['State', node.state],
          ['Age, by the engine’s clock', span(node.ageMs)],
          ['Messages handled', count(node.handled)],
          ['Refused at a full mailbox', count(node.refused)],
          ['Last error', node.lastError ?? 'none'],
          ...figures,
        ]}
      />
      {can('node.act') && (
        <p class="more">
          <Action
            words={{
              title: 'Restart the actor',
              says: `${node.path} starts anew from its last durable state; its children live on.`,
              verb: 'Restart',
              danger: true,
              secondFactor: true,
              run: async (form) => {
                await post('/v1/actors/restart', { path: node.path, reason: String(form.get('reason')) });
                return undefined;
              },
            }}
          >
            Restart
          </Action>
        </p>
      )}
    </div>
  );
}

/** Messages per second of each actor, between the two newest answers. */
function useRates(tree: ActorTree | undefined): ActorRates {
  const before = useRef<{ readonly root: SeenActor; readonly atMs: number } | undefined>(undefined);
  const rates = useRef<ActorRates>(new Map());
  return useMemo(() => {
    if (tree === undefined || tree.root === before.current?.root) return rates.current;
    const atMs = performance.now();
    const handled = new Map<string, number>();
    const told = new Map<string, number>();
    const walk = (node: SeenActor, into: Map<string, number>): void => {
      into.set(node.path, node.handled);
      for (const child of node.children) walk(child, into);
    };
    if (before.current !== undefined) {
      walk(before.current.root, handled);
      walk(tree.root, told);
      const seconds = Math.max(0.2, (atMs - before.current.atMs) / 1_000);
      rates.current = new Map([...told].map(([path, now]) => [path, Math.max(0, now - (handled.get(path) ?? now)) / seconds]));
    }
    before.current = { root: tree.root, atMs };
    return rates.current;
  }, [tree]);
}

export function Actors() {
  const wanted = useRef<ReadonlySet<string>>(new Set());
  const tree = useResource('actors', () => askTree(wanted.current), { everyMs: 3_000 });
  const { open, toggle } = useOpen(tree.value?.root);
  wanted.current = open;
  const rates = useRates(tree.value);
  return (
    <div class="view">
      <Heading title="Actors" note="Asked from the living tree every 3 seconds.">
        <span class="legend">
          quiet
          <i style={{ backgroundColor: 'rgba(var(--heat), 0.06)' }} />
          <i style={{ backgroundColor: 'rgba(var(--heat), 0.22)' }} />
          <i style={{ backgroundColor: 'rgba(var(--heat), 0.42)' }} />
          busy
        </span>
      </Heading>
      <Panel title="Stopped for good" room="6.5rem" flush>
        <Shown of={tree} rows={1}>
          {({ stoppedForGood }) =>
            stoppedForGood.length === 0 ? (
              <Empty title="None.">An actor that uses up its restarts is listed here with its error.</Empty>
            ) : (
              <ul class="feed">
                {stoppedForGood.map(({ path, error }) => (
                  <li key={path}>
                    <Badge tone="bad">stopped</Badge>
                    <div>
                      <code>{path}</code>
                      <p class="note">{error}</p>
                    </div>
                  </li>
                ))}
              </ul>
            )
          }
        </Shown>
      </Panel>
      <Panel title="The tree" note="arrow keys move, open and close" flush>
        <Shown of={tree} rows={14}>
          {(value) => (
            <TreeBox
              tree={value}
              rates={rates}
              open={open}
              toggle={(path, opened) => {
                toggle(path, opened);
                if (opened) tree.refresh();
              }}
            />
          )}
        </Shown>
      </Panel>
    </div>
  );
}
