import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fieldWords } from '../../web/format.js';
import { instantLabels, instantsOf } from '../../web/time-scale.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('what a chart writes under itself', () => {
  it('is round instants within the span, evenly apart and no more than asked for', () => {
    const from = Date.UTC(2026, 0, 6, 7, 13, 41);
    for (const span of [50_000, 12 * MINUTE, 5 * HOUR, 30 * 24 * HOUR, 900 * 24 * HOUR])
      for (const most of [2, 5, 10]) {
        const instants = instantsOf(from, from + span, most);
        assert.ok(instants.length >= 1 && instants.length <= most + 1, `${instants.length} over ${span}`);
        const [first = 0, second] = instants;
        const step = second === undefined ? 1_000 : second - first;
        for (const [at, instant] of instants.entries()) {
          assert.ok(instant >= from && instant <= from + span);
          assert.equal(instant, first + at * step);
          assert.equal(instant % step, 0);
        }
      }
  });

  it('is whole tens of minutes over an hour', () => {
    const from = Date.UTC(2026, 0, 6, 7, 13);
    const told = instantsOf(from, from + HOUR, 8).map((instant) => new Date(instant).toISOString().slice(11, 16));
    assert.deepEqual(told, ['07:20', '07:30', '07:40', '07:50', '08:00', '08:10']);
  });
});

describe('an instant under a chart', () => {
  it('is written as short as its distance from the next lets it be', () => {
    const at = (...time: readonly number[]): number => Date.UTC(2026, 0, 6, ...time);
    assert.deepEqual(instantLabels([at(7, 0, 10), at(7, 0, 20)]), ['07:00:10', '07:00:20']);
    assert.deepEqual(instantLabels([at(7, 10), at(7, 20)]), ['07:10', '07:20']);
    assert.deepEqual(instantLabels([at(18), at(24), at(30)]), ['18:00', '01-07', '06:00']);
    assert.deepEqual(instantLabels([at(0), at(24)]), ['2026-01-06', '2026-01-07']);
    assert.deepEqual(instantLabels([at(7, 10)]), ['07:10']);
    assert.deepEqual(instantLabels([]), []);
  });
});

describe('a setting’s name', () => {
  it('is told as words, with its unit behind a comma', () => {
    const told = ['dailyLossMostPercent', 'apartMs', 'riskPercentMost', 'breakEvenAfterR', 'directions'].map(fieldWords);
    assert.deepEqual(told, ['Daily loss most, %', 'Apart, ms', 'Risk % most', 'Break even after, R', 'Directions']);
  });
});
