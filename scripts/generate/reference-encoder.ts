/**
 * Writes frames straight from the description, field by field, with nothing of the engine's codec: the oracle that golden
 * vectors come from and that tests compare the codec with. Slow, plain, and it trusts its input.
 */
import { type Description, type FieldDescription, fieldType, fieldWidth } from './description.js';

export type Plain = Readonly<Record<string, unknown>>;

export interface PlainFrame {
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  /** suho-2: µs; suho-1: as told. */
  readonly time: bigint;
  readonly message: Plain & { readonly kind: string };
}

function little(value: bigint, width: number): number[] {
  const bytes: number[] = [];
  for (let at = 0; at < width; at++) bytes.push(Number((BigInt.asUintN(64, value) >> BigInt(8 * at)) & 0xffn));
  return bytes;
}

function double(value: number): number[] {
  return [...new Uint8Array(new Float64Array([value]).buffer)];
}

function hexBytes(text: string): number[] {
  return (text.replaceAll('-', '').match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
}

function text(value: string): number[] {
  const bytes = [...new TextEncoder().encode(value)];
  return [...little(BigInt(bytes.length), 2), ...bytes];
}

function fieldBytes(field: FieldDescription, holder: Plain, description: Description): number[] {
  const { base, of } = fieldType(field);
  const value = field.name === undefined ? undefined : holder[field.name];
  if (base === 'pad') return new Array<number>(Number(of)).fill(0);
  if (field.scale !== undefined) return little(BigInt(Math.round((value as number) * field.scale)), 4);
  if (field.bits) {
    const bits = Object.entries(field.bits).reduce((sum, [name, at]) => sum + (holder[name] ? 2 ** at : 0), 0);
    return little(BigInt(bits), fieldWidth(field) as number);
  }
  switch (base) {
    case 'enum':
      return [description.enums[of]?.values[value as string] as number];
    case 'bool':
      return [value ? 1 : 0];
    case 'f64':
      return double(value as number);
    case 'uuid':
    case 'hex16':
      return hexBytes(value as string);
    case 'str':
      return text(value as string);
    case 'char':
      return [...Array.from(value as string, (c) => c.charCodeAt(0)), ...new Array<number>(Number(of)).fill(0)].slice(
        0,
        Number(of),
      );
    case 'list': {
      const items = value as readonly unknown[];
      const records = items.map((item) => itemBytes(of, item, description));
      return [...little(BigInt(items.length), 2), ...records.flatMap((bytes) => [...little(BigInt(bytes.length), 2), ...bytes])];
    }
    case 'array':
      return (value as readonly unknown[]).flatMap((item) => itemBytes(of, item, description));
    default:
      return little(BigInt(value as number | bigint), fieldWidth(field) as number);
  }
}

function itemBytes(of: string, item: unknown, description: Description): number[] {
  const record = description.records[of];
  if (!record) return fieldBytes({ name: 'item', type: of, about: '' }, { item }, description);
  return record.fields.flatMap((field) => fieldBytes(field, item as Plain, description));
}

/** Bit by bit, from the definition of the polynomial. */
function crc32BitByBit(bytes: readonly number[]): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

export function referenceBody(message: Plain & { readonly kind: string }, description: Description): number[] {
  const found = description.messages.find(({ kind }) => kind === message.kind);
  return (found?.fields ?? []).flatMap((field) => fieldBytes(field, message, description));
}

/** A whole suho-2 frame of type `type` around any body. */
export function referenceFrame(type: number, frame: Omit<PlainFrame, 'message'>, body: readonly number[]): Uint8Array {
  const head = [...little(0x53554854n, 4), ...little(2n, 2), type, frame.flags, ...little(BigInt(body.length), 4)];
  const tail = [...little(BigInt(frame.seq), 8), ...little(BigInt(frame.ack), 8), ...little(frame.time, 8), ...body];
  return Uint8Array.from([...head, ...little(BigInt(crc32BitByBit([...head, 0, 0, 0, 0, ...tail])), 4), ...tail]);
}

export function referenceEncode(frame: PlainFrame, description: Description): Uint8Array {
  const { message } = frame;
  const type = Number(description.messages.find(({ kind }) => kind === message.kind)?.type);
  const body = referenceBody(message, description);
  if (description.profile === 2) return referenceFrame(type, frame, body);
  const count = Array.isArray(message.quotes) ? message.quotes.length : body.length > 0 ? 1 : 0;
  return Uint8Array.from([...little(0x53554854n, 4), ...little(1n, 2), type, count, ...little(frame.time, 8), ...body]);
}
