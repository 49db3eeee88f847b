/** What routes show, asked of the engine: each view as one object, handed to the routes that show it. */
import type { Reach } from '../access/principal.js';
import { DEFAULT_TRADING, resolveTrading } from '../accounts/trading-settings.js';
import { DAY_MS, spanStart } from '../accounts/allowances.js';
import { shownLeft } from '../admin/control-methods.js';
import type { AccountViews, LiveAccount, PlacedAccount } from '../admin/routes/accounts.js';
import type { MarketViews, ShownFeatures } from '../admin/routes/market.js';
import type { NodeViews, ShownStore } from '../admin/routes/node.js';
import type { ResultViews } from '../admin/routes/results.js';
import type { TenantViews } from '../admin/routes/tenants.js';
import type { CatalogueVector } from '../features/feature-stream.js';
import { placeOf, COLUMNS } from '../indicators/registry.js';
import { REGIMES } from '../indicators/regime/regimes.js';
import { INSTRUMENTS } from '../market/instrument.js';
import { TIMEFRAMES } from '../market/timeframe.js';
import { ensemble, type Member } from '../signals/ensemble.js';
import { isLineage, recompute } from '../signals/lineage.js';
import { sidesOf } from '../signals/model-output.js';
import { SPOKEN_HORIZONS } from '../models/model-card.js';
import { membersFor, type Prediction, type PredictionRights } from '../signals/prediction.js';
import { shownCluster } from './cluster.js';
import type { Ground } from './ground.js';
import type { Node, NodeOptions } from './node.js';
import type { Services } from './services.js';

/** A decision worked out anew; undefined where what was kept is of another version. */
export function explained(lineage: string): Readonly<Record<string, unknown>> | undefined {
  const kept: unknown = JSON.parse(lineage);
  return isLineage(kept) ? { ...recompute(kept) } : undefined;
}

/** Whoever reaches all hears all. */
export const ALL_RIGHTS: PredictionRights = { models: () => true, horizons: SPOKEN_HORIZONS, ensemble: true };

function shownMember(member: Member): Readonly<Record<string, unknown>> {
  const { model, version } = member;
  if (!('output' in member)) return { model, version, leftOut: member.leftOut };
  return { model, version, accuracy: member.accuracy, ...sidesOf(member.output) };
}

function shownPrediction(prediction: Prediction, rights: PredictionRights): Readonly<Record<string, unknown>> {
  const { time, atMs } = prediction;
  const heard = membersFor(atMs, prediction, rights);
  if ('absent' in heard) return { time, atMs, absent: heard.absent };
  const { scores } = ensemble(heard);
  return { time, atMs, scores: scores ?? null, models: heard.members.map(shownMember) };
}

function shownFeatures({ candle, values }: CatalogueVector, has: (column: string) => boolean): ShownFeatures {
  const columns = COLUMNS.flatMap((column, at) => (has(column) ? [[column, values[at] as number] as const] : []));
  return {
    time: candle.time,
    values: Object.fromEntries(columns.map(([column, value]) => [column, Number.isFinite(value) ? value : null])),
  };
}

export function marketViews({ stores, clock }: NodeOptions, ground: Ground): MarketViews {
  const { journal, tiers } = stores;
  const { board, features, tenants, predictions } = ground;
  const tierOf = (reach: Reach) => (reach.kind === 'all' ? undefined : tenants.tierOf(reach.tenantId));
  return {
    timeframes: TIMEFRAMES,
    symbols: INSTRUMENTS.map(({ symbol }) => symbol),
    sees: (reach, symbol) => reach.kind === 'all' || tenants.subscribedBy(reach.tenantId).has(symbol),
    quote: (symbol) => board.latest(symbol),
    newest: (symbol, timeframe) => journal.newest(symbol, timeframe),
    candles: (symbol, timeframe) => journal.recent(symbol, timeframe),
    features: (reach, symbol, timeframe) => {
      const tier = tierOf(reach);
      if (tier !== undefined && !tiers.allowsTimeframe(tier, timeframe)) return undefined;
      const newest = features.recent(symbol, timeframe).at(-1);
      return newest && shownFeatures(newest, (column) => tier === undefined || tiers.allowsColumn(tier, column));
    },
    regime: (symbol, timeframe) => REGIMES[features.recent(symbol, timeframe).at(-1)?.values[placeOf('regime')] ?? -1],
    prediction: (reach, symbol, timeframe) => {
      const tier = tierOf(reach);
      const prediction = predictions.of(symbol, timeframe);
      if (prediction === undefined || (tier !== undefined && !tiers.allowsTimeframe(tier, timeframe))) return undefined;
      return shownPrediction(prediction, tier === undefined ? ALL_RIGHTS : tiers.predictionRights(tier));
    },
    nowMs: () => clock.nowMs(),
  };
}

