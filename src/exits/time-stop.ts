import { TIMEFRAME_MS } from '../market/timeframe.js';
import type { ExitRule } from './exit-rule.js';
import { isFrozen } from './stop-move.js';

/** What has not come to its end in so many candles is closed. */
export const timeStop: ExitRule = (view, settings) => {
  const { timeframe, closeTime } = view.signal;
  const overMs = closeTime + settings.timeStopCandles * TIMEFRAME_MS[timeframe];
  if (!settings.timeStop || view.nowMs < overMs || isFrozen(view)) return undefined;
  return { kind: 'close', rule: 'time-stop', volume: view.position.volume };
};
