import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Principal } from '../../../src/access/principal.js';
import { reaches } from '../../../src/access/principal.js';
import { EventRing } from '../../../src/admin/streams/event-ring.js';
import { Shared } from '../../../src/admin/streams/shared-message.js';
import { LIMITS } from '../../../src/limits.js';
import { SteppedClock } from '../../../src/runtime/clock.js';
import { proofCount } from '../../support/price-paths.js';
import { HeldSocket, join, MARKET, OPERATOR, ofTenant, principal, sent, testHub } from './heard-streams.js';

const { outbox, paceMs, slowMs, events: KEPT } = LIMITS.streams;
const BIG = 'x'.repeat(1_000);

describe('the ring of a topic', () => {
  it('tells exactly whether all that a reach could have heard after a number is still here, as a list of everything does', () => {
    const tenants = ['blue', 'red', 'green'];
    const pushed = fc.array(fc.constantFrom(...tenants, 'node'), { maxLength: 60 });
    const property = fc.property(fc.integer({ min: 1, max: 12 }), pushed, (capacity, owners) => {
      const ring = new EventRing(capacity);
      for (const owner of owners) ring.push(owner === 'node' ? 'node' : { tenantId: owner }, () => new Shared(() => owner));
      const gone = Math.max(0, owners.length - capacity);
      for (let number = 0; number <= owners.length; number++) {
        const missed = owners.slice(number, gone);
        assert.equal(ring.holds(number, { kind: 'all' }), missed.length === 0);
        for (const tenantId of tenants) {
          const held = !missed.some((owner) => owner === tenantId || owner === 'node');
          assert.equal(ring.holds(number, { kind: 'tenant', tenantId }), held);
        }
        const here = owners.map((_, at) => at + 1).filter((each) => each > number && each > gone);
        const read: number[] = [];
        for (let at = number; at < ring.newest; ) {
          at = ring.after(at);
          read.push(ring.at(at)?.number as number);
        }
        assert.deepEqual(read, here);
      }
      assert.equal(ring.holds(owners.length + 1, { kind: 'all' }), false);
      assert.ok(ring.size <= capacity);
    });
    fc.assert(property, { numRuns: proofCount(1_000) });
  });
});

/** What a reach hears of a list of events, worked out of the list alone. */
function heardOf(
  who: Principal,
  all: readonly { readonly tenantId: string; readonly accountId: string; readonly id: number }[],
): number[] {
  return all.filter(({ tenantId, accountId }) => reaches(who.reach, tenantId, accountId)).map(({ id }) => id);
}

