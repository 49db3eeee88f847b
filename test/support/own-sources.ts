/** Tenants' models in memory, and what is needed to run them, for tests. */
import { OwnModels, type OwnModelSource, type OwnModelsOptions } from '../../src/inference/own-models.js';
import { LIMITS } from '../../src/limits.js';
import { systemClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import type { OwnGraph } from './own-graphs.js';
import { WIDTH } from './own-graphs.js';

export class HeldModels implements OwnModelSource {
  readonly #held = new Map<string, readonly OwnGraph[]>();

  put(tenant: string, ...models: readonly OwnGraph[]): void {
    this.#held.set(tenant, models);
  }

  async models(tenant: string) {
    return (this.#held.get(tenant) ?? []).map(({ entry }) => entry);
  }

  async graph(tenant: string, name: string, version: number) {
    return (this.#held.get(tenant) ?? []).find(({ entry }) => entry.name === name && entry.version === version)?.graph;
  }
}

/** The machine that tests run on may be busy with others. */
export const PATIENT = { ...LIMITS.ownModels, startMs: 60_000, loadMs: 60_000, hangMs: 10_000, runMs: 1_000 };

/** Closes, and waits for every process, at the end of a block. */
export interface RunningOwnModels extends AsyncDisposable {
  readonly held: HeldModels;
  readonly models: OwnModels;
}

export function ownModels(options: Partial<OwnModelsOptions> = {}): RunningOwnModels {
  const held = new HeldModels();
  const limits = options.limits ?? PATIENT;
  const models = new OwnModels({
    source: held,
    clock: systemClock,
    machine: systemClock,
    logger: silentLogger,
    ...options,
    limits,
  });
  return { held, models, [Symbol.asyncDispose]: () => models.close() };
}

/** One vector whose largest number is `value`. */
export function vectorOf(value: number, steps = 1): Float64Array {
  const window = new Float64Array(steps * WIDTH);
  window[window.length - 1] = value;
  return window;
}

/** Whether a process runs. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
