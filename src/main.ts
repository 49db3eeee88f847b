/** A node: settings → adapters → the tree → listeners, and all of it closed again in the opposite order. */
import { budgetFile } from './advisers/budget-file.js';
import { Advisers } from './advisers/advisers.js';
import { ownModelSource } from './accounts/own-models.js';
import { AccountWatch } from './accounts/account-watch.js';
import { createAssessor } from './accounts/assessment.js';
import { Meter } from './accounts/meter.js';
import type { TierName } from './accounts/tiers.js';
import { hourOf } from './accounts/usage.js';
import { NactScheduler, type Scheduler } from './actors/actor.js';
import type { TickSource } from './actors/feed.js';
import { type ControlOptions, controlMethods, type StoreCopies } from './admin/control-methods.js';
import { serveControl } from './admin/control.js';
import { type HttpServer, type Readiness, type ReadinessPart, serveHttp } from './admin/http.js';
import { NodeFigures } from './admin/node-figures.js';
import { type Config, mayBePlain } from './config.js';
import { SuhoError } from './errors.js';
import { FeatureStreams } from './features/feature-streams.js';
import { certificateFor } from './gateway/development-certificate.js';
import { Door } from './gateway/door.js';
import { type Gateway, openGateway } from './gateway/gateway.js';
import { type NodeModels, openNodeModels } from './inference/node-models.js';
import type { CorrelationsOptions } from './jobs/standing-jobs.js';
import { CorrelationBoard } from './patterns/correlation-board.js';
import { type OpenedJobs, openJobs } from './jobs/open-jobs.js';
import { EaFeed } from './feeds/ea-feed.js';
import { checkFeedAccounts, feedAccounts } from './feeds/feed-accounts.js';
import { LIMITS } from './limits.js';
import { INSTRUMENTS } from './market/instrument.js';
import { QuoteBoard } from './market/quote-board.js';
import { Activity } from './runtime/activity.js';
import { type Clock, systemClock } from './runtime/clock.js';
import type { Ids } from './runtime/ids.js';
import type { Logger, LogLines } from './runtime/logger.js';
import { Metrics } from './runtime/metrics.js';
import type { Random } from './runtime/random.js';
import type { WireActivity } from './runtime/wire-activity.js';
import { brokersCompared } from './storage/analytics/brokers-compared.js';
import { storedCandles } from './storage/analytics/stored-candles.js';
import type { TenantRow } from './storage/ledger/ledger.js';
import { GroupCommit } from './storage/ledger/group-commit.js';
import { type KeeperHealth, type Keepers, openKeepers, watchKeepers } from './storage/keepers.js';
import { FileRecords } from './storage/records/file-records.js';
import type { AccountRow } from './storage/ledger/ledger.js';
import { TokenSigner } from './storage/tokens/token-signer.js';
import type { NodeStores } from './storage/stores.js';
import { EmergencyStop } from './storage/emergency-stop.js';
import { NewsFile } from './storage/news-file.js';
import { readCostUnits } from './storage/tier-table.js';
import type { RootObserver } from './supervisors/observers.js';
import { type Root, startRoot } from './supervisors/root.js';
import { TenantDirectory } from './tenant-directory.js';

export interface NodeOptions {
  readonly config: Config;
  /** What the caller has opened, and closes after the node: the folder is locked before any of it. */
  readonly stores: NodeStores;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly log: Logger;
  /** What `log` says, to be kept in analytics: not where time is simulated, since lines have the machine's. */
  readonly lines?: LogLines;
  readonly activity?: Activity;
  readonly wire?: WireActivity;
  readonly scheduler?: Scheduler;
  /** Engine milliseconds between heartbeats of EA sessions. */
  readonly heartbeatMs?: number;
  /** Names this process among all that run jobs. Without it the node runs none, as where time is simulated: nothing waits for them there. */
  readonly holder?: string;
  /**
   * By which clock a model's answer is late, where it is not the engine's: an answer is waited for in real time, however fast the
   * engine's passes. With more than one thread answers come in whatever order.
   */
  readonly inference?: { readonly deadlines?: Clock; readonly threads?: number };
  readonly feed?: { readonly source: TickSource; readonly periodMs: number };
  /** Told of what happens, after the node's own. */
  readonly observers?: readonly Partial<RootObserver>[];
}

