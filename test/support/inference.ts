/** Threads that models run in, and models in files, for tests. */
import type { ModelSource } from '../../src/inference/batch-task.js';
import { InferencePool, type PoolOptions } from '../../src/inference/inference-pool.js';
import { InferenceThreads, type ThreadsOptions } from '../../src/inference/threads.js';
import { systemClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { seededRandom } from '../../src/runtime/random.js';
import type { SmallModel } from './small-models.js';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.js';

export interface RealInference extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly threads: InferenceThreads;
  readonly pool: InferencePool;
  source(name: string, model: SmallModel): Promise<ModelSource>;
}

export async function realInference(
  options: Partial<ThreadsOptions> = {},
  poolOptions: Partial<PoolOptions> = {},
): Promise<RealInference> {
  const folder = await temporaryFolder();
  const threads = new InferenceThreads({ machine: systemClock, logger: silentLogger, count: 1, ...options });
  const pool = new InferencePool({ threads, clock: systemClock, ...poolOptions });
  return {
    folder,
    threads,
    pool,
    source: async (name, { bytes, sha256 }) => ({ key: name, file: await folder.write(`${name}.onnx`, bytes), sha256 }),
    [Symbol.asyncDispose]: async () => {
      await pool.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export function drawnRow(length: number, seed: number | string): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length }, () => random.normal());
}
