/**
 * Which version of each model answers, and why one does not.
 *
 * A version comes onto the shelf by `put`, which checks its card, loads it and runs it; only then it takes the place of the one
 * before, which goes on until that instant and finishes what it was asked. So at no instant is there none, and a version that
 * does not fit changes nothing; where there is none before it, it stands there as left out, so that whoever asks is told. A
 * model that is on the shelf is still left out while it is expired, or while its breaker is open.
 *
 * A version on trial has a place of its own beside the standing one, and is asked in its stead for a share of what is asked. It
 * is told by a draw which: the same draw gives the same version, while both stand.
 */
import { SuhoError } from '../errors.js';
import { LIMITS } from '../limits.js';
import { type ModelCard, modelName } from '../models/model-card.js';
import type { Timeframe } from '../market/timeframe.js';
import type { HorizonMap } from '../signals/prediction.js';
import { type BreakerLimits, CircuitBreaker } from '../runtime/circuit-breaker.js';
import type { Clock } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import { widthOf, type ModelSource } from './batch-task.js';
import type { BatchOutcome, InferencePool, ModelAnswer } from './inference-pool.js';
import { expired, isExpired, type LeftOut, leftOut, unfitCard, unfitGraph } from './model-check.js';
import type { ModelFile } from './model-files.js';

export interface ShelfOptions {
  readonly pool: Pick<InferencePool, 'ask' | 'try' | 'onBatch'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly logger: Logger;
  readonly breaker?: BreakerLimits;
}

export interface Answered {
  readonly kind: 'answered';
  readonly card: ModelCard;
  readonly outputs: ModelAnswer;
}

export interface Shelved {
  readonly kind: 'shelved';
  readonly card: ModelCard;
}

/** A model as it stands: `out` tells why it would not be asked now. */
export interface Standing {
  readonly card: ModelCard;
  readonly out: LeftOut | undefined;
}

/** A map for averages, of the models of one timeframe. */
export interface ShelvedMap extends HorizonMap {
  readonly timeframe: Timeframe;
  readonly expiresAtMs: number;
}

interface Place {
  readonly card: ModelCard;
  readonly source: ModelSource;
  readonly rowLength: number;
  readonly breaker: CircuitBreaker;
}

/** Of what is asked, what a version on trial gets. */
export const TRIAL_SHARE = 0.1;

const BREAKER: BreakerLimits = { failures: LIMITS.inference.breakerFailures, openMs: LIMITS.inference.breakerOpenMs };
const WHY = { INFERENCE_LATE: 'late', INFERENCE_FULL: 'busy' } as const;

export class ModelShelf {
  readonly #options: ShelfOptions;
  readonly #places = new Map<string, Place>();
  readonly #trials = new Map<string, Place>();
  /** Versions that did not fit, where none stands. */
  readonly #unfit = new Map<string, Standing>();
  #maps: readonly ShelvedMap[] = [];
  /** One put after the other, so that of two versions of a model the one that was put last answers. */
  #putting: Promise<unknown> = Promise.resolve();