export interface Node {
  readonly root: Root;
  readonly gateway: Gateway;
  readonly http: HttpServer | undefined;
  readonly figures: NodeFigures;
  readonly board: QuoteBoard;
  readonly commits: GroupCommit;
  readonly keepers: Keepers;
  readiness(): Promise<Readiness>;
  close(): Promise<void>;
}

/** After a start without snapshots, columns that forget slowly differ a little from those of a node that ran all along. */
function tellColdStart(features: FeatureStreams, log: Logger): void {
  const cold = features.coldStarts.filter(({ candles }) => candles > 0);
  const most = cold.reduce<(typeof cold)[number] | undefined>(
    (longest, each) => (longest === undefined || each.candles > longest.candles ? each : longest),
    undefined,
  );
  if (most === undefined) return;
  const { symbol, timeframe, candles, unsettled } = most;
  log.info(
    { streams: cold.length, symbol, timeframe, candles, unsettled },
    'features began cold from history; the columns named are not settled even where it is longest (docs/FEATURES.md)',
  );
}

type Closing = (() => Promise<void> | void)[];

/** In the opposite order; each once. */
async function closeAll(closing: Closing): Promise<void> {
  for (const step of closing.splice(0).reverse()) await step();
}

/** What the tree stands on. */
interface Ground {
  readonly activity: Activity;
  readonly heartbeatMs: number;
  readonly metrics: Metrics;
  readonly figures: NodeFigures;
  readonly board: QuoteBoard;
  readonly features: FeatureStreams;
  readonly commits: GroupCommit;
  /** Where accounts' quotes are the feed. */
  readonly ea?: OpenedEaFeed;
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
  /** Absent where no file of news was named. */
  readonly news: NewsFile | undefined;
}