describe('resuming', () => {
  it('loses and doubles nothing under cuts at any point, for any reach', async () => {
    const readers = [
      OPERATOR,
      ofTenant('blue'),
      ofTenant('red'),
      principal('tenant-reader', { kind: 'account', tenantId: 'blue', accountId: 'blue-1' }),
    ];
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ publish: fc.tuple(fc.constantFrom('blue', 'red'), fc.integer({ min: 0, max: 2 })) }) },
      { weight: 2, arbitrary: fc.record({ take: fc.integer({ min: 1, max: 6 }) }) },
      { weight: 1, arbitrary: fc.record({ cut: fc.constant(true) }) },
    );
    const steps = fc.array(step, { minLength: 20, maxLength: 120 });
    const property = fc.asyncProperty(steps, fc.constantFrom(...readers), async (script, who) => {
      const hub = testHub();
      const all: { tenantId: string; accountId: string; id: number }[] = [];
      const got: number[] = [];
      let cursor: string | undefined;
      let socket = new HeldSocket(false);
      let reader = join(hub, who, socket);
      const begun = hub.subscribe(reader, 'signals');
      assert.ok(begun.kind === 'subscribed');
      cursor = begun.cursor;
      const read = (): void => {
        for (const told of socket.events.slice()) {
          got.push((told.data as { id: number }).id);
          cursor = told.cursor;
        }
        socket.taken.length = 0;
      };
      const again = (): void => {
        hub.leave(reader);
        socket = new HeldSocket(false);
        reader = join(hub, who, socket);
        const resumed = hub.subscribe(reader, 'signals', cursor);
        assert.ok(resumed.kind === 'subscribed' && !resumed.gap);
      };
      for (const each of script) {
        if ('publish' in each) {
          const [tenantId, account] = each.publish;
          const event = { tenantId, accountId: `${tenantId}-${account}`, id: all.length };
          all.push(event);
          hub.publish('signals', { tenantId, accountId: event.accountId }, event);
        } else if ('take' in each) {
          await sent(reader);
          socket.take(each.take);
          read();
        } else again();
      }
      again();
      await sent(reader);
      socket.take();
      read();
      assert.deepEqual(got, heardOf(who, all));
    });
    await fc.assert(property, { numRuns: proofCount(500) });
  });

  it('says gap where the ring has moved on over something that could have been heard, and not for a neighbour’s events', async () => {
    const hub = testHub();
    const socket = new HeldSocket();
    const first = join(hub, ofTenant('blue'), socket);
    const begun = hub.subscribe(first, 'signals');
    assert.ok(begun.kind === 'subscribed');
    hub.leave(first);
    for (let at = 0; at < KEPT + 5; at++) hub.publish('signals', { tenantId: 'red' }, { at });
    const quiet = hub.subscribe(join(hub, ofTenant('blue'), socket), 'signals', begun.cursor);
    assert.deepEqual([quiet.kind, quiet.kind === 'subscribed' && quiet.gap], ['subscribed', false]);
    const loud = hub.subscribe(join(hub, ofTenant('red'), socket), 'signals', begun.cursor);
    assert.deepEqual(loud, { kind: 'subscribed', gap: true, cursor: `a1.${KEPT + 5}` });
    assert.equal(hub.counts.gaps, 1);
  });

  it('says gap to a cursor of another start of the node, of the future, or of nobody’s making', () => {
    const hub = testHub();
    hub.publish('signals', { tenantId: 'blue' }, {});
    for (const cursor of ['b2.1', 'a1.2', 'a1.-1', 'a1.', '', 'a1.1.1', 'a1.1e0', `a1.${'9'.repeat(40)}`]) {
      const answer = hub.subscribe(join(hub, OPERATOR, new HeldSocket()), 'signals', cursor);
      assert.deepEqual(answer, { kind: 'subscribed', cursor: 'a1.1', gap: true }, cursor);
    }
  });
});

describe('a slow reader', () => {
  it('is sent the newest price and told how many it missed', async () => {
    const clock = new SteppedClock(0);
    const hub = testHub(clock);
    const [slow, quick] = [new HeldSocket(false), new HeldSocket()];
    const [slowReader, quickReader] = [join(hub, OPERATOR, slow), join(hub, OPERATOR, quick)];
    hub.subscribe(slowReader, 'prices:EURUSD');
    hub.subscribe(quickReader, 'prices:EURUSD');
    const values = Math.ceil(outbox / BIG.length) + 20;
    for (let bid = 1; bid <= values; bid++) {
      hub.changed('prices:EURUSD', '', 'anyone', () => ({ bid, BIG }));
      clock.advanceTo(clock.nowMs() + paceMs);
      await Promise.all([sent(slowReader), sent(quickReader)]);
    }
    const bids = (socket: HeldSocket): unknown[] =>
      socket.taken.flatMap(({ data }) => (data === undefined ? [] : [(data as { bid: number }).bid]));
    assert.deepEqual(
      bids(quick),
      Array.from({ length: values }, (_, at) => at + 1),
    );
    assert.ok(slow.waitingBytes <= outbox + 2 * BIG.length);
    slow.open = true;
    slow.take();
    await sent(slowReader);
    assert.equal(bids(slow).at(-1), values);
    const conflated = slow.taken.reduce((sum, told) => sum + (told.conflated ?? 0), 0);
    assert.ok(conflated > 0);
    assert.equal(bids(slow).length + conflated, values);
  });

  it('that takes nothing while events wait is cut with code and reason, and comes again by its cursor', async () => {
    let nowMs = 0;
    const hub = testHub();
    const socket = new HeldSocket(false);
    const reader = join(hub, OPERATOR, socket, () => nowMs);
    hub.subscribe(reader, 'signals');
    const count = 4 * Math.ceil(outbox / BIG.length);
    for (let id = 1; id <= count; id++) hub.publish('signals', { tenantId: 'blue' }, { id, BIG });
    await sent(reader);
    assert.ok(reader.full);
    assert.ok(socket.waitedMost <= outbox + 2 * BIG.length, 'what waits for it is bounded');
    nowMs = slowMs - 1;
    reader.look();
    assert.equal(socket.closed, undefined);
    nowMs = slowMs;
    reader.look();
    assert.deepEqual(socket.closed, { code: 4408, reason: 'you read too slowly; come again with your cursors' });
    hub.leave(reader);
    assert.equal(hub.counts.slow, 1);
    socket.take();
    const back = new HeldSocket();
    const again = join(hub, OPERATOR, back);
    hub.subscribe(again, 'signals', socket.events.at(-1)?.cursor);
    await sent(again);
    const ids = [...socket.events, ...back.events].map(({ data }) => (data as { id: number }).id);
    assert.deepEqual(
      ids,
      Array.from({ length: count }, (_, at) => at + 1),
    );
  });

  it('past whom the ring moves on is cut, since what it missed is gone', async () => {
    const hub = testHub();
    const socket = new HeldSocket(false);
    const reader = join(hub, OPERATOR, socket);
    hub.subscribe(reader, 'signals');
    hub.publish('signals', { tenantId: 'blue' }, { big: 'x'.repeat(outbox) });
    await sent(reader);
    for (let at = 0; at <= KEPT; at++) hub.publish('signals', { tenantId: 'blue' }, { at });
    reader.look();
    assert.equal(socket.closed?.code, 4408);
  });

  it('holds nobody else up', async () => {
    const hub = testHub();
    const stuck = Array.from({ length: 20 }, () => new HeldSocket(false));
    for (const socket of stuck) hub.subscribe(join(hub, OPERATOR, socket), 'signals');
    const quick = new HeldSocket();
    const reader = join(hub, OPERATOR, quick);
    hub.subscribe(reader, 'signals');
    const count = 2 * Math.ceil(outbox / BIG.length);
    for (let id = 0; id < count; id++) hub.publish('signals', { tenantId: 'blue' }, { id, BIG });
    await sent(reader);
    assert.equal(quick.events.length, count);
    for (const socket of stuck) assert.ok(socket.waitedMost <= outbox + 2 * BIG.length);
  });
});

