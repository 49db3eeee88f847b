import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { referenceBody, referenceEncode, referenceFrame } from '../../scripts/generate/reference-encoder.js';
import type { ProtocolFault } from '../../src/protocol/fault.js';
import { FrameReader } from '../../src/protocol/frame-reader.js';
import { encodeFrame, FrameWriter } from '../../src/protocol/frame-writer.js';
import { BODY_MOST, BODY_MOST_BEFORE_WELCOME, type Frame2 } from '../../src/protocol/messages.js';
import { anyFrame2, frame2, plainFrame, runs, suho2 } from './arbitraries.js';

interface Read {
  readonly frames: readonly Frame2[];
  readonly fault: ProtocolFault | undefined;
  readonly pending: number;
}

function read(chunks: readonly Uint8Array[], maxBody = BODY_MOST): Read {
  const reader = new FrameReader({ maxBody });
  const frames: Frame2[] = [];
  let fault: ProtocolFault | undefined;
  for (const chunk of chunks) fault = reader.push(chunk, (frame) => frames.push(frame));
  return { frames, fault, pending: reader.pending };
}

function faultOf(bytes: Uint8Array, maxBody = BODY_MOST): ProtocolFault | undefined {
  const { frames, fault } = read([bytes], maxBody);
  assert.equal(frames.length, 0, 'a refused frame reaches nobody');
  return fault;
}

const plain = { flags: 0, seq: 0, ack: 0, time: 1_700_000_000_000_000n };
const FINANCE = 0x10;
const finance = { kind: 'FINANCE', balance: 1, equity: 2, margin: 3, freeMargin: 4, floating: 5, dayProfit: -6 };
const financeBody = referenceBody(finance, suho2);
const financeFrame = referenceFrame(FINANCE, plain, financeBody);

