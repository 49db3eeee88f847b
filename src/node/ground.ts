/** What the tree stands on: stores as the node uses them, who keeps what happens, models, keys. */
import type { AccountObserver } from '../actors/account.js';
import { budgetFile } from '../advisers/budget-file.js';
import { Advisers } from '../advisers/advisers.js';
import { ownModelSource } from '../accounts/own-models.js';
import { Meter } from '../accounts/meter.js';
import { hourOf } from '../accounts/usage.js';
import { AlertWatch } from '../admin/alerts/alert-watch.js';
import { LastPredictions } from '../admin/last-predictions.js';
import { LatencyRing } from '../admin/latency-ring.js';
import { NodeFigures } from '../admin/node-figures.js';
import { FeatureStreams } from '../features/feature-streams.js';
import { type NodeModels, openNodeModels } from '../inference/node-models.js';
import { CorrelationBoard } from '../patterns/correlation-board.js';
import { LIMITS } from '../limits.js';
import { QuoteBoard } from '../market/quote-board.js';
import { Activity } from '../runtime/activity.js';
import { systemClock } from '../runtime/clock.js';
import { entropyIds } from '../runtime/ids.js';
import { Metrics } from '../runtime/metrics.js';
import type { Bus } from '../storage/bus/bus.js';
import { type CommitObserved, GroupCommit } from '../storage/ledger/group-commit.js';
import { type Keepers, openKeepers } from '../storage/keepers.js';
import { FileRecords } from '../storage/records/file-records.js';
import { TokenSigner } from '../storage/tokens/token-signer.js';
import { EmergencyStop } from '../storage/emergency-stop.js';
import { NewsFile } from '../storage/news-file.js';
import { readCostUnits } from '../storage/tier-table.js';
import type { TraceObserver } from '../traces/trace-observer.js';
import { TenantDirectory } from '../tenant-directory.js';
import { OtherNodes } from './other-nodes.js';
import { eaFeedOf, type OpenedEaFeed, spreadEaFeed } from './ea-feed.js';
import { SUHO_VERSION } from '../version.js';
import type { Closing, NodeOptions } from './node.js';
import { clusterOf, type NodeCluster, refuseApart } from './cluster.js';
import { type NodeStreams, openStreams } from './streams.js';

/** What the tree stands on. */
export interface Ground {
  /** Absent where the node is alone. */
  readonly among: NodeCluster | undefined;
  /** Absent likewise. */
  readonly others: OtherNodes | undefined;
  readonly activity: Activity;
  readonly heartbeatMs: number;
  readonly metrics: Metrics;
  readonly figures: NodeFigures;
  readonly watch: AlertWatch;
  readonly board: QuoteBoard;
  readonly features: FeatureStreams;
  readonly commits: GroupCommit;
  /** Where accounts' quotes are the feed. */
  readonly ea?: OpenedEaFeed;
  /** Tells other nodes what those accounts quote; absent where there are none. */
  readonly feedOut?: Pick<AccountObserver, 'quoted'>;
  /** Whether an account's quotes are the reference now. */
  readonly isFeed: (accountId: string) => boolean;
  readonly tenants: TenantDirectory;
  readonly keepers: Keepers;
  readonly meter: Meter;
  readonly advisers: Advisers;
  readonly models: NodeModels;
  readonly correlations: CorrelationBoard;
  readonly tokens: TokenSigner;
  readonly stop: EmergencyStop;
  /** For who looks: the newest predictions, and how fast signals were of late. */
  readonly predictions: LastPredictions;
  readonly latency: LatencyRing;
  /** Absent where no file of news was named. */
  readonly news: NewsFile | undefined;
  /** What is heard over HTTP; absent where the node has none. */
  readonly streams: NodeStreams | undefined;
  /** Absent where traces are off, as where time is simulated. */
  readonly traces: TraceObserver | undefined;
}

