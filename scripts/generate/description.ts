import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../../src/runtime/assert.js';

/** The protocol as `schema/protocol/*.json` describes it: the source of everything that `npm run generate` writes. */
export interface Description {
  readonly profile: 1 | 2;
  readonly constants: Readonly<Record<string, number | string>>;
  /** suho-1 only: which symbol each id means, by the table that an account's settings name. */
  readonly symbolTables?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly header: readonly FieldDescription[];
  readonly enums: Readonly<Record<string, EnumDescription>>;
  readonly records: Readonly<Record<string, RecordDescription>>;
  readonly messages: readonly MessageDescription[];
}

export interface EnumDescription {
  readonly about: string;
  readonly values: Readonly<Record<string, number>>;
}

export interface RecordDescription {
  readonly about: string;
  readonly fields: readonly FieldDescription[];
}

export interface MessageDescription extends RecordDescription {
  readonly type: string;
  readonly kind: string;
  readonly from: 'EA' | 'SERVER' | 'BOTH';
  readonly sequenced: boolean;
}

/** `name` is absent for padding only. */
export interface FieldDescription {
  readonly name?: string;
  readonly type: string;
  readonly unit?: string;
  readonly about: string;
  /** Greatest value of an integer, where it is less than its width allows. */
  readonly max?: number;
  /** The wire holds an integer: the value times this. */
  readonly scale?: number;
  /** Bit numbers of the named flags that the integer holds. */
  readonly bits?: Readonly<Record<string, number>>;
}

/** A field's type, taken apart: `enum:Side` → enum, Side; `list:Quote` → list, Quote; `char16` → char, 16. */
export interface FieldType {
  readonly base:
    | 'u8'
    | 'u16'
    | 'u32'
    | 'i32'
    | 'u64'
    | 'n64'
    | 'f64'
    | 'bool'
    | 'timeMs'
    | 'timeUs'
    | 'uuid'
    | 'hex16'
    | 'str'
    | 'bits8'
    | 'bits16'
    | 'enum'
    | 'list'
    | 'array'
    | 'char'
    | 'pad';
  readonly of: string;
}

const PLAIN = new Set([
  'u8',
  'u16',
  'u32',
  'i32',
  'u64',
  'n64',
  'f64',
  'bool',
  'timeMs',
  'timeUs',
  'uuid',
  'hex16',
  'str',
  'bits8',
  'bits16',
]);

export function fieldType(field: FieldDescription): FieldType {
  if (PLAIN.has(field.type)) return { base: field.type as FieldType['base'], of: '' };
  const found = /^(?:(enum|list|array):(\w+)|(char|pad)(\d+))$/.exec(field.type);
  assert(found, `the protocol description has no type ${field.type}`);
  return { base: (found[1] ?? found[3]) as FieldType['base'], of: (found[2] ?? found[4]) as string };
}

const WIDTHS: Readonly<Record<string, number>> = {
  u8: 1,
  bool: 1,
  enum: 1,
  bits8: 1,
  bits16: 2,
  u16: 2,
  u32: 4,
  i32: 4,
  u64: 8,
  n64: 8,
  f64: 8,
  timeMs: 8,
  timeUs: 8,
  uuid: 16,
  hex16: 16,
};

/** Bytes of a field on the wire; undefined where they vary. */
export function fieldWidth(field: FieldDescription): number | undefined {
  const { base, of } = fieldType(field);
  return base === 'char' || base === 'pad' ? Number(of) : WIDTHS[base];
}

function check(description: Description): Description {
  const types = new Set<string>();
  for (const message of description.messages) {
    assert(!types.has(message.type), `type ${message.type} is given twice`);
    types.add(message.type);
  }
  for (const holder of [...description.messages, ...Object.values(description.records)]) {
    const names = new Set<string>();
    for (const field of holder.fields) {
      const { base, of } = fieldType(field);
      if (base === 'enum') assert(description.enums[of], `there is no enum ${of}`);
      if (base === 'array' || (base === 'list' && !PLAIN.has(of))) assert(description.records[of], `there is no record ${of}`);
      if (base.startsWith('bits')) assert(field.bits, `${field.name} names no bits`);
      for (const name of field.bits ? Object.keys(field.bits) : field.name ? [field.name] : []) {
        assert(!names.has(name) && name !== 'kind', `field ${name} is given twice`);
        names.add(name);
      }
    }
  }
  for (const [name, { values }] of Object.entries(description.enums)) {
    assert(new Set(Object.values(values)).size === Object.keys(values).length, `enum ${name} uses a number twice`);
  }
  return description;
}

export function readDescription(root: string, profile: 1 | 2): Description {
  const file = join(root, 'schema', 'protocol', `suho-${profile}.json`);
  return check(JSON.parse(readFileSync(file, 'utf8')) as Description);
}

/** SYMBOLS_OK → SymbolsOk, QUOTES_1 → Quotes1. */
export function typeName(kind: string): string {
  return kind.replace(/([A-Z0-9])([A-Z0-9]*)_?/g, (_all, first: string, rest: string) => first + rest.toLowerCase());
}