describe('publishing', () => {
  it('makes no bytes while nobody hears, and makes them once for all who do', async () => {
    const hub = testHub();
    let made = 0;
    const counted = {
      toJSON: () => {
        made += 1;
        return 'counted';
      },
    };
    hub.publish('signals', { tenantId: 'blue' }, counted);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(made, 0);
    const readers = Array.from({ length: 50 }, () => join(hub, OPERATOR, new HeldSocket()));
    for (const reader of readers) hub.subscribe(reader, 'signals');
    hub.publish('signals', { tenantId: 'blue' }, counted);
    for (const reader of readers) await sent(reader);
    assert.equal(made, 1);
  });

  it('sends in slices, between which others have their turns', async () => {
    const hub = testHub();
    const readers = Array.from({ length: 10 * LIMITS.streams.turn }, () => join(hub, OPERATOR, new HeldSocket()));
    for (const reader of readers) hub.subscribe(reader, 'signals');
    for (const reader of readers) await sent(reader);
    hub.publish('signals', { tenantId: 'blue' }, {});
    let turns = 0;
    while (readers.some((reader) => reader.waits)) {
      const before = hub.counts.sent;
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(hub.counts.sent - before <= LIMITS.streams.turn);
      turns += 1;
    }
    assert.ok(turns >= 10);
  });

  it('figures of accounts are bounded, and whoever comes is told them all as they are', async () => {
    const hub = testHub();
    for (let at = 0; at < 10; at++) {
      const owner = { tenantId: at % 2 === 0 ? 'blue' : 'red', accountId: `${at}` };
      hub.changed('accounts', `${at} finance`, owner, () => ({ at }), 6);
    }
    const told = async (who: Principal): Promise<unknown[]> => {
      const socket = new HeldSocket();
      const reader = join(hub, who, socket);
      hub.subscribe(reader, 'accounts');
      await sent(reader);
      return socket.taken.map(({ data }) => (data as { at: number }).at);
    };
    assert.deepEqual(await told(OPERATOR), [4, 5, 6, 7, 8, 9]);
    assert.deepEqual(await told(ofTenant('blue')), [4, 6, 8]);
    assert.deepEqual(await told(principal('tenant-reader', { kind: 'account', tenantId: 'red', accountId: '7' })), [7]);
  });
});

