/**
 * A node among others: what it acts for, what it tells of itself, and how it joins and leaves. What it tells of what it does goes out
 * through the bus's teller (`storage/bus/bus-teller.ts`), each message under the epoch of what it is about.
 */
import type { ActorSpec } from '../actors/actor.js';
import { clusterActor, type ClusterMessage, ClusterRoles, type OwnState } from '../actors/cluster.js';
import { FEED } from '../actors/feed.js';
import { clusterView, type ShownCluster } from '../cluster/cluster-view.js';
import { Elsewhere } from '../cluster/elsewhere.js';
import { Fitness } from '../cluster/fitness.js';
import { type Member, thingOf } from '../cluster/member.js';
import { apartSentence, CLUSTER_PROTOCOL, tooFarBehind } from '../cluster/protocol.js';
import { type Config, isLoopback, several } from '../config.js';
import { SuhoError } from '../errors.js';
import type { Drain } from '../gateway/drain.js';
import type { Gateway } from '../gateway/gateway.js';
import { LIMITS } from '../limits.js';
import { type Clock, systemClock, type Timers } from '../runtime/clock.js';
import { entropyIds, type Ids } from '../runtime/ids.js';
import type { Ledger } from '../storage/ledger/ledger.js';
import type { Registry } from '../storage/bus/registry.js';
import { pause } from '../storage/bus/hand-over.js';
import { OWN, type UnderOf } from '../storage/bus/bus-teller.js';
import type { Root } from '../supervisors/root.js';
import { SUHO_VERSION } from '../version.js';
import { WallClock } from '../cluster/wall-clock.js';
import type { Ground } from './ground.js';
import { listenToOthers } from './listen-to-others.js';
import { livingMember } from './living-members.js';
import type { Closing, Node, NodeOptions } from './node.js';
import { spreadStreams } from './streams.js';
import { takeUpMeters } from './take-up-meters.js';
import { watchFitness } from './watch-fitness.js';

export interface NodeCluster {
  readonly node: string;
  /** Leases and fitness are matters between machines: they go by this clock, whatever the engine's time does. */
  readonly machine: Clock;
  /** Whether that clock has kept to itself since it was last held against the ledger's. */
  readonly wall: WallClock;
  readonly roles: ClusterRoles;
  readonly underOf: UnderOf;
  readonly fitness: Fitness;
  /** What else it tells of itself at each renewal. */
  told: () => Omit<OwnState, 'version' | 'fit' | 'why'>;
  /** How EAs reach it. */
  endpoints: readonly string[];
  /** Where its EAs may go. */
  readonly elsewhere: Elsewhere;
}

export function clusterOf({ config }: NodeOptions): NodeCluster | undefined {
  if (config.cluster === '') return undefined;
  return nodeAmong(config.node === '' ? `node-${entropyIds.secretFor('node').slice(0, 8)}` : config.node, systemClock);
}

/** A node that has not joined yet. */
export function nodeAmong(node: string, machine: Clock): NodeCluster {
  const wall = new WallClock(machine);
  const roles = new ClusterRoles(node, machine, undefined, () => among.fitness.fit && wall.isSteady);
  const members = (): readonly Member[] => roles.table.heardWithin(LIMITS.cluster.heardMs, roles.nowMs);
  const among: NodeCluster = {
    node,
    machine,
    wall,
    roles,
    underOf: (thing) => {
      const epoch = thing === OWN ? { generation: 0, revision: 0 } : roles.holds(thing);
      return epoch && { node, ...epoch };
    },
    fitness: new Fitness(() => roles.nowMs),
    told: () => ({ url: null, sessions: 0, busy: false, endpoints: [] }),
    endpoints: [],
    elsewhere: new Elsewhere({ members, node, own: () => among.endpoints, nowMs: () => roles.nowMs }),
  };
  return among;
}

export interface ClusterSpecOptions {
  readonly registry: Registry;
  readonly ledger: Pick<Ledger, 'nextGeneration'>;
  readonly ids: Ids;
  readonly symbols: readonly string[];
  readonly tenants: () => Iterable<string>;
}

