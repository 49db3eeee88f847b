import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { crc32, crc32Sliced } from '../../src/protocol/crc32.js';
import { runs } from './arbitraries.js';

const native = (zlib as unknown as { readonly crc32?: (data: Uint8Array, seed?: number) => number }).crc32;

/** The sum in the trailer of a gzip member: zlib's word, on any Node. */
function zlibSays(bytes: Uint8Array): number {
  const packed = zlib.gzipSync(bytes);
  return packed.readUInt32LE(packed.length - 8);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

describe('crc32', () => {
  it('gives the check value of the standard', () => {
    const digits = viewOf(Buffer.from('123456789'));
    assert.equal(crc32Sliced(digits, 0, 9), 0xcbf43926);
    assert.equal(crc32(digits, 0, 9), 0xcbf43926);
  });

  it('equals zlib on any bytes, whole and in two parts, from any offset', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_700, size: 'max' }), fc.nat(1_700), fc.nat(10), (bytes, cut, lead) => {
        const expected = zlibSays(bytes);
        const middle = Math.min(cut, bytes.length) + lead;
        const shifted = viewOf(Uint8Array.from([...new Uint8Array(lead), ...bytes]));
        for (const sum of [crc32, crc32Sliced]) {
          assert.equal(sum(shifted, lead, shifted.byteLength), expected);
          assert.equal(sum(shifted, middle, shifted.byteLength, sum(shifted, lead, middle)), expected);
        }
        if (native) assert.equal(native(bytes), expected);
      }),
      runs(2_000),
    );
  });
});
