import type { Readable } from 'node:stream';
import { SuhoError } from '../errors.js';
import type { FeatureStreams } from '../features/feature-streams.js';
import type { Candle } from '../market/candle.js';
import { CandleBuilder } from '../market/candle-builder.js';
import { canonicalSymbol } from '../market/instrument.js';
import { TIMEFRAMES } from '../market/timeframe.js';
import type { CandleJournal } from '../storage/journal/journal.js';
import type { InputBatch } from './batches.js';
import { readInput } from './input.js';

/** Files of ticks or bars that a node warms up from before it starts. */
export interface History {
  readonly symbol: string;
  readonly files: readonly string[];
}

export interface WarmUpOptions {
  readonly history: readonly History[];
  /** The clock of the files, where their format does not fix it. */
  readonly clock?: string;
  readonly journal: CandleJournal;
  readonly features: FeatureStreams;
  readonly stdin: Readable;
  readonly onProgress: (sentence: string) => void;
}

/** `EURUSD=a.csv.gz,EURUSD=b.csv.gz,USDJPY=c.zip`: files of one symbol are read in the order given. */
export function parseHistory(text: string): readonly History[] {
  const files = new Map<string, string[]>();
  for (const part of text.split(',').filter((piece) => piece.trim() !== '')) {
    const [name = '', ...path] = part.split('=');
    const symbol = canonicalSymbol(name.trim());
    const file = path.join('=').trim();
    if (symbol === undefined || file === '')
      throw new SuhoError('CONFIG_INVALID', `history has ${part.trim()}, which is not SYMBOL=FILE`);
    files.set(symbol, [...(files.get(symbol) ?? []), file]);
  }
  return [...files].map(([symbol, of]) => ({ symbol, files: of }));
}

/**
 * Takes the files' candles into the journal and the feature streams, as if they had closed live; those that the journal holds
 * already stay as they closed. A candle that is unfinished at the end of the input goes on live.
 */
export async function warmUp(options: WarmUpOptions): Promise<void> {
  const { history, journal, features, onProgress } = options;
  for (const { symbol, files } of history) {
    for (const timeframe of TIMEFRAMES) features.open(symbol, timeframe);
    let candles = 0;
    const builder = new CandleBuilder({ symbol }, (candle: Candle) => {
      const newest = journal.newest(symbol, candle.timeframe);
      if (newest !== undefined && candle.time <= newest.time) return;
      journal.append(candle);
      features.update(candle);
      candles += 1;
    });
    const clock = options.clock === undefined ? {} : { clock: options.clock };
    const input = { files, symbol, ...clock, finest: 'D1', stdin: options.stdin } as const;
    for await (const batch of readInput(input)) feed(builder, batch);
    onProgress(`${symbol} warmed up from ${candles.toLocaleString('en')} candles of ${files.join(', ')}`);
  }
  features.save();
}

function feed(builder: CandleBuilder, batch: InputBatch): void {
  if (batch.kind === 'bars') {
    for (const bar of batch.bars) builder.onBar(bar);
    return;
  }
  const { count, timesMs, bids, asks } = batch.ticks;
  for (let at = 0; at < count; at++) builder.onTick(timesMs[at] as number, bids[at] as number, asks[at] as number);
}
