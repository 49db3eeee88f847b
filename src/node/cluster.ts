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
import { livingMember } from './living-members.js';
import { type Member, thingOf } from '../cluster/member.js';
import { apartSentence, CLUSTER_PROTOCOL, tooFarBehind } from '../cluster/protocol.js';
import { sentence, SuhoError } from '../errors.js';
import { LIMITS } from '../limits.js';
import { INSTRUMENTS } from '../market/instrument.js';
import { type Clock, systemClock } from '../runtime/clock.js';
import { entropyIds } from '../runtime/ids.js';
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
import type { Ground } from './ground.js';
import type { Closing, Node, NodeOptions } from './node.js';
import { spreadStreams } from './streams.js';

export interface NodeCluster {
  readonly node: string;
  readonly roles: ClusterRoles;
  readonly underOf: UnderOf;
  /** What it tells of itself at each renewal. */
  state: OwnState;
}

export function clusterOf({ config }: NodeOptions): NodeCluster | undefined {
  if (config.cluster === '') return undefined;
  const node = config.node === '' ? `node-${entropyIds.secretFor('node').slice(0, 8)}` : config.node;
  const roles = new ClusterRoles(node, systemClock);
  const underOf: UnderOf = (thing) => {
    const epoch = thing === OWN ? { generation: 0, revision: 0 } : roles.holds(thing);
    return epoch && { node, ...epoch };
  };
  const state = { version: SUHO_VERSION, fit: false, why: 'it has just begun', url: null, sessions: 0 };
  return { node, roles, underOf, state };
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
export function clusterSpec(
  among: NodeCluster,
  { stores }: NodeOptions,
  { tenants, keepers }: Ground,
): ActorSpec<ClusterMessage> {
  const things = function* (): Iterable<string> {
    yield FEED;
    for (const { symbol } of INSTRUMENTS) yield thingOf('symbol', symbol);
    for (const tenantId of tenants.rows.keys()) yield thingOf('tenant', tenantId);
  };
  const options = {
    node: among.node,
    registry: keepers.bus.registry,
    machine: systemClock,
    ids: entropyIds,
    things,
    state: () => among.state,
    nextGeneration: () => stores.ledger.nextGeneration(),
  };
  return clusterActor(options, among.roles);
}

/** From here on it listens to the others, is given things, and hands them on before it ends. */
export function joinCluster(among: NodeCluster, options: NodeOptions, ground: Ground, node: Node, closing: Closing): void {
  const { tenants, keepers } = ground;
  closing.push(listenToOthers({ node: among.node, bus: keepers.bus, root: node.root, tenants: () => tenants.rows.keys() }));
  if (ground.streams !== undefined) closing.push(spreadStreams(ground.streams, among.node, keepers.bus));
  const { clock, log, stores } = options;
  closing.push(takeUpMeters({ roles: among.roles, ledger: stores.ledger, clock, log, tenants, meter: ground.meter }));
  watchFitness(among, options, node, closing);
  closing.push(async () => {
    const enough = new AbortController();
    const left = new Promise<void>((done) => void node.root.cluster?.tell({ kind: 'leave', left: done }));
    await Promise.race([left, pause(LIMITS.cluster.leaveMs, systemClock, enough.signal)]);
    enough.abort();
  });
}

export interface MetersTaken {
  readonly roles: Pick<NodeCluster['roles'], 'follow'>;
  readonly ledger: Pick<Ledger, 'usageSince'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Pick<Logger, 'warn'>;
  readonly tenants: Ground['tenants'];
  readonly meter: Pick<Ground['meter'], 'begin'>;
}

/** What a tenant has used is counted where it is decided for: whoever takes it over goes on from what the ledger has of it. */
export function takeUpMeters({ roles, ledger, clock, log, tenants, meter }: MetersTaken): () => void {
  return roles.follow((thing, held) => {
    const tenant = held && thing.startsWith(TENANT_PREFIX) ? tenants.rows.get(thing.slice(TENANT_PREFIX.length)) : undefined;
    if (tenant === undefined) return;
    const nowMs = clock.nowMs();
    ledger.usageSince([tenant.id], hourOf(nowMs)).then(
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
  const gate = new EpochGate();
  const isOther = (under: Under | undefined): under is Under => under !== undefined && under.node !== node;
  const admits = (thing: string, under: Under | undefined): boolean => isOther(under) && gate.admits(thing, under);
  const consumed = (what: string): { readonly durable: string } => ({ durable: `${what}-of-${node}` });

  const listening = [
    bus.subscribe(patternOf('ticks'), ({ payload: { under, ...batch } }) => {
      if (admits(FEED, under)) root.in.ticks(batch);
    }),
    bus.subscribe(patternOf('features'), ({ payload: { under, prediction, ...vector } }) => {
      if (admits(thingOf('symbol', vector.candle.symbol), under)) root.in.handed(vector, prediction && arrived(prediction));
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
  const candles = bus.consume(patternOf('candle'), consumed('candles'), ({ payload: { under, ...candle } }) => {
    if (admits(thingOf('symbol', candle.symbol), under)) root.in.candle(candle);
  });
  const decisions = bus.consume(patternOf('decision'), consumed('decisions'), ({ payload: { under, lineage, ...decision } }) => {
    if (!admits(thingOf('tenant', decision.tenantId), under)) return;
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

/** Between when it was asked and when it answered: by how much its clock is certainly off the ledger's. */
async function clockOffMs(ledger: Pick<Ledger, 'clockMs'>): Promise<number> {
  const askedMs = systemClock.nowMs();
  const ledgerMs = await ledger.clockMs();
  return Math.max(askedMs - ledgerMs, ledgerMs - systemClock.nowMs());
}

/** Keeps an eye on whether this node may be given anything: its ledger answers, and their clocks agree. */
function watchFitness(among: NodeCluster, { stores, log }: NodeOptions, node: Node, closing: Closing): void {
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const why = await clockOffMs(stores.ledger).then(
      (offMs) => (offMs > LIMITS.cluster.clockMs ? `its clock is off the ledger’s by ${Math.round(offMs)} ms` : null),
      (error: unknown) => `its ledger does not answer: ${sentence(error)}`,
    );
    if (why !== among.state.why) log.info({ node: among.node, why }, why === null ? 'this node is fit' : 'this node is unfit');
    const { http, gateway } = node;
    among.state = { ...among.state, fit: why === null, why, url: http?.url ?? null, sessions: gateway.drain.connected };
  };
  const turn = (): void => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
  };
  turn();
  const cancel = systemClock.every(LIMITS.cluster.fitnessMs, turn);
  closing.push(async () => {
    cancel();
    await looking;
  });
}
