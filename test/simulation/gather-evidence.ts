/** Puts together what a world leaves behind, for its checkers. */
import { DEFAULT_TRADING, resolveTrading } from '../../src/accounts/trading-settings.js';
import { readBooks } from '../../src/demo/simulated-day.js';
import { FeatureStream } from '../../src/features/feature-stream.js';
import { TIMEFRAME_MS, TIMEFRAMES } from '../../src/market/timeframe.js';
import type { ActorNode } from '../../src/actors/actor.js';
import { type AuditRow, auditRows, verifyAudit } from '../../src/storage/audit/audit-log.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import { isUndecided } from '../../src/signals/signal.js';
import { RecentCandles } from '../../src/storage/journal/recent-candles.js';
import type { ClusterWorld } from './cluster-world.js';
import type { AccountFacts, ClusterEvidence, NodeAtRest, NodeCandles, Replayed, WorldEvidence } from './evidence.js';
import type { SimulatedNode } from './simulated-node.js';

export async function gatherEvidence(world: ClusterWorld): Promise<WorldEvidence> {
  const { ledger, eas, nodes, witness, tables } = world;
  const rows: AuditRow[] = [];
  for await (const row of auditRows(ledger)) rows.push(row);
  for (const node of nodes) node.judgeStep();
  return {
    books: await readBooks(ledger),
    audit: { rows, report: await verifyAudit(rows) },
    records: new Map(eas.map((ea) => [ea.accountId, ea.summaries()])),
    deals: new Map(eas.map((ea) => [ea.accountId, ea.deals()])),
    accounts: accountsOf(world),
    left: witness.frames,
    openings: witness.openings,
    ackedInVain: witness.ackedInVain,
    held: witness.held,
    // A table keeps its rows in the order in which they were written, and whoever writes one has the ledger to himself.
    committed: tables.audit.values(),
    nodes: nodes.map((node) => atRest(world, node)),
    replays: nodes.flatMap((node) => replaysOf(world, node)),
    candles: nodes.map((node) => candlesOf(world, node)),
    startMs: world.startMs,
    ...(world.wipedMs === undefined ? {} : { wipedMs: world.wipedMs }),
    cluster: clusterOf(world),
    terminals: new Map(eas.map((ea) => [ea.accountId, ea.atRest()])),
  };
}

function clusterOf({ clusterWitness }: ClusterWorld): ClusterEvidence {
  const { takings, shared, decisions, nobodyFitMs } = clusterWitness;
  return { takings, shared, decisions, nobodyFitMs, atRest: clusterWitness.atRest() };
}

function accountsOf({ tables, tenants }: ClusterWorld): ReadonlyMap<string, AccountFacts> {
  return new Map(
    tables.accounts.values().map(({ id, tenantId, magicBase, trading }) => {
      const tenant = tenants.find((one) => one.id === tenantId);
      const { risk } = resolveTrading(resolveTrading(DEFAULT_TRADING, tenant?.trading ?? {}), trading);
      const { strategy = '', symbols = [] } = tenant ?? {};
      return [id, { ...risk, tenantId, magicBase, strategy, symbols, positionsMost: risk.openPositionsMost }];
    }),
  );
}

function candlesOf({ clock }: ClusterWorld, { name, journal, inStep, stepsSince }: SimulatedNode): NodeCandles {
  const last = stepsSince === undefined ? [] : [{ fromMs: stepsSince, toMs: clock.nowMs() }];
  return { node: name, candles: journal.since, inStep: [...inStep, ...last] };
}

