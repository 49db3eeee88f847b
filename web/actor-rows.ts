/** The actor tree as rows to be drawn, with how busy each is and what lies below it. */
import type { SeenActor } from './answers.js';

/** Messages per second, by path. */
export type ActorRates = ReadonlyMap<string, number>;

export interface LoadedActor {
  readonly node: SeenActor;
  readonly depth: number;
  /** Of it and all below; undefined until it was asked twice. */
  readonly perSecond: number | undefined;
  /** 0..1, by the logarithm of its rate beside the busiest of its level. */
  readonly heat: number;
  /** Actors below it. */
  readonly below: number;
  /** How many of those do not run, or did not answer in time. */
  readonly troubled: number;
  readonly children: readonly LoadedActor[];
}

interface Summed extends Omit<LoadedActor, 'heat' | 'children'> {
  readonly children: readonly Summed[];
}

function summed(node: SeenActor, depth: number, rates: ActorRates): Summed {
  const children = node.children.map((child) => summed(child, depth + 1, rates));
  const own = rates.get(node.path);
  const sum = (of: (child: Summed) => number): number => children.reduce((all, child) => all + of(child), 0);
  const trouble = ({ state, stuck }: SeenActor): number => (state !== 'running' || stuck ? 1 : 0);
  return {
    node,
    depth,
    perSecond: own === undefined ? undefined : own + sum(({ perSecond = 0 }) => perSecond),
    below: node.childCount + sum(({ below }) => below),
    troubled: sum((child) => child.troubled + trouble(child.node)),
    children,
  };
}

function heated(actor: Summed, most: number): LoadedActor {
  const { perSecond = 0, children } = actor;
  const busiest = Math.max(0, ...children.map(({ perSecond: rate = 0 }) => rate));
  const heat = most === 0 ? 0 : Math.log1p(perSecond) / Math.log1p(most);
  return { ...actor, heat, children: children.map((child) => heated(child, busiest)) };
}

export function loadOf(root: SeenActor, rates: ActorRates): LoadedActor {
  return heated(summed(root, 0, rates), 0);
}

/** Those whose every ancestor is open, in the order of the tree. */
export function rowsOf(root: LoadedActor, open: ReadonlySet<string>): readonly LoadedActor[] {
  const rows: LoadedActor[] = [];
  const walk = (actor: LoadedActor): void => {
    rows.push(actor);
    if (open.has(actor.node.path)) actor.children.forEach(walk);
  };
  walk(root);
  return rows;
}
