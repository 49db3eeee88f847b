import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '../../src/limits.js';
import { IncomingSequence, OutgoingSequence } from '../../src/protocol/sequences.js';
import { runs } from './arbitraries.js';

describe('OutgoingSequence', () => {
  it('numbers from 1 without gaps and keeps every item until it is acked, like a plain list would', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant('send' as const), fc.nat(60))), (steps) => {
        const sequence = new OutgoingSequence<string>(50);
        const model: { seq: number; item: string }[] = [];
        let sent = 0;
        let acked = 0;
        for (const step of steps) {
          assert.equal(sequence.full, model.length === 50);
          if (step === 'send') {
            if (sequence.full) continue;
            sent += 1;
            model.push({ seq: sent, item: `item ${sent}` });
            assert.equal(sequence.next(`item ${sent}`), sent);
          } else {
            const released: string[] = [];
            const bad = step > sent || step < acked;
            assert.equal(
              sequence.acknowledge(step, (item) => released.push(item)),
              bad ? 'bad-ack' : 'ok',
            );
            if (!bad) acked = step;
            const expected = bad ? [] : model.splice(0, model.filter(({ seq }) => seq <= step).length);
            assert.deepEqual(
              released,
              expected.map(({ item }) => item),
            );
          }
          assert.equal(sequence.unacked, model.length);
        }
        assert.deepEqual(
          sequence.end(),
          model.map(({ item }) => item),
        );
      }),
      runs(3_000),
    );
  });

  it('takes no more than the bound until an ack makes room', () => {
    const sequence = new OutgoingSequence<number>();
    for (let item = 0; item < LIMITS.session.unacked; item++) sequence.next(item);
    assert.equal(sequence.full, true);
    assert.throws(() => sequence.next(-1), { name: 'BrokenInvariant' });
    assert.equal(sequence.acknowledge(1), 'ok');
    assert.equal(sequence.next(-1), LIMITS.session.unacked + 1);
  });
});

describe('IncomingSequence', () => {
  it('takes only the next number', () => {
    const sequence = new IncomingSequence();
    assert.deepEqual(
      [1, 2, 2, 4, 0, 3].map((seq) => sequence.accept(seq)),
      ['ok', 'ok', 'gap', 'gap', 'gap', 'ok'],
    );
    assert.equal(sequence.received, 3);
  });

  it('acks the highest number up to which everything is durable, in whatever order commits end', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8]), (order) => {
        const sequence = new IncomingSequence();
        for (let seq = 1; seq <= 8; seq++) sequence.accept(seq);
        const done = new Set<number>();
        for (const seq of order) {
          done.add(seq);
          sequence.durable(seq, 0);
          sequence.durable(seq, 0);
          let expected = 0;
          while (done.has(expected + 1)) expected += 1;
          assert.equal(sequence.ack, expected);
          assert.equal(sequence.pending, 8 - expected);
        }
      }),
      runs(2_000),
    );
  });

  it('owes an ack from the moment that something became durable until it was told', () => {
    const sequence = new IncomingSequence();
    for (let seq = 1; seq <= 3; seq++) sequence.accept(seq);
    assert.equal(sequence.owedSinceMs, undefined, 'what is not durable is not owed');
    sequence.durable(2, 100);
    assert.equal(sequence.owedSinceMs, undefined, 'what is before it is not durable');
    sequence.durable(1, 200);
    sequence.durable(3, 300);
    assert.equal(sequence.owedSinceMs, 200);
    assert.equal(sequence.dueMs, 200 + LIMITS.session.ackOwedMs);
    sequence.told();
    assert.deepEqual([sequence.owedSinceMs, sequence.dueMs, sequence.ack], [undefined, undefined, 3]);
    sequence.durable(3, 400);
    assert.equal(sequence.owedSinceMs, undefined, 'nothing new');
  });
});