async function liveHere(root: Node['root'], tenantId: string, accountId: string): Promise<LiveAccount> {
  const described = await root.system.describe(`/engine/tenants/${tenantId}/accounts/${accountId}`);
  if (described.kind === 'told') return { state: 'live', live: described.figures };
  return { state: described.kind === 'gone' ? 'away' : described.kind };
}

/** Infinity, which no JSON has, is no bound. */
function shownRules(rules: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(rules).map(([name, value]) => [name, value === Number.POSITIVE_INFINITY ? null : value]),
  );
}

export function tenantViews({ stores, clock }: NodeOptions, { meter }: Ground): TenantViews {
  const { ledger, tiers } = stores;
  return {
    reads: ledger.reads,
    allowances: (tenant) => meter.left(tenant, clock.nowMs()).map((left) => ({ ...shownLeft(left) })),
    tier: ({ tier }) => ({ tier, ...shownRules(tiers.rules(tier)) }),
    trading: ({ trading }) => ({ ...resolveTrading(DEFAULT_TRADING, trading) }),
    usage: async (tenantId) => {
      const used: Record<string, number> = {};
      for (const { what, amount } of await ledger.usageSince([tenantId], spanStart(clock.nowMs(), DAY_MS)))
        used[what] = (used[what] ?? 0) + amount;
      return used;
    },
  };
}

export function accountViews({ stores, clock }: NodeOptions, { among, others }: Ground, { root }: Node): AccountViews {
  const placeOf = (name: string) => ({ node: name, url: among?.roles.table.member(name)?.value.url ?? null });
  return {
    reads: stores.ledger.reads,
    live: async ({ id, tenantId }): Promise<PlacedAccount> => {
      const here = await liveHere(root, tenantId, id);
      if (among === undefined || others === undefined) return here;
      // An actor whose session has ended here says less than one that has it elsewhere.
      if (here.state === 'live' ? here.live.session !== null : here.state !== 'away') return { ...here, ...placeOf(among.node) };
      const there = await others.view({ id, tenantId });
      if (there.kind === 'told') return { state: 'live', live: there.figures, ...placeOf(there.node) };
      return there.kind === 'silent' ? { state: 'silent', nodes: there.nodes } : here;
    },
    nowMs: () => clock.nowMs(),
  };
}

export function resultViews({ stores, clock }: NodeOptions): ResultViews {
  const { ledger, journal } = stores;
  return {
    reads: ledger.reads,
    ledger,
    candles: (symbol, timeframe) => journal.recent(symbol, timeframe),
    nowMs: () => clock.nowMs(),
  };
}

export function nodeViews({ config, clock, holder }: NodeOptions, ground: Ground, node: Node, { jobs }: Services): NodeViews {
  const { keepers, models, latency } = ground;
  const actors = new Set(['actors', 'commits', 'capacity', 'feed', 'models', 'news', 'trading']);
  const stores = async (): Promise<readonly ShownStore[]> => {
    const { parts } = await node.readiness();
    const writers = keepers.writers();
    return Object.entries(parts)
      .filter(([name]) => !actors.has(name))
      .map(([name, part]) => {
        const own = Object.entries(writers).filter(([writer]) => writer === name || writer.startsWith(`${name}-`));
        return { name, ...part, writers: Object.fromEntries(own) };
      });
  };
  return {
    models: () => models.standing(),
    stores,
    cluster: () => {
      const own = {
        engineTime: new Date(clock.nowMs()).toISOString(),
        ledger: config.ledger === 'embedded' ? 'embedded' : 'server',
        listeners: node.gateway.listeners.map(({ name, host, port }) => `${name}://${host}:${port}`),
      };
      if (ground.among === undefined) return { nodes: [{ self: true, name: holder ?? 'this', ...own }] };
      const { members, node: name, ...shared } = shownCluster(ground.among);
      const nodes = members.map(({ node: member, ...told }) => ({ name: member, ...told, ...(told.self ? own : {}) }));
      return { ...shared, nodes: nodes.some(({ self }) => self) ? nodes : [{ self: true, name, ...own }, ...nodes] };
    },
    ...(jobs === undefined ? {} : { jobs: () => jobs.runner.list() }),
    latency: () => latency.points(),
  };
}
