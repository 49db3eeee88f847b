/** What models said in the past and how it came out, as far as the tier of who asks has them. */
import { z } from 'zod';
import type { Reach } from '../../access/principal.js';
import type { Timeframe } from '../../market/timeframe.js';
import type { PredictionRights } from '../../signals/prediction.js';
import type { HistoryQuestion, PastPrediction } from '../../storage/analytics/prediction-history.js';
import { pageOf, pageQuery, spanQuery } from '../paging.js';
import { Refusal } from '../problem.js';
import { type Route, route } from '../route.js';

/** What of the past a tier has; undefined where it has nothing of the timeframe. */
export interface PastRights extends PredictionRights {
  /** When the oldest was made that it may see. */
  readonly sinceMs: number;
}

export interface PredictionHistory {
  readonly timeframes: readonly [Timeframe, ...Timeframe[]];
  /** Throws for programs of a tier without the interface. */
  readonly mustHaveApi: (reach: Reach) => void;
  readonly sees: (reach: Reach, symbol: string) => boolean;
  readonly pastRights: (reach: Reach, timeframe: Timeframe) => PastRights | undefined;
  /** Absent where the node keeps no analytics. */
  readonly past?: (question: HistoryQuestion) => Promise<readonly PastPrediction[]>;
  readonly nowMs: () => number;
}

const figure = z.number().nullable();
const row = z.object({
  atMs: z.int(),
  price: figure,
  direction: z.int().nullable().describe('Of all models together: 1 buy, -1 sell, 0 neither.'),
  confidence: figure,
  lstm: z.record(z.string(), figure).nullable().describe('The price that is as likely passed as not, by horizon.'),
  trees: z.object({ buy: figure, sell: figure }).nullable(),
  cnn: z.object({ pattern: z.string(), probability: figure }).nullable(),
  judged: z.int().describe('Horizons of models that are over.'),
  right: z.int().describe('Of those, how many went as they were said.'),
});

const told = (value: number): number | null => (Number.isFinite(value) ? value : null);

function shown(past: PastPrediction, { models, horizons, ensemble }: PastRights): z.output<typeof row> {
  const prices = { '1m': past.lstm1m, '5m': past.lstm5m, '15m': past.lstm15m, '1h': past.lstm1h };
  return {
    atMs: past.timeMs,
    price: told(past.price),
    direction: ensemble ? past.direction : null,
    confidence: ensemble ? past.confidence : null,
    lstm: models('lstm') ? Object.fromEntries(horizons.map((horizon) => [horizon, told(prices[horizon])])) : null,
    trees: models('trees') ? { buy: told(past.boostingBuy), sell: told(past.boostingSell) } : null,
    cnn: models('cnn') ? { pattern: past.pattern, probability: told(past.patternProbability) } : null,
    judged: past.judged,
    right: past.right,
  };
}

export function historyRoute(history: PredictionHistory): Route {
  return route({
    url: '/v1/history',
    tag: 'tenant API',
    summary: 'Past predictions of a symbol and how they came out, the newest first, as far as the tier has them.',
    needs: 'tenants.see',
    query: z.strictObject({
      symbol: z.string().min(1).max(32),
      timeframe: z.enum(history.timeframes).default('M15'),
      ...spanQuery,
      ...pageQuery,
      after: z
        .string()
        .regex(/^\d{1,15}$/)
        .optional()
        .describe('The `next` of the page before.'),
    }),
    answer: pageOf(row),
    handle: async ({ reach, query: { symbol, timeframe, from, to, after, most } }) => {
      history.mustHaveApi(reach);
      if (!history.sees(reach, symbol)) throw new Refusal(404, `there is no symbol ${symbol}`);
      if (history.past === undefined) throw new Refusal(501, 'this node keeps no analytics');
      const rights = history.pastRights(reach, timeframe);
      const fromMs = Math.max(from ?? 0, rights?.sinceMs ?? 0);
      const toMs = Math.min(to ?? history.nowMs() + 1, Number(after ?? Number.POSITIVE_INFINITY));
      if (rights === undefined || fromMs >= toMs) return { rows: [], next: null };
      const past = await history.past({ symbol, timeframe, fromMs, toMs, limit: most });
      return { rows: past.map((one) => shown(one, rights)), next: past.length < most ? null : String(past.at(-1)?.timeMs) };
    },
  });
}
