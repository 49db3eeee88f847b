/**
 * Answers what tenants' own models say, each tenant's in a process of its own, so that nothing which one of them does reaches
 * another tenant, the shared models, or the node.
 *
 * A process is started for the first window, is given one thing at a time, and is ended when nothing was asked for a while. There
 * are only so many: a tenant without one waits until another's is idle, or has had its turn. When a process is lost, only the
 * model that it was running is blamed; the others' windows go to its successor, as long as their deadlines allow. A model that
 * failed so often in a row rests.
 *
 * `ask` always answers, at the latest by its deadline: each model with what it said, or with why it is left out.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SuhoError, sentence } from '../errors.js';
import { CATALOGUE_STAMP } from '../features/catalogue-version.js';
import type { SpokenHorizon } from '../models/model-card.js';
import { type OwnModelCard, type OwnModelEntry, type OwnModelSays, outputFault, widthOfWindow } from '../models/own-model.js';
import type { Timeframe } from '../market/timeframe.js';
import { LIMITS } from '../limits.js';
import { Activity } from '../runtime/activity.js';
import { type BreakerLimits, CircuitBreaker } from '../runtime/circuit-breaker.js';
import type { Clock } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import type { LeftOut } from '../signals/ensemble.js';
import type { ModelOutput } from '../signals/model-output.js';
import { OwnChild } from './own-child.js';
import { OwnLane, type OwnModel } from './own-lane.js';
import { OwnSlots } from './own-slots.js';
import { OwnTrials, type OwnTrial } from './own-trials.js';

/** Where the tenants' models are kept. */
export interface OwnModelSource {
  /** Those in use. */
  models(tenantId: string): Promise<readonly OwnModelEntry[]>;
  /** Undefined where it was removed meanwhile. */
  graph(tenantId: string, name: string, version: number): Promise<Uint8Array | undefined>;
}

interface Named {
  readonly model: string;
  readonly version: string;
  readonly horizon: SpokenHorizon;
}

/** What a model said of a window, or why it said nothing. */
export type OwnAnswer = Named &
  (
    | { readonly kind: 'answered'; readonly output: ModelOutput }
    | { readonly kind: 'left out'; readonly leftOut: LeftOut; readonly sentence: string }
  );

export interface OwnLimits {
  readonly memoryBytes: number;
  readonly addressBytes: number;
  readonly watchMs: number;
  readonly children: number;
  readonly turnMs: number;
  readonly idleMs: number;
  readonly startMs: number;
  readonly loadMs: number;
  readonly hangMs: number;
  readonly runMs: number;
  readonly trialRuns: number;
  readonly queue: number;
  readonly trials: number;
  readonly knownMs: number;
}

export interface OwnModelsOptions {
  readonly source: OwnModelSource;
  /** The engine's. */
  readonly clock: Pick<Clock, 'nowMs'>;
  /** The machine's: a process hangs whatever time it is in the engine. */
  readonly machine: Clock;
  readonly logger: Logger;
  readonly activity?: Activity;
  readonly limits?: OwnLimits;
  readonly breaker?: BreakerLimits;
  /** For tests: another entry point, and without what the operating system does. */
  readonly entry?: URL;
  readonly bySystem?: boolean;
}

interface Tenant {
  readonly lane: OwnLane;
  models: readonly OwnModel[];
  readAtMs: number;
  reading: Promise<void> | undefined;
  /** Whether what is being read has changed since. */
  outdated: boolean;
}

const BREAKER: BreakerLimits = { failures: LIMITS.ownModels.breakerFailures, openMs: LIMITS.ownModels.breakerOpenMs };

export class OwnModels {
  readonly #options: OwnModelsOptions;
  readonly #limits: OwnLimits;
  readonly #activity: Activity;
  readonly #tenants = new Map<string, Tenant>();
  readonly #slots: OwnSlots;
  readonly #trials: OwnTrials;
  #folder: Promise<string> | undefined;
  #closed = false;