/** Each stream again from what there was when the world began, through every candle that the node has journalled since. */
function replaysOf({ market }: ClusterWorld, { name, journal, process }: SimulatedNode): readonly Replayed[] {
  if (process === undefined) return [];
  const again = new RecentCandles();
  const streams = new Map<string, FeatureStream>();
  for (const symbol of market.symbols)
    for (const timeframe of TIMEFRAMES) {
      const closeBefore = (other: string, time: number): number => again.closeBefore(other, timeframe, time);
      streams.set(`${symbol}/${timeframe}`, new FeatureStream({ symbol, spanMs: TIMEFRAME_MS[timeframe], closeBefore }));
    }
  for (const candle of market.history) again.append(candle);
  for (const symbol of market.symbols)
    for (const timeframe of TIMEFRAMES)
      for (const candle of again.recent(symbol, timeframe)) streams.get(`${symbol}/${timeframe}`)?.update(candle);
  for (const candle of journal.since) {
    again.append(candle);
    streams.get(`${candle.symbol}/${candle.timeframe}`)?.update(candle);
  }
  return [...streams].flatMap(([key, stream]) => {
    const [symbol, timeframe] = key.split('/') as [string, Replayed['timeframe']];
    const live = process.features.recent(symbol, timeframe).at(-1);
    const replayed = stream.recent.at(-1);
    const numbers = (values: Float64Array | undefined): readonly number[] => [...(values ?? [])];
    return [{ node: name, symbol, timeframe, live: numbers(live?.values), again: numbers(replayed?.values) }];
  });
}

function sum(node: ActorNode, of: (node: ActorNode) => number): number {
  return of(node) + node.children.reduce((total, child) => total + sum(child, of), 0);
}

function most(node: ActorNode, of: (node: ActorNode) => number): number {
  return Math.max(of(node), ...node.children.map((child) => most(child, of)));
}

const figure = (of: unknown): number => (typeof of === 'number' ? of : 0);

/** Signals of an account that are not over. */
function openSignals({ tables }: ClusterWorld, accountId: string): number {
  const open = ({ kind, state }: SignalRow): boolean => isUndecided(state) || (kind === 'OPEN' && state === 'EXECUTED');
  return tables.signals.values().filter((row) => row.accountId === accountId && open(row)).length;
}

function atRest(world: ClusterWorld, { name, process }: SimulatedNode): NodeAtRest {
  if (process === undefined) return { node: name, sizes: { absent: 1 }, bounds: {} };
  const { root, commits, addresses, wires, drain } = process;
  const tree = root.system.inspect();
  const tracked = (node: ActorNode, key: string): number =>
    figure((node.figures.tracked as Readonly<Record<string, unknown>> | undefined)?.[key]);
  const symbols = world.market.symbols.length;
  const accounts = world.eas.length;
  return {
    node: name,
    sizes: {
      mailboxes: sum(tree, ({ mailbox }) => mailbox),
      commits: commits.pending,
      connections: wires.size,
      sessions: addresses.sessions,
      refusals: addresses.refusals,
      draining: drain.connected,
      // Of an account whose session is elsewhere a node keeps what it last knew, until its own next session.
      unacked: sum(tree, ({ figures }) => figure((figures.session as { readonly unacked?: number } | undefined)?.unacked)),
      commands: sum(tree, ({ figures }) => (figures.session === undefined ? 0 : figure(figures.commands))),
      doubts: sum(tree, (node) => (node.figures.session === undefined ? 0 : tracked(node, 'doubts'))),
      described: most(tree, (node) => tracked(node, 'described')),
      live: most(tree, (node) => tracked(node, 'live')),
      signals: most(tree, ({ figures }) => (figures.session === undefined ? 0 : figure(figures.signals))),
      actors: sum(tree, () => 1),
    },
    bounds: {
      connections: accounts,
      sessions: accounts,
      draining: accounts,
      described: symbols,
      live: symbols,
      // Whatever has its end is forgotten.
      signals: Math.max(...world.eas.map(({ accountId }) => openSignals(world, accountId))),
      // Root, storage, correlations, symbols with six timeframes each, tenants with three children each, accounts, market.
      actors: 40 + symbols * 7 + accounts + 4 * world.tenants.length,
    },
  };
}
