import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VectorWindow } from '../../src/features/vector-window.js';
import { COLUMNS, placeOf } from '../../src/indicators/registry.js';
import { REGIMES } from '../../src/indicators/regime/regimes.js';
import type { LeftOutWhy } from '../../src/inference/model-check.js';
import { ModelPredictor, type PredictorOptions } from '../../src/inference/predictor.js';
import type { Timeframe } from '../../src/market/timeframe.js';
import { type ModelRecords, NO_RECORDS } from '../../src/signals/model-record.js';
import { membersFor } from '../../src/signals/prediction.js';
import { cardOf } from '../support/model-cards.js';
import { EVERY_RIGHT } from '../support/rights.js';
import { walkOfCandles } from '../support/walk-of-candles.js';

const QUIET = REGIMES.indexOf('QUIET');
const VECTORS = walkOfCandles('EURUSD', 'M1', 40).map((candle, at) => {
  const values = new Float64Array(COLUMNS.length);
  values[placeOf('regime')] = QUIET;
  return { candle: { ...candle, close: 1 + at / 1_000 }, values };
});
const CARD = cardOf({ says: { kind: 'sides', output: 'out', horizons: [{ horizon: '15m', calibration: { kind: 'as is' } }] } });

class Book {
  records: ModelRecords = NO_RECORDS;
  read(): ModelRecords {
    return this.records;
  }
  write(_timeframe: Timeframe, records: ModelRecords): void {
    this.records = records;
  }
}

interface Shelf {
  answer: () => Promise<Float64Array | LeftOutWhy>;
}

function world(advice?: PredictorOptions['advice']) {
  const shelf: Shelf = { answer: async () => Float64Array.of(0.2, 0.2, 0.6) };
  const records = new Book();
  const predictor = new ModelPredictor({
    shelf: {
      of: (timeframe) => (timeframe === 'M1' ? [{ card: CARD, out: undefined }] : []),
      ask: async () => {
        const answer = await shelf.answer();
        if (typeof answer === 'string') return { kind: 'left out', model: 'trees-m1@1', why: answer, sentence: '' };
        return { kind: 'answered', card: CARD, outputs: new Map([['out', answer]]) };
      },
      pooled: () => [],
    },
    records,
    ...(advice && { advice }),
  });
  return { shelf, records, predictor };
}

const windowAt = (at: number): VectorWindow => new VectorWindow(VECTORS.slice(0, at + 1), 8);
const vectorAt = (at: number) => VECTORS[at] ?? assert.fail('a vector');