  constructor(options: OwnModelsOptions) {
    this.#options = options;
    this.#limits = options.limits ?? LIMITS.ownModels;
    this.#activity = options.activity ?? new Activity();
    this.#slots = new OwnSlots(this.#limits.children, () => this.#spare());
    this.#trials = new OwnTrials({ limits: this.#limits, machine: options.machine, start: () => this.#start() });
  }

  /**
   * Rows of a window are vectors of the catalogue, the newest last; a model takes as many as it reads. With a timeframe only
   * those that read its candles are asked. The window may not be written to until the answer is there.
   */
  async ask(
    tenantId: string,
    window: Float64Array,
    deadlineMs: number = LIMITS.ownModels.answerMs,
    timeframe?: Timeframe,
  ): Promise<readonly OwnAnswer[]> {
    if (this.#closed) return [];
    this.#activity.begin();
    const { machine } = this.#options;
    const endMs = machine.nowMs() + deadlineMs;
    try {
      const tenant = this.#tenant(tenantId);
      await this.#known(tenantId, tenant, deadlineMs);
      const asked = tenant.models.filter(({ entry }) => timeframe === undefined || entry.timeframe === timeframe);
      return await Promise.all(asked.map((model) => this.#askOne(tenant, model, window, endMs)));
    } finally {
      this.#activity.end();
    }
  }

  /** Vectors that the longest of the tenant's models reads; 0 where it has none. */
  async stepsOf(tenantId: string, timeframe?: Timeframe): Promise<number> {
    const tenant = this.#tenant(tenantId);
    await this.#known(tenantId, tenant);
    const read = tenant.models.filter(({ entry }) => timeframe === undefined || entry.timeframe === timeframe);
    return Math.max(0, ...read.map(({ entry }) => entry.card.input.steps));
  }

  /** Starts the tenant's process and loads its models, so that its first window need not wait for that. */
  async warm(tenantId: string): Promise<void> {
    const tenant = this.#tenant(tenantId);
    await this.#known(tenantId, tenant);
    await tenant.lane.warm(tenant.models.filter(({ breaker }) => breaker.waitMs() === 0));
  }

  /** The tenant's models have changed. */
  changed(tenantId: string): void {
    const tenant = this.#tenants.get(tenantId);
    if (tenant === undefined) return;
    tenant.readAtMs = Number.NEGATIVE_INFINITY;
    tenant.outdated = tenant.reading !== undefined;
  }

  /** Runs a model that nobody relies on yet, in a process of its own; rejects with why it is not let in. */
  tryOut(graph: Uint8Array, sha256: string, card: OwnModelCard): Promise<OwnTrial> {
    return this.#trials.run(graph, sha256, card);
  }

  /** Process ids, for whoever must know what runs. */
  get processes(): ReadonlyMap<string, number> {
    const running = [...this.#tenants].flatMap(([id, { lane }]) => (lane.pid === undefined ? [] : [[id, lane.pid] as const]));
    return new Map(running);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#trials.close(), ...[...this.#tenants.values()].map(({ lane }) => lane.close())]);
    const folder = await this.#folder?.catch(() => undefined);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  #tenant(id: string): Tenant {
    const known = this.#tenants.get(id);
    if (known !== undefined) return known;
    const { source, machine, logger } = this.#options;
    const lane = new OwnLane({
      tenantId: id,
      limits: this.#limits,
      slots: this.#slots,
      machine,
      logger,
      start: () => this.#start(),
      graph: ({ name, version }) => source.graph(id, name, version),
    });
    const tenant: Tenant = { lane, models: [], readAtMs: Number.NEGATIVE_INFINITY, reading: undefined, outdated: false };
    this.#tenants.set(id, tenant);
    return tenant;
  }

  /** Waits for the ledger only the first time, and after a change; else what was known serves until it has answered. */
  async #known(id: string, tenant: Tenant, mostMs: number = LIMITS.ownModels.startMs): Promise<void> {
    const { machine } = this.#options;
    const first = tenant.readAtMs === Number.NEGATIVE_INFINITY;
    if (machine.nowMs() - tenant.readAtMs >= this.#limits.knownMs) tenant.reading ??= this.#read(id, tenant);
    if (!first || tenant.reading === undefined) return;
    let cancel: () => void = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = machine.after(mostMs, resolve);
    });
    await Promise.race([tenant.reading, late]);
    cancel();
  }

  async #read(id: string, tenant: Tenant): Promise<void> {
    const { source, clock, breaker, logger, machine } = this.#options;
    try {
      const entries = await source.models(id);
      const models = entries.map((entry): OwnModel => {
        const key = `${entry.name}@${entry.version}:${entry.sha256.slice(0, 12)}`;
        const before = tenant.models.find((model) => model.key === key);
        return before ?? { entry, key, breaker: new CircuitBreaker(clock, breaker ?? BREAKER) };
      });
      const gone = tenant.models.filter(({ key }) => !models.some((model) => model.key === key));
      tenant.models = models;
      // A process forgets no model; one that held what was removed is ended.
      if (gone.length > 0) tenant.lane.leave(`${gone.map(({ key }) => key).join(', ')} went`);
    } catch (error) {
      logger.warn({ tenant: id, reason: sentence(error) }, 'a tenant’s own models cannot be read');
    } finally {
      tenant.readAtMs = tenant.outdated ? Number.NEGATIVE_INFINITY : machine.nowMs();
      tenant.outdated = false;
      tenant.reading = undefined;
    }
  }

  async #askOne(tenant: Tenant, model: OwnModel, window: Float64Array, endMs: number): Promise<OwnAnswer> {
    const { name, version, card } = model.entry;
    const named: Named = { model: name, version: String(version), horizon: card.horizon };
    const left = (leftOut: LeftOut, why: string): OwnAnswer => ({ ...named, kind: 'left out', leftOut, sentence: why });
    if (card.catalogue.version !== CATALOGUE_STAMP.version || card.catalogue.hash !== CATALOGUE_STAMP.hash)
      return left('other catalogue', 'it was trained on another feature catalogue');
    const wanted = widthOfWindow(card);
    if (window.length < wanted) return left('not ready', `it reads ${card.input.steps} vectors`);
    const waitMs = model.breaker.waitMs();
    if (waitMs > 0)
      return left('resting', `it failed ${model.breaker.failures} times in a row; it is tried again in ${waitMs} ms`);
    const outcome = await tenant.lane.ask(model, window.subarray(window.length - wanted), endMs);
    if (outcome.kind === 'late') return left('slow', 'it did not answer by the deadline');
    if (outcome.kind === 'failed') return left('failed', outcome.why);
    const output = outputOf(card.says, outcome.values);
    return output === undefined
      ? left('invalid', 'it said what are no probabilities, or no numbers')
      : { ...named, kind: 'answered', output };
  }

