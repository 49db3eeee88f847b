/**
 * Reads the fields of a body in order. The first fault sticks: every later read answers an empty value and moves nothing, so
 * that the generated readers stay straight lines and look at `fault` once, at the end. Nothing here throws, whatever the
 * bytes, and nothing that is handed out refers to them.
 */
import type { FaultCode, ProtocolFault } from './fault.js';
import { textOf } from './text-cache.js';
import { hex16Text, uuidText } from './uuid.js';

const TWO_32 = 4_294_967_296;
/** High words above this would make a number that a double cannot hold exactly. */
const HIGH_MOST = 0x1fffff;

const NO_VIEW = new DataView(new ArrayBuffer(0));

export class BodyReader {
  fault: ProtocolFault | undefined;
  #view: DataView = NO_VIEW;
  #frame = 0;
  #at = 0;
  #end = 0;

  /** Takes up bytes `start` to `end`; offsets of faults count from `frame`, where the frame begins in `view`. */
  open(view: DataView, frame: number, start: number, end: number): void {
    this.#view = view;
    this.fault = undefined;
    this.#frame = frame;
    this.#at = start;
    this.#end = end;
  }

  /** Lets go of the bytes, so that a reader at rest keeps no socket's buffer alive. */
  release(): void {
    this.#view = NO_VIEW;
  }

  fail(code: FaultCode, at: number, message: string): void {
    this.fault ??= { code, offset: at - this.#frame, message };
    this.#at = this.#end;
  }

  /** Where the next `width` bytes begin, or -1 after a fault. */
  #take(width: number, field: string): number {
    const at = this.#at;
    if (this.fault) return -1;
    if (at + width > this.#end) {
      this.fail('truncated-body', at, `${field} needs ${width} bytes and ${this.#end - at} are left.`);
      return -1;
    }
    this.#at = at + width;
    return at;
  }

  #bounded(value: number, most: number, at: number, field: string): number {
    if (value > most) this.fail('out-of-range', at, `${field} is ${value} and may be at most ${most}.`);
    return value;
  }

  u8(field: string, most = 0xff): number {
    const at = this.#take(1, field);
    return at < 0 ? 0 : this.#bounded(this.#view.getUint8(at), most, at, field);
  }

  u16(field: string, most = 0xffff): number {
    const at = this.#take(2, field);
    return at < 0 ? 0 : this.#bounded(this.#view.getUint16(at, true), most, at, field);
  }

  u32(field: string, most = 0xffffffff): number {
    const at = this.#take(4, field);
    return at < 0 ? 0 : this.#bounded(this.#view.getUint32(at, true), most, at, field);
  }

  i32(field: string): number {
    const at = this.#take(4, field);
    return at < 0 ? 0 : this.#view.getInt32(at, true);
  }

  u64(field: string): bigint {
    const at = this.#take(8, field);
    return at < 0 ? 0n : this.#view.getBigUint64(at, true);
  }

  /** A 64-bit integer that a number holds exactly: 0 to 2^53 - 1. */
  n64(field: string): number {
    const at = this.#take(8, field);
    if (at < 0) return 0;
    const high = this.#view.getUint32(at + 4, true);
    if (high > HIGH_MOST) this.fail('out-of-range', at, `${field} is negative or above 2^53 - 1.`);
    return high * TWO_32 + this.#view.getUint32(at, true);
  }

  f64(field: string): number {
    const at = this.#take(8, field);
    if (at < 0) return 0;
    const value = this.#view.getFloat64(at, true);
    if (!Number.isFinite(value)) this.fail('not-finite', at, `${field} is ${value}.`);
    return value;
  }

  bool(field: string): boolean {
    return this.u8(field, 1) === 1;
  }

  /** Flags: bits outside `known` are refused. */
  bits8(field: string, known: number): number {
    const bits = this.u8(field);
    if (bits & ~known) this.fail('out-of-range', this.#at - 1, `${field} has bits that mean nothing: 0x${bits.toString(16)}.`);
    return bits;
  }

  bits16(field: string, known: number): number {
    const bits = this.u16(field);
    if (bits & ~known) this.fail('out-of-range', this.#at - 2, `${field} has bits that mean nothing: 0x${bits.toString(16)}.`);
    return bits;
  }

  /** `names` holds each value's name at its number; `first` stands for it after a fault. */
  oneOf<T extends string>(field: string, names: readonly (T | undefined)[], first: T): T {
    const at = this.#take(1, field);
    if (at < 0) return first;
    const value = this.#view.getUint8(at);
    const name = names[value];
    if (name !== undefined) return name;
    this.fail('out-of-range-enum', at, `${field} has no value ${value}.`);
    return first;
  }

  uuid(field: string): string {
    const at = this.#take(16, field);
    return at < 0 ? '' : uuidText(this.#view, at);
  }

  hex16(field: string): string {
    const at = this.#take(16, field);
    return at < 0 ? '' : hex16Text(this.#view, at);
  }

  str(field: string): string {
    const length = this.u16(field);
    const at = this.#take(length, field);
    if (at < 0) return '';
    const text = textOf(this.#view, at, length);
    if (text !== undefined) return text;
    this.fail('bad-utf8', at, `${field} is not valid UTF-8.`);
    return '';
  }

  /** u16 count, then records of a u16 length each; what a record holds beyond its known fields is passed over. */
  list<T>(field: string, read: (reader: BodyReader) => T): readonly T[] {
    const count = this.u16(field);
    const items: T[] = [];
    const outer = this.#end;
    for (let index = 0; index < count; index++) {
      const length = this.u16(field);
      const start = this.#take(length, field);
      if (start < 0) break;
      this.#at = start;
      this.#end = start + length;
      items.push(read(this));
      if (this.fault) break;
      this.#at = start + length;
      this.#end = outer;
    }
    return items;
  }

  /** suho-1: an integer on the wire, its value times `scale`. */
  scaled(field: string, scale: number): number {
    return this.u32(field) / scale;
  }

  /** suho-1: text in a fixed width, ended by the first zero. */
  char(field: string, width: number): string {
    const at = this.#take(width, field);
    if (at < 0) return '';
    let end = at;
    while (end < at + width && this.#view.getUint8(end) !== 0) end += 1;
    return Buffer.from(this.#view.buffer, this.#view.byteOffset + at, end - at).toString('latin1');
  }

  pad(width: number): void {
    this.#take(width, 'padding');
  }

  /** suho-1: `count` records one after the other. */
  array<T>(count: number, read: (reader: BodyReader) => T): readonly T[] {
    const items: T[] = [];
    for (let index = 0; index < count && !this.fault; index++) items.push(read(this));
    return items;
  }
}
