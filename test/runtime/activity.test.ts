import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Activity } from '../../src/runtime/activity.js';

test('what began and has not ended is pending, by one or by many', () => {
  const activity = new Activity();
  assert.equal(activity.pending, 0);
  activity.begin();
  activity.begin(5);
  assert.equal(activity.pending, 6);
  activity.end(2);
  activity.end();
  assert.equal(activity.pending, 3);
  activity.end(3);
  assert.equal(activity.pending, 0);
});
