import { SuhoError } from '../errors.js';
import type { Candle } from '../market/candle.js';
import { CandleBuilder, type CandleCounts } from '../market/candle-builder.js';
import type { Timeframe } from '../market/timeframe.js';
import type { InputBatch } from './batches.js';
import { type InputOptions, readInput } from './input.js';

export interface CandleSourceOptions extends InputOptions {
  readonly timeframes: readonly Timeframe[];
}

/** Closed candles of files of one symbol, in the order of closing, read no further than they are asked for. */
export class CandleSource implements AsyncDisposable {
  readonly #batches: AsyncGenerator<InputBatch>;
  readonly #builder: CandleBuilder;
  readonly #files: readonly string[];
  #closed: Candle[] = [];
  #over = false;

  constructor(options: CandleSourceOptions) {
    this.#files = options.files;
    this.#batches = readInput(options);
    this.#builder = new CandleBuilder(options, (candle) => this.#closed.push(candle));
  }

  get counts(): CandleCounts {
    return this.#builder.counts;
  }

  /** What the next part of the input closes, which may be nothing; undefined when there is no more of it. */
  async next(): Promise<readonly Candle[] | undefined> {
    if (this.#over) return undefined;
    const { done, value: batch } = await this.#batches.next();
    if (done) {
      this.#end();
    } else feedCandles(this.#builder, batch);
    const closed = this.#closed;
    this.#closed = [];
    return closed;
  }

  #end(): void {
    this.#over = true;
    this.#builder.flush();
    const { ticks, bars } = this.counts;
    // A file of our own may hold many symbols: one that was not meant shows by having nothing of this one.
    if (ticks + bars === 0)
      throw new SuhoError('INPUT_INVALID', `${this.#files.join(', ')}: there is nothing of ${this.#builder.symbol} in it.`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await this.#batches.return(undefined);
  }
}

export function feedCandles(builder: CandleBuilder, batch: InputBatch): void {
  if (batch.kind === 'bars') {
    for (const bar of batch.bars) builder.onBar(bar);
    return;
  }
  const { count, timesMs, bids, asks } = batch.ticks;
  for (let at = 0; at < count; at++) builder.onTick(timesMs[at] as number, bids[at] as number, asks[at] as number);
}

/** What of the input was odd, by kind, or undefined when nothing was. */
export function unusedNotice({ late, duplicate, outOfOrder, absurd, ticks, bars }: CandleCounts): string | undefined {
  const kinds = { late, duplicate, outOfOrder, ...absurd };
  const told = Object.entries(kinds).filter(([, count]) => count > 0);
  if (told.length === 0) return undefined;
  return `of ${ticks} ticks and ${bars} bars: ${told.map(([kind, count]) => `${kind} ${count}`).join(', ')}`;
}
