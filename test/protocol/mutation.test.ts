import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { referenceEncode } from '../../scripts/generate/reference-encoder.js';
import { FAULT_CODES, type ProtocolFault } from '../../src/protocol/fault.js';
import { frameCrc } from '../../src/protocol/frame-header.js';
import { FrameReader } from '../../src/protocol/frame-reader.js';
import { BODY_MOST } from '../../src/protocol/messages.js';
import { decodeFrame1 } from '../../src/protocol/suho-1.js';
import { entropyRandom, type Random, seededRandom } from '../../src/runtime/random.js';
import { anyFrame1, anyFrame2, suho1, suho2 } from './arbitraries.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const FRAMES = process.env.SUHO_PROOF ? 1_000_000 : 100_000;

function heapBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

/** Changes a few bytes, bits or lengths; half of the time the sum is mended, so that the change reaches the body. */
function mutate(frame: Uint8Array, random: Random, summed: boolean): Uint8Array {
  const bytes = Uint8Array.from(frame);
  const changes = 1 + random.int(4);
  for (let change = 0; change < changes; change++) {
    const at = random.int(bytes.length);
    const kind = random.int(4);
    if (kind === 0) bytes[at] = random.int(256);
    else if (kind === 1) bytes[at] = (bytes[at] as number) ^ (1 << random.int(8));
    else if (kind === 2) bytes.fill(random.chance(0.5) ? 0xff : 0, at, at + random.int(8));
    else bytes.copyWithin(at, random.int(bytes.length), random.int(bytes.length));
  }
  const cut = random.chance(0.1) ? bytes.subarray(0, random.int(bytes.length)) : bytes;
  if (summed && cut.length >= 40 && random.chance(0.7)) {
    const view = new DataView(cut.buffer, cut.byteOffset, cut.length);
    if (random.chance(0.8)) view.setUint32(8, cut.length - 40, true);
    view.setUint32(12, frameCrc(view, 0, cut.length), true);
  }
  return cut;
}

function read2(bytes: Uint8Array, random: Random): 'read' | 'cut' | ProtocolFault {
  const reader = new FrameReader({ maxBody: BODY_MOST });
  let frames = 0;
  const middle = random.int(bytes.length + 1);
  reader.push(bytes.subarray(0, middle), () => frames++);
  const fault = reader.push(bytes.subarray(middle), () => frames++);
  return fault ?? (reader.pending > 0 || frames === 0 ? 'cut' : 'read');
}

describe('mutated frames', () => {
  it(`refuses each of ${FRAMES} with a code or reads it, throws nothing and keeps no memory`, () => {
    const seed = entropyRandom().words().join('-');
    const random = seededRandom(seed);
    process.stderr.write(`mutated frames: seed ${seed}\n`);
    const whole2 = fc
      .sample(anyFrame2, { numRuns: 400, seed: random.int(2 ** 31) })
      .map((sample) => referenceEncode(sample, suho2));
    const whole1 = fc
      .sample(anyFrame1, { numRuns: 100, seed: random.int(2 ** 31) })
      .map((sample) => referenceEncode(sample, suho1));
    const seen = new Map<string, number>();
    let before = 0;
    for (let count = 0; count < FRAMES; count++) {
      if (count === FRAMES / 10) before = heapBytes();
      const modern = random.chance(0.8);
      const frames = modern ? whole2 : whole1;
      const bytes = mutate(frames[random.int(frames.length)] as Uint8Array, random, modern);
      const done = modern ? read2(bytes, random) : decodeFrame1(bytes);
      const code = typeof done === 'string' ? done : 'code' in done ? done.code : 'read';
      seen.set(code, (seen.get(code) ?? 0) + 1);
    }
    const grown = heapBytes() - before;
    assert(grown < 2_000_000, `the heap grew by ${grown} bytes`);
    const codes = [...seen.keys()].filter((code) => code !== 'read' && code !== 'cut');
    for (const code of codes) assert((FAULT_CODES as readonly string[]).includes(code), `${code} is in the list`);
    const expected = [
      'bad-magic',
      'bad-version',
      'bad-crc',
      'bad-flags',
      'bad-sequence',
      'too-long',
      'unknown-type',
      'truncated-body',
      'out-of-range',
      'out-of-range-enum',
      'bad-utf8',
      'not-finite',
      'bad-length',
      'bad-count',
    ];
    const missed = expected.filter((code) => !seen.has(code));
    assert.deepEqual(missed, [], 'the mutations reach every check');
    process.stderr.write(
      `mutated frames: ${[...seen].map(([code, count]) => `${code} ${count}`).join(', ')}; heap ${grown} bytes\n`,
    );
  });
});
