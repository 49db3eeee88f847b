/** Asks every model of a timeframe about the newest candle, in the same turn, so that what all symbols ask leaves together. */
import { placeOf } from '../indicators/registry.js';
import { LIMITS } from '../limits.js';
import type { Candle } from '../market/candle.js';
import type { Timeframe } from '../market/timeframe.js';
import type { ModelCard } from '../models/model-card.js';
import { assert } from '../runtime/assert.js';
import type { ModelAnswer } from './inference-pool.js';
import type { LeftOutWhy } from './model-check.js';
import type { ModelShelf } from './model-shelf.js';

/** The whole catalogue at one candle's close, with the candle. */
export interface WindowRow {
  readonly candle: Candle;
  readonly values: Float64Array;
}

export type ModelReply =
  | { readonly card: ModelCard; readonly outputs: ModelAnswer }
  | { readonly card: ModelCard; readonly why: LeftOutWhy | 'not ready' };

const ATR = placeOf('atr_14');

function writeRow({ set }: ModelCard['columns'], { candle, values }: WindowRow, into: Float64Array, at: number): void {
  if (set === 'catalogue') into.set(values, at);
  else into.set([candle.open, candle.high, candle.low, candle.close, values[ATR] as number], at);
}

/** Numbers of the newest candles as the model takes them; undefined where there are not yet so many. */
export function rowsFor(card: ModelCard, window: readonly WindowRow[]): Float64Array | undefined {
  const { row } = card.input;
  const [steps, width] = row.length === 1 ? [1, row[0] as number] : [row[0] as number, row[1] as number];
  if (window.length < steps) return undefined;
  const numbers = new Float64Array(steps * width);
  for (const [place, one] of window.slice(-steps).entries()) writeRow(card.columns, one, numbers, place * width);
  return numbers;
}

/** 0 to 1, the same for the same candle wherever it is asked for: who is drawn for a trial (FNV-1a). */
export function drawOf(symbol: string, time: number): number {
  let hash = 0x811c9dc5;
  for (const letter of `${symbol}/${time}`) hash = Math.imul(hash ^ (letter.codePointAt(0) as number), 0x01000193) >>> 0;
  // Mixed once more: strings that differ in their last digit alone would lie near each other.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

/** Always answers, within the shelf's deadline. The window's last row is the candle that is asked about. */
export async function askModels(
  shelf: Pick<ModelShelf, 'of' | 'ask'>,
  timeframe: Timeframe,
  window: readonly WindowRow[],
): Promise<readonly ModelReply[]> {
  const newest = window.at(-1);
  assert(newest !== undefined, 'a window has a newest candle');
  const draw = drawOf(newest.candle.symbol, newest.candle.time);
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