describe('who hears what', () => {
  const everyone: readonly (readonly [Principal, string])[] = [
    [principal('owner'), 'all'],
    [principal('operator'), 'all'],
    [principal('auditor'), 'all'],
    [ofTenant('blue', 'tenant-admin'), 'blue'],
    [ofTenant('blue', 'tenant-reader'), 'blue'],
    [ofTenant('red', 'tenant-admin'), 'red'],
    [ofTenant('red', 'tenant-reader'), 'red'],
    [principal('tenant-reader', { kind: 'account', tenantId: 'blue', accountId: 'blue-1' }), 'blue-1'],
  ];

  it('no tenant hears another’s, or the node’s, on any topic, with any role', async () => {
    const clock = new SteppedClock(0);
    const hub = testHub(clock);
    const topics = ['signals', 'accounts', 'alerts', 'actors', 'latency', 'prices:EURUSD', 'prices:USDJPY', 'candles:USDJPY:M1'];
    const heard = everyone.map(([who, what]) => {
      const socket = new HeldSocket();
      const reader = join(hub, who, socket);
      const answers = topics.map((topic) => hub.subscribe(reader, topic).kind);
      return { who, what, socket, reader, answers };
    });
    for (const tenantId of ['blue', 'red'])
      for (const account of [1, 2]) {
        const owner = { tenantId, accountId: `${tenantId}-${account}` };
        for (const topic of ['signals', 'accounts', 'alerts']) hub.publish(topic, owner, { of: owner.accountId });
        hub.changed('accounts', owner.accountId, owner, () => ({ of: owner.accountId }));
      }
    hub.publish('signals', { tenantId: 'blue' }, { of: 'blue' });
    hub.publish('alerts', 'node', { of: 'node' });
    for (const topic of ['actors', 'latency']) hub.changed(topic, '', 'node', () => ({ of: 'node' }));
    hub.changed('prices:USDJPY', '', 'anyone', () => ({ of: 'usdjpy' }));
    hub.changed('prices:EURUSD', '', 'anyone', () => ({ of: 'eurusd' }));
    hub.publish('candles:USDJPY:M1', 'anyone', { of: 'usdjpy' });
    clock.advanceTo(paceMs);
    for (const { reader } of heard) await sent(reader);
    const OF: Readonly<Record<string, readonly string[]>> = {
      all: ['blue', 'blue-1', 'blue-2', 'eurusd', 'node', 'red-1', 'red-2', 'usdjpy'],
      blue: ['blue', 'blue-1', 'blue-2', 'eurusd'],
      'blue-1': ['blue-1', 'eurusd'],
      red: ['eurusd', 'red-1', 'red-2', 'usdjpy'],
    };
    for (const { who, what, socket, answers } of heard) {
      const all = new Set(socket.taken.flatMap(({ data }) => (data === undefined ? [] : [(data as { of: string }).of])));
      assert.deepEqual([...all].sort(), OF[what], who.name);
      const refused = topics.filter((_, at) => answers[at] === 'refused');
      const tenants = ['actors', 'latency'];
      const symbols = what.startsWith('blue') ? ['prices:USDJPY', 'candles:USDJPY:M1'] : [];
      assert.deepEqual(refused, what === 'all' ? [] : [...tenants, ...symbols], who.name);
    }
  });

  it('a session that is over, or may see other things than before, is cut; a symbol that is not the tenant’s any more is heard no more', () => {
    let symbols = ['EURUSD', 'USDJPY'];
    const hub = testHub(new SteppedClock(0), { ...MARKET, subscribedBy: () => new Set(symbols) });
    const cutBy = (who: Principal | undefined): number | undefined => {
      const socket = new HeldSocket();
      const reader = join(hub, ofTenant('blue'), socket);
      hub.review(reader, who);
      return socket.closed?.code;
    };
    assert.equal(cutBy(ofTenant('blue')), undefined);
    assert.equal(cutBy(undefined), 4401);
    assert.equal(cutBy(ofTenant('red')), 4403);
    assert.equal(cutBy(ofTenant('blue', 'tenant-admin')), 4403);
    assert.equal(cutBy(principal('tenant-reader', { kind: 'account', tenantId: 'blue', accountId: '1' })), 4403);
    const socket = new HeldSocket();
    const reader = join(hub, ofTenant('blue'), socket);
    for (const symbol of symbols) hub.subscribe(reader, `prices:${symbol}`);
    symbols = ['USDJPY'];
    hub.review(reader, ofTenant('blue'));
    assert.deepEqual(socket.taken, [{ topic: 'prices:EURUSD', refused: 'you may not hear this any more' }]);
    assert.deepEqual([...reader.subscriptions.keys()], ['prices:USDJPY']);
  });
});
