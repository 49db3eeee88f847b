import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTiers } from '../../src/storage/tier-table.js';
import { type ModelCard, SPOKEN_HORIZONS } from '../../src/models/model-card.js';
import { ensemble, type EnsembleInput } from '../../src/signals/ensemble.js';
import { NO_RECORDS } from '../../src/signals/model-record.js';
import {
  directionSaid,
  membersFor,
  type ModelSaid,
  type Prediction,
  shapesSeen,
  signalHorizon,
} from '../../src/signals/prediction.js';
import { cardOf } from '../support/model-cards.js';

const AS_IS = { kind: 'as is' } as const;
const AT_MS = 60_000;
const LEVELS = [0.25, 0.5, 0.75];

const TREES = cardOf({ says: { kind: 'sides', output: 'out', horizons: [{ horizon: '15m', calibration: AS_IS }] } });
const LSTM = cardOf({
  name: 'lstm-m1',
  kind: 'lstm',
  says: {
    kind: 'quantiles',
    output: 'returns',
    levels: LEVELS,
    horizons: SPOKEN_HORIZONS.map((horizon) => ({ horizon, calibration: AS_IS })),
  },
  outlier: { output: 'distance', most: 2 },
});
const CNN = cardOf({
  name: 'cnn-m1',
  kind: 'cnn',
  says: { kind: 'shapes', output: 'probabilities', names: ['flag', 'double_top'], embedding: 'embedding' },
});

const said = (card: ModelCard, outputs: Readonly<Record<string, readonly number[]>>): ModelSaid =>
  directionSaid(card, new Map(Object.entries(outputs)), NO_RECORDS, undefined);

const RETURNS = SPOKEN_HORIZONS.flatMap((_, at) => [-0.1, at / 10, 0.3]);

function prediction(...models: readonly ModelSaid[]): Prediction {
  return {
    symbol: 'EURUSD',
    timeframe: 'M1',
    time: 0,
    atMs: 60_000,
    regime: undefined,
    said: models,
    shapes: undefined,
    pooled: [{ horizon: '15m', models: ['lstm-m1', 'trees-m1'], calibration: { kind: 'platt', slope: 1, offset: 0 } }],
  };
}

describe('what models say of a candle', () => {
  it('of sides each gets its share of both, whatever is said of neither', () => {
    const trees = said(TREES, { out: [0.3, 0.6, 0.1] });
    assert.ok('horizons' in trees);
    const output = trees.horizons['15m']?.output;
    assert.ok(output?.kind === 'sides' && Math.abs(output.BUY - 0.25) < 1e-12 && Math.abs(output.SELL - 0.75) < 1e-12);
    assert.deepEqual([trees.outlier, trees.outlierMost], [null, null]);
  });

  it('what is nothing of either side is no probability, and is refused', () => {
    const input = membersFor(AT_MS, prediction(said(TREES, { out: [0, 1, 0] })), {
      models: () => true,
      horizons: ['15m'],
      ensemble: true,
    });
    assert.ok('members' in input);
    const [part] = ensemble(input).members;
    assert.deepEqual(part, { model: 'trees-m1', version: '1', leftOut: 'invalid' });
  });

  it('of quantiles each horizon has its row, and the distance is the outlier score', () => {
    const lstm = said(LSTM, { returns: RETURNS, distance: [1.5] });
    assert.ok('horizons' in lstm);
    assert.deepEqual(
      SPOKEN_HORIZONS.map((horizon) => lstm.horizons[horizon]?.output),
      [0, 0.1, 0.2, 0.3].map((middle) => ({ kind: 'quantiles', levels: LEVELS, values: [-0.1, middle, 0.3] })),
    );
    assert.deepEqual([lstm.outlier, lstm.outlierMost], [1.5, 2]);
    assert.ok(Number.isNaN((said(LSTM, { returns: RETURNS }) as { outlier: number }).outlier), 'none told is none trusted');
  });

  it('a model of shapes tells no direction, but shapes and an embedding', () => {
    const outputs = new Map([
      ['probabilities', [0.2, 0.9]],
      ['embedding', [0.6, 0.8]],
    ]);
    assert.deepEqual(shapesSeen(CNN, outputs), {
      model: 'cnn-m1',
      version: '1',
      shapes: { flag: 0.2, double_top: 0.9 },
      embedding: Float32Array.of(0.6, 0.8),
    });
    assert.equal(shapesSeen(CNN, new Map([...outputs, ['embedding', [Number.NaN, 1]]])), undefined);
    assert.equal(shapesSeen(TREES, outputs), undefined);
  });

  it('an answer without the output that the card names is invalid', () => {
    assert.deepEqual(said(TREES, { other: [1] }), { model: 'trees-m1', version: '1', kind: 'trees', leftOut: 'invalid' });
  });
});

