/** Each checker of a world of many nodes finds what it is there for, in evidence that is made up for it, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEntry } from '../../src/storage/audit/audit.js';
import type { Candle } from '../../src/market/candle.js';
import { newSignal } from '../contracts/ledger-world.js';
import { WORLD_CHECKERS } from './checkers/table.js';
import type { ClusterEvidence, LeftFrame, WorldEvidence } from './evidence.js';
import { coverageOf, everyEdge, IMPOSSIBLE, walkedEdges } from './life-edges.js';

const ROW = {
  ...newSignal(1, 1),
  seq: 1,
  reason: null,
  filledVolume: 0,
  remainingVolume: 0,
  fillPrice: 0,
  updatedAt: 0,
  state: 'REJECTED' as const,
};
const FACTS = {
  tenantId: ROW.tenantId,
  magicBase: 1,
  strategy: ROW.strategy,
  symbols: [ROW.symbol],
  riskPercentMost: 1,
  positionsMost: 2,
  positionsPerSymbolMost: 1,
  leverageMost: 10,
  currencyExposureMostPercent: 200,
  dailyLossMostPercent: 5,
  directions: 'long-only' as const,
};
const REPORT = { ok: true, tenants: 1, chains: 1, entries: 0, anchors: 0, faults: [], faultCount: 0 };
const CANDLE: Candle = {
  symbol: 'EURUSD',
  timeframe: 'M1',
  time: 60_000,
  open: 1,
  high: 1,
  low: 1,
  close: 1,
  volume: 1,
  spread: 0,
  gapBefore: 0,
};

function evidence(change: Partial<WorldEvidence>): WorldEvidence {
  return {
    books: { signals: [], refusals: [], executions: [], deals: [], commands: [] },
    records: new Map(),
    audit: { rows: [], report: REPORT },
    deals: new Map(),
    accounts: new Map([[ROW.accountId, FACTS]]),
    left: [],
    openings: [],
    ackedInVain: [],
    held: [],
    committed: [],
    nodes: [],
    replays: [],
    candles: [],
    startMs: 0,
    terminals: new Map(),
    cluster: { takings: [], shared: [], decisions: [], nobodyFitMs: [], atRest: { members: new Map(), holders: new Map() } },
    ...change,
  };
}

function told(kind: string, subject: string, body: object, writer = 1): AuditEntry {
  return { tenantId: ROW.tenantId, writer, seq: 1, atMs: 0, kind, subject, body: JSON.stringify(body), hash: '' } as AuditEntry;
}

const claimed = (epoch: number, writer = 1): AuditEntry => told('account.claimed', ROW.accountId, { epoch }, writer);
const raised = (epoch: number, writer = 1): AuditEntry =>
  told('signal.raised', ROW.id, { accountId: ROW.accountId, epoch, state: 'SENT' }, writer);

const FRAME: LeftFrame = {
  kind: 'SIGNAL',
  accountId: ROW.accountId,
  node: 'node-1',
  life: 1,
  epoch: 1,
  id: ROW.id,
  committed: true,
  atMs: 0,
};
const OPENING = {
  accountId: ROW.accountId,
  id: ROW.id,
  magic: 1n,
  symbol: ROW.symbol,
  contractSize: 100_000,
  side: 'BUY' as const,
  equity: 10_000,
  volume: 1,
  distance: 0,
  rate: 1,
  counted: 1,
  countedOfSymbol: 1,
  leverage: 1,
  exposurePercent: 0,
  dayLossPercent: 0,
};
const IN_STEP = [{ fromMs: 0, toMs: 200_000 }];
const books = (signals: WorldEvidence['books']['signals']): Pick<WorldEvidence, 'books'> => ({
  books: { ...evidence({}).books, signals },
});

const FEED = 'feed/market';
const taking = (revision: number): ClusterEvidence['takings'][number] => {
  return { thing: FEED, node: `node-${revision}`, epoch: { generation: 1, revision }, atMs: 0 };
};
const DECISION = { what: 'a decision', node: 'node-1', atMs: 0, unfitForMs: 1_000, otherWellForMs: 60_000 };

function ofCluster(change: Partial<ClusterEvidence>): Pick<WorldEvidence, 'cluster'> {
  return { cluster: { ...evidence({}).cluster, ...change } };
}

/** One node; who has the feed, and whom the node knows. */
function atRest(holders: readonly string[], members: readonly string[]): Partial<WorldEvidence> {
  const inEnd = { members: new Map([['node-1', members]]), holders: new Map([[FEED, holders]]) };
  return { ...ofCluster({ atRest: inEnd }), candles: [{ node: 'node-1', candles: [], inStep: [] }] };
}

/** A longer candle that is not what its minute is, and one that is, of another node. */
function twoVersions(): Pick<WorldEvidence, 'candles'> {
  const of = (node: string, volume: number) => {
    const longer: Candle = { ...CANDLE, timeframe: 'M5', time: 0, volume };
    return { node, candles: [CANDLE, longer], inStep: [] };
  };
  return { candles: [of('node-1', 2), of('node-2', 1)] };
}

