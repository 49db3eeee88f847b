import { CATALOGUE_STAMP } from '../../src/features/catalogue-version.js';
import type { EnsembleCard } from '../../src/models/ensemble-card.js';
import type { ModelCard } from '../../src/models/model-card.js';

/** A card in which everything is as it should be. */
export function cardOf(changes: Partial<ModelCard> = {}): ModelCard {
  const span = (from: string, to: string) => ({ from: `${from}T00:00:00Z`, to: `${to}T00:00:00Z`, rows: 1_000 });
  return {
    format: 1,
    name: 'trees-m1',
    kind: 'trees',
    version: 1,
    timeframe: 'M1',
    columns: { set: 'catalogue', ...CATALOGUE_STAMP },
    input: { name: 'vectors', type: 'float64', row: [176] },
    outputs: [{ name: 'out', type: 'float32', row: [3] }],
    says: { kind: 'sides', output: 'out', horizons: [{ horizon: '15m', calibration: { kind: 'as is' } }] },
    data: [{ symbol: 'EURUSD', source: 'a walk', licence: 'CC0-1.0', candles: 3_000 }],
    split: {
      train: span('2026-01-01', '2026-01-20'),
      validation: span('2026-01-21', '2026-01-24'),
      test: span('2026-01-25', '2026-01-28'),
      purgedRows: 220,
    },
    metrics: [{ name: 'accuracy', better: 'higher', model: 0.51, baselines: { majority: 0.5 } }],
    trainedAt: '2026-02-01T00:00:00Z',
    expiresAt: '2026-05-01T00:00:00Z',
    sha256: '0'.repeat(64),
    ...changes,
  };
}

/** An ensemble's, of two models that `cardOf` might tell of. */
export function ensembleCardOf(changes: Partial<EnsembleCard> = {}): EnsembleCard {
  const { timeframe, data, split, metrics, trainedAt, expiresAt } = cardOf();
  return {
    format: 1,
    kind: 'meta',
    name: 'ensemble-m1',
    version: 1,
    timeframe,
    horizon: '15m',
    members: [
      { model: 'trees-m1', version: 1, sha256: '0'.repeat(64) },
      { model: 'lstm-m1', version: 1, sha256: '1'.repeat(64) },
    ],
    calibrations: [{ models: ['trees-m1', 'lstm-m1'], calibration: { kind: 'platt', slope: 0.8, offset: 0 } }],
    data,
    split,
    metrics,
    trainedAt,
    expiresAt,
    ...changes,
  };
}
