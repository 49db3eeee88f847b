import { CorrelationMatrix, type CorrelationRow, type CorrelationTimeframe } from '../features/correlation-matrix.js';
import { LIMITS } from '../limits.js';
import type { Candle } from '../market/candle.js';
import { TIMEFRAMES } from '../market/timeframe.js';
import type { CandleJournal } from '../storage/journal/journal.js';
import type { ActorContext, ActorSpec, Behaviour } from './actor.js';

export interface CorrelationsOptions {
  readonly timeframe: CorrelationTimeframe;
  readonly symbols: readonly string[];
  readonly journal: CandleJournal;
  /** Told of each row of a candle that closed since the start. */
  readonly onRow: (row: CorrelationRow) => void;
}

export type CorrelationsMessage = { readonly kind: 'candle'; readonly candle: Candle } | { readonly kind: 'work' };

export const CORRELATION_TIMEFRAMES: readonly CorrelationTimeframe[] = TIMEFRAMES.filter((timeframe) => timeframe !== 'M1');

type Close = Pick<Candle, 'symbol' | 'time' | 'close'>;

/**
 * How the symbols of one timeframe go together. All of them close at once, and nobody waits for this: a few closes are worked
 * off at a time, with pauses in which the rest of the engine goes on. Warm from the journal at (re)start, the same way.
 */
class CorrelationsActor implements Behaviour<CorrelationsMessage> {
  readonly #matrix: CorrelationMatrix;
  readonly #waiting: Close[] = [];
  /** Candles that started by then were journalled before this start. */
  readonly #historyMs: number;
  #working = false;
  #rows = 0;

  constructor(
    readonly context: ActorContext<CorrelationsMessage>,
    readonly options: CorrelationsOptions,
  ) {
    const { symbols, timeframe, journal } = options;
    this.#matrix = new CorrelationMatrix(symbols, timeframe);
    const history = symbols.flatMap((symbol) => journal.recent(symbol, timeframe));
    this.#waiting.push(...history.sort((one, other) => one.time - other.time));
    this.#historyMs = history.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
    this.#goOn();
  }

  receive(message: CorrelationsMessage): void {
    if (message.kind === 'candle') {
      // A crash reads from the journal what still waits in the mailbox; a matrix refuses what it has.
      this.#waiting.push(message.candle);
      this.#goOn();
      return;
    }
    this.#working = false;
    for (const { symbol, time, close } of this.#waiting.splice(0, LIMITS.features.correlationBatch))
      this.#matrix.post(symbol, time, close, (row) => this.#tell(row));
    this.#goOn();
  }

  inspect(): Readonly<Record<string, unknown>> {
    return { symbols: this.options.symbols.length, rows: this.#rows, waiting: this.#waiting.length };
  }

  #goOn(): void {
    if (this.#working || this.#waiting.length === 0) return;
    this.#working = true;
    this.context.after(LIMITS.features.correlationPauseMs, { kind: 'work' });
  }

  #tell(row: CorrelationRow): void {
    if (row.time <= this.#historyMs) return;
    this.#rows += 1;
    this.options.onRow(row);
  }
}

export function correlationsActor(options: CorrelationsOptions): ActorSpec<CorrelationsMessage> {
  return { name: options.timeframe, create: (context) => new CorrelationsActor(context, options) };
}
