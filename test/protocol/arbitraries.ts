import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import {
  type Description,
  type FieldDescription,
  fieldType,
  type MessageDescription,
  readDescription,
  type RecordDescription,
} from '../../scripts/generate/description.js';
import type { Plain, PlainFrame } from '../../scripts/generate/reference-encoder.js';
import type { Frame1, Frame2 } from '../../src/protocol/messages.js';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
export const suho1 = readDescription(root, 1);
export const suho2 = readDescription(root, 2);

const safe = fc.maxSafeNat();
const finite = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, 1.08345, 42_949.67295, -12.5));
const unsigned64 = fc.bigInt({ min: 0n, max: 0xffffffffffffffffn });
const uuid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => {
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
});
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', 'EURUSD.m'),
);

const SCALARS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  u8: fc.nat(0xff),
  u16: fc.nat(0xffff),
  u32: fc.nat(0xffffffff),
  i32: fc.integer(),
  u64: unsigned64,
  n64: safe,
  timeMs: safe,
  timeUs: safe,
  f64: finite,
  bool: fc.boolean(),
  uuid,
  hex16: uuid.map((id) => id.replaceAll('-', '')),
  str: text,
};

function latin1(width: number): fc.Arbitrary<string> {
  return fc.array(fc.integer({ min: 1, max: 255 }), { maxLength: width }).map((units) => String.fromCharCode(...units));
}

function value(field: FieldDescription, description: Description): fc.Arbitrary<unknown> {
  const { base, of } = fieldType(field);
  const { scale } = field;
  if (scale !== undefined) return fc.nat(0xffffffff).map((whole) => whole / scale);
  if (field.max !== undefined) return fc.nat(field.max);
  if (base === 'enum') return fc.constantFrom(...Object.keys(description.enums[of]?.values ?? {}));
  if (base === 'char') return latin1(Number(of));
  if (base === 'list' || base === 'array') {
    const record = description.records[of];
    const item = record ? fields(record, description) : (SCALARS[of] as fc.Arbitrary<unknown>);
    return fc.array(item, base === 'array' ? { minLength: 1, maxLength: 8 } : { maxLength: 4 });
  }
  return SCALARS[base] as fc.Arbitrary<unknown>;
}

function fields(holder: RecordDescription, description: Description): fc.Arbitrary<Plain> {
  const shape: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of holder.fields) {
    if (field.bits) for (const bit of Object.keys(field.bits)) shape[bit] = fc.boolean();
    else if (field.name !== undefined) shape[field.name] = value(field, description);
  }
  return fc.record(shape, { noNullPrototype: true });
}

export function plainFrame(message: MessageDescription, description: Description): fc.Arbitrary<PlainFrame> {
  return fc.record(
    {
      flags: fc.nat(1),
      seq: message.sequenced ? fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }) : fc.constant(0),
      ack: safe,
      time: description.profile === 2 ? safe.map(BigInt) : unsigned64,
      message: fields(message, description).map((plain) => ({ kind: message.kind, ...plain })),
    },
    { noNullPrototype: true },
  );
}

/** The same frame as the codec hands it over. */
export function frame2(plain: PlainFrame): Frame2 {
  const { flags, seq, ack, time, message } = plain;
  return { profile: 2, flags, seq, ack, timeUs: Number(time), message: message as unknown as Frame2['message'] };
}

export function frame1(plain: PlainFrame): Frame1 {
  return { profile: 1, time: plain.time, message: plain.message as unknown as Frame1['message'] };
}

export const anyFrame2: fc.Arbitrary<PlainFrame> = fc.oneof(...suho2.messages.map((message) => plainFrame(message, suho2)));
export const anyFrame1: fc.Arbitrary<PlainFrame> = fc.oneof(...suho1.messages.map((message) => plainFrame(message, suho1)));

/** Runs of a property: all of them in the proof, a tenth in the tests. */
export function runs(full: number): { readonly numRuns: number } {
  return { numRuns: process.env.SUHO_PROOF ? full : Math.ceil(full / 10) };
}
