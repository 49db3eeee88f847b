/** Runs a model before anybody relies on it, as it will be run; one trial after the other, each in a process of its own. */
import { SuhoError, sentence } from '../errors.js';
import { type OwnModelCard, outputFault, widthOfWindow } from '../models/own-model.js';
import type { Clock } from '../runtime/clock.js';
import { seededRandom } from '../runtime/random.js';
import type { OwnChild } from './own-child.js';
import { askRequest, loadRequest } from './own-requests.js';

export interface OwnTrial {
  readonly loadMs: number;
  /** The fastest of its runs. */
  readonly runMs: number;
}

export interface TrialsOptions {
  readonly limits: {
    readonly loadMs: number;
    readonly hangMs: number;
    readonly runMs: number;
    readonly trialRuns: number;
    readonly trials: number;
  };
  readonly machine: Pick<Clock, 'monotonicNs'>;
  start(): Promise<OwnChild>;
}

const KEY = 'trial';

export class OwnTrials {
  readonly #options: TrialsOptions;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #child: OwnChild | undefined;
  #closed = false;

  constructor(options: TrialsOptions) {
    this.#options = options;
  }

  async run(graph: Uint8Array, sha256: string, card: OwnModelCard): Promise<OwnTrial> {
    if (this.#waiting >= this.#options.limits.trials)
      throw new SuhoError('INFERENCE_FULL', `${this.#waiting} models wait for their trial already; try again in a minute`);
    this.#waiting += 1;
    const trial = this.#last.then(() => this.#run(graph, sha256, card));
    this.#last = trial.catch(() => {});
    try {
      return await trial;
    } finally {
      this.#waiting -= 1;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#child?.kill('own models are closed');
    await this.#last;
  }

  async #run(graph: Uint8Array, sha256: string, card: OwnModelCard): Promise<OwnTrial> {
    if (this.#closed) throw new SuhoError('INFERENCE_FAILED', 'own models are closed');
    const child = await this.#options.start();
    this.#child = child;
    try {
      return await this.#tryOut(child, graph, sha256, card);
    } catch (error) {
      throw new SuhoError('INPUT_INVALID', `the model does not run: ${sentence(error)}`, { cause: error });
    } finally {
      this.#child = undefined;
      await child.close();
    }
  }

  async #tryOut(child: OwnChild, graph: Uint8Array, sha256: string, card: OwnModelCard): Promise<OwnTrial> {
    const { limits } = this.#options;
    const load = loadRequest(KEY, { sha256, card }, graph);
    const loadMs = await this.#timed(() => child.ask(load.request, load.payload, limits.loadMs));
    const width = widthOfWindow(card);
    const random = seededRandom('trial of an own model');
    const drawn = Float64Array.from({ length: width }, () => random.normal());
    let runMs = Number.POSITIVE_INFINITY;
    for (let run = 0; run < limits.trialRuns; run++) {
      const window = run % 2 === 0 ? drawn : new Float64Array(width);
      const { request, payload } = askRequest(KEY, window);
      const took = await this.#timed(async () => {
        const { values } = await child.ask(request, payload, limits.hangMs);
        const fault = outputFault(card.says, values);
        if (fault !== undefined) throw new SuhoError('INPUT_INVALID', fault);
      });
      runMs = Math.min(runMs, took);
    }
    // What is missing in a vector is NaN: it may say what it will of that, but must bear it.
    const { request, payload } = askRequest(KEY, new Float64Array(width).fill(Number.NaN));
    await child.ask(request, payload, limits.hangMs);
    if (runMs > limits.runMs)
      throw new SuhoError('INPUT_INVALID', `a run of it takes ${runMs.toFixed(1)} ms, more than ${limits.runMs}`);
    return { loadMs, runMs };
  }

  async #timed(work: () => Promise<unknown>): Promise<number> {
    const before = this.#options.machine.monotonicNs();
    await work();
    return Number(this.#options.machine.monotonicNs() - before) / 1e6;
  }
}
