import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Activity } from '../../src/runtime/activity.js';
import { WireActivity, type WireEnd } from '../../src/runtime/wire-activity.js';

const ends = fc.constantFrom<WireEnd>('client', 'server');
type Act = { readonly kind: 'sent' | 'received' | 'park' | 'unpark' | 'closed'; readonly end: WireEnd };
const acts = fc.array(
  fc.record({ kind: fc.constantFrom<Act['kind']>('sent', 'sent', 'received', 'park', 'unpark', 'closed'), end: ends }),
  { maxLength: 60 },
);

describe('the count of what is on the wire', () => {
  it('holds the clock from a frame leaving to its being parsed', () => {
    const activity = new Activity();
    const wire = new WireActivity(activity);
    wire.line(4_000).sent('client');
    wire.line(4_000).sent('client');
    assert.equal(activity.pending, 2);
    wire.line(4_000).received('server');
    assert.equal(activity.pending, 1);
    wire.line(4_001).received('server');
    assert.equal(activity.pending, 1);
  });

  it('holds it until the other end has noticed a close, and settles what can no longer arrive', () => {
    const activity = new Activity();
    const line = new WireActivity(activity).line(4_000);
    line.sent('client');
    line.sent('server');
    line.closed('client');
    // The frame to the client is settled; the one to the server may still be parsed, and the close is on its way.
    assert.equal(activity.pending, 2);
    line.received('server');
    line.closed('server');
    assert.equal(activity.pending, 0);
  });

  it('lets time pass while an end does not read', () => {
    const activity = new Activity();
    const line = new WireActivity(activity).line(4_000);
    line.sent('server');
    line.park('client');
    line.sent('server');
    assert.equal(activity.pending, 0);
    line.unpark('client');
    assert.equal(activity.pending, 2);
  });

  it('never goes below nothing, and comes to nothing once both ends have closed, whatever happened', () => {
    fc.assert(
      fc.property(acts, (list) => {
        const activity = new Activity();
        const wire = new WireActivity(activity);
        const line = wire.line(4_000);
        for (const act of list) {
          line[act.kind](act.end);
          assert.ok(activity.pending >= 0);
        }
        line.closed('client');
        line.closed('server');
        line.sent('client');
        line.unpark('client');
        line.received('server');
        assert.equal(activity.pending, 0);
        assert.notEqual(wire.line(4_000), line, 'a port used again is a new line');
      }),
      { numRuns: 500 },
    );
  });
});
