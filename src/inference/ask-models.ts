/** Asks every model of a timeframe about the newest candle, in the same turn, so that what all symbols ask leaves together. */
import { LIMITS } from '../limits.js';
import type { VectorWindow } from '../features/vector-window.js';
import type { Timeframe } from '../market/timeframe.js';
import type { ModelCard } from '../models/model-card.js';
import type { ModelAnswer } from './inference-pool.js';
import type { LeftOutWhy } from './model-check.js';
import type { ModelShelf } from './model-shelf.js';

export type ModelReply =
  | { readonly card: ModelCard; readonly outputs: ModelAnswer }
  | { readonly card: ModelCard; readonly why: LeftOutWhy | 'not ready' };

/** Numbers of the newest candles as the model takes them, good while the window stays; undefined where there are not so many. */
export function rowsFor({ columns, input: { row } }: ModelCard, window: VectorWindow): Float64Array | undefined {
  const steps = row.length === 1 ? 1 : (row[0] as number);
  return columns.set === 'catalogue' ? window.values(steps) : window.candles(steps);
}

/** 0 to 1, the same for the same candle wherever it is asked for: who is drawn for a trial (FNV-1a). */
export function drawOf(symbol: string, time: number): number {
  let hash = 0x811c9dc5;
  for (const letter of `${symbol}/${time}`) hash = Math.imul(hash ^ (letter.codePointAt(0) as number), 0x01000193) >>> 0;
  // Mixed once more: strings that differ in their last digit alone would lie near each other.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

/** Always answers, within the shelf's deadline; about the window's newest candle. Nothing is pushed to it meanwhile. */
export async function askModels(
  shelf: Pick<ModelShelf, 'of' | 'ask'>,
  timeframe: Timeframe,
  window: VectorWindow,
): Promise<readonly ModelReply[]> {
  const { candle } = window.newest;
  const draw = drawOf(candle.symbol, candle.time);
  return Promise.all(
    shelf.of(timeframe, draw).map(async ({ card, out }): Promise<ModelReply> => {
      if (out !== undefined) return { card, why: out.why };
      const rows = rowsFor(card, window);
      if (rows === undefined) return { card, why: 'not ready' };
      const answer = await shelf.ask(card.name, rows, LIMITS.inference.answerMs, draw);
      return answer.kind === 'answered' ? { card: answer.card, outputs: answer.outputs } : { card, why: answer.why };
    }),
  );
}