describe('what a tenant hears of it', () => {
  // 250 of 400, and 50 of the hundred that it is given beforehand.
  const proven = { 'trees-m1@1/15m': { all: { told: 400, right: 250 }, regimes: {} } };
  const both = prediction(
    said(LSTM, { returns: RETURNS, distance: [1] }),
    directionSaid(TREES, new Map([['out', [0.3, 0.3, 0.4]]]), proven, undefined),
  );

  it('is what its tier includes: models, and horizons as far as stops are made for', async () => {
    const tiers = await readTiers();
    const heard = (['free', 'basic', 'pro'] as const).map((tier) => {
      const input = membersFor(AT_MS, both, tiers.predictionRights(tier));
      assert.ok('members' in input);
      return input.members.map((member) => ('leftOut' in member ? member.leftOut : member.output));
    });
    const quantiles = (middle: number) => ({ kind: 'quantiles', levels: LEVELS, values: [-0.1, middle, 0.3] });
    assert.deepEqual(heard[0], [quantiles(0), 'tier']);
    assert.deepEqual(heard[1]?.[0], quantiles(0.2));
    assert.ok(typeof heard[1]?.[1] === 'object');
    assert.deepEqual(heard[2], heard[1]);
  });

  it('without the ensemble every model weighs the same and no map is laid over their mean', async () => {
    const tiers = await readTiers();
    const basic = membersFor(AT_MS, both, tiers.predictionRights('basic'));
    const pro = membersFor(AT_MS, both, tiers.predictionRights('pro'));
    assert.ok('members' in basic && 'members' in pro);
    assert.deepEqual([basic.calibrations.length, pro.calibrations.length], [0, 1]);
    const accuracies = ({ members }: EnsembleInput) => members.map((member) => ('accuracy' in member ? member.accuracy : null));
    assert.deepEqual(
      [accuracies(basic), accuracies(pro)],
      [
        [0.5, 0.5],
        [0.5, 0.6],
      ],
    );
  });

  it('a model that was left out is named with its reason, and nothing at all is no model', () => {
    const rights = { models: () => true, horizons: SPOKEN_HORIZONS, ensemble: true };
    const slow: ModelSaid = { model: 'lstm-m1', version: '1', kind: 'lstm', leftOut: 'slow' };
    const input = membersFor(AT_MS, prediction(slow), rights);
    assert.ok('members' in input && 'leftOut' in (input.members[0] ?? {}));
    assert.deepEqual(membersFor(AT_MS, undefined, rights), { absent: 'no model' });
    assert.deepEqual(membersFor(AT_MS, prediction(), rights), { absent: 'no model' });
  });

  it('looks a quarter of an hour ahead, or as far as it may', () => {
    assert.deepEqual([SPOKEN_HORIZONS, ['1m', '5m'] as const, ['1m', '1h'] as const, ['1h'] as const].map(signalHorizon), [
      '15m',
      '5m',
      '1m',
      undefined,
    ]);
  });
});
