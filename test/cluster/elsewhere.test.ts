/** Where an EA is sent: only ever where it said itself that it can go, and not all to one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Elsewhere, endpointText } from '../../src/cluster/elsewhere.js';
import { LIMITS } from '../../src/limits.js';
import type { Member } from '../../src/cluster/member.js';
import type { EndpointRecord } from '../../src/protocol/messages.js';

const of = (host: string, port = 8_443): EndpointRecord => ({ transport: 'TLS', host, port });

function member(node: string, more: Partial<Member> = {}): Member {
  const usual = {
    session: node,
    version: '1',
    protocol: 2,
    fitForMs: 0,
    upForMs: 0,
    fit: true,
    why: null,
    url: null,
    sessions: 0,
    busy: false,
    endpoints: [`tls://${node}:8443`],
  };
  return { node, ...usual, ...more };
}

/** What node `a` knows of its cluster. */
function knowing(...others: readonly Member[]) {
  const time = { nowMs: 0 };
  const own = ['tls://a:8443', 'tls://all:8443'];
  const members = [member('a', { endpoints: own, sessions: 10 }), ...others];
  return {
    time,
    members,
    elsewhere: new Elsewhere({ members: () => members, node: 'a', own: () => own, nowMs: () => time.nowMs }),
  };
}

describe('an EA is sent', () => {
  it('to the place in its own list that leads to another node', () => {
    const { elsewhere } = knowing(member('b'));
    assert.equal(elsewhere.send([of('a'), of('x'), of('B')]), 2);
    assert.equal(elsewhere.send([{ ...of('b'), transport: 'TCP' }, of('b', 443)]), undefined);
    assert.equal(elsewhere.send([]), undefined);
  });

  it('not to this node, nor to an address that leads here too', () => {
    const { elsewhere } = knowing(member('b', { endpoints: ['tls://all:8443', 'tls://b:8443'] }));
    assert.equal(elsewhere.send([of('a'), of('all')]), undefined);
    assert.equal(elsewhere.send([of('a'), of('all'), of('b')]), 2);
  });

  it('not to a node that is unfit, or takes no sessions', () => {
    const { elsewhere } = knowing(member('b', { fit: false, why: 'its clock' }), member('c', { endpoints: [] }));
    assert.equal(elsewhere.send([of('b'), of('c')]), undefined);
  });

  it('to the node with the fewest sessions, with those that are on their way to it', () => {
    const { elsewhere, time, members } = knowing(member('b', { sessions: 2 }), member('c', { sessions: 4 }));
    const list = [of('c'), of('b')];
    const places = (count: number): readonly unknown[] => Array.from({ length: count }, () => elsewhere.send(list));
    assert.deepEqual(places(6), [1, 1, 1, 0, 1, 0]);
    // Both have told of two that came; two more are on their way to b.
    members[1] = member('b', { sessions: 4 });
    members[2] = member('c', { sessions: 6 });
    assert.deepEqual(places(2), [1, 0]);
    // Nothing was heard of the others: they went another way.
    time.nowMs = 5_000;
    members[1] = member('b', { sessions: 7 });
    assert.deepEqual(places(2), [0, 1]);
  });

  it('to the node with the fewest also while that is busy; who sends asks, and may wait', () => {
    const { elsewhere, members } = knowing(member('b', { busy: true }), member('c', { sessions: 1 }));
    assert.equal(elsewhere.isBusy, true);
    assert.equal(elsewhere.send([of('c'), of('b')]), 1);
    members[1] = member('b');
    members[2] = member('c', { sessions: 2, busy: true });
    assert.equal(elsewhere.isBusy, false);
    // Where nobody else takes sessions there is nobody to wait for.
    members[1] = member('b', { busy: true, endpoints: [] });
    members[2] = member('c', { busy: true, fit: false, why: 'its clock' });
    assert.equal(elsewhere.isBusy, false);
  });

  it('only while not too many are on their way', () => {
    const { elsewhere, time, members } = knowing(member('b'));
    const { drainUnderWay } = LIMITS.session;
    for (let sent = 0; sent < drainUnderWay; sent++) elsewhere.send([of('b')]);
    assert.equal(elsewhere.room(), 0);
    members[1] = member('b', { sessions: 10 });
    assert.equal(elsewhere.room(), 10);
    members[1] = member('b', { sessions: 5 });
    assert.equal(elsewhere.room(), 10);
    time.nowMs = 5_000;
    assert.equal(elsewhere.room(), drainUnderWay);
  });
});

it('a node’s surplus is what it has more than its share, of those nodes that take sessions', () => {
  const { elsewhere } = knowing(member('b', { sessions: 2 }), member('c', { sessions: 0 }), member('d', { endpoints: [] }));
  assert.equal(elsewhere.surplus(10), 6);
  assert.equal(elsewhere.surplus(1), 0);
});

it('an address is written as a setting writes it', () => {
  assert.equal(endpointText({ transport: 'WSS', host: 'EA.Example', port: 443 }), 'wss://ea.example:443');
  assert.equal(endpointText({ transport: 'TLS', host: '::1', port: 8_443 }), 'tls://[::1]:8443');
});
