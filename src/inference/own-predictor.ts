import type { CatalogueVector } from '../features/feature-stream.js';
import { REGIMES } from '../indicators/regime/regimes.js';
import { COLUMNS, placeOf } from '../indicators/registry.js';
import { LIMITS } from '../limits.js';
import { assert } from '../runtime/assert.js';
import type { ModelRecords } from '../signals/model-record.js';
import { type ModelSaid, saidWithout } from '../signals/prediction.js';
import type { OwnModels } from './own-models.js';

const REGIME = placeOf('regime');

/** What a tenant's own models say of a candle, as the shared ones' words are told; under names that no shared model has. */
export class OwnPredictor {
  constructor(readonly models: Pick<OwnModels, 'ask' | 'stepsOf'>) {}

  /** About the last of the window's rows; none where the tenant has none. */
  async predict(tenantId: string, window: readonly CatalogueVector[], records: ModelRecords): Promise<readonly ModelSaid[]> {
    const newest = window.at(-1);
    assert(newest !== undefined, 'there is a candle to predict from');
    const { timeframe } = newest.candle;
    const steps = await this.models.stepsOf(tenantId, timeframe);
    if (steps === 0) return [];
    const rows = new Float64Array(Math.min(steps, window.length) * COLUMNS.length);
    for (const [at, { values }] of window.slice(-steps).entries()) rows.set(values, at * COLUMNS.length);
    const answers = await this.models.ask(tenantId, rows, LIMITS.ownModels.answerMs, timeframe);
    const regime = REGIMES[newest.values[REGIME] as number];
    return answers.map((answer): ModelSaid => {
      const named = { model: `own/${answer.model}`, version: answer.version, kind: 'own' as const };
      if (answer.kind === 'left out') return { ...named, leftOut: answer.leftOut };
      return saidWithout(named, answer.horizon, answer.output, records, regime);
    });
  }
}
