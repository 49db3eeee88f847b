import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CATALOGUE_STAMP } from '../../src/features/catalogue-version.js';
import { LIMITS } from '../../src/limits.js';
import { CATALOGUE_METADATA } from '../../src/models/model-metadata.js';
import { checkOwnModel, outputFault, parseOwnCard } from '../../src/models/own-model.js';
import { honestGraph, type OwnGraphOptions, ownGraph, WIDTH } from '../support/own-graphs.js';

const check = (options: OwnGraphOptions) => () =>
  checkOwnModel(
    ownGraph(() => undefined, options),
    '15m',
  );
const levels = (told: string) => ({ ...CATALOGUE_METADATA, 'suho.quantile.levels': told });

describe('a tenant’s own model', () => {
  it('gets a card of what its file tells, which is read again as it was', () => {
    const card = checkOwnModel(honestGraph({ steps: 50 }), '5m');
    assert.equal(card.horizon, '5m');
    assert.deepEqual(card.input, { name: 'vectors', type: 'float64', steps: 50, windowed: true });
    assert.deepEqual(card.says, { kind: 'sides', output: 'probabilities' });
    assert.deepEqual(card.catalogue, CATALOGUE_STAMP);
    assert.deepEqual(parseOwnCard(JSON.parse(JSON.stringify(card))), card);
    assert.throws(() => parseOwnCard({ ...card, format: 2 }), { code: 'INPUT_INVALID', message: /format/ });
  });

  it('reads one vector, or a window of 1 to 128, in floats or doubles', () => {
    assert.deepEqual(checkOwnModel(honestGraph(), '15m').input, { name: 'vectors', type: 'float64', steps: 1, windowed: false });
    const one = check({ input: { type: 'float', shape: [1, 1, WIDTH] } })();
    assert.deepEqual(one.input, { name: 'vectors', type: 'float32', steps: 1, windowed: true });
    assert.equal(check({ steps: LIMITS.ownModels.steps })().input.steps, 128);
    const shapes = [
      [WIDTH],
      ['batch', 175],
      ['batch', 129, WIDTH],
      ['batch', 0, WIDTH],
      ['batch', 'steps', WIDTH],
      [2, WIDTH],
      ['batch', 5, 5, WIDTH],
    ];
    for (const shape of shapes)
      assert.throws(
        check({ input: { shape } }),
        { code: 'INPUT_INVALID', message: /one input vectors .* found: vectors float64\[/ },
        String(shape),
      );
    assert.throws(check({ input: { name: 'candles' } }), { code: 'INPUT_INVALID', message: /found: candles/ });
    assert.throws(check({ input: { type: 'int64' } }), { code: 'INPUT_INVALID', message: /found: vectors int64/ });
  });

  it('says probabilities of three sides, or quantiles at levels that its metadata tells', () => {
    const quantiles = check({ output: { name: 'quantiles', width: 3 }, metadata: levels('0.1, 0.5,0.9') })();
    assert.deepEqual(quantiles.says, { kind: 'quantiles', output: 'quantiles', levels: [0.1, 0.5, 0.9] });
    for (const told of [
      '',
      '0.5',
      '0.5,0.1',
      '0.1,1',
      '0.1,x',
      '0,0.5',
      '0.1,,0.9',
      Array.from({ length: 33 }, (_, at) => (at + 1) / 40).join(','),
    ])
      assert.throws(
        check({ output: { name: 'quantiles', width: 3 }, metadata: levels(told) }),
        { code: 'INPUT_INVALID', message: /suho\.quantile\.levels/ },
        told,
      );
    assert.throws(check({ output: { name: 'quantiles', width: 3 } }), { code: 'INPUT_INVALID' });
    assert.throws(check({ output: { name: 'quantiles', width: 4 }, metadata: levels('0.1,0.5,0.9') }), {
      code: 'INPUT_INVALID',
      message: /\[batch, 3\]/,
    });
    assert.throws(check({ output: { width: 4 } }), { code: 'INPUT_INVALID', message: /probabilities float32\[any, 4\]/ });
    assert.throws(check({ output: { name: 'label' } }), { code: 'INPUT_INVALID', message: /found: label/ });
  });

  it('of another catalogue, or of one that it does not tell, is refused', () => {
    assert.throws(check({ metadata: {} }), { code: 'INPUT_INVALID', message: /suho\.catalogue\.hash/ });
    const other = { ...CATALOGUE_METADATA, 'suho.catalogue.hash': 'b'.repeat(64) };
    assert.throws(check({ metadata: other }), { code: 'CATALOGUE_MISMATCH', message: /hash bbbbbbbbbbbb/ });
    assert.throws(check({ metadata: { ...CATALOGUE_METADATA, 'suho.catalogue.version': 'one' } }), {
      code: 'CATALOGUE_MISMATCH',
    });
  });

  it('that says what are no probabilities, or no numbers, says nothing', () => {
    const sides = { kind: 'sides', output: 'probabilities' } as const;
    assert.equal(outputFault(sides, [0.25, 0.5, 0.25]), undefined);
    for (const values of [
      [0.5, 0.5],
      [0.5, 0.5, 0.5],
      [-0.1, 0.6, 0.5],
      [Number.NaN, 0.5, 0.5],
      [Infinity, 0, 0],
    ])
      assert.match(outputFault(sides, values) ?? '', /it said/);
    assert.equal(outputFault({ kind: 'quantiles', output: 'q', levels: [0.1, 0.9] }, [-3, 4]), undefined);
    assert.match(outputFault({ kind: 'quantiles', output: 'q', levels: [0.1, 0.9] }, [1]) ?? '', /not 2 numbers/);
  });
});
