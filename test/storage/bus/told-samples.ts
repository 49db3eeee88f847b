/** One message of each subject that something is told on, and each value of the registry, as this version has them. */
import type { Candle } from '../../../src/market/candle.js';
import type { AccountProfile } from '../../../src/storage/account-told.js';
import type { PayloadOf, Under } from '../../../src/storage/bus/subjects.js';
import type { SubjectName } from '../../../src/storage/bus/streams.js';
import type { LeaseEntry } from '../../../src/cluster/registry-values.js';
import type { Member } from '../../../src/cluster/member.js';
import type { DealRow } from '../../../src/storage/ledger/ledger.js';
import { deal } from '../../contracts/ledger-world.js';

const ATMS = Date.UTC(2026, 0, 5);
const UNDER: Under = { node: 'one', generation: 2, revision: 7 };
const VALUES = Float64Array.of(1.25, Number.NaN, Number.NEGATIVE_INFINITY, -0);
const ASKS = { node: 'one', question: '019b8ac8-0000-7000-8000-000000000001', untilMs: ATMS + 5_000 };
const CANDLE: Candle = {
  symbol: 'EURUSD',
  timeframe: 'M15',
  time: ATMS,
  open: 1.1,
  high: 1.2,
  low: 1.05,
  close: 1.15,
  volume: 12,
  spread: 0.0001,
  gapBefore: 0,
};

function dealRow(): DealRow {
  const op = deal(1, '7', 'IN', 0.1, null);
  if (op.kind !== 'deal') throw new Error('a deal');
  return op.deal;
}

const PROFILE: AccountProfile = {
  ...{ mode: 'demo', login: 5_001, server: 'Broker-Demo', company: 'Broker', currency: 'USD', leverage: 100 },
  ...{ marginMode: 'HEDGING', tradeMode: 'DEMO', eaBuild: 1, terminalBuild: 5_000 },
  caps: { riskPercentMax: 1, volumeMax: 2, positionsMax: 3, dailyLossMax: 4, drawdownMax: 5 },
  timeMs: ATMS,
} as AccountProfile;

/** Of those subjects that nobody tells anything on yet there is none. */
export type ToldName = Exclude<SubjectName, 'prediction' | 'signal' | 'risk' | 'settings' | 'lease'>;

export const TOLD: { readonly [N in ToldName]: PayloadOf<N> } = {
  ticks: { symbol: 'EURUSD', count: 4, timesMs: VALUES, bids: VALUES, asks: VALUES, under: UNDER },
  candle: { ...CANDLE, under: UNDER },
  features: {
    candle: CANDLE,
    values: VALUES,
    under: UNDER,
    prediction: {
      ...{ symbol: 'EURUSD', timeframe: 'M15', time: ATMS, atMs: ATMS + 900_000, regime: 'QUIET', pooled: [] },
      shapes: { model: 'cnn-m15', version: '1', shapes: {}, embedding: new Float32Array(4).fill(0.5) },
      said: [
        {
          ...{ model: 'trees-m15', version: '1', kind: 'trees', outlier: null, outlierMost: null },
          expiresAtMs: Number.POSITIVE_INFINITY,
          horizons: { '15m': { output: { kind: 'sides', BUY: 0.6, SELL: 0.4 }, accuracy: 0.5, calibration: { kind: 'as is' } } },
        },
        { model: 'lstm-m15', version: '1', kind: 'lstm', leftOut: 'slow' },
      ],
    },
  },
  decision: {
    ...{ kind: 'OPEN', tenantId: 'north', strategy: 's-1', symbol: 'EURUSD', timeframe: 'M15', closeTime: ATMS },
    ...{ direction: 'BUY', score: 80, strength: 'STRONG', parts: { technical: 80 }, entry: 1.1, stopLoss: 1.09 },
    ...{ takeProfit: 1.12, validUntil: ATMS + 60_000, lineage: '{}', under: UNDER },
  },
  live: { accountId: 'one', live: { symbol: 'EURUSD', directions: { BUY: true, SELL: false } }, under: UNDER },
  profile: PROFILE as unknown as PayloadOf<'profile'>,
  balance: { balance: 1, equity: 2, margin: 3, freeMargin: 4, floating: 5, dayProfit: 6, timeMs: ATMS },
  heartbeat: {
    ...{ timeMs: ATMS, brokerConnected: true, tradeAllowed: true, expertAllowed: false, synchronised: true, errorCount: 2 },
  },
  quote: { bid: 1, ask: 2, timeMs: ATMS },
  trade: dealRow(),
  riskEvent: {
    ...{ id: ASKS.question, tenantId: 'north', accountId: 'one', atMs: ATMS, kind: 'daily-loss', severity: 'warning' },
    ...{ sentence: 'it lost', limitValue: -1, currentValue: null, action: null },
  },
  node: null,
  command: {
    tenantId: 'north',
    wish: { action: 'CLOSE_ALL', scope: 'OURS', cause: 'operator:1', reason: 'a test', askedBy: 'operator' },
    asks: ASKS,
  },
  view: { tenantId: 'north', asks: ASKS },
  answer: { node: 'two', has: true, value: { kind: 'refused', sentence: 'there is no open position 7' } },
  shown: { node: 'one', owner: { tenantId: 'north', accountId: 'one' }, data: { kind: 'moved', signal: { id: ASKS.question } } },
  changed: { node: 'one' },
  stop: { node: 'one', stopped: { reason: 'a test', atMs: ATMS, by: 'operator' } },
  feed: { node: 'one', atMs: ATMS, quotes: [{ symbol: 'EURUSD', bid: 1.1, ask: 1.2, brokerTimeMs: ATMS }] },
};

export const REGISTERED: { readonly member: Member; readonly lease: LeaseEntry; readonly generation: object } = {
  member: {
    ...{ node: 'one', session: 'a life', version: '0.0.1', protocol: 2, fit: true, why: null, url: 'http://one', sessions: 3 },
    endpoints: ['tls://one:8443'],
    fitForMs: 60_000,
    upForMs: 3_600_000,
    busy: true,
  },
  lease: { node: 'one', session: 'a life', generation: 7 },
  generation: { generation: 7 },
};
