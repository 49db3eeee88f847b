import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cardFaults } from '../../src/models/card-faults.js';
import { isEnsembleCard, parseEnsembleCard } from '../../src/models/ensemble-card.js';
import { cardOf, ensembleCardOf } from '../support/model-cards.js';

const parsed = (changes: object): unknown =>
  parseEnsembleCard(JSON.stringify({ ...ensembleCardOf(), ...changes }), 'models/e.json');

describe('an ensemble’s card', () => {
  it('is read back as it was written, and is told from a model’s', () => {
    assert.deepEqual(parsed({}), ensembleCardOf());
    assert.equal(isEnsembleCard(JSON.stringify(ensembleCardOf())), true);
    for (const text of [JSON.stringify(cardOf()), 'null', '{']) assert.equal(isEnsembleCard(text), false);
  });

  const calibration = { kind: 'as is' };
  const broken: readonly (readonly [what: string, changes: object, sentence: RegExp])[] = [
    ['of one member', { members: ensembleCardOf().members.slice(1) }, /models\/e.json: members: /],
    ['with maps of none', { calibrations: [] }, /: calibrations: /],
    [
      'with a map of a model that is no member',
      { calibrations: [{ models: ['trees-m1', 'oracle-m1'], calibration }] },
      /: calibrations: oracle-m1 is none/,
    ],
    [
      'with a map that falls',
      { calibrations: [{ models: ['trees-m1', 'lstm-m1'], calibration: { kind: 'platt', slope: -1, offset: 0 } }] },
      /slope falls/,
    ],
    ['with a graph', { sha256: '0'.repeat(64) }, /sha256/],
  ];
  for (const [what, changes, sentence] of broken) it(`${what} is refused`, () => assert.throws(() => parsed(changes), sentence));
});

describe('cardFaults', () => {
  const outputs = [
    { name: 'out', type: 'float32' as const, row: [3] },
    { name: 'distance', type: 'float32' as const, row: [] },
  ];

  it('nothing is wrong with a card that reads by outputs that it has', () => {
    assert.deepEqual(cardFaults(cardOf({ outputs, outlier: { output: 'distance', most: 2 } })), []);
  });

  it('what it reads by and has not, or otherwise, is named', () => {
    const horizons = [{ horizon: '15m' as const, calibration: { kind: 'as is' as const } }];
    const told = (changes: Parameters<typeof cardOf>[0]): string => cardFaults(cardOf({ outputs, ...changes })).join('; ');
    assert.match(told({ outlier: { output: 'out', most: 2 } }), /output out has \[3\] numbers a row/);
    assert.match(
      told({ says: { kind: 'sides', output: 'gone', horizons } }),
      /no output gone, which is to tell SELL, HOLD and BUY/,
    );
    assert.match(
      told({ says: { kind: 'quantiles', output: 'out', levels: [0.1, 0.9], horizons } }),
      /quantiles by horizon are \[1,2\]/,
    );
    assert.match(
      told({ says: { kind: 'shapes', output: 'out', names: ['a', 'b', 'c'], embedding: 'distance' } }),
      /not one list of numbers/,
    );
    assert.match(told({ outputs: [{ name: 'out', type: 'int64', row: [3] }] }), /is of whole numbers/);
  });
});
