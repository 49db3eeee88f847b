import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { referenceEncode } from '../../scripts/generate/reference-encoder.js';
import type { Frame1, Message1 } from '../../src/protocol/messages.js';
import { decodeFrame1, encodeFrame1 } from '../../src/protocol/suho-1.js';
import { frame1, plainFrame, runs, suho1 } from './arbitraries.js';

const quote = { symbolId: 1, bid: 1.08345, ask: 1.08347, spreadPoints: 2, serverId: 7 };
const command = {
  kind: 'COMMAND_1',
  id: 9,
  symbolId: 1,
  action: 'BUY',
  volume: 0.1,
  price: 1.1,
  stopLoss: 1,
  takeProfit: 1.2,
  magic: 5,
} as const;
const account = {
  kind: 'ACCOUNT_1',
  user: 'a',
  broker: 'b',
  login: 1,
  balance: 1,
  equity: 1,
  margin: 1,
  freeMargin: 1,
  leverage: 100,
  currency: 'USD',
  time: 1n,
} as const;

function bytesOf(message: Message1): Uint8Array {
  const bytes = encodeFrame1({ profile: 1, time: 5n, message });
  assert(bytes instanceof Uint8Array, JSON.stringify(bytes));
  return bytes;
}

function refusal(message: object): string | undefined {
  const done = encodeFrame1({ profile: 1, time: 5n, message: message as Message1 });
  return done instanceof Uint8Array ? undefined : done.code;
}

function fault(bytes: Uint8Array): unknown[] {
  const done = decodeFrame1(bytes);
  assert('code' in done);
  return [done.code, done.offset];
}

describe('suho-1 frames', () => {
  for (const message of suho1.messages) {
    it(`writes and reads ${message.kind} as the description says`, () => {
      fc.assert(
        fc.property(plainFrame(message, suho1), (sample) => {
          const bytes = referenceEncode(sample, suho1);
          assert.deepEqual(encodeFrame1(frame1(sample)), bytes);
          assert.deepEqual(decodeFrame1(bytes), frame1(sample));
        }),
        runs(1_000),
      );
    });

    it(`refuses ${message.kind} cut short at any byte`, () => {
      const [sample] = fc.sample(plainFrame(message, suho1), 1);
      assert(sample);
      const bytes = referenceEncode(sample, suho1);
      for (let length = 0; length < bytes.length; length++)
        assert('code' in decodeFrame1(bytes.subarray(0, length)), `${length} bytes`);
    });
  }

  it('has the lengths that EAs in the field send', () => {
    assert.equal(bytesOf({ kind: 'QUOTES_1', quotes: [quote] }).length, 16 + 16);
    assert.equal(bytesOf({ kind: 'QUOTES_1', quotes: new Array(8).fill(quote) }).length, 144);
    assert.equal(bytesOf(account).length, 16 + 66);
    assert.equal(bytesOf(command).length, 16 + 32);
    assert.equal(bytesOf({ kind: 'HEARTBEAT_1' }).length, 16);
  });

  it('reads a price stream that is zero-padded to 144 bytes, and no other length', () => {
    const short = bytesOf({ kind: 'QUOTES_1', quotes: [quote, quote] });
    const padded = new Uint8Array(144);
    padded.set(short);
    assert.deepEqual(decodeFrame1(padded), {
      profile: 1,
      time: 5n,
      message: { kind: 'QUOTES_1', quotes: [quote, quote] },
    } satisfies Frame1);
    padded[100] = 1;
    assert.deepEqual(fault(padded), ['bad-padding', 100]);
    assert.deepEqual(fault(padded.subarray(0, 143)), ['bad-length', 48]);
    assert.deepEqual(fault(new Uint8Array([...padded, 0])), ['bad-length', 48]);
  });

  it('refuses a price stream of no or more than eight quotes', () => {
    const bytes = bytesOf({ kind: 'QUOTES_1', quotes: [quote] });
    for (const count of [0, 9, 255])
      assert.deepEqual(fault(bytes.map((byte, at) => (at === 7 ? count : byte))), ['bad-count', 7]);
    assert.equal(refusal({ kind: 'QUOTES_1', quotes: [] }), 'bad-count');
    assert.equal(refusal({ kind: 'QUOTES_1', quotes: new Array(9).fill(quote) }), 'bad-count');
  });

  it('refuses what is not suho-1', () => {
    const bytes = bytesOf({ kind: 'HEARTBEAT_1' });
    assert.deepEqual(fault(bytes.map((byte, at) => (at === 0 ? 1 : byte))), ['bad-magic', 0]);
    assert.deepEqual(fault(bytes.map((byte, at) => (at === 4 ? 2 : byte))), ['bad-version', 4]);
    assert.deepEqual(fault(bytes.map((byte, at) => (at === 6 ? 6 : byte))), ['unknown-type', 6]);
    assert.deepEqual(fault(bytesOf(command).map((byte, at) => (at === 24 ? 3 : byte))), ['out-of-range-enum', 24]);
  });

  it('refuses to write what it cannot carry exactly', () => {
    assert.equal(refusal({ ...command, price: 42_949.67295 }), undefined, 'the highest price');
    assert.equal(refusal({ ...command, price: 42_949.67296 }), 'out-of-range');
    assert.equal(refusal({ ...command, price: 1.234567 }), 'inexact');
    assert.equal(refusal({ ...command, price: Number.NaN }), 'not-finite');
    assert.equal(refusal({ ...command, volume: 0.001 }), 'inexact');
    assert.equal(refusal({ ...command, volume: -1 }), 'negative');
    assert.equal(refusal({ ...command, magic: 2 ** 32 }), 'out-of-range');
    assert.equal(refusal({ ...account, balance: -0.01 }), 'negative');
    assert.equal(refusal({ ...account, user: 'x'.repeat(17) }), 'too-long');
    assert.equal(refusal({ ...account, broker: 'Брокер' }), 'bad-text');
    assert.equal(refusal({ ...account, user: 'a\0b' }), 'bad-text');
    assert.equal(
      refusal({ kind: 'EXECUTION_1', ticket: 2 ** 33, id: 1, result: 0, price: 1, volume: 1, error: 0, time: 1n }),
      'out-of-range',
    );
  });

  it('carries every price of five decimals exactly', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (points) => {
        const price = Number(`${points}e-5`);
        const back = decodeFrame1(bytesOf({ ...command, price }));
        assert(!('code' in back) && back.message.kind === 'COMMAND_1');
        assert.equal(back.message.price, price);
      }),
      runs(10_000),
    );
  });
});
