/** What a world sees of its cluster: who takes what and when, who has it at each instant, and in which state its nodes decide. */
import { thingsOf } from '../../src/node/cluster.js';
import type { Decision } from '../../src/signals/signal.js';
import type { ClusterAtRest, DecisionMade, SharedThing, Taking } from './evidence.js';
import type { ClusterWorld } from './cluster-world.js';
import type { NodeProcess, SimulatedNode } from './simulated-node.js';

const LOOK_MS = 1_000;

/** As the world knows it, whatever the node itself has found out. */
interface Condition {
  /** Its ledger is out of reach, or its clock is off. */
  unfitSinceMs: number | undefined;
  /** It runs, with all that it needs within reach. */
  wellSinceMs: number | undefined;
}

export class ClusterWitness {
  readonly takings: Taking[] = [];
  readonly shared: SharedThing[] = [];
  readonly decisions: DecisionMade[] = [];
  /** Instants at which no node was fit that the others could reach: then whoever is there acts, by whatever clock it has. */
  readonly nobodyFitMs: number[] = [];
  readonly #conditions = new Map<SimulatedNode, Condition>();
  readonly #things: () => Iterable<string>;

  constructor(readonly world: ClusterWorld) {
    const { market, tenants } = world;
    this.#things = thingsOf({ symbols: market.symbols, tenants: () => tenants.map(({ id }) => id) });
    world.clock.every(LOOK_MS, () => this.#look());
  }

  get things(): readonly string[] {
    return [...this.#things()];
  }

  watch(node: SimulatedNode, { among: { roles } }: NodeProcess): void {
    roles.follow((thing, held) => {
      const epoch = held ? roles.holds(thing) : undefined;
      if (epoch === undefined) return;
      this.takings.push({ thing, node: node.name, epoch, atMs: this.world.clock.nowMs() });
      this.#share(thing);
    });
  }

  decided(node: SimulatedNode, { tenantId, symbol, closeTime, kind }: Decision): void {
    const atMs = this.world.clock.nowMs();
    const since = (sinceMs: number | undefined): number => (sinceMs === undefined ? 0 : atMs - sinceMs);
    const others = [...this.#conditions].filter(([other]) => other !== node);
    this.decisions.push({
      what: [tenantId, symbol, closeTime, kind].join(' '),
      node: node.name,
      atMs,
      unfitForMs: since(this.#conditions.get(node)?.unfitSinceMs),
      otherWellForMs: Math.max(0, ...others.map(([, { wellSinceMs }]) => since(wellSinceMs))),
    });
  }

  atRest(): ClusterAtRest {
    const living = this.world.nodes.flatMap(({ name, process }) => (process === undefined ? [] : [{ name, ...process.among }]));
    return {
      members: new Map(living.map(({ name, roles }) => [name, roles.table.members.map(({ node }) => node).sort()])),
      holders: new Map(this.things.map((thing) => [thing, this.#holders(thing)])),
    };
  }

  #look(): void {
    const { clock, nodes } = this.world;
    for (const node of nodes) {
      const { process, road, busRoad } = node;
      const isUnfit = road.isCut || node.clock.offsetMs !== 0;
      const runs = process !== undefined && !node.clock.isFrozen;
      const isWell = runs && !isUnfit && !busRoad.isCut && busRoad.slowMsMost === 0 && road.slowMsMost === 0;
      const before = this.#conditions.get(node);
      this.#conditions.set(node, {
        unfitSinceMs: isUnfit ? (before?.unfitSinceMs ?? clock.nowMs()) : undefined,
        wellSinceMs: isWell ? (before?.wellSinceMs ?? clock.nowMs()) : undefined,
      });
    }
    const isFit = ({ process, clock: own, road, busRoad }: SimulatedNode): boolean =>
      process !== undefined && !own.isFrozen && own.offsetMs === 0 && !road.isCut && !busRoad.isCut;
    if (!nodes.some(isFit)) this.nobodyFitMs.push(clock.nowMs());
    for (const thing of this.things) this.#share(thing);
  }

  #share(thing: string): void {
    const nodes = this.#holders(thing);
    if (nodes.length > 1) this.shared.push({ thing, nodes, atMs: this.world.clock.nowMs() });
  }

  #holders(thing: string): readonly string[] {
    return this.world.nodes.filter(({ process }) => process?.among.roles.holds(thing)).map(({ name }) => name);
  }
}
