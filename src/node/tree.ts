/** The actor tree, grown on the ground. */
import { createAssessor } from '../accounts/assessment.js';
import type { TierName } from '../accounts/tiers.js';
import { NactScheduler } from '../actors/actor.js';
import type { FeatureStreams } from '../features/feature-streams.js';
import { INSTRUMENTS } from '../market/instrument.js';
import { entropyIds } from '../runtime/ids.js';
import type { Logger } from '../runtime/logger.js';
import { type Root, startRoot } from '../supervisors/root.js';
import { clusterSpec } from './cluster.js';
import type { Ground } from './ground.js';
import type { NodeOptions } from './node.js';

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

export interface Grown {
  readonly root: Root;
  /** Safe to call again. */
  readonly stopTree: () => void;
}

export function growTree(options: NodeOptions, ground: Ground): Grown {
  const { stores, clock, log } = options;
  const { ledger, journal, patterns: store } = stores;
  const {
    tenants,
    keepers,
    meter,
    models,
    board,
    figures,
    watch,
    correlations,
    advisers,
    features,
    news,
    stop,
    predictions,
    latency,
    traces,
    among,
  } = ground;
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
  const symbols = INSTRUMENTS.map(({ symbol }) => symbol);
  const leased = { registry: keepers.bus.registry, ledger, ids: entropyIds, symbols, tenants: () => tenants.rows.keys() };
  const root = startRoot({
    ...options,
    ...ground,
    scheduler,
    journal,
    ledger,
    symbols,
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
    ...(ground.streams ? { openCandles: ground.streams.openCandles } : {}),
    predictor: models.predictor,
    patterns: {
      store,
      ledger,
      timers: options.inference?.deadlines ?? clock,
      keeps: (tenant) => tenants.keepsPatterns(tenant),
    },
    out: keepers.teller,
    ...(among === undefined ? {} : { cluster: { roles: among.roles, spec: clusterSpec(among, leased) } }),
    onlookers: [correlations, ...(ground.streams ? [ground.streams.observer] : [])],
    observers: [
      figures,
      watch,
      meter,
      correlations,
      predictions,
      latency,
      advisers.observer,
      ...(ground.ea ? [ground.ea.feed] : []),
      ...(ground.feedOut ? [ground.feedOut] : []),
      ...keepers.observers,
      ...(ground.streams ? [ground.streams.observer] : []),
      ...(traces === undefined ? [] : [traces]),
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
