/** Symbols: prices, candles, features and what models said, as they stand in memory. */
import { z } from 'zod';
import type { Reach } from '../../access/principal.js';
import type { Candle } from '../../market/candle.js';
import type { Quote } from '../../market/quote.js';
import type { Timeframe } from '../../market/timeframe.js';
import { LIMITS } from '../../limits.js';
import { KeptAnswers } from '../kept-answers.js';
import { Refusal } from '../problem.js';
import { type Route, route } from '../route.js';
import { figures } from './ledger-shapes.js';

/** A vector as it is shown: columns without a value are null. */
export interface ShownFeatures {
  readonly time: number;
  readonly values: Readonly<Record<string, number | null>>;
}

/** What is told of the market; of features and models, as much as the tier of who asks has. */
export interface MarketViews {
  readonly timeframes: readonly Timeframe[];
  readonly symbols: readonly string[];
  /** Symbols that a tenant sees; all, for who reaches all. */
  readonly sees: (reach: Reach, symbol: string) => boolean;
  readonly quote: (symbol: string) => Quote | undefined;
  readonly newest: (symbol: string, timeframe: Timeframe) => Candle | undefined;
  readonly candles: (symbol: string, timeframe: Timeframe) => readonly Candle[];
  readonly features: (reach: Reach, symbol: string, timeframe: Timeframe) => ShownFeatures | undefined;
  readonly regime: (symbol: string, timeframe: Timeframe) => string | undefined;
  readonly prediction: (reach: Reach, symbol: string, timeframe: Timeframe) => Readonly<Record<string, unknown>> | undefined;
  readonly nowMs: () => number;
}

const shape = {
  quote: z.object({ bid: z.number(), ask: z.number(), timeMs: z.int() }).nullable(),
  candle: z.object({
    time: z.int(),
    open: z.number(),
    high: z.number(),
    low: z.number(),
    close: z.number(),
    volume: z.number(),
    spread: z.number(),
    gapBefore: z.int(),
  }),
};

const params = z.strictObject({ symbol: z.string().min(1).max(32) });

function seen(views: MarketViews, reach: Reach, symbol: string): string {
  if (!views.symbols.includes(symbol) || !views.sees(reach, symbol)) throw new Refusal(404, `there is no symbol ${symbol}`);
  return symbol;
}

function standing(views: MarketViews, reach: Reach, symbol: string): readonly object[] {
  return views.timeframes.map((timeframe) => {
    const newest = views.newest(symbol, timeframe);
    const features = views.features(reach, symbol, timeframe);
    return {
      timeframe,
      newest: newest?.time ?? null,
      ageMs: newest === undefined ? null : views.nowMs() - newest.time,
      regime: views.regime(symbol, timeframe) ?? null,
      featuresAt: features?.time ?? null,
      prediction: views.prediction(reach, symbol, timeframe) ?? null,
    };
  });
}

export function marketRoutes(views: MarketViews): readonly Route[] {
  const answers = new KeptAnswers();
  const shared = { tag: 'market', needs: 'tenants.see' } as const;
  const timeframe = z.enum(views.timeframes as [Timeframe, ...Timeframe[]]).default('M15');
  return [
    route({
      ...shared,
      url: '/v1/symbols',
      summary: 'Symbols with their newest prices.',
      answer: z.object({ rows: z.array(z.object({ symbol: z.string(), quote: shape.quote })) }),
      handle: async ({ reach }) => {
        const own = views.symbols.filter((symbol) => views.sees(reach, symbol));
        const quotes = own.map((symbol) => views.quote(symbol) ?? null);
        const name = `symbols ${reach.kind === 'all' ? '' : reach.tenantId}`;
        return answers.answer(name, [...own, ...quotes], () => ({
          rows: own.map((symbol, at) => ({ symbol, quote: quotes[at] })),
        }));
      },
    }),
    route({
      ...shared,
      url: '/v1/symbols/:symbol',
      summary: 'A symbol: its price, and for each timeframe its newest candle, regime and prediction.',
      params,
      answer: z.object({
        symbol: z.string(),
        quote: shape.quote,
        timeframes: z.array(
          z.object({
            timeframe: z.string(),
            newest: z.int().nullable(),
            ageMs: z.number().nullable(),
            regime: z.string().nullable(),
            featuresAt: z.int().nullable(),
            prediction: figures.nullable(),
          }),
        ),
      }),
      handle: async ({ reach, params: { symbol } }) => {
        const known = seen(views, reach, symbol);
        return { symbol: known, quote: views.quote(known) ?? null, timeframes: standing(views, reach, known) };
      },
    }),
    route({
      ...shared,
      url: '/v1/symbols/:symbol/candles',
      summary: 'Closed candles, oldest first: the newest that were closed before `to`, as far as memory reaches.',
      params,
      query: z.strictObject({
        timeframe,
        to: z.coerce.number().int().min(0).optional().describe('Those that start before it.'),
        most: z.coerce.number().int().min(1).max(LIMITS.market.history).default(LIMITS.market.history),
      }),
      answer: z.object({ symbol: z.string(), timeframe: z.string(), rows: z.array(shape.candle) }),
      handle: async ({ reach, params: { symbol }, query: { timeframe: asked, to, most } }) => {
        const known = seen(views, reach, symbol);
        const candles = views.candles(known, asked);
        // Closed candles do not change: their number and their ends tell which they are.
        const which = [candles.length, candles[0]?.time, candles.at(-1)?.time];
        return answers.answer(`candles ${known} ${asked} ${to} ${most}`, which, () => {
          const before = to === undefined ? candles : candles.filter(({ time }) => time < to);
          return { symbol: known, timeframe: asked, rows: before.slice(-most) };
        });
      },
    }),
    route({
      ...shared,
      url: '/v1/symbols/:symbol/features',
      summary: 'The newest features: the columns that the tier of who asks has.',
      params,
      query: z.strictObject({ timeframe }),
      answer: z.object({
        symbol: z.string(),
        timeframe: z.string(),
        time: z.int().nullable(),
        values: z.record(z.string(), z.number().nullable()),
      }),
      handle: async ({ reach, params: { symbol }, query: { timeframe: asked } }) => {
        const known = seen(views, reach, symbol);
        const { time, values } = views.features(reach, known, asked) ?? { time: null, values: {} };
        return { symbol: known, timeframe: asked, time, values };
      },
    }),
  ];
}