export async function openGround(options: NodeOptions, closing: Closing): Promise<Ground> {
  const { config, stores, clock, log, feed } = options;
  const { ledger, journal, snapshots, tiers } = stores;
  const activity = options.activity ?? new Activity();
  const metrics = new Metrics();
  const figures = new NodeFigures(metrics, clock);
  const watch = new AlertWatch(metrics, clock);
  const board = new QuoteBoard();
  const onCommit = (observed: CommitObserved): void => {
    figures.committed(observed);
    watch.committed(observed);
  };
  const commits = new GroupCommit({ ledger, clock, activity, onCommit });
  const tenants = new TenantDirectory(tiers, await ledger.listTenants());
  const ea = await eaFeedOf(options, [...tenants.rows.values()]);
  const source = ea === undefined ? () => feed?.source.name ?? 'none' : ea.feed.sourceOf.bind(ea.feed);
  const isFeed = (accountId: string): boolean => ea?.feed.isSource(accountId) ?? false;
  const streams = config.httpPort === 'off' ? undefined : openStreams(board, tenants);
  const among = clusterOf(options);
  const keepers = await openKeepers({
    ...options,
    ...(among === undefined ? {} : { underOf: among.underOf }),
    settings: config.cluster === '' ? config : { ...config, bus: config.cluster },
    activity,
    board,
    commits,
    folder: config.data,
    source,
    isFeed,
    told: (event) => {
      watch.riskEvent(event);
      streams?.observer.riskEvent(event);
    },
  });
  // Whoever keeps what happened hears of it until the last commit is through.
  closing.push(
    () => keepers.close(),
    () => commits.close(),
  );
  const stop = new EmergencyStop(config.data);
  if (among !== undefined) await refuseApart(keepers.bus.registry);
  const feedOut = among && ea && spreadEaFeed(ea, among.node, keepers.bus);
  closing.push(() => feedOut?.close());
  const others = among && othersOf(options, among, keepers.bus, stop);
  // Before anything can be opened here.
  await others?.stop.look();
  const meter = new Meter({ tiers, costs: await readCostUnits(), count: keepers.count });
  const used = await ledger.usageSince([...tenants.rows.keys()], hourOf(clock.nowMs()));
  meter.begin(used, tenants.rows, clock.nowMs());
  const advisers = await Advisers.open({
    settings: config,
    budget: budgetFile(config.data),
    follows: (symbol, timeframe) => tenants.follows(symbol, timeframe),
    clock: systemClock,
    log,
  });
  closing.push(() => advisers.close());
  const models = await modelsOf(options, { activity, tenants, advisers }, closing);
  const tokens = await TokenSigner.open({ folder: config.data, ledger, clock, log });
  closing.push(() => tokens.close());
  const news = config.news === '' ? undefined : await NewsFile.open(config.news, systemClock, log);
  closing.push(() => news?.close());
  const traces = await tracesOf(options);
  closing.push(() => traces?.close());
  return {
    among,
    others,
    activity,
    heartbeatMs: options.heartbeatMs ?? LIMITS.session.heartbeatMs,
    metrics,
    figures,
    watch,
    board,
    features: new FeatureStreams({ journal, snapshots }),
    commits,
    ...(ea === undefined ? {} : { ea }),
    ...(feedOut === undefined ? {} : { feedOut: feedOut.observer }),
    isFeed,
    tenants,
    keepers,
    meter,
    advisers,
    models,
    correlations: new CorrelationBoard(),
    tokens,
    stop,
    predictions: new LastPredictions(),
    latency: new LatencyRing(systemClock),
    news,
    streams,
    traces,
  };
}

function othersOf({ stores, log }: NodeOptions, { node, roles }: NodeCluster, bus: Bus, stop: EmergencyStop): OtherNodes {
  const others = (): readonly string[] => roles.table.members.map((member) => member.node).filter((name) => name !== node);
  return new OtherNodes({ node, bus, ledger: stores.ledger, stop, others, clock: systemClock, ids: entropyIds, log });
}

/** Demos of one seed have the same closes: each run has traces of its own. */
async function tracesOf({ config, holder }: NodeOptions): Promise<TraceObserver | undefined> {
  if (config.traces === 'off' || holder === undefined) return undefined;
  const { openTraces } = await import('../traces/open-traces.js');
  const salt = config.demo ? entropyIds.secretFor('traces') : '';
  const { traces: url, traceShare: share } = config;
  return openTraces({ url, share, salt, version: SUHO_VERSION, instance: holder, clock: systemClock });
}

async function modelsOf(
  { config, stores, clock, log, inference = {} }: NodeOptions,
  { activity, tenants, advisers }: Pick<Ground, 'activity' | 'tenants' | 'advisers'>,
  closing: Closing,
): Promise<NodeModels> {
  const { ledger, tiers } = stores;
  const { deadlines = clock, threads } = inference;
  const records = new FileRecords(config.data, systemClock);
  closing.push(() => records.close());
  const models = await openNodeModels({
    data: config.data,
    clock,
    deadlines,
    ...(threads === undefined ? {} : { threads }),
    machine: systemClock,
    logger: log,
    activity,
    records,
    advice: (symbol, timeframe, atMs) => advisers.heard(symbol, timeframe, atMs),
    source: ownModelSource({ ledger, tiers, tierOf: (tenantId) => tenants.tierOf(tenantId) }),
    owners: [...tenants.rows.values()].flatMap(({ id, tier }) => (tiers.allows(tier, 'ownModels') ? [id] : [])),
  });
  closing.push(() => models.close());
  return models;
}