/** What a checker must find, and beside it what is like it and as it should be. */
const CASES: readonly (readonly [checker: string, wrong: Partial<WorldEvidence>, right: Partial<WorldEvidence>])[] = [
  ['committedBeforeItLeft', { left: [{ ...FRAME, committed: false }] }, { left: [FRAME] }],
  [
    'everySignalReachesItsEa',
    books([{ ...ROW, instance: 'an EA', state: 'EXECUTED' }]),
    books([
      { ...ROW, instance: 'an EA', state: 'EXPIRED' },
      { ...ROW, instance: null, state: 'CANCELLED' },
    ]),
  ],
  ['ackedIsStored', { ackedInVain: ['deal 1'] }, {}],
  ['oneOwnerPerAccount', { committed: [claimed(1), claimed(2), raised(1)] }, { committed: [claimed(1), raised(1), claimed(2)] }],
  ['oneOwnerPerAccount', { committed: [claimed(1), raised(1, 2)] }, { committed: [claimed(1, 2), raised(1, 2)] }],
  ['oneOwnerPerAccount', { committed: [claimed(2), claimed(2, 2)] }, { committed: [claimed(2), claimed(3, 2)] }],
  [
    'oneOwnerPerAccount',
    { left: [FRAME, { ...FRAME, node: 'node-2' }] },
    { left: [FRAME, { ...FRAME, node: 'node-2', epoch: 2 }] },
  ],
  ['riskLimitsHold', { openings: [{ ...OPENING, distance: 0.0012 }] }, { openings: [{ ...OPENING, distance: 0.0009 }] }],
  ['riskLimitsHold', { openings: [{ ...OPENING, counted: 3 }] }, { openings: [{ ...OPENING, counted: 2 }] }],
  ['riskLimitsHold', { openings: [{ ...OPENING, countedOfSymbol: 2 }] }, { openings: [OPENING] }],
  ['riskLimitsHold', { openings: [{ ...OPENING, leverage: 12 }] }, { openings: [{ ...OPENING, leverage: 9 }] }],
  ['riskLimitsHold', { openings: [{ ...OPENING, exposurePercent: 230 }] }, { openings: [{ ...OPENING, exposurePercent: 199 }] }],
  ['riskLimitsHold', { openings: [{ ...OPENING, dayLossPercent: 5 }] }, { openings: [{ ...OPENING, dayLossPercent: 4.9 }] }],
  ['riskLimitsHold', { openings: [{ ...OPENING, side: 'SELL' }] }, { openings: [OPENING] }],
  [
    'riskLimitsHold',
    { held: [{ accountId: ROW.accountId, positions: 3, atMs: 0 }] },
    { held: [{ accountId: ROW.accountId, positions: 2, atMs: 0 }] },
  ],
  ['tenantsNeverMix', books([{ ...ROW, tenantId: 'another' }]), books([ROW])],
  ['tenantsNeverMix', books([{ ...ROW, strategy: 'another' }]), books([ROW])],
  ['tenantsNeverMix', { ...books([ROW]), left: [{ ...FRAME, accountId: 'another' }] }, { ...books([ROW]), left: [FRAME] }],
  ['tenantsNeverMix', { committed: [{ ...raised(1), tenantId: 'another' }] }, { committed: [raised(1)] }],
  [
    'journalReplaysToLiveState',
    { replays: [{ node: 'node-1', symbol: 'EURUSD', timeframe: 'M1', live: [1, Number.NaN], again: [1, 2] }] },
    { replays: [{ node: 'node-1', symbol: 'EURUSD', timeframe: 'M1', live: [1, Number.NaN], again: [1, Number.NaN] }] },
  ],
  [
    'nodesAgreeOnCandles',
    {
      candles: [
        { node: 'node-1', candles: [CANDLE], inStep: IN_STEP },
        { node: 'node-2', candles: [{ ...CANDLE, volume: 2 }], inStep: IN_STEP },
      ],
    },
    {
      candles: [
        { node: 'node-1', candles: [CANDLE], inStep: IN_STEP },
        // It was not there for the whole of it.
        { node: 'node-2', candles: [{ ...CANDLE, volume: 2 }], inStep: [{ fromMs: 61_000, toMs: 200_000 }] },
      ],
    },
  ],
  [
    'candlesReachEveryNode',
    {
      candles: [
        { node: 'node-1', candles: [CANDLE], inStep: [] },
        { node: 'node-2', candles: [], inStep: [] },
      ],
    },
    {
      candles: [
        { node: 'node-1', candles: [CANDLE], inStep: [] },
        { node: 'node-2', candles: [CANDLE], inStep: [] },
      ],
    },
  ],
  [
    'longCandlesAreMadeOfMinutes',
    { candles: [{ node: 'node-1', candles: [CANDLE, { ...CANDLE, timeframe: 'M5', time: 0, high: 2 }], inStep: [] }] },
    { candles: [{ node: 'node-1', candles: [CANDLE, { ...CANDLE, timeframe: 'M5', time: 0 }], inStep: [] }] },
  ],
  [
    'longCandlesAreMadeOfMinutes',
    { candles: [{ node: 'node-1', candles: [CANDLE, { ...CANDLE, timeframe: 'M5', time: 0, volume: 2 }], inStep: [] }] },
    {
      candles: [
        { node: 'node-1', candles: [CANDLE, { ...CANDLE, timeframe: 'M5', time: 0, volume: 2 }], inStep: [] },
        // Another version of its minute.
        { node: 'node-2', candles: [{ ...CANDLE, volume: 2 }], inStep: [] },
      ],
    },
  ],
  // Another version of the longer candle, of a node that had not heard of it when the bus lost everything: after it, and before.
  ['longCandlesAreMadeOfMinutes', { ...twoVersions(), wipedMs: 300_000 - 1 }, { ...twoVersions(), wipedMs: 300_000 }],
  ['oneHolderPerThing', ofCluster({ shared: [{ thing: FEED, nodes: ['node-1', 'node-2'], atMs: 0 }] }), ofCluster({})],
  ['oneHolderPerThing', ofCluster({ takings: [taking(2), taking(1)] }), ofCluster({ takings: [taking(1), taking(2)] })],
  [
    'unfitNodesDecideNothing',
    ofCluster({ decisions: [{ ...DECISION, unfitForMs: 30_000 }] }),
    ofCluster({ decisions: [DECISION, { ...DECISION, unfitForMs: 30_000, otherWellForMs: 0 }] }),
  ],
  ['everythingHasAHolder', atRest(['node-1'], ['node-1', 'node-2']), atRest(['node-1'], ['node-1'])],
  ['everythingHasAHolder', atRest([], ['node-1']), atRest(['node-1'], ['node-1'])],
  [
    'nothingGrows',
    { nodes: [{ node: 'node-1', sizes: { mailboxes: 1 }, bounds: {} }] },
    { nodes: [{ node: 'node-1', sizes: { mailboxes: 0, sessions: 3 }, bounds: { sessions: 3 } }] },
  ],
  [
    'everybodyComesBack',
    { terminals: new Map([[ROW.accountId, { live: false, kept: 0, openSignals: 0 }]]) },
    { terminals: new Map([[ROW.accountId, { live: true, kept: 0, openSignals: 0 }]]) },
  ],
];

