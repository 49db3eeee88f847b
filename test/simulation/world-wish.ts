/** What a world is made of beside its faults, drawn from its seed: who trades what, under which settings, at which brokers. */
import type { TradingOverrides } from '../../src/accounts/trading-settings.js';
import { BEHAVIOURS, type BehaviourName } from '../../src/ea-sim/behaviour.js';
import { type BrokerTerms, drawBrokerTerms } from '../../src/ea-sim/broker-terms.js';
import type { Random } from '../../src/runtime/random.js';
import { seededRandom } from '../../src/runtime/random.js';
import type { Thresholds } from '../../src/signals/score.js';

export const NODES = 3;
export const TENANTS = 3;
export const EAS = 20;

/** Any account's currency can be worked out of these. */
const PAIRS = ['EURUSD', 'GBPUSD', 'USDJPY'] as const;
/** What else there may be: more of them decide at one close. */
const OTHERS = ['XAUUSD', 'AUDUSD', 'USDCHF', 'EURGBP', 'EURJPY'] as const;

export interface TenantWish {
  readonly id: string;
  readonly strategy: string;
  readonly symbols: readonly string[];
  readonly trading: TradingOverrides;
}

export interface EaWish {
  readonly tenant: number;
  readonly behaviour: BehaviourName;
  readonly terms: BrokerTerms;
  /** Nodes in the order in which it tries them. */
  readonly order: readonly number[];
  /** By how much its computer's wall clock is off. */
  readonly wallOffMs: number;
}

export interface WorldWish {
  readonly symbols: readonly string[];
  readonly heartbeatMs: number;
  readonly delayMsMost: number;
  readonly thresholds: Thresholds;
  readonly tenants: readonly TenantWish[];
  readonly eas: readonly EaWish[];
  readonly runMs: number;
}

function oneOf<T>(random: Random, list: readonly [T, ...T[]]): T {
  return list[random.int(list.length)] ?? list[0];
}

/** In percent: what a world of ten minutes may well lose. */
const DAY_LOSSES_SMALL = [0.02, 0.05, 0.05, 0.1] as const;

function drawTrading(random: Random): TradingOverrides {
  const risk = {
    riskPercentMost: oneOf(random, [0.25, 0.5, 1, 2]),
    openPositionsMost: oneOf(random, [1, 1, 2, 20]),
    positionsPerSymbolMost: oneOf(random, [null, null, 1, 2]),
    leverageMost: oneOf(random, [null, null, 3, 10]),
    currencyExposureMostPercent: oneOf(random, [null, null, 200, 1_000]),
    dailyLossMostPercent: oneOf(random, random.fork('day').chance(0.15) ? DAY_LOSSES_SMALL : [null, 5, 5, 1]),
    directions: oneOf(random, ['both', 'both', 'both', 'long-only', 'short-only'] as const),
    onBreach: oneOf(random, ['disable', 'close'] as const),
  };
  const exits = {
    breakEven: random.chance(0.5),
    breakEvenAfterR: 0.3,
    trailing: random.chance(0.5),
    trailingMode: 'r',
    trailingDistance: 0.5,
    trailingAfterR: 0.2,
    trailingStepPips: 0.5,
    partial: random.chance(0.5),
    partialAtR: 0.3,
    timeStop: random.chance(0.5),
    timeStopCandles: 1 + random.int(6),
  } as const;
  return { risk, exits };
}

function drawTenant(random: Random, at: number, symbols: readonly string[]): TenantWish {
  const chosen = symbols.filter(() => random.chance(0.8));
  return {
    id: `tenant-${at + 1}`,
    strategy: `s-${at + 1}`,
    symbols: chosen.length === 0 ? symbols : chosen,
    trading: drawTrading(random),
  };
}

function drawEa(random: Random, at: number, symbols: readonly string[]): EaWish {
  const terms = drawBrokerTerms(random.fork('terms'));
  const first = random.int(NODES);
  return {
    tenant: at % TENANTS,
    behaviour: oneOf(random, Object.keys(BEHAVIOURS) as [BehaviourName, ...BehaviourName[]]),
    // A broker offers what the world's market has.
    terms: { ...terms, symbols: terms.symbols.filter(({ canonical }) => symbols.includes(canonical)) },
    order: Array.from({ length: NODES }, (_, step) => (first + step) % NODES),
    wallOffMs: random.chance(0.3) ? 60_000 * (random.int(121) - 60) : 0,
  };
}

export function drawWish(seed: number): WorldWish {
  const random = seededRandom(seed).fork('wish');
  const symbols = [...PAIRS, ...OTHERS.filter(() => random.chance(0.6))];
  return {
    symbols,
    heartbeatMs: oneOf(random, [2_000, 5_000, 5_000, 10_000]),
    delayMsMost: oneOf(random, [5, 50, 200, 500]),
    // Low ones raise more: a world is ten minutes long, and a strict tenant may see no signal in them.
    thresholds: oneOf(random, [
      { strong: 70, moderate: 50 },
      { strong: 60, moderate: 35 },
      { strong: 50, moderate: 25 },
    ]),
    tenants: Array.from({ length: TENANTS }, (_, at) => drawTenant(random.fork(`tenant ${at}`), at, symbols)),
    eas: Array.from({ length: EAS }, (_, at) => drawEa(random.fork(`ea ${at}`), at, symbols)),
    runMs: 60_000 * (10 + random.int(3)),
  };
}