describe('the predictor of a node', () => {
  it('asks where models stand, and tells what they said of the newest candle', async () => {
    const { predictor } = world();
    assert.deepEqual([predictor.asks('M1'), predictor.asks('M5')], [true, false]);
    const prediction = await predictor.predict(windowAt(3));
    const { time } = vectorAt(3).candle;
    assert.deepEqual([prediction.time, prediction.atMs, prediction.regime], [time, time + 60_000, 'QUIET']);
    const [said] = prediction.said;
    const output = said && 'horizons' in said ? said.horizons['15m']?.output : undefined;
    assert.ok(output?.kind === 'sides' && Math.abs(output.BUY - 0.75) < 1e-12);
  });

  const words: readonly (readonly [why: LeftOutWhy, leftOut: string])[] = [
    ['late', 'slow'],
    ['busy', 'slow'],
    ['failing', 'failed'],
    ['expired', 'expired'],
    ['other columns', 'other catalogue'],
  ];
  for (const [why, leftOut] of words)
    it(`a model that is left out as ${why} is ${leftOut} in the signal`, async () => {
      const { predictor, shelf } = world();
      shelf.answer = async () => why;
      const { said } = await predictor.predict(windowAt(3));
      assert.deepEqual(said, [{ model: 'trees-m1', version: '1', kind: 'trees', leftOut }]);
    });

  it('learns from each close how right a model was, and weighs it by what was known when it was asked', async () => {
    const { predictor, records, shelf } = world();
    let letGo = (): void => {};
    const first = await predictor.predict(windowAt(3));
    predictor.said(first, vectorAt(3));
    const outcomes: string[] = [];
    predictor.onOutcome(({ horizon, right }) => outcomes.push(`${horizon} ${JSON.stringify(right)}`));
    shelf.answer = () => new Promise((resolve) => (letGo = () => resolve(Float64Array.of(0.2, 0.2, 0.6))));
    const asked = predictor.predict(windowAt(17));
    // The price rises with each candle, as was said: fifteen minutes after the fourth.
    for (let at = 4; at <= 18; at++) predictor.closed(vectorAt(at));
    assert.deepEqual(outcomes, ['1m {}', '5m {}', '15m {"trees-m1@1":true}']);
    assert.deepEqual(records.records['trees-m1@1/15m']?.regimes.QUIET, { told: 1, right: 1 });
    letGo();
    const accuracyOf = async (prediction: ReturnType<typeof predictor.predict>) => {
      const [said] = (await prediction).said;
      return said && 'horizons' in said ? said.horizons['15m']?.accuracy : undefined;
    };
    assert.equal(await accuracyOf(asked), 0.5, 'it was asked before that was known');
    shelf.answer = async () => Float64Array.of(0.2, 0.2, 0.6);
    assert.ok(((await accuracyOf(predictor.predict(windowAt(18)))) ?? 0) > 0.5);
  });

  it('learns the same of what another node asked, tells nobody of it, and goes on with it once it is handed over', async () => {
    const [here, along, next] = [world(), world(), world()];
    const told: string[] = [];
    for (const { predictor } of [along, next]) predictor.onOutcome(({ horizon }) => told.push(horizon));
    const prediction = await here.predictor.predict(windowAt(3));
    here.predictor.said(prediction, vectorAt(3));
    for (const { predictor } of [along, next]) predictor.followed(vectorAt(3), prediction);
    for (let at = 4; at <= 18; at++) {
      here.predictor.closed(vectorAt(at));
      along.predictor.followed(vectorAt(at), undefined);
      if (at < 10) next.predictor.followed(vectorAt(at), undefined);
      else next.predictor.closed(vectorAt(at));
    }
    assert.deepEqual(here.records.records['trees-m1@1/15m']?.regimes.QUIET, { told: 1, right: 1 });
    assert.deepEqual(along.records.records, here.records.records);
    assert.deepEqual(next.records.records, here.records.records);
    assert.deepEqual(told, ['15m'], 'only of what came to be while it was had there');
  });

  it('an adviser is a member of the ensemble, named as one, with a record of its own', async () => {
    const heard: string[] = [];
    const { predictor } = world((symbol, timeframe, atMs) => {
      heard.push(`${symbol} ${timeframe} ${atMs - vectorAt(3).candle.time}`);
      return [
        { model: 'oracle', version: 'big', output: { kind: 'sides', BUY: 0.1, SELL: 0.9 } },
        { model: 'mute', version: 'small', leftOut: 'over budget' },
      ];
    });
    const prediction = await predictor.predict(windowAt(3));
    assert.deepEqual(heard, ['EURUSD M1 60000']);
    const input = membersFor(prediction.atMs, prediction, EVERY_RIGHT);
    assert.ok('members' in input);
    assert.deepEqual(
      input.members.map((member) => [member.model, member.adviser, 'leftOut' in member ? member.leftOut : 'heard']),
      [
        ['trees-m1', false, 'heard'],
        ['oracle', true, 'heard'],
        ['mute', true, 'over budget'],
      ],
    );
    const basic = membersFor(prediction.atMs, prediction, { ...EVERY_RIGHT, ensemble: false });
    assert.ok('members' in basic);
    assert.deepEqual(
      basic.members.flatMap((member) => ('leftOut' in member ? [`${member.model} ${member.leftOut}`] : [])),
      ['oracle tier', 'mute tier'],
    );
  });
});
