import type { AnalyticsStore } from './analytics.js';
import type { AnswerRow, ParametersOf } from './named-query.js';
import { PREDICTION_HISTORY } from './queries/predictions.js';
import { TenantKey } from './tenant-key.js';

export type PastPrediction = AnswerRow<typeof PREDICTION_HISTORY>;
export type HistoryQuestion = ParametersOf<typeof PREDICTION_HISTORY>;

/** What the engine's models say is said to all: a query of nobody's sees it. */
const NOBODY = TenantKey.of('nobody');

/** Predictions of a symbol and timeframe, the newest first. */
export function predictionHistory(
  store: Pick<AnalyticsStore, 'query'>,
): (question: HistoryQuestion) => Promise<readonly PastPrediction[]> {
  return (question) => store.query(NOBODY, PREDICTION_HISTORY, question);
}
