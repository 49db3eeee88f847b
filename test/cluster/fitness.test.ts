import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fitness } from '../../src/cluster/fitness.js';
import { LIMITS } from '../../src/limits.js';

const { fitnessHoldsMs } = LIMITS.cluster;

test('what a node found counts from when it asked, and for so long alone', () => {
  let nowMs = 1_000_000;
  const fitness = new Fitness(() => nowMs);
  assert.deepEqual(fitness.told, { fit: false, why: 'it has just begun' });
  fitness.found(null, nowMs);
  assert.deepEqual(fitness.told, { fit: true, why: null });
  nowMs += fitnessHoldsMs;
  assert.equal(fitness.fit, true);
  nowMs += 1;
  assert.equal(fitness.fit, false);
  // The answer to what was asked before it stood still.
  fitness.found(null, nowMs - fitnessHoldsMs - 1);
  assert.match(fitness.why ?? '', /not looked for long/);
  fitness.found(null, nowMs);
  assert.equal(fitness.fit, true);
  fitness.found('its ledger does not answer', nowMs);
  nowMs += 10 * fitnessHoldsMs;
  assert.deepEqual(fitness.told, { fit: false, why: 'its ledger does not answer' });
});