  async #start(): Promise<OwnChild> {
    if (this.#closed) throw new SuhoError('INFERENCE_FAILED', 'own models are closed');
    const { machine, entry, bySystem } = this.#options;
    this.#folder ??= mkdtemp(join(tmpdir(), 'suho-own-'));
    return OwnChild.start({
      machine,
      folder: await this.#folder,
      limits: this.#limits,
      ...(entry === undefined ? {} : { entry }),
      ...(bySystem === undefined ? {} : { bySystem }),
    });
  }

  /** Of the processes that nobody uses, the one that was not used for the longest makes room. */
  #spare(): void {
    const idle = [...this.#tenants.values()].filter(({ lane }) => lane.idleSinceMs !== undefined);
    idle.sort((a, b) => (a.lane.idleSinceMs as number) - (b.lane.idleSinceMs as number));
    idle[0]?.lane.leave('another tenant needs a process');
  }
}

/** What the numbers mean; undefined where they are no numbers. */
function outputOf(says: OwnModelSays, values: Float64Array): ModelOutput | undefined {
  if (outputFault(says, values) !== undefined) return undefined;
  if (says.kind === 'quantiles') return { kind: 'quantiles', levels: says.levels, values: [...values] };
  const [SELL, , BUY] = values as unknown as readonly [number, number, number];
  return { kind: 'sides', BUY, SELL };
}
