/**
 * A node among others: what it acts for, what it hears of them, and whether it is fit to be given anything. What it tells them goes
 * out through the bus's teller (`storage/bus/bus-teller.ts`), each message under the epoch of what it is about; here what comes in is
 * held against the highest epoch that was heard of.
 */
import { hourOf } from '../accounts/usage.js';
import type { ActorSpec } from '../actors/actor.js';
import { clusterActor, type ClusterMessage, ClusterRoles, type OwnState } from '../actors/cluster.js';
import { FEED } from '../actors/feed.js';
import { clusterView, type ShownCluster } from '../cluster/cluster-view.js';
import { EpochGate } from '../cluster/epoch.js';
import { Elsewhere } from '../cluster/elsewhere.js';
import { livingMember } from '../cluster/living-members.js';
import { type Member, thingOf } from '../cluster/member.js';
import { apartSentence, CLUSTER_PROTOCOL, tooFarBehind } from '../cluster/protocol.js';
import { type Config, isLoopback, several } from '../config.js';
import { sentence, SuhoError } from '../errors.js';
import type { Gateway } from '../gateway/gateway.js';
import { LIMITS } from '../limits.js';
import { type Clock, systemClock } from '../runtime/clock.js';
import { entropyIds, type Ids } from '../runtime/ids.js';
import type { Logger } from '../runtime/logger.js';
import type { Prediction } from '../signals/prediction.js';
import type { Ledger } from '../storage/ledger/ledger.js';
import type { Bus } from '../storage/bus/bus.js';
import type { Registry } from '../storage/bus/registry.js';
import { pause } from '../storage/bus/hand-over.js';
import { OWN, type UnderOf } from '../storage/bus/bus-teller.js';
import { parseSubject, patternOf, subjectOf, type Under } from '../storage/bus/subjects.js';
import type { Root } from '../supervisors/root.js';
import { SUHO_VERSION } from '../version.js';
import { WallClock } from '../cluster/wall-clock.js';
import type { Ground } from './ground.js';
import type { Closing, Node, NodeOptions } from './node.js';
import { spreadStreams } from './streams.js';

