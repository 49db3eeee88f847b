import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeStatus } from '../../src/admin/control-methods.js';
import { statusText } from '../../src/cli/status.js';

const ALONE: NodeStatus = {
  version: '1.2.3',
  engineTime: '2026-01-05T00:00:00.000Z',
  listeners: ['tcp://127.0.0.1:8443'],
  http: null,
  ready: true,
  parts: {},
  counts: {},
  latencyMs: { p50: 1, p90: 2, p99: 3, p999: 4, max: 5, count: 6 } as NodeStatus['latencyMs'],
  cluster: null,
  actors: { deadLetters: 0, stoppedForGood: 0 },
};

test('the status of a node in a cluster has a line for each node, and says what nobody has; one that is alone has none', () => {
  assert.doesNotMatch(statusText(ALONE), /cluster/);
  const member = {
    version: '1.2.3',
    protocol: 2,
    fit: true,
    why: null,
    url: 'http://one',
    sessions: 3,
    self: true,
    heardAgoMs: 40,
    fitForMs: 1_000,
    upForMs: 1_000,
    busy: false,
    endpoints: [],
  };
  const text = statusText({
    ...ALONE,
    cluster: {
      ...{ node: 'one', generation: 7, whole: true, actsForMs: 900 },
      members: [
        { ...member, node: 'one', has: { symbol: 2, tenant: 1 } },
        { ...member, node: 'two', self: false, fit: false, why: 'its clock is off', url: null, has: {} },
      ],
      leases: [
        { kind: 'symbol', name: 'EURUSD', node: 'one', generation: 7, revision: 1 },
        { kind: 'feed', name: 'market', node: null, generation: 7, revision: 2 },
      ],
    },
  });
  assert.match(text, /cluster as one sees it: generation 7, 1 things that nobody has/);
  assert.match(text, /one: fit; version 1\.2\.3, symbol 2, tenant 1, sessions 3, http:\/\/one, heard 40 ms ago/);
  assert.match(text, /two: NOT fit: its clock is off; version 1\.2\.3, sessions 3, no HTTP, heard 40 ms ago/);
});
