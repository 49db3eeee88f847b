/** Everything that predicts in a node: the shared models on their shelf, what is learned of them, and tenants' own models. */
import { sentence } from '../errors.js';
import type { Activity } from '../runtime/activity.js';
import type { Clock } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import type { RecordBook } from '../signals/model-record.js';
import type { Standing } from './model-shelf.js';
import { readStock, SHIPPED_MODELS, type StockState } from './model-stock.js';
import { openInference } from './open-inference.js';
import { type OwnModelSource, OwnModels } from './own-models.js';
import { OwnPredictor } from './own-predictor.js';
import { ModelPredictor, type PredictorOptions } from './predictor.js';
import { shelveStock, useModel } from './shelve-stock.js';

export interface NodeModelsOptions {
  /** The data folder. */
  readonly data: string;
  /** The engine's: a model expires by it. */
  readonly clock: Clock;
  /** By which an answer is late. */
  readonly deadlines: Clock;
  readonly machine: Clock;
  readonly logger: Logger;
  readonly activity: Activity;
  readonly threads?: number;
  readonly records: RecordBook & { readonly fault: string | undefined };
  readonly advice?: PredictorOptions['advice'];
  /** Where tenants' own models are kept. */
  readonly source: OwnModelSource;
  /** Tenants that may have some: theirs are loaded beforehand, so that the first close need not wait for a process. */
  readonly owners: readonly string[];
}

export interface NodeModels {
  readonly predictor: ModelPredictor;
  readonly own: OwnModels;
  readonly ownPredictor: OwnPredictor;
  /** The shared models, each with why it does not answer. */
  readonly standing: () => readonly Standing[];
  /** What of it does not work; all else goes on without. */
  readonly health: () => { readonly ok: boolean; readonly detail: string };
  /** Undefined where a model of the data folder is used now, else why not. */
  readonly use: (card: string, state: StockState) => Promise<string | undefined>;
  close(): Promise<void>;
}

export async function openNodeModels(options: NodeModelsOptions): Promise<NodeModels> {
  const { data, records, logger, advice, source, clock, machine, activity } = options;
  const { shelf, close } = openInference(options);
  await shelveStock(shelf, await readStock(SHIPPED_MODELS, data), logger);
  const own = new OwnModels({ source, clock, machine, logger, activity });
  for (const tenantId of options.owners) void warm(own, tenantId, logger);
  return {
    predictor: new ModelPredictor({ shelf, records, ...(advice && { advice }) }),
    own,
    ownPredictor: new OwnPredictor(own),
    standing: () => shelf.standing(),
    health: () => {
      if (records.fault !== undefined) return { ok: false, detail: records.fault };
      const standing = shelf.standing();
      const out = standing.flatMap((model) => model.out ?? []);
      const detail = `${standing.length - out.length} of ${standing.length} models answer`;
      const [first] = out;
      return first === undefined ? { ok: true, detail } : { ok: false, detail: `${detail}; ${first.model}: ${first.sentence}` };
    },
    use: (card, state) => useModel(shelf, card, state, data, logger),
    close: async () => {
      await own.close();
      await close();
    },
  };
}

async function warm(own: OwnModels, tenantId: string, logger: Logger): Promise<void> {
  try {
    if ((await own.stepsOf(tenantId)) > 0) await own.warm(tenantId);
  } catch (error) {
    logger.warn({ tenantId, reason: sentence(error) }, 'a tenant’s own models could not be loaded beforehand');
  }
}
