import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ModelCard } from '../../src/models/model-card.js';
import { promotionOf } from '../../src/models/promotion.js';
import { cardOf } from '../support/model-cards.js';

type Metric = ModelCard['metrics'][number];

function judged(version: number, model: number, changes: Partial<Metric> = {}): ModelCard {
  const metric: Metric = { name: 'side accuracy 15m', better: 'higher', model, baselines: { majority: 0.5 }, ...changes };
  return cardOf({ version, metrics: [metric] });
}

describe('promotionOf', () => {
  it('the first of a name is deployed where no baseline is better', () => {
    assert.equal(promotionOf(judged(1, 0.5), undefined).state, 'deployed');
    const { state, reason } = promotionOf(judged(1, 0.499), undefined);
    assert.equal(state, 'refused');
    assert.match(reason, /side accuracy 15m of 0\.4990 is worse than 0\.5000, which majority reaches/);
  });

  it('five points better takes the place of what stands, less than that is an arm', () => {
    assert.equal(promotionOf(judged(2, 0.57), judged(1, 0.52)).state, 'deployed');
    assert.equal(promotionOf(judged(2, 0.5699), judged(1, 0.52)).state, 'arm');
    const below = promotionOf(judged(2, 0.51), judged(1, 0.52));
    assert.equal(below.state, 'arm');
    assert.match(below.reason, /1\.0 points below the 0\.5200 of trees-m1@1; to take its place it would have to be 5 above/);
  });

  it('what is worse than a baseline is refused, however much better than what stands', () => {
    assert.equal(
      promotionOf(judged(2, 0.6, { baselines: { majority: 0.5, persistence: 0.61 } }), judged(1, 0.4)).state,
      'refused',
    );
  });

  it('a loss is better where it is lower', () => {
    const loss = (model: number): Partial<Metric> => ({
      name: 'shape log-loss',
      better: 'lower',
      model,
      baselines: { always: 0.4 },
    });
    assert.equal(promotionOf(judged(2, 0, loss(0.2)), judged(1, 0, loss(0.3))).state, 'deployed');
    assert.equal(promotionOf(judged(2, 0, loss(0.41)), undefined).state, 'refused');
  });

  it('what was judged by something else, or by nothing, replaces nothing', () => {
    assert.match(promotionOf(judged(2, 0.9), judged(1, 0.5, { name: 'accuracy' })).reason, /cannot be compared/);
    assert.equal(promotionOf(judged(2, 0.9), judged(1, 0.5, { name: 'accuracy' })).state, 'arm');
    assert.equal(promotionOf(cardOf({ metrics: [] }), undefined).state, 'refused');
  });

  it('says where the two were judged on different stretches of time', () => {
    const { split } = cardOf();
    const later = { ...judged(2, 0.6), split: { ...split, test: { ...split.test, to: '2026-01-30T00:00:00Z' } } };
    assert.match(promotionOf(later, judged(1, 0.5)).reason, /though on another stretch of time/);
    assert.doesNotMatch(promotionOf(judged(2, 0.6), judged(1, 0.5)).reason, /stretch/);
  });
});