async function openGround(options: NodeOptions, closing: Closing): Promise<Ground> {
  const { config, stores, clock, log, feed } = options;
  const { ledger, journal, snapshots, tiers } = stores;
  const activity = options.activity ?? new Activity();
  const metrics = new Metrics();
  const figures = new NodeFigures(metrics, clock);
  const board = new QuoteBoard();
  const commits = new GroupCommit({ ledger, clock, activity, onCommit: (observed) => figures.committed(observed) });
  const tenants = new TenantDirectory(tiers, await ledger.listTenants());
  const ea = await eaFeedOf(options, [...tenants.rows.values()]);
  const source = ea === undefined ? () => feed?.source.name ?? 'none' : ea.feed.sourceOf.bind(ea.feed);
  const isFeed = (accountId: string): boolean => ea?.feed.isSource(accountId) ?? false;
  const keepers = await openKeepers({
    ...options,
    settings: config,
    activity,
    board,
    commits,
    folder: config.data,
    source,
    isFeed,
  });
  // Whoever keeps what happened hears of it until the last commit is through.
  closing.push(
    () => keepers.close(),
    () => commits.close(),
  );
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
  return {
    activity,
    heartbeatMs: options.heartbeatMs ?? LIMITS.session.heartbeatMs,
    metrics,
    figures,
    board,
    features: new FeatureStreams({ journal, snapshots }),
    commits,
    ...(ea === undefined ? {} : { ea }),
    isFeed,
    tenants,
    keepers,
    meter,
    advisers,
    models,
    correlations: new CorrelationBoard(),
    tokens,
    stop: new EmergencyStop(config.data),
    news,
  };
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

interface Grown {
  readonly root: Root;
  /** Safe to call again. */
  readonly stopTree: () => void;
}

function growTree(options: NodeOptions, ground: Ground): Grown {
  const { stores, clock, log } = options;
  const { ledger, journal, patterns: store } = stores;
  const { tenants, keepers, meter, models, board, figures, correlations, advisers, features, news, stop } = ground;
  const scheduler = options.scheduler ?? new NactScheduler(log);
  const assessor = createAssessor({
    reference: (symbol, timeMs) => board.nearest(symbol, timeMs),
    isReference: ground.isFeed,
    subscribed: (tenantId) => tenants.subscribedBy(tenantId),
    historyFull: () => keepers.full,
    drawdown: (accountId) => keepers.drawdownOf(accountId),
    ...(news === undefined ? {} : { news: () => news.calendar }),
    correlated: (symbol, least) => correlations.correlatedWith(symbol, least),
  });
  const tierOf = (tenantId: string): TierName => tenants.tierOf(tenantId);
  const root = startRoot({
    ...options,
    ...ground,
    scheduler,
    journal,
    ledger,
    symbols: INSTRUMENTS.map(({ symbol }) => symbol),
    tenants: [...tenants.rows.values()],
    settingsOf: (tenant) => tenants.settingsOf(tenant),
    assessor,
    isReference: ground.isFeed,
    allowance: meter.signals(tierOf),
    issueToken: (subject) => ground.tokens.issue(subject),
    drawdown: (accountId) => keepers.drawdownOf(accountId),
    halted: () => stop.halt,
    takePrediction: (id, heard) => meter.takePrediction({ id, tier: tierOf(id) }, heard, clock.nowMs()),
    own: models.ownPredictor,
    predictor: models.predictor,
    patterns: {
      store,
      ledger,
      timers: options.inference?.deadlines ?? clock,
      keeps: (tenant) => tenants.keepsPatterns(tenant),
    },
    observers: [
      figures,
      meter,
      correlations,
      advisers.observer,
      ...(ground.ea ? [ground.ea.feed] : []),
      ...keepers.observers,
      ...(options.observers ?? []),
    ],
  });
  tellColdStart(features, log);
  let stopped = false;
  const stopTree = (): void => {
    if (stopped) return;
    stopped = true;
    root.system.close();
    if (scheduler instanceof NactScheduler) scheduler.close();
  };
  return { root, stopTree };
}

async function listen(options: NodeOptions, ground: Ground, root: Root): Promise<Gateway> {
  const { config, stores, clock, ids, wire } = options;
  const { tenants, activity, heartbeatMs, figures } = ground;
  const { ledger } = stores;
  const door = new Door({ ledger, tenants: root.tenants, known: tenants.rows, clock, ids, activity, heartbeatMs });
  return openGateway({
    host: config.host,
    tlsPort: config.eaPort,
    tcpPort: config.tcpPort,
    wsPort: config.wsPort,
    suho1Port: config.suho1Port,
    plainWebSocket: mayBePlain(config),
    tls: await certificateFor(config, systemClock.nowMs()),
    door,
    clock,
    helloMs: Math.max(LIMITS.session.helloMs, heartbeatMs),
    observer: figures,
    ...(wire ? { wire } : {}),
  });
}

function readinessOf({ stores, feed, clock }: NodeOptions, ground: Ground, root: Root): () => Promise<Readiness> {
  const { commits, keepers, models, news, stop, ea } = ground;
  const { journal, snapshots, patterns } = stores;
  return async () => {
    // Nobody may have asked the server for long: its answer is told at the next look.
    void patterns.ready();
    const { ok, sentence } = root.health;
    const parts = {
      ledger: { ok, ...(sentence === undefined ? {} : { detail: sentence }) },
      commits: { ok: !commits.full },
      journal: faultless(journal.fault),
      snapshots: faultless(snapshots.fault),
      // Its EA comes through this node's own door: were the node not ready without it, nobody would send it here.
      ...(ea ? optional({ feed: ea.feed.state(clock.nowMs()) }) : { feed: feedPart(feed) }),
      capacity: { ok: !keepers.full, ...(keepers.full ? { detail: 'account history has no room left: no new signals' } : {}) },
      ...optional({
        ...keepers.health(),
        ...(news === undefined ? {} : { news: faultless(news.fault) }),
        patterns: faultless(patterns.fault),
        models: models.health(),
      }),
      ...(stop.halt === null ? {} : { trading: { ok: false, detail: `emergency stop: ${stop.halt.reason}`, optional: true } }),
      actors: { ok: root.system.stoppedForGood.length === 0, detail: `${root.system.stoppedForGood.length} stopped for good` },
    };
    return { ready: Object.values<ReadinessPart>(parts).every((part) => part.ok || part.optional), parts };
  };
}

/** Jobs, and what a command may ask of the node. */
async function serve(options: NodeOptions, ground: Ground, node: Node, closing: Closing): Promise<void> {
  const { config, stores, clock } = options;
  const { ledger, tiers, patterns } = stores;
  const { tenants, meter, models, correlations, stop } = ground;
  const jobs = await jobsOf(options, { board: correlations, store: patterns, tenants: () => tenants.correlated() });
  const methods = controlMethods({
    ledger,
    tiers,
    meter,
    clock,
    node,
    heardAt: ground.keepers.heardAt,
    rotateTokens: (leaked) => ground.tokens.rotate(leaked),
    know: (tenant) => void tenants.rows.set(tenant.id, tenant),
    ...(ground.ea?.owner === undefined ? {} : { onlyTenant: ground.ea.owner }),
    stop: {
      set: (halt) => {
        if (halt === null) stop.lift();
        else stop.set(halt);
        for (const tenantId of tenants.rows.keys()) node.root.tenants.tell({ kind: 'halted', tenantId });
      },
    },
    copies: copiesOf(stores),
    ...analysesOf(stores),
    ...(jobs === undefined ? {} : { jobs: jobs.runner, archive: jobs.archiver }),
    useModel: async ({ card, state }) => {
      const sentence = await models.use(card, state);
      return sentence === undefined ? { used: true } : { used: false, sentence };
    },
    ownModels: models.own,
  });
  const control = await serveControl(config.data, methods);
  closing.push(() => control.close());
  // Where time is simulated there is no other node.
  if (options.holder !== undefined) {
    const changed = (account: AccountRow): void => void node.root.tenants.tell({ kind: 'account', account });
    const watch = new AccountWatch({ ledger, timers: systemClock, changed });
    watch.start();
    closing.push(() => watch.close());
  }
  if (jobs === undefined) return;
  jobs.runner.start();
  closing.push(() => jobs.runner.close());
}

export async function startNode(options: NodeOptions): Promise<Node> {
  const { config } = options;
  const closing: Closing = [];
  const close = (): Promise<void> => closeAll(closing);
  try {
    const ground = await openGround(options, closing);
    const { metrics, commits, keepers, ea } = ground;
    const feed = ea ? { source: ea.feed, periodMs: LIMITS.feed.pollMs } : options.feed;
    const { root, stopTree } = growTree(options, ground);
    closing.push(stopTree);
    const gateway = await listen(options, ground, root);
    // The tree stops first, so that its sessions say goodbye while their sockets still stand.
    closing.push(() => gateway.close(), stopTree);
    const readiness = readinessOf(options, ground, root);
    watchActors(metrics, root, commits);
    watchKeepers(metrics, keepers);
    if (ea) watchEaFeed(metrics, ea.feed, options.clock);
    watchRefusals(metrics, gateway);
    const http = await openHttp(config, metrics, root, readiness);
    if (http !== undefined) closing.push(() => http.close());
    const polling = feed && root.startFeed(feed.source.name, feed);
    if (polling !== undefined) closing.push(() => root.system.stop(polling));
    const { figures, board } = ground;
    const node: Node = { root, gateway, http, figures, board, commits, keepers, readiness, close };
    await serve(options, ground, node, closing);
    return node;
  } catch (error) {
    await close();
    throw error;
  }
}

async function jobsOf(
  { config, stores, clock, random, log, holder }: NodeOptions,
  correlations: CorrelationsOptions,
): Promise<OpenedJobs | undefined> {
  if (holder === undefined) return undefined;
  const { archive, data: folder } = config;
  const { ledger, analytics } = stores;
  return openJobs({ ledger, analytics, archive, folder, clock, random: random.fork('jobs'), log, holder, correlations });
}

/** For commands beside the node, which has an embedded store to itself. */
function analysesOf({ analytics }: NodeStores): Pick<ControlOptions, 'candles' | 'brokers'> {
  if (analytics.kind === 'off') return {};
  const { store } = analytics;
  return { candles: storedCandles(store), brokers: (question) => brokersCompared(store, question) };
}

/** What of the data folder only the node can copy whole. */
function copiesOf({ patterns }: NodeStores): StoreCopies {
  if (patterns.snapshotTo === undefined) return {};
  const copy = patterns.snapshotTo.bind(patterns);
  return {
    patterns: async (folder) => {
      const { failed } = await copy(folder);
      const [first] = failed;
      if (first !== undefined)
        throw new SuhoError('FILE_UNREADABLE', `${failed.size} tenants' patterns cannot be copied whole: ${first[1]}`);
    },
  };
}

interface OpenedEaFeed {
  readonly feed: EaFeed;
  /** The only tenant that the node may have. */
  readonly owner: string | undefined;
}

async function eaFeedOf({ config, stores, log }: NodeOptions, tenants: readonly TenantRow[]): Promise<OpenedEaFeed | undefined> {
  const named = feedAccounts(config.feed);
  if (named.length === 0) return undefined;
  const accounts = await stores.ledger.accounts(named);
  const owner = checkFeedAccounts({ named, accounts, tenants, shared: config.feedShared });
  const onSwitch = (accountId: string, fromMs: number): void =>
    log.warn({ accountId, from: new Date(fromMs).toISOString() }, 'another account is the feed');
  return { feed: new EaFeed({ accounts: named, onSwitch }), owner };
}

function watchEaFeed(metrics: Metrics, feed: EaFeed, clock: Clock): void {
  metrics.gauge('suho_feed_up', 'Whether the account that is the feed quotes', [], (gauge) =>
    gauge.set(feed.state(clock.nowMs()).ok ? 1 : 0),
  );
  metrics.gauge('suho_feed_quotes', 'What became of quotes of the feed’s accounts, since the start', ['event'], (gauge) => {
    for (const [event, count] of Object.entries(feed.figures)) gauge.set({ event }, count);
  });
}

function feedPart(feed: NodeOptions['feed']): ReadinessPart {
  return feed ? { ok: true, detail: feed.source.name } : { ok: false, detail: 'no feed is configured' };
}

function faultless(fault: string | undefined): { ok: boolean; detail?: string } {
  return fault === undefined ? { ok: true } : { ok: false, detail: fault };
}

/** Parts that the node does its work without. */
function optional(parts: Readonly<Record<string, KeeperHealth>>): Readonly<Record<string, ReadinessPart>> {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, { ...part, optional: true }]));
}

