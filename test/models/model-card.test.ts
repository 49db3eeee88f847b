import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseModelCard } from '../../src/models/model-card.js';
import { cardOf } from '../support/model-cards.js';

const parsed = (changes: object): unknown => parseModelCard(JSON.stringify({ ...cardOf(), ...changes }), 'models/a.json');

describe('a model’s card', () => {
  it('is read back as it was written', () => {
    assert.deepEqual(parsed({}), cardOf());
    assert.deepEqual(parsed({ details: { importances: [['rsi_14', 0.2]] } }), {
      ...cardOf(),
      details: { importances: [['rsi_14', 0.2]] },
    });
  });

  const { split } = cardOf();
  const broken: readonly (readonly [what: string, changes: object, sentence: RegExp])[] = [
    ['of another layout', { format: 2 }, /^models\/a.json: format: /],
    ['with a word of its own', { accuracy: 0.7 }, /accuracy/],
    ['of an unknown kind', { kind: 'oracle' }, /: kind: /],
    ['with a name that is a path', { name: '../a' }, /: name: a name of small letters/],
    ['without outputs', { outputs: [] }, /: outputs: /],
    ['of columns that are no set', { columns: { ...cardOf().columns, set: 'guesses' } }, /: columns.set: /],
    [
      'calibrated by a map that falls',
      {
        says: {
          ...cardOf().says,
          horizons: [{ horizon: '15m', calibration: { kind: 'isotonic', from: [0.4, 0.6], to: [0.6, 0.4] } }],
        },
      },
      /: says.horizons.0.calibration: its knots do not rise/,
    ],
    ['with a hash cut off', { sha256: 'abc' }, /: sha256: a SHA-256 in hex/],
    ['tested on what it was trained on', { split: { ...split, test: split.train } }, /: split: .*follow one another/],
    ['trained backwards', { split: { ...split, train: { ...split.train, from: split.test.to } } }, /: split.train: a span ends/],
    ['with a date that is none', { expiresAt: 'next year' }, /: expiresAt: /],
  ];
  for (const [what, changes, sentence] of broken)
    it(`${what} is refused, with the place`, () => {
      assert.throws(() => parsed(changes), { code: 'INPUT_INVALID', message: sentence });
    });

  it('that is no JSON is refused', () => {
    assert.throws(() => parseModelCard('{', 'models/a.json'), { code: 'INPUT_INVALID', message: /^models\/a.json is not JSON/ });
  });
});