/** All that one node at a time acts for, asked anew each time; named once, since a node goes through them many times a second. */
export function thingsOf({ symbols, tenants }: Pick<ClusterSpecOptions, 'symbols' | 'tenants'>): () => Iterable<string> {
  const always = [FEED, ...symbols.map((symbol) => thingOf('symbol', symbol))];
  const ofTenants = new Map<string, string>();
  const named = (id: string): string => {
    const name = thingOf('tenant', id);
    ofTenants.set(id, name);
    return name;
  };
  return function* () {
    yield* always;
    for (const id of tenants()) yield ofTenants.get(id) ?? named(id);
  };
}

/** Refuses to join nodes that are too far behind; where nobody can tell who is there, the actor finds out once it can. */
export async function refuseApart(registry: Registry): Promise<void> {
  const about = (member: Member): boolean => tooFarBehind(CLUSTER_PROTOCOL, [member]) !== undefined;
  const far = await livingMember(registry, { about, ttlMs: LIMITS.cluster.ttlMs, timers: systemClock });
  if (far !== undefined) throw new SuhoError('VERSIONS_APART', apartSentence(far, CLUSTER_PROTOCOL));
}

/** As this node sees it now. */
export function shownCluster({ roles }: NodeCluster): ShownCluster {
  return clusterView(roles.table, roles.nowMs);
}

/** The actor that sees to it: for the feed, each symbol and each tenant. */
export function clusterSpec(among: NodeCluster, options: ClusterSpecOptions): ActorSpec<ClusterMessage> {
  const { node, machine, roles } = among;
  const { registry, ledger, ids } = options;
  const things = thingsOf(options);
  const state = (): OwnState => ({ version: SUHO_VERSION, ...among.fitness.told, ...among.told() });
  return clusterActor({ node, registry, machine, ids, things, state, nextGeneration: () => ledger.nextGeneration() }, roles);
}

/** From here on it listens to the others, is given things, and hands them on before it ends. */
export function joinCluster(among: NodeCluster, options: NodeOptions, ground: Ground, node: Node, closing: Closing): void {
  const { tenants, keepers, commits } = ground;
  closing.push(listenToOthers({ node: among.node, bus: keepers.bus, root: node.root, tenants: () => tenants.rows.keys() }));
  if (ground.streams !== undefined) closing.push(spreadStreams(ground.streams, among.node, keepers.bus));
  const { clock, log, stores } = options;
  closing.push(takeUpMeters({ roles: among.roles, ledger: stores.ledger, clock, log, tenants, meter: ground.meter }));
  const { gateway } = node;
  among.endpoints = endpointsOf(options.config, gateway);
  if (among.endpoints.length === 0) log.info({ node: among.node }, 'no EAs are sent here by other nodes: advertise is not set');
  among.told = () => {
    const { sessions, draining } = gateway.drain;
    const endpoints = draining === undefined ? among.endpoints : [];
    return { url: node.http?.url ?? null, sessions, busy: commits.isLate, endpoints };
  };
  closing.push(watchFitness(among, { ledger: stores.ledger, log }));
  closing.push(() => handOn(node.root, gateway.drain, systemClock));
}

/** What it acts for goes to others, then its EAs do; neither for longer than it may take. */
export async function handOn({ cluster }: Pick<Root, 'cluster'>, drain: Drain, timers: Pick<Timers, 'after'>): Promise<void> {
  const { leaveMs, emptyMs, endPauseMs } = LIMITS.cluster;
  await within(leaveMs, new Promise((left) => void cluster?.tell({ kind: 'leave', left })), timers);
  drain.begin({ reason: 'it ends', pauseMs: endPauseMs });
  await within(emptyMs, drain.emptied(), timers);
}

/** Until it has happened, or the time is over. */
async function within(ms: number, what: Promise<void>, timers: Pick<Timers, 'after'>): Promise<void> {
  const enough = new AbortController();
  await Promise.race([what, pause(ms, timers, enough.signal)]);
  enough.abort();
}

/** How EAs reach this node: as the setting says, else by its listeners for suho-2, where who dials is on this machine. */
function endpointsOf(config: Config, { listeners }: Gateway): readonly string[] {
  const told = several(config.advertise).map((text) => text.toLowerCase());
  const { endpoints: most } = LIMITS.cluster;
  if (told.length > most) throw new SuhoError('CONFIG_INVALID', `advertise takes at most ${most} addresses`);
  if (told.length > 0) return told;
  if (!isLoopback(config.host)) return [];
  const own = listeners.filter(({ name }) => !name.startsWith('suho1'));
  return own.map(({ name, host, port }) => `${name}://${host.includes(':') ? `[${host}]` : host}:${port}`);
}
