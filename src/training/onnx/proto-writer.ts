import { assert } from '../../runtime/assert.js';

const VARINT = 0;
const LENGTH = 2;
const FIXED32 = 5;
const FIRST_BYTES = 256;
const TEXT = new TextEncoder();

/**
 * Writes one message of Protocol Buffers, field by field, in the order of the calls: equal calls give equal bytes. Repeated
 * numbers are packed, which every reader takes whatever the schema says of packing. What is empty or 0 is written all the
 * same, for in proto2, which ONNX is, a value that is not there is another thing than 0.
 */
export class ProtoWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  int(field: number, value: number | bigint): this {
    this.#tag(field, VARINT);
    this.#varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#tag(field, FIXED32);
    this.#room(4);
    this.#view.setFloat32(this.#length, value, true);
    this.#length += 4;
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, LENGTH);
    this.#varint(value.length);
    this.#room(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, TEXT.encode(value));
  }

  message(field: number, value: ProtoWriter): this {
    return this.bytes(field, value.#bytes.subarray(0, value.#length));
  }

  ints(field: number, values: Iterable<number | bigint>): this {
    const packed = new ProtoWriter();
    for (const value of values) packed.#varint(value);
    return this.message(field, packed);
  }

  floats(field: number, values: ArrayLike<number>): this {
    const packed = new ProtoWriter();
    packed.#room(4 * values.length);
    for (let at = 0; at < values.length; at++) packed.#view.setFloat32(4 * at, values[at] as number, true);
    packed.#length = 4 * values.length;
    return this.message(field, packed);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  /** Seven bits a byte, the lowest first; what is negative as its two's complement of 64 bits. */
  #varint(value: number | bigint): void {
    this.#room(10);
    if (typeof value === 'number' && value >= 0) {
      assert(Number.isSafeInteger(value), 'a varint is a whole number');
      let rest = value;
      while (rest > 127) {
        this.#bytes[this.#length++] = (rest % 128) + 128;
        rest = Math.floor(rest / 128);
      }
      this.#bytes[this.#length++] = rest;
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 127n) {
      this.#bytes[this.#length++] = Number(rest & 127n) + 128;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + more));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
