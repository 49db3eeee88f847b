/**
 * Values as bytes, for the cache and the bus: a byte that names the layout, then MessagePack. Floats come back bit for bit.
 * Bytes of another layout, or that are no whole value, are told apart and never guessed at.
 */
import { addExtension, Packr } from 'msgpackr';

const FLOATS = 0x46;

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

function doublesOf(bytes: Uint8Array): Float64Array {
  // Copied: what is unpacked lies at any byte, and doubles must not.
  const numbers = new Float64Array(bytes.length / Float64Array.BYTES_PER_ELEMENT);
  new Uint8Array(numbers.buffer).set(bytes.subarray(0, numbers.byteLength));
  return numbers;
}

addExtension({ Class: Float64Array, type: FLOATS, pack: bytesOf, unpack: doublesOf });
// Singles go as doubles and come as such; left to the packer, their bytes would be whatever its memory holds.
addExtension({
  Class: Float32Array,
  type: FLOATS,
  pack: (numbers: Float32Array) => bytesOf(Float64Array.from(numbers)),
  unpack: doublesOf,
});

const packr = new Packr({ useRecords: false });

/** What may be packed, where the value's own type stands in a room that is still to come. */
export type Packable =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Float64Array
  | readonly Packable[]
  | { readonly [name: string]: Packable };

export function pack(layout: number, value: unknown): Buffer {
  const body = packr.pack(value);
  const bytes = Buffer.allocUnsafe(1 + body.length);
  bytes[0] = layout;
  bytes.set(body, 1);
  return bytes;
}

/** `newer` is a layout above the one asked for: written by a later version of the engine. */
export type Unpacked = { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'newer' | 'damaged' };

export function unpack(layout: number, bytes: Uint8Array): Unpacked {
  const found = bytes[0];
  if (found === undefined || found < layout) return { kind: 'damaged' };
  if (found > layout) return { kind: 'newer' };
  try {
    return { kind: 'value', value: packr.unpack(bytes.subarray(1)) };
  } catch {
    return { kind: 'damaged' };
  }
}