  constructor(options: ShelfOptions) {
    this.#options = options;
    options.pool.onBatch((outcome) => this.#heard(outcome));
  }

  put(file: ModelFile, as: 'standing' | 'trial' = 'standing'): Promise<Shelved | LeftOut> {
    const put = this.#putting.then(() => this.#put(file, as));
    this.#putting = put;
    return put;
  }

  /** With its trial. False: there was none of that name. What it was asked it still answers. */
  withdraw(name: string): boolean {
    this.#trials.delete(name);
    return this.#unfit.delete(name) || this.#places.delete(name);
  }

  /** Models of a timeframe, by name, as this draw finds them. */
  of(timeframe: Timeframe, draw = 1): readonly Standing[] {
    return this.standing(draw).filter(({ card }) => card.timeframe === timeframe);
  }

  standing(draw = 1): readonly Standing[] {
    const places = [...this.#places.keys()].map((name) => this.#drawn(name, draw) as Place);
    const standing = places.map((place): Standing => ({ card: place.card, out: this.#out(place) }));
    return [...standing, ...this.#unfit.values()].sort((a, b) => (a.card.name < b.card.name ? -1 : 1));
  }

  /** Maps for averages of several models, of all timeframes; they take the place of those before. */
  keepMaps(maps: readonly ShelvedMap[]): void {
    this.#maps = maps;
  }

  /** Those that hold as this draw finds the models: of a version on trial they tell nothing. */
  pooled(timeframe: Timeframe, draw = 1): readonly HorizonMap[] {
    const stands = (name: string): boolean => this.#drawn(name, draw) === this.#places.get(name);
    const nowMs = this.#options.clock.nowMs();
    return this.#maps.filter((map) => map.timeframe === timeframe && nowMs < map.expiresAtMs && map.models.every(stands));
  }

  /** Versions on trial. */
  get trials(): readonly Standing[] {
    return [...this.#trials.values()].map((place) => ({ card: place.card, out: this.#out(place) }));
  }

  /** Always answers: with outputs, or with why there are none. Rows are not to be written to until then. */
  async ask(
    name: string,
    rows: Float64Array,
    deadlineMs: number = LIMITS.inference.answerMs,
    draw = 1,
  ): Promise<Answered | LeftOut> {
    const place = this.#drawn(name, draw);
    if (place === undefined) return { kind: 'left out', model: name, why: 'unknown', sentence: 'there is no such model' };
    const out = this.#out(place);
    if (out !== undefined) return out;
    const { card, source, rowLength } = place;
    try {
      const outputs = await this.#options.pool.ask({ model: source, rowLength, rows, deadlineMs });
      return { kind: 'answered', card, outputs };
    } catch (error) {
      if (!(error instanceof SuhoError)) throw error;
      return leftOut(card, error.code in WHY ? WHY[error.code as keyof typeof WHY] : 'failing', error.message);
    }
  }

  /** The version that a draw finds; one on trial that is left out is not drawn. */
  #drawn(name: string, draw: number): Place | undefined {
    const trial = draw < TRIAL_SHARE ? this.#trials.get(name) : undefined;
    return trial !== undefined && this.#out(trial) === undefined ? trial : this.#places.get(name);
  }

  async #put({ card, graph }: ModelFile, as: 'standing' | 'trial'): Promise<Shelved | LeftOut> {
    const { pool, clock, logger } = this.#options;
    const source: ModelSource = { key: `${modelName(card)}:${card.sha256.slice(0, 12)}`, file: graph, sha256: card.sha256 };
    const out = unfitCard(card, clock.nowMs()) ?? unfitGraph(card, await pool.try(source));
    if (out !== undefined) {
      logger.warn({ model: out.model, why: out.why, reason: out.sentence }, 'a model was left out');
      if (as === 'standing' && !this.#places.has(card.name)) this.#unfit.set(card.name, { card, out });
      return out;
    }
    // Without a version that stands, a trial has nothing to be tried against.
    const places = as === 'trial' && this.#places.has(card.name) ? this.#trials : this.#places;
    const before = places.get(card.name);
    const breaker = new CircuitBreaker(clock, this.#options.breaker ?? BREAKER);
    places.set(card.name, { card, source, rowLength: widthOf(card.input.row), breaker });
    if (places === this.#places) {
      this.#unfit.delete(card.name);
      // What it was tried against is gone.
      this.#trials.delete(card.name);
    }
    const told = places === this.#places ? 'a model answers' : 'a model is on trial';
    logger.info({ model: modelName(card), ...(before && { instead: modelName(before.card) }) }, told);
    return { kind: 'shelved', card };
  }

  #out({ card, breaker }: Place): LeftOut | undefined {
    if (isExpired(card, this.#options.clock.nowMs())) return expired(card);
    const waitMs = breaker.waitMs();
    if (waitMs === 0) return undefined;
    return leftOut(
      card,
      'failing',
      `${breaker.failures} batches in a row failed or took too long; it is tried again in ${waitMs} ms`,
    );
  }

  #heard({ model, rows, tookMs, failure }: BatchOutcome): void {
    const place = [...this.#places.values(), ...this.#trials.values()].find(({ source }) => source.key === model.key);
    // A version that was replaced meanwhile is of no interest any more.
    if (place === undefined) return;
    const { breaker, card } = place;
    const was = breaker.state;
    // By our own measure: a caller who is in a great hurry does not make a model slow for others.
    const mostMs = LIMITS.inference.answerMs * Math.ceil(rows / LIMITS.inference.batchRows);
    if (failure === undefined && tookMs <= mostMs) breaker.succeeded();
    else breaker.failed();
    if (breaker.state === was) return;
    const { logger } = this.#options;
    if (breaker.state === 'closed') logger.info({ model: modelName(card) }, 'a model answers again');
    else logger.warn({ model: modelName(card), tookMs, reason: failure }, 'a model is left out for a while');
  }
}