describe('suho-2 frames', () => {
  for (const message of suho2.messages) {
    it(`writes and reads ${message.kind} as the description says`, () => {
      fc.assert(
        fc.property(plainFrame(message, suho2), (sample) => {
          const bytes = referenceEncode(sample, suho2);
          assert.deepEqual(encodeFrame(frame2(sample)), bytes);
          assert.deepEqual(read([bytes]), { frames: [frame2(sample)], fault: undefined, pending: 0 });
        }),
        runs(1_000),
      );
    });

    it(`reads ${message.kind} cut at every byte`, () => {
      const [sample] = fc.sample(plainFrame(message, suho2), 1);
      assert(sample);
      const bytes = referenceEncode(sample, suho2);
      const both = Uint8Array.from([...bytes, ...bytes]);
      const expected = { frames: [frame2(sample), frame2(sample)], fault: undefined, pending: 0 };
      for (let cut = 0; cut <= both.length; cut++) {
        assert.deepEqual(read([both.subarray(0, cut), both.subarray(cut)]), expected, `cut at ${cut}`);
      }
      assert.deepEqual(read(Array.from(both, (byte) => Uint8Array.of(byte))), expected, 'byte by byte');
    });
  }

  it('reads any run of frames the same whatever the chunks', () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame2, { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 300 })),
        (samples, cuts) => {
          const bytes = Buffer.concat(samples.map((sample) => referenceEncode(sample, suho2)));
          const chunks: Uint8Array[] = [];
          let at = 0;
          for (const cut of cuts) {
            chunks.push(bytes.subarray(at, at + cut));
            at += cut;
          }
          chunks.push(bytes.subarray(at));
          assert.deepEqual(read(chunks), { frames: samples.map(frame2), fault: undefined, pending: 0 });
        },
      ),
      runs(1_000),
    );
  });

  it('passes over bytes after the known fields of a body and of a record', () => {
    assert.deepEqual(read([referenceFrame(FINANCE, plain, [...financeBody, 1, 2, 3])]).frames[0]?.message, finance);
    const quote = { symbolId: 7, bid: 1.1, ask: 1.2, brokerTimeMs: 5, tradeable: true, sessionOpen: false };
    const body = referenceBody({ kind: 'QUOTES', quotes: [quote] }, suho2);
    const record = body.slice(4);
    const grown = [2, 0, record.length + 2, 0, ...record, 9, 9, record.length, 0, ...record];
    assert.deepEqual(read([referenceFrame(0x11, plain, grown)]).frames[0]?.message, { kind: 'QUOTES', quotes: [quote, quote] });
  });

  it('passes over types from 0x80, keeping their numbers, and refuses other types that it does not know', () => {
    const frame = read([referenceFrame(0x80, { ...plain, seq: 4, ack: 2 }, [1, 2])]).frames[0];
    assert.deepEqual(frame, {
      profile: 2,
      flags: 0,
      seq: 4,
      ack: 2,
      timeUs: Number(plain.time),
      message: { kind: 'IGNORED', type: 0x80 },
    });
    assert.equal(faultOf(referenceFrame(0x7f, plain, []))?.code, 'unknown-type');
    assert.equal(faultOf(referenceFrame(0x00, plain, []))?.code, 'unknown-type');
  });

  it('refuses a broken header with the code and place of what is wrong', () => {
    const changed = (at: number, value: number): Uint8Array => financeFrame.map((byte, index) => (index === at ? value : byte));
    const cases: readonly [string, Uint8Array, string, number][] = [
      ['magic', changed(0, 0x47), 'bad-magic', 0],
      ['version', changed(4, 1), 'bad-version', 4],
      ['length', changed(11, 1), 'too-long', 8],
      ['sum', changed(12, (financeFrame[12] as number) ^ 1), 'bad-crc', 12],
      ['body', changed(41, 1), 'bad-crc', 12],
      ['flags', referenceFrame(FINANCE, { ...plain, flags: 2 }, financeBody), 'bad-flags', 7],
      ['negative time', referenceFrame(FINANCE, { ...plain, time: -1n }, financeBody), 'out-of-range', 32],
      ['time above 2^53', referenceFrame(FINANCE, { ...plain, time: 2n ** 53n }, financeBody), 'out-of-range', 32],
      ['number on FINANCE', referenceFrame(FINANCE, { ...plain, seq: 1 }, financeBody), 'bad-sequence', 16],
      ['RESULT without number', referenceFrame(0x13, plain, []), 'bad-sequence', 16],
    ];
    for (const [name, bytes, code, offset] of cases) {
      const fault = faultOf(bytes);
      assert.deepEqual([fault?.code, fault?.offset], [code, offset], name);
    }
  });

  it('refuses what is out of range in a body, at its offset', () => {
    const at = (type: number, body: readonly number[], seq = 0): unknown[] => {
      const fault = faultOf(referenceFrame(type, { ...plain, seq }, body));
      return [fault?.code, fault?.offset];
    };
    const nan = [...new Uint8Array(new Float64Array([Number.NaN]).buffer)];
    const infinity = [...new Uint8Array(new Float64Array([Number.POSITIVE_INFINITY]).buffer)];
    assert.deepEqual(at(FINANCE, [...financeBody.slice(0, 8), ...nan, ...financeBody.slice(16)]), ['not-finite', 48]);
    assert.deepEqual(at(FINANCE, [...infinity, ...financeBody.slice(8)]), ['not-finite', 40]);
    assert.deepEqual(at(FINANCE, financeBody.slice(0, 47)), ['truncated-body', 80]);
    assert.deepEqual(at(0x03, [99, 0, 0, 0, 0, 0, 0]), ['out-of-range-enum', 40]);
    assert.deepEqual(at(0x03, [1, 0, 0, 0, 0, 2, 0, 0xc3, 0x28]), ['bad-utf8', 47]);
    assert.deepEqual(at(0x03, [1, 0, 0, 0, 0, 9, 0, 65]), ['truncated-body', 47]);
    assert.deepEqual(at(0x03, [1, 0, 0, 0, 0, 3, 0, 0xed, 0xa0, 0x80]), ['bad-utf8', 47], 'half of a surrogate pair');
    const quote = referenceBody({ kind: 'QUOTES', quotes: [{ symbolId: 1, bid: 1, ask: 1, brokerTimeMs: 1 }] }, suho2);
    assert.deepEqual(at(0x11, [...quote.slice(0, 32), 4]), ['out-of-range', 72], 'a flag that means nothing');
    assert.deepEqual(at(0x11, [...quote.slice(0, 2), 28, ...quote.slice(3, 32)]), ['truncated-body', 72], 'a short record');
    assert.deepEqual(at(0x11, [...quote.slice(0, 2), 30, ...quote.slice(3)]), ['truncated-body', 44], 'a record past the body');
    assert.deepEqual(at(0x11, [0xff, 0xff, ...quote.slice(2)]), ['truncated-body', 73], 'fewer records than the count');
    assert.deepEqual(
      at(0x04, [...new Array<number>(7).fill(0), 0x80, ...new Array<number>(22).fill(0)]),
      ['out-of-range', 40],
      'a negative time',
    );
  });

  it('refuses a body beyond the bound before any of it came, and takes it once the bound is raised', () => {
    const symbols = Array.from({ length: 300 }, (_, index) => ({
      symbolId: index + 1,
      brokerName: `SYMBOL${index}`,
      symbol: '',
    }));
    const bytes = referenceEncode({ ...plain, message: { kind: 'SYMBOLS_OK', symbols } }, suho2);
    assert(bytes.length > BODY_MOST_BEFORE_WELCOME);
    assert.equal(faultOf(bytes.subarray(0, 12), BODY_MOST_BEFORE_WELCOME)?.code, 'too-long');
    const reader = new FrameReader({ maxBody: BODY_MOST_BEFORE_WELCOME });
    const kinds: string[] = [];
    const fault = reader.push(Buffer.concat([financeFrame, bytes]), ({ message }) => {
      kinds.push(message.kind);
      reader.maxBody = BODY_MOST;
    });
    assert.deepEqual([kinds, fault], [['FINANCE', 'SYMBOLS_OK'], undefined]);
  });

  it('knows another protocol by its first four bytes', () => {
    assert.equal(faultOf(Buffer.from('GET '))?.code, 'bad-magic');
    assert.equal(faultOf(Buffer.from('GET'))?.code, undefined);
  });

  it('refuses frames that the other side never sends', () => {
    const reader = new FrameReader({ maxBody: BODY_MOST, from: 'SERVER' });
    assert.equal(reader.push(financeFrame, () => assert.fail('read'))?.code, 'wrong-direction');
    assert.equal(
      new FrameReader({ maxBody: BODY_MOST, from: 'EA' }).push(financeFrame, () => {}),
      undefined,
    );
  });

  it('reads nothing more after a fault', () => {
    const reader = new FrameReader({ maxBody: BODY_MOST });
    const fault = reader.push(Buffer.from('rubbish'), () => {});
    assert.equal(fault?.code, 'bad-magic');
    assert.equal(
      reader.push(financeFrame, () => assert.fail('read')),
      fault,
    );
  });

  it('tells by pending that a frame was cut short', () => {
    assert.equal(read([financeFrame.subarray(0, 50)]).pending, 50);
  });

  it('refuses to write what the wire cannot hold', () => {
    const code = (message: object, seq = 0): string | undefined => {
      const done = new FrameWriter().tryWrite(frame2({ ...plain, seq, message: message as typeof finance }));
      return done instanceof Uint8Array ? undefined : done.code;
    };
    assert.equal(code({ ...finance, equity: Number.NaN }), 'not-finite');
    assert.equal(code({ kind: 'GOODBYE', reason: 'NEVER', sentence: '' }), 'out-of-range-enum');
    assert.equal(code({ kind: 'GOODBYE', reason: 'toString', sentence: '' }), 'out-of-range-enum');
    assert.equal(code({ kind: 'GOODBYE', reason: 'BUSY', sentence: '\ud800' }), 'bad-text');
    assert.equal(code({ kind: 'GOODBYE', reason: 'BUSY', sentence: 'x'.repeat(65_536) }), 'too-long');
    assert.equal(code({ kind: 'GOODBYE', reason: 'BUSY', sentence: 'x'.repeat(65_533) }), undefined, 'exactly the largest body');
    assert.equal(code({ kind: 'GOODBYE', reason: 'BUSY', sentence: 'x'.repeat(65_534) }), 'too-long');
    assert.equal(code({ kind: 'REDIRECT', endpoint: 1.5 }), 'out-of-range');
    assert.equal(code({ kind: 'REDIRECT', endpoint: 65_536 }), 'out-of-range');
    assert.equal(code(finance, 1), 'bad-sequence');
    assert.throws(() => encodeFrame(frame2({ ...plain, message: { ...finance, equity: Number.NaN } })), {
      name: 'BrokenInvariant',
    });
  });
});
