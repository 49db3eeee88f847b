/**
 * Writes the fields of a frame in order into one buffer that grows and is used again. As in `BodyReader` the first fault
 * sticks: what the wire cannot hold is refused with a code, never cut or rounded to fit.
 */
import type { FaultCode, ProtocolFault } from './fault.js';
import { isHex16, isUuid } from './uuid.js';

const FIRST_BYTES = 1_024;
/** How far from a whole number a decimal value may be after scaling, for its being a double. */
const SCALE_SLACK = 1e-5;
const LONE_SURROGATE = /\p{Cs}/u;

/** Without U+0000, which ends a fixed-width text. */
function isLatin1(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0 || unit > 0xff) return false;
  }
  return true;
}

export class BodyWriter {
  fault: ProtocolFault | undefined;
  #bytes: Buffer = Buffer.alloc(FIRST_BYTES);
  #view: DataView = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, FIRST_BYTES);
  #at = 0;
  #most = 0;

  /** Begins anew; `most` bytes may be written. */
  open(most: number): void {
    this.fault = undefined;
    this.#at = 0;
    this.#most = most;
  }

  get length(): number {
    return this.#at;
  }

  /** What was written: a view that the next `open` makes void. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** The buffer as numbers, for the sum; may be longer than what was written. */
  get view(): DataView {
    return this.#view;
  }

  fail(code: FaultCode, message: string): void {
    this.fault ??= { code, offset: this.#at, message };
  }

  #room(width: number, field: string): number {
    const at = this.#at;
    if (this.fault) return -1;
    if (at + width > this.#most) {
      this.fail('too-long', `${field} does not fit: a frame has at most ${this.#most} bytes.`);
      return -1;
    }
    if (at + width > this.#bytes.length) this.#grow(at + width);
    this.#at = at + width;
    return at;
  }

  #grow(needed: number): void {
    const grown = Buffer.alloc(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer, grown.byteOffset, grown.length);
  }

  #whole(value: number, least: number, most: number, field: string): boolean {
    if (Number.isInteger(value) && value >= least && value <= most) return true;
    this.fail('out-of-range', `${field} is ${value} and must be a whole number from ${least} to ${most}.`);
    return false;
  }

  u8(field: string, value: number, most = 0xff): void {
    if (!this.#whole(value, 0, most, field)) return;
    const at = this.#room(1, field);
    if (at >= 0) this.#view.setUint8(at, value);
  }

  u16(field: string, value: number, most = 0xffff): void {
    if (!this.#whole(value, 0, most, field)) return;
    const at = this.#room(2, field);
    if (at >= 0) this.#view.setUint16(at, value, true);
  }

  u32(field: string, value: number, most = 0xffffffff): void {
    if (!this.#whole(value, 0, most, field)) return;
    const at = this.#room(4, field);
    if (at >= 0) this.#view.setUint32(at, value, true);
  }

  i32(field: string, value: number): void {
    if (!this.#whole(value, -0x80000000, 0x7fffffff, field)) return;
    const at = this.#room(4, field);
    if (at >= 0) this.#view.setInt32(at, value, true);
  }

  u64(field: string, value: bigint): void {
    if (value < 0n || value > 0xffffffffffffffffn) {
      this.fail('out-of-range', `${field} is ${value} and must fit an unsigned 64-bit integer.`);
      return;
    }
    const at = this.#room(8, field);
    if (at >= 0) this.#view.setBigUint64(at, value, true);
  }

  n64(field: string, value: number): void {
    if (!this.#whole(value, 0, Number.MAX_SAFE_INTEGER, field)) return;
    const at = this.#room(8, field);
    if (at < 0) return;
    this.#view.setUint32(at, value >>> 0, true);
    this.#view.setUint32(at + 4, Math.floor(value / 4_294_967_296), true);
  }

  f64(field: string, value: number): void {
    if (!Number.isFinite(value)) {
      this.fail('not-finite', `${field} is ${value}.`);
      return;
    }
    const at = this.#room(8, field);
    if (at >= 0) this.#view.setFloat64(at, value, true);
  }

  bool(field: string, value: boolean): void {
    this.u8(field, value ? 1 : 0);
  }

  oneOf(field: string, numbers: Readonly<Record<string, number>>, name: string): void {
    const value = Object.hasOwn(numbers, name) ? numbers[name] : undefined;
    if (value === undefined) this.fail('out-of-range-enum', `${field} has no value ${name}.`);
    else this.u8(field, value);
  }

  uuid(field: string, text: string): void {
    if (!isUuid(text)) {
      this.fail('bad-id', `${field} is not a lower-case UUID.`);
      return;
    }
    const at = this.#room(16, field);
    if (at >= 0) this.#bytes.write(text.replaceAll('-', ''), at, 'hex');
  }

  hex16(field: string, text: string): void {
    if (!isHex16(text)) {
      this.fail('bad-id', `${field} is not 32 lower-case hex digits.`);
      return;
    }
    const at = this.#room(16, field);
    if (at >= 0) this.#bytes.write(text, at, 'hex');
  }

  str(field: string, text: string): void {
    const length = Buffer.byteLength(text);
    if (length !== text.length && LONE_SURROGATE.test(text)) {
      this.fail('bad-text', `${field} holds half of a surrogate pair.`);
      return;
    }
    if (length > 0xffff) {
      this.fail('too-long', `${field} has ${length} bytes and may have 65535.`);
      return;
    }
    this.u16(field, length);
    const at = this.#room(length, field);
    if (at >= 0) this.#bytes.write(text, at, 'utf8');
  }

  list<T>(field: string, items: readonly T[], write: (writer: BodyWriter, item: T) => void): void {
    if (items.length > 0xffff) {
      this.fail('too-long', `${field} has ${items.length} records and may have 65535.`);
      return;
    }
    this.u16(field, items.length);
    for (const item of items) {
      const start = this.#room(2, field);
      if (start < 0) return;
      write(this, item);
      if (this.fault) return;
      this.#view.setUint16(start, this.#at - start - 2, true);
    }
  }

  /** suho-1: the value times `scale` as an unsigned 32-bit integer, if that is exact. */
  scaled(field: string, value: number, scale: number): void {
    const exact = value * scale;
    const whole = Math.round(exact);
    if (!Number.isFinite(value)) this.fail('not-finite', `${field} is ${value}.`);
    else if (value < 0) this.fail('negative', `${field} is ${value}, and suho-1 carries nothing below 0.`);
    else if (whole > 0xffffffff)
      this.fail('out-of-range', `${field} is ${value}, and suho-1 carries at most ${0xffffffff / scale}.`);
    else if (Math.abs(exact - whole) > SCALE_SLACK) {
      this.fail('inexact', `${field} is ${value}, and suho-1 carries only steps of ${1 / scale}.`);
    } else this.u32(field, whole);
  }

  /** suho-1: ISO 8859-1 text in a fixed width, filled up with zeros. */
  char(field: string, text: string, width: number): void {
    if (text.length > width) this.fail('too-long', `${field} has ${text.length} characters, and suho-1 carries ${width}.`);
    else if (!isLatin1(text)) this.fail('bad-text', `${field} holds characters that suho-1 does not carry.`);
    const at = this.#room(width, field);
    if (at < 0) return;
    this.#bytes.fill(0, at, at + width);
    this.#bytes.write(text, at, 'latin1');
  }

  pad(width: number): void {
    const at = this.#room(width, 'padding');
    if (at >= 0) this.#bytes.fill(0, at, at + width);
  }

  /** Puts a CRC or a length where four bytes were left for it. */
  patchU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }
}