export interface NodeCluster {
  readonly node: string;
  /** Leases and fitness are matters between machines: they go by this clock, whatever the engine's time does. */
  readonly machine: Clock;
  /** Whether that clock has kept to itself since it was last held against the ledger's. */
  readonly wall: WallClock;
  readonly roles: ClusterRoles;
  readonly underOf: UnderOf;
  /** Whether it is fit to be given anything, as it last looked. */
  fitness: Pick<OwnState, 'fit' | 'why'>;
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
    fitness: { fit: false, why: 'it has just begun' },
    told: () => ({ url: null, sessions: 0, endpoints: [] }),
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

/** All that one node at a time acts for. */
export function* thingsOf({ symbols, tenants }: Pick<ClusterSpecOptions, 'symbols' | 'tenants'>): Iterable<string> {
  yield FEED;
  for (const symbol of symbols) yield thingOf('symbol', symbol);
  for (const tenantId of tenants()) yield thingOf('tenant', tenantId);
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
  const things = (): Iterable<string> => thingsOf(options);
  const state = (): OwnState => ({ version: SUHO_VERSION, ...among.fitness, ...among.told() });
  return clusterActor({ node, registry, machine, ids, things, state, nextGeneration: () => ledger.nextGeneration() }, roles);
}

/** From here on it listens to the others, is given things, and hands them on before it ends. */
export function joinCluster(among: NodeCluster, options: NodeOptions, ground: Ground, node: Node, closing: Closing): void {
  const { tenants, keepers } = ground;
  closing.push(listenToOthers({ node: among.node, bus: keepers.bus, root: node.root, tenants: () => tenants.rows.keys() }));
  if (ground.streams !== undefined) closing.push(spreadStreams(ground.streams, among.node, keepers.bus));
  closing.push(takeUpMeters(among, options, ground));
  const { gateway } = node;
  among.endpoints = endpointsOf(options.config, gateway);
  if (among.endpoints.length === 0)
    options.log.info({ node: among.node }, 'no EAs are sent here by other nodes: advertise is not set');
  among.told = () => {
    const { connected, draining } = gateway.drain;
    return { url: node.http?.url ?? null, sessions: connected, endpoints: draining === undefined ? among.endpoints : [] };
  };
  closing.push(watchFitness(among, { ledger: options.stores.ledger, log: options.log }));
  closing.push(async () => {
    const { leaveMs, emptyMs, endPauseMs } = LIMITS.cluster;
    await within(leaveMs, new Promise((left) => void node.root.cluster?.tell({ kind: 'leave', left })));
    gateway.drain.begin({ reason: 'it ends', pauseMs: endPauseMs });
    await within(emptyMs, gateway.drain.emptied());
  });
}

/** Until it has happened, or the time is over. */
async function within(ms: number, what: Promise<void>): Promise<void> {
  const enough = new AbortController();
  await Promise.race([what, pause(ms, systemClock, enough.signal)]);
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

/** What a tenant has used is counted where it is decided for: whoever takes it over goes on from what the ledger has of it. */
function takeUpMeters({ roles }: NodeCluster, { stores, clock, log }: NodeOptions, { tenants, meter }: Ground): () => void {
  return roles.follow((thing, held) => {
    const tenant = held && thing.startsWith(TENANT_PREFIX) ? tenants.rows.get(thing.slice(TENANT_PREFIX.length)) : undefined;
    if (tenant === undefined) return;
    const nowMs = clock.nowMs();
    stores.ledger.usageSince([tenant.id], hourOf(nowMs)).then(
      (used) => meter.begin(used, new Map([[tenant.id, tenant]]), nowMs),
      (error: unknown) => log.warn({ tenantId: tenant.id, err: sentence(error) }, 'what a tenant has used is not known here'),
    );
  });
}

export interface OthersOptions {
  readonly node: string;
  readonly bus: Bus;
  readonly root: Pick<Root, 'in'>;
  readonly tenants: () => Iterable<string>;
}

/** Embeddings travel as doubles; nodes of the first protocol told bytes that are none. */
function arrived(prediction: Prediction): Prediction {
  const { shapes } = prediction;
  const embedding: unknown = shapes?.embedding;
  if (shapes === undefined || !(embedding instanceof Float64Array)) return { ...prediction, shapes: undefined };
  return { ...prediction, shapes: { ...shapes, embedding: Float32Array.from(embedding) } };
}

/** What others do comes in, until it is closed. */
export function listenToOthers({ node, bus, root, tenants }: OthersOptions): () => Promise<void> {
  const isOther = (under: Under | undefined): under is Under => under !== undefined && under.node !== node;
  // One way's news may overtake another's: what the next holder tells makes nothing void that came before it on another way.
  const gateOf = (): ((thing: string, under: Under | undefined) => boolean) => {
    const gate = new EpochGate();
    return (thing, under) => isOther(under) && gate.admits(thing, under);
  };
  const admits = { ticks: gateOf(), features: gateOf(), candles: gateOf(), decisions: gateOf() };
  const consumed = (what: string): { readonly durable: string } => ({ durable: `${what}-of-${node}` });

  const listening = [
    bus.subscribe(patternOf('ticks'), ({ payload: { under, ...batch } }) => {
      if (admits.ticks(FEED, under)) root.in.ticks(batch);
    }),
    bus.subscribe(patternOf('features'), ({ payload: { under, prediction, ...vector } }) => {
      if (admits.features(thingOf('symbol', vector.candle.symbol), under))
        root.in.handed(vector, prediction && arrived(prediction));
    }),
    bus.subscribe(patternOf('live'), ({ subject, payload: { under, ...told } }) => {
      const tenantId = parseSubject(subject)?.parts.tenant;
      if (tenantId !== undefined && isOther(under)) root.in.signal(tenantId, { kind: 'elsewhere', told });
    }),
    bus.subscribe(patternOf('node'), ({ subject }) => {
      if (parseSubject(subject)?.parts.node === node) return;
      for (const tenantId of tenants()) root.in.signal(tenantId, { kind: 'tell-live' });
    }),
  ];
  // Acknowledged is what its actor has been told, and a crash loses what actors have not come to.
  const again = LIMITS.cluster.candlesAgain;
  const candles = bus.consume(patternOf('candle'), { ...consumed('candles'), again }, ({ payload: { under, ...candle } }) => {
    if (admits.candles(thingOf('symbol', candle.symbol), under)) root.in.candle(candle);
  });
  const decisions = bus.consume(patternOf('decision'), consumed('decisions'), ({ payload: { under, lineage, ...decision } }) => {
    if (!admits.decisions(thingOf('tenant', decision.tenantId), under)) return;
    const timed = lineage === undefined ? { decision } : { decision, lineage };
    root.in.signal(decision.tenantId, { kind: 'decided', timed });
  });
  // Whoever hears it tells what its accounts have open.
  bus.publish(subjectOf('node', { node }), null);
  return async () => {
    for (const one of listening) one.close();
    await Promise.all([candles.close(), decisions.close()]);
  };
}

const TENANT_PREFIX = thingOf('tenant', '');

export interface FitnessOptions {
  readonly ledger: Pick<Ledger, 'clockMs'>;
  readonly log: Logger;
}

/** Between when it was asked and when it answered: by how much the machine's clock is certainly off the ledger's. */
async function clockOffMs(ledger: FitnessOptions['ledger'], machine: Clock): Promise<number> {
  const askedMs = machine.nowMs();
  const ledgerMs = await ledger.clockMs();
  return Math.max(askedMs - ledgerMs, ledgerMs - machine.nowMs());
}

/** Keeps an eye on whether this node may be given anything, until it is closed: its ledger answers, and their clocks agree. */
export function watchFitness(among: NodeCluster, { ledger, log }: FitnessOptions): () => Promise<void> {
  const { node, machine, wall } = among;
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const { apartMs } = wall;
    const why = await clockOffMs(ledger, machine).then(
      (offMs) => (offMs > LIMITS.cluster.clockMs ? `its clock is off the ledger’s by ${Math.round(offMs)} ms` : null),
      (error: unknown) => `its ledger does not answer: ${sentence(error)}`,
    );
    if (why === null) wall.agreed(apartMs);
    if (why !== among.fitness.why) log.info({ node, why }, why === null ? 'this node is fit' : 'this node is unfit');
    among.fitness = { fit: why === null, why };
  };
  const turn = (): void => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
  };
  turn();
  const cancel = machine.every(LIMITS.cluster.fitnessMs, turn);
  return async () => {
    cancel();
    await looking;
  };
}
