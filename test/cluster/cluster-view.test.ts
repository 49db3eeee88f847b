import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterTable } from '../../src/cluster/cluster-table.js';
import { clusterView } from '../../src/cluster/cluster-view.js';
import type { Member } from '../../src/cluster/member.js';

const member = (node: string, change: Partial<Member> = {}): Member => ({
  ...{ node, session: `life of ${node}`, version: '1.2.3', protocol: 2, fit: true, why: null },
  ...{ url: `http://${node}`, sessions: 3, busy: false, endpoints: [], fitForMs: 0, upForMs: 0 },
  ...change,
});

test('everybody and everything is shown as this node knows it: who has what, since when nobody was heard, and what nobody has', () => {
  const table = new ClusterTable('b', { ttlMs: 3_000, settleMs: 2_000, settleSymbolMs: 2_000 });
  table.lookBegins();
  assert.deepEqual(clusterView(table, 0), {
    ...{ node: 'b', generation: null, whole: false, actsForMs: 0, members: [], leases: [] },
  });
  table.generationHeard(7, 0);
  table.memberHeard(member('b'), 11, 1_000);
  table.memberHeard(member('a', { fit: false, why: 'its clock is off' }), 12, 400);
  const lease = (thing: string, node: string, session: string, revision: number): void =>
    table.leaseHeard({ thing, node, session, epoch: { generation: 7, revision } }, revision);
  lease('symbol/EURUSD', 'b', 'life of b', 21);
  lease('tenant/north/east', 'a', 'life of a', 22);
  lease('feed/market', 'a', 'a life that is over', 23);
  table.lookIsWhole();
  table.renewed('life of b', 900);
  const { session: _, ...own } = member('b');
  const { session: __, ...other } = member('a', { fit: false, why: 'its clock is off' });
  assert.deepEqual(clusterView(table, 1_500), {
    node: 'b',
    generation: 7,
    whole: true,
    actsForMs: 1_400,
    members: [
      { ...other, self: false, heardAgoMs: 1_100, has: { tenant: 1 } },
      { ...own, self: true, heardAgoMs: 500, has: { symbol: 1 } },
    ],
    leases: [
      { kind: 'feed', name: 'market', node: null, generation: 7, revision: 23 },
      { kind: 'symbol', name: 'EURUSD', node: 'b', generation: 7, revision: 21 },
      { kind: 'tenant', name: 'north/east', node: 'a', generation: 7, revision: 22 },
    ],
  });
});