for (const [at, [checker, wrong, right]] of CASES.entries())
  test(`${checker} finds what is wrong, and lets pass what is not (${at + 1})`, () => {
    const check = WORLD_CHECKERS[checker];
    assert.equal(check?.(evidence(wrong)).length, 1, checker);
    assert.deepEqual(check?.(evidence(right)), []);
  });

test('every checker of many nodes is among these', () => {
  const shared = new Set(['everySignalHasARow', 'executedAtMostOnce', 'endsAsItsBrokerSays', 'numbersWithoutGaps']);
  for (const name of ['oneSignalPerDecision', 'everyDealIsBooked', 'everyRowIsTold']) shared.add(name);
  const tried = new Set(CASES.map(([checker]) => checker));
  assert.deepEqual(
    Object.keys(WORLD_CHECKERS).filter((name) => !shared.has(name) && !tried.has(name)),
    [],
  );
});

test('edges are walked as the audit log tells them, and what is told twice moves nothing', () => {
  const walked = walkedEdges([
    raised(1),
    told('signal.unknown', ROW.id, { epoch: 1 }),
    told('signal.result', ROW.id, { outcome: 'EXECUTED', state: 'CLOSED' }),
    told('deal.booked', '7', { signalId: ROW.id, state: 'CLOSED' }),
    told('command.asked', 'c', { state: 'SENT' }),
    told('command.result', 'c', { outcome: 'REJECTED', state: 'REJECTED' }),
  ]);
  assert.deepEqual(walked, {
    'signal NEW→SENT': 1,
    'signal SENT→UNKNOWN': 1,
    'signal UNKNOWN→EXECUTED': 1,
    'signal EXECUTED→CLOSED': 1,
    'command NEW→SENT': 1,
    'command SENT→REJECTED': 1,
  });
});

test('an edge that was never walked is told, and one that cannot be walked is told when it is', () => {
  const all = Object.fromEntries(
    everyEdge()
      .filter((edge) => IMPOSSIBLE[edge] === undefined)
      .map((edge) => [edge, 1]),
  );
  assert.deepEqual(coverageOf(all), { never: [], wrongly: [] });
  const { 'signal SENT→EXPIRED': _, ...fewer } = all;
  assert.deepEqual(coverageOf(fewer).never, ['signal SENT→EXPIRED']);
  assert.deepEqual(coverageOf({ ...all, 'signal PENDING→SENT': 1, 'signal CLOSED→SENT': 1 }).wrongly, [
    'signal PENDING→SENT',
    'signal CLOSED→SENT',
  ]);
});
