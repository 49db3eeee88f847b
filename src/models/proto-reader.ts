/**
 * Reads Protocol Buffers that come from a stranger. A message is read once, field by field, by the caller who knows its schema;
 * the reader never follows a nested message by itself, so it cannot be led deeper than the caller goes. Each field, each number
 * of a packed list and each byte is looked at once, and all messages of a file share one budget of fields: so what a file can
 * cost is linear in its bytes. Whatever is wrong with the bytes is told by one coded error.
 */
import { SuhoError } from '../errors.js';

export type Wire = 'varint' | 'fixed64' | 'bytes' | 'fixed32';

export interface ProtoField {
  readonly number: number;
  readonly wire: Wire;
  /** Of a varint; 0 else. Signed, as all whole numbers of ONNX are. */
  readonly int: bigint;
  /** Of the three others. */
  readonly bytes: Uint8Array;
}

/** Fields that may still be read of one file. */
export class FieldBudget {
  #left: number;

  constructor(fields: number) {
    this.#left = fields;
  }

  take(): void {
    this.#left -= 1;
    if (this.#left < 0) throw malformed('it has more fields than are read');
  }
}

const WIRES: readonly (Wire | undefined)[] = ['varint', 'fixed64', 'bytes', undefined, undefined, 'fixed32'];
const VARINT_BYTES = 10;
const NONE = new Uint8Array(0);

export function malformed(what: string): SuhoError {
  return new SuhoError('INPUT_INVALID', `it is no ONNX file that can be read: ${what}`);
}

class Bytes {
  at = 0;

  constructor(readonly all: Uint8Array) {}

  varint(): bigint {
    let value = 0n;
    for (let place = 0; place < VARINT_BYTES; place++) {
      const byte = this.all[this.at];
      if (byte === undefined) throw malformed('it ends within a number');
      this.at += 1;
      value |= BigInt(byte & 127) << BigInt(7 * place);
      if (byte < 128) return BigInt.asIntN(64, value);
    }
    throw malformed('a number has no end');
  }

  take(length: number): Uint8Array {
    if (length > this.all.length - this.at) throw malformed('it ends within a field');
    const taken = this.all.subarray(this.at, this.at + length);
    this.at += length;
    return taken;
  }
}

/** The fields of one message, in their order. */
export function* fieldsOf(message: Uint8Array, budget: FieldBudget): Generator<ProtoField> {
  const bytes = new Bytes(message);
  while (bytes.at < message.length) {
    budget.take();
    const tag = BigInt.asUintN(64, bytes.varint());
    const number = Number(tag >> 3n);
    const wire = WIRES[Number(tag & 7n)];
    if (wire === undefined || number < 1 || number > 0x1fff_ffff) throw malformed('a field has no number or no type');
    if (wire === 'varint') yield { number, wire, int: bytes.varint(), bytes: NONE };
    else yield { number, wire, int: 0n, bytes: bytes.take(lengthOf(wire, bytes)) };
  }
}

function lengthOf(wire: Exclude<Wire, 'varint'>, bytes: Bytes): number {
  if (wire === 'fixed32') return 4;
  if (wire === 'fixed64') return 8;
  const length = BigInt.asUintN(64, bytes.varint());
  if (length > BigInt(bytes.all.length)) throw malformed('it ends within a field');
  return Number(length);
}

const TEXT = new TextDecoder('utf-8', { fatal: true });

export function textOf({ wire, bytes }: ProtoField, most: number): string {
  if (wire !== 'bytes') throw malformed('a text is no text');
  if (bytes.length > most) throw malformed(`a text has more than ${most} bytes`);
  try {
    return TEXT.decode(bytes);
  } catch {
    throw malformed('a text is not UTF-8');
  }
}

export function messageOf({ wire, bytes }: ProtoField): Uint8Array {
  if (wire !== 'bytes') throw malformed('a message is no message');
  return bytes;
}

export function intOf({ wire, int }: ProtoField): bigint {
  if (wire !== 'varint') throw malformed('a number is no number');
  return int;
}

/** A list of whole numbers, packed or one by one. */
export function* intsOf(field: ProtoField): Generator<bigint> {
  if (field.wire === 'varint') {
    yield field.int;
    return;
  }
  const bytes = new Bytes(messageOf(field));
  while (bytes.at < bytes.all.length) yield bytes.varint();
}