function watchActors(metrics: Metrics, root: Root, commits: GroupCommit): void {
  metrics.gauge('suho_ledger_pending_operations', 'Operations that wait for their commit', [], (gauge) =>
    gauge.set(commits.pending),
  );
  metrics.gauge('suho_actor_dead_letters', 'Messages to actors that had stopped', [], (gauge) =>
    gauge.set(root.system.deadLetters),
  );
}

function watchRefusals(metrics: Metrics, { addresses }: Gateway): void {
  metrics.gauge('suho_ea_refusals_waiting', 'EAs with a wrong key whose refusal waits its time', [], (gauge) =>
    gauge.set(addresses.refusals),
  );
  metrics.gauge('suho_ea_cut_off', 'EAs with a wrong key that found no room to wait, since the start', [], (gauge) =>
    gauge.set(addresses.cutOff),
  );
  metrics.gauge('suho_ea_failing_addresses', 'Addresses with a wrong key of late', [], (gauge) => gauge.set(addresses.failing));
}

async function openHttp(
  config: Config,
  metrics: Metrics,
  root: Root,
  readiness: () => Promise<Readiness>,
): Promise<HttpServer | undefined> {
  if (config.httpPort === 'off') return undefined;
  return serveHttp({
    host: config.host,
    port: config.httpPort,
    views: {
      readiness,
      metrics: async () => ({ contentType: metrics.registry.contentType, body: await metrics.registry.metrics() }),
      actors: () => ({
        deadLetters: root.system.deadLetters,
        stoppedForGood: root.system.stoppedForGood,
        root: root.system.inspect(),
      }),
    },
  });
}
