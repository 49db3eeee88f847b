/** Who is told of what happens in the tree. Telling never fails and never waits: what goes wrong there is not the engine's. */
import type { AccountObserver } from '../actors/account.js';
import { sentence } from '../errors.js';
import type { CorrelationRow } from '../features/correlation-matrix.js';
import type { CatalogueVector } from '../features/feature-stream.js';
import type { Candle } from '../market/candle.js';
import type { Quote } from '../market/quote.js';
import type { TickBatch } from '../market/tick.js';
import type { Logger } from '../runtime/logger.js';
import type { PredictionOutcome } from '../signals/outcome-board.js';
import type { Prediction } from '../signals/prediction.js';
import type { Decision } from '../signals/signal.js';

export interface RootObserver extends AccountObserver {
  /** Ticks of which some were taken; the quote is the newest of those. */
  ticked(batch: TickBatch, newest: Quote): void;
  /** Also when the tick, or the clock, that closed it came in, by the machine's clock. */
  candle(candle: Candle, tickAtNs: bigint): void;
  /** After the tenants that follow it have it. */
  vector(vector: CatalogueVector): void;
  /** What models said of a candle whose vector went out, once for all tenants. */
  predicted(prediction: Prediction, vector: CatalogueVector): void;
  /** A horizon of such a prediction is over. */
  outcome(outcome: PredictionOutcome): void;
  decision(decision: Decision): void;
  correlated(row: CorrelationRow): void;
  crashed(path: string): void;
}

type EventName = keyof RootObserver;

const EVENTS: Readonly<Record<EventName, true>> = {
  ticked: true,
  candle: true,
  vector: true,
  predicted: true,
  outcome: true,
  decision: true,
  correlated: true,
  crashed: true,
  raising: true,
  stored: true,
  sent: true,
  refused: true,
  moved: true,
  began: true,
  profile: true,
  heard: true,
  quoted: true,
  heartbeat: true,
  finance: true,
  deviated: true,
  executed: true,
  breached: true,
  dealt: true,
  ended: true,
  held: true,
  commanded: true,
};

/** One observer made of several, told in their order; each hears only what it has a method for. */
export function observersAsOne(observers: readonly Partial<RootObserver>[], log: Logger): RootObserver {
  const teller = (event: EventName): ((...told: unknown[]) => void) => {
    const hearing = observers.filter((observer) => observer[event] !== undefined);
    return (...told) => {
      for (const observer of hearing) {
        try {
          (observer[event] as (...told: unknown[]) => void).apply(observer, told);
        } catch (error) {
          log.error({ event, err: sentence(error) }, 'an observer of the engine failed; the engine goes on');
        }
      }
    };
  };
  const entries = (Object.keys(EVENTS) as EventName[]).map((event) => [event, teller(event)]);
  return Object.fromEntries(entries) as unknown as RootObserver;
}
