/** What each tier may do: the table of `schema/tiers.json`, and the questions asked of it. No other code compares tiers. */
import { z } from 'zod';
import { SuhoError } from '../errors.js';
import { TIMEFRAMES, type Timeframe } from '../market/timeframe.js';
import { SPOKEN_HORIZONS, type SpokenHorizon } from '../models/model-card.js';
import { DAY_MS, type Rate } from './allowances.js';
import type { PredictionRights } from '../signals/prediction.js';

export const TIER_NAMES = ['free', 'basic', 'pro', 'enterprise'] as const;
export type TierName = (typeof TIER_NAMES)[number];

export const MODEL_KINDS = ['lstm', 'trees', 'cnn', 'ensemble'] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

/** What is counted against a rate: signals of an account, predictions and requests of a tenant. */
export const METERED = ['signals', 'predictions', 'requests'] as const;
export type Metered = (typeof METERED)[number];

/** What a tier has or has not, without a number to it. */
export const FEATURES = ['chartPatterns', 'correlation', 'ownIndicators', 'ownModels', 'patternStore', 'api'] as const;
export type Feature = (typeof FEATURES)[number];

const bound = z.union([z.int().positive(), z.literal('unlimited').transform(() => Number.POSITIVE_INFINITY)]);
const rules = z.strictObject({
  symbols: bound,
  accounts: bound,
  signalsPerDay: bound,
  predictionsPerHour: bound,
  requestsPerMinute: bound,
  timeframes: z.array(z.enum(TIMEFRAMES)).nonempty(),
  horizons: z.array(z.enum(SPOKEN_HORIZONS)).nonempty(),
  indicators: z.union([z.literal('all'), z.array(z.string().regex(/^[a-z_]+$/)).nonempty()]),
  models: z.array(z.enum(MODEL_KINDS)).nonempty(),
  chartPatterns: z.boolean(),
  correlation: z.boolean(),
  ownIndicators: z.boolean(),
  ownModels: z.boolean(),
  patternStore: z.boolean(),
  api: z.boolean(),
  retentionDays: bound,
});
const table = z.record(z.enum(TIER_NAMES), rules);

/** Bounds are numbers, Infinity for none. */
export type TierRules = z.output<typeof rules>;

export class Tiers {
  #table: Readonly<Record<TierName, TierRules>>;

  constructor(rulesByTier: Readonly<Record<TierName, TierRules>>) {
    this.#table = rulesByTier;
  }

  /** From here on the tiers are those of another table; who asks again hears of it. */
  become(other: Tiers): void {
    this.#table = other.#table;
  }

  rules(tier: TierName): TierRules {
    return this.#table[tier];
  }

  /** Whether one more symbol may join those subscribed; one that is among them already may stay. */
  maySubscribe(tier: TierName, subscribed: readonly string[], symbol: string): boolean {
    return subscribed.includes(symbol) || new Set(subscribed).size < this.#table[tier].symbols;
  }

  /**
   * Whether signals of `symbol` go out. The list is in the order of subscription, so when a tenant steps down a tier the
   * earliest subscriptions stay.
   */
  allowsSymbol(tier: TierName, subscribed: readonly string[], symbol: string): boolean {
    const at = [...new Set(subscribed)].indexOf(symbol);
    return at >= 0 && at < this.#table[tier].symbols;
  }

  allowsTimeframe(tier: TierName, timeframe: Timeframe): boolean {
    return this.#table[tier].timeframes.includes(timeframe);
  }

  /** A column of the catalogue, by its indicator's name without the period: `ema` of `ema_20`. */
  allowsColumn(tier: TierName, column: string): boolean {
    const { indicators, chartPatterns } = this.#table[tier];
    if (column.startsWith('chart_') && !chartPatterns) return false;
    return indicators === 'all' || indicators.includes(column.replace(/_\d+$/, ''));
  }

  allowsModel(tier: TierName, kind: ModelKind): boolean {
    return this.#table[tier].models.includes(kind);
  }

  allows(tier: TierName, feature: Feature): boolean {
    return this.#table[tier][feature];
  }

  /** Whether one more account may be added to `count`. */
  mayAddAccount(tier: TierName, count: number): boolean {
    return count < this.#table[tier].accounts;
  }

  allowsHorizon(tier: TierName, horizon: SpokenHorizon): boolean {
    return this.#table[tier].horizons.includes(horizon);
  }

  /** What its tenants hear of models. */
  predictionRights(tier: TierName): PredictionRights {
    const { models, horizons } = this.#table[tier];
    return {
      models: (kind) => kind !== 'meta' && models.includes(kind),
      horizons,
      ensemble: models.includes('ensemble'),
    };
  }

  /** What may be had of it in which time, Infinity for all; `Allowances` counts it. */
  rate(tier: TierName, what: Metered): Rate {
    const { signalsPerDay, predictionsPerHour, requestsPerMinute } = this.#table[tier];
    switch (what) {
      case 'signals':
        return { amount: signalsPerDay, spanMs: DAY_MS };
      case 'predictions':
        return { amount: predictionsPerHour, spanMs: 3_600_000 };
      case 'requests':
        return { amount: requestsPerMinute, spanMs: 60_000 };
    }
  }
}

export function parseTiers(text: string): Tiers {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SuhoError('CONFIG_INVALID', 'The tier table is not JSON.', { cause: error });
  }
  const parsed = table.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new SuhoError(
      'CONFIG_INVALID',
      `The tier table is wrong at ${issue?.path.join('.') || 'its root'}: ${issue?.message}.`,
    );
  }
  return new Tiers(parsed.data);
}
