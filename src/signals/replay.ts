/**
 * One symbol from its quotes to its decisions, in one synchronous step: what the symbol's, the indicators' and the tenants'
 * actors do between them, without mailboxes, clock or accounts. Candles close by quotes and bars alone, so it goes as fast as
 * the processor does; live, the clock closes a candle earlier than the next quote would, with the same content.
 */
import type { Bar } from '../market/bar.js';
import type { Candle } from '../market/candle.js';
import { CandleBuilder, type CandleCounts, type PriceSide } from '../market/candle-builder.js';
import type { TickBatch } from '../market/tick.js';
import { TIMEFRAMES, type Timeframe } from '../market/timeframe.js';
import { loneStream } from '../indicators/candle-stream.js';
import { IndicatorSet } from '../indicators/indicator-set.js';
import { definitionsFor } from '../indicators/registry.js';
import {
  DECISION_COLUMNS,
  type DeciderSettings,
  type DeciderState,
  decide,
  INITIAL_DECIDER_STATE,
  readDecision,
} from './decider.js';
import type { Thresholds } from './score.js';
import type { Decision } from './signal.js';

export interface ReplayOptions {
  readonly symbol: string;
  /** Each gets candles, and decisions of its own. */
  readonly timeframes?: readonly Timeframe[];
  readonly price?: PriceSide;
  readonly tenantId: string;
  readonly strategy: string;
  readonly thresholds: Thresholds;
}

/** Told in the order of the events: a candle, then what was decided at its close. */
export interface ReplaySink {
  candle(candle: Candle): void;
  decision(decision: Decision): void;
}

/** The indicators of one timeframe and the state of its decisions. */
class Judge {
  readonly #set: IndicatorSet;
  #state: DeciderState = INITIAL_DECIDER_STATE;

  constructor(readonly settings: DeciderSettings) {
    this.#set = new IndicatorSet(definitionsFor(DECISION_COLUMNS), loneStream(settings.symbol, settings.timeframe));
  }

  judge(candle: Candle): readonly Decision[] {
    this.#set.update(candle);
    const { time, close } = candle;
    const judged = readDecision((column) => this.#set.valueOf(column));
    const decided = decide(this.settings, this.#state, { time, close, ...judged });
    this.#state = decided.state;
    return decided.decisions;
  }
}

export class Replay {
  readonly #builder: CandleBuilder;
  readonly #judges: ReadonlyMap<Timeframe, Judge>;

  constructor(options: ReplayOptions, sink: ReplaySink) {
    const { symbol, tenantId, strategy, thresholds } = options;
    const timeframes = options.timeframes ?? TIMEFRAMES;
    this.#judges = new Map(
      timeframes.map((timeframe) => [timeframe, new Judge({ tenantId, strategy, symbol, timeframe, thresholds })]),
    );
    this.#builder = new CandleBuilder({ ...options, timeframes }, (candle) => {
      sink.candle(candle);
      for (const decision of this.#judges.get(candle.timeframe)?.judge(candle) ?? []) sink.decision(decision);
    });
  }

  get counts(): CandleCounts {
    return this.#builder.counts;
  }

  ticks({ count, timesMs, bids, asks }: TickBatch): void {
    for (let at = 0; at < count; at++) this.#builder.onTick(timesMs[at] as number, bids[at] as number, asks[at] as number);
  }

  bars(bars: readonly Bar[]): void {
    for (const bar of bars) this.#builder.onBar(bar);
  }

  /** The input is over. Candles in progress stay unfinished: they were not closed, and nothing was decided by them. */
  end(): void {
    this.#builder.flush();
  }
}
