/**
 * Rows on their way to the database as one array a column, in PostgreSQL's binary form: for what a fan-out writes by the thousand.
 * As JSON the same rows cost both sides more than all the rest of storing them: every name is written and read once a row, every
 * body of the audit log is quoted twice, and every number goes through text. Here a number is its eight bytes.
 *
 * The form is what `array_recv` takes: dimensions, whether there are nulls, the element's type, then each element behind its
 * length. A text that stands in row after row, as a fan-out's do, is encoded once and copied.
 */
import { assert } from '../../runtime/assert.js';
import type { Columns } from './columns.js';

interface ElementType {
  readonly name: string;
  readonly oid: number;
}

const UUID: ElementType = { name: 'uuid', oid: 2950 };
const TEXT: ElementType = { name: 'text', oid: 25 };
/** What is not here travels as text, and becomes what it is in the statement. */
const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  uuid: UUID,
  bigint: { name: 'bigint', oid: 20 },
  'double precision': { name: 'double precision', oid: 701 },
  text: TEXT,
};
const HEADER_BYTES = 20;
const NULL_LENGTH = -1;
const DASH = 0x2d;

const elementType = (type: string): ElementType => ELEMENT_TYPES[type] ?? TEXT;

/** The value of a hex digit's code. */
function digit(code: number): number {
  return code <= 0x39 ? code - 0x30 : (code | 0x20) - 0x57;
}

/** One array, written from its first element to its last. */
class ArrayWriter {
  #bytes: Buffer;
  #at = HEADER_BYTES;
  #text: string | undefined;
  #textAt = 0;
  #nulls = 0;

  constructor(
    readonly element: ElementType,
    readonly count: number,
  ) {
    this.#bytes = Buffer.allocUnsafe(HEADER_BYTES + count * 24);
  }

  null(): void {
    this.#nulls = 1;
    this.#bytes.writeInt32BE(NULL_LENGTH, this.#claim(4));
  }

  double(value: number): void {
    const at = this.#claim(12);
    this.#bytes.writeInt32BE(8, at);
    this.#bytes.writeDoubleBE(value, at + 4);
  }

  bigint(value: number): void {
    assert(Number.isSafeInteger(value), `${value} is no whole number that a bigint column takes`);
    const high = Math.floor(value / 2 ** 32);
    const at = this.#claim(12);
    this.#bytes.writeInt32BE(8, at);
    this.#bytes.writeInt32BE(high, at + 4);
    this.#bytes.writeUInt32BE(value - high * 2 ** 32, at + 8);
  }

  uuid(value: string): void {
    let at = this.#claim(20);
    at = this.#bytes.writeInt32BE(16, at);
    for (let from = 0; from < value.length; from += 2) {
      if (value.charCodeAt(from) === DASH) from += 1;
      this.#bytes[at++] = (digit(value.charCodeAt(from)) << 4) | digit(value.charCodeAt(from + 1));
    }
  }

  text(value: string): void {
    if (value === this.#text) {
      const length = 4 + this.#bytes.readInt32BE(this.#textAt);
      const at = this.#claim(length);
      this.#bytes.copyWithin(at, this.#textAt, this.#textAt + length);
      return;
    }
    const length = Buffer.byteLength(value);
    const at = this.#claim(4 + length);
    this.#bytes.writeInt32BE(length, at);
    this.#bytes.write(value, at + 4);
    this.#text = value;
    this.#textAt = at;
  }

  end(): Buffer {
    const bytes = this.#bytes;
    bytes.writeInt32BE(1, 0);
    bytes.writeInt32BE(this.#nulls, 4);
    bytes.writeInt32BE(this.element.oid, 8);
    bytes.writeInt32BE(this.count, 12);
    bytes.writeInt32BE(1, 16);
    return bytes.subarray(0, this.#at);
  }

  #claim(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#at, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, at);
      this.#bytes = grown;
    }
    return at;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function columnArray<Row>(rows: readonly Row[], field: keyof Row & string, type: string): Buffer {
  const element = elementType(type);
  const writer = new ArrayWriter(element, rows.length);
  for (const row of rows) {
    const value = row[field];
    if (value === null || value === undefined) writer.null();
    else if (element === TEXT) writer.text(textOf(value));
    else if (type === 'uuid') writer.uuid(value as string);
    else if (type === 'bigint') writer.bigint(value as number);
    else writer.double(value as number);
  }
  return writer.end();
}

/** The rows as the parameters of `unnested` over the same columns and fields. */
export function rowArrays<Row>(columns: Columns<Row>, rows: readonly Row[], fields = fieldsOf(columns)): Buffer[] {
  return fields.map((field) => columnArray(rows, field, columns[field].type));
}

/** For `$n::uuid[]`. */
export function uuidArray(ids: readonly string[]): Buffer {
  const writer = new ArrayWriter(UUID, ids.length);
  for (const id of ids) writer.uuid(id);
  return writer.end();
}

function fieldsOf<Row>(columns: Columns<Row>): readonly (keyof Row & string)[] {
  return Object.keys(columns) as (keyof Row & string)[];
}

/** `unnest($n::uuid[], …) AS incoming ("id", …)`, its parameters from the `first` on, for all fields or those named. */
export function unnested<Row>(first: number, columns: Columns<Row>, fields = fieldsOf(columns)): string {
  const arrays = fields.map((field, at) => `$${first + at}::${elementType(columns[field].type).name}[]`);
  return `unnest(${arrays.join(', ')}) AS incoming (${fields.map((field) => `"${field}"`).join(', ')})`;
}

/** `INSERT INTO table (…) SELECT incoming."…", … FROM unnest(…)`, the parameters being the first of the statement. */
export function insertFromArrays<Row>(table: string, columns: Columns<Row>): string {
  const fields = fieldsOf(columns);
  const values = fields.map((field) => {
    const { type } = columns[field];
    return elementType(type).name === type ? `incoming."${field}"` : `incoming."${field}"::${type}`;
  });
  const into = fields.map((field) => columns[field].column).join(', ');
  return `INSERT INTO ${table} (${into}) SELECT ${values.join(', ')} FROM ${unnested(1, columns)}`;
}
