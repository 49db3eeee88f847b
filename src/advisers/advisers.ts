/**
 * Models outside the engine that are asked for advice: off unless the settings name some, never waited for, never heard alone.
 * They are told of candles as the tree's observers are, and heard as members of the ensemble.
 */
import type { CatalogueVector } from '../features/feature-stream.js';
import type { Timeframe } from '../market/timeframe.js';
import type { Clock } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import { Adviser, type AdviserLimits, type AdviserSaid } from './adviser.js';
import { advisersOf, type AdviserSettings } from './adviser-settings.js';
import { Budget, type BudgetStore } from './budget.js';
import { ChatClient } from './chat-client.js';
import { type VectorSummary, vectorSummary } from './vector-summary.js';

export interface AdvisersOptions {
  readonly settings: AdviserSettings & {
    /** What each may be asked, and may come to, in a day of UTC. */
    readonly adviserRequests: number;
    readonly adviserTokens: number;
  };
  readonly budget: BudgetStore;
  /** Whether somebody decides by these candles: advice costs money. */
  readonly follows: (symbol: string, timeframe: Timeframe) => boolean;
  /** Of the machine: servers are waited for in real time. */
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits?: AdviserLimits;
}

export class Advisers {
  readonly #advisers: readonly Adviser[];
  readonly #follows: AdvisersOptions['follows'];

  /** What of the tree it hears. */
  readonly observer = {
    vector: (vector: CatalogueVector): void => {
      const { symbol, timeframe } = vector.candle;
      if (this.#advisers.length === 0 || !this.#follows(symbol, timeframe)) return;
      const summary = vectorSummary(vector);
      if (summary !== undefined) this.closed(summary);
    },
  };

  private constructor(advisers: readonly Adviser[], follows: AdvisersOptions['follows']) {
    this.#advisers = advisers;
    this.#follows = follows;
  }

  /** Refuses settings that are not whole with CONFIG_INVALID. */
  static async open({ settings, budget: store, follows, clock, log, limits }: AdvisersOptions): Promise<Advisers> {
    const wishes = advisersOf(settings);
    if (wishes.length === 0) return new Advisers([], follows);
    const budget = await Budget.open(store, { requests: settings.adviserRequests, tokens: settings.adviserTokens }, clock);
    const advisers = wishes.map(({ name, model, url, key, lengthField }) => {
      const client = new ChatClient({ url, model, key, lengthField, timers: clock, ...(limits && { limits }) });
      return new Adviser({ name, version: model, client, budget, clock, log, ...(limits && { limits }) });
    });
    return new Advisers(advisers, follows);
  }

  /** A candle has closed. Answers at once; what comes of it is heard at later closes. */
  closed(summary: VectorSummary): void {
    for (const adviser of this.#advisers) adviser.closed(summary);
  }

  /** What each says of the candle that ends at `atMs`, or why it says nothing; none where they are off. */
  heard(symbol: string, timeframe: Timeframe, atMs: number): readonly AdviserSaid[] {
    return this.#advisers.map((adviser) => adviser.heard(symbol, timeframe, atMs));
  }

  /** What is under way ends. */
  async close(): Promise<void> {
    await Promise.all(this.#advisers.map((adviser) => adviser.close()));
  }
}
