/**
 * Frames as JSON values: `{profile, type, flags, seq, ack, time, body}`, 64-bit integers as decimal strings, ids as UUID
 * text. What comes in is checked field by field against the description; ranges are the writers' to check.
 */
import type { FaultCode, ProtocolFault } from './fault.js';
import { FrameReader } from './frame-reader.js';
import { FrameWriter } from './frame-writer.js';
import { MESSAGE_SHAPES, RECORD_SHAPES, type Shape, type Shapes } from './generated/shapes.js';
import { BODY_MOST, FIRST_IGNORED_TYPE, type Frame, type Frame1, type Frame2, KINDS_1, KINDS_2, VERSION_1 } from './messages.js';
import { decodeFrame1, encodeFrame1 } from './suho-1.js';

type Fields = Readonly<Record<string, unknown>>;

/** How `suho frame` writes a frame. */
export interface FrameText {
  readonly profile: 1 | 2;
  readonly type: string;
  readonly flags: number;
  readonly seq: string;
  readonly ack: string;
  readonly time: string;
  readonly body: Fields;
}

const DECIMAL = /^(0|[1-9][0-9]{0,19})$/;
const IGNORED_TYPE = /^0x[89a-f][0-9a-f]$/;

class BadField extends Error {}

function toText(value: unknown, { form, of }: Shape): unknown {
  if (form === 'bigint' || form === 'decimal') return String(value);
  if (form !== 'list' || of === undefined) return value;
  const record = RECORD_SHAPES[of];
  return (value as readonly unknown[]).map((item) =>
    record ? fieldsToText(item as Fields, record) : toText(item, { form: of as Shape['form'] }),
  );
}

function fieldsToText(fields: Fields, shapes: Shapes): Fields {
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, toText(fields[name], shape)]));
}

function typeText({ message }: Frame): string {
  return message.kind === 'IGNORED' ? `0x${message.type.toString(16)}` : message.kind;
}

export function frameToText(frame: Frame): FrameText {
  const { profile, message } = frame;
  const [flags, seq, ack, time] = profile === 2 ? [frame.flags, frame.seq, frame.ack, frame.timeUs] : [0, 0, 0, frame.time];
  const body = fieldsToText(message as unknown as Fields, MESSAGE_SHAPES[message.kind] ?? {});
  return { profile, type: typeText(frame), flags, seq: String(seq), ack: String(ack), time: String(time), body };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decimal(value: unknown, name: string): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value !== 'string' || !DECIMAL.test(value))
    throw new BadField(`${name} must be a whole number as a decimal string.`);
  return BigInt(value);
}

function exactNumber(value: unknown, name: string): number {
  const whole = decimal(value, name);
  if (whole > BigInt(Number.MAX_SAFE_INTEGER)) throw new BadField(`${name} may be at most 2^53 - 1.`);
  return Number(whole);
}

function fromText(value: unknown, shape: Shape, name: string): unknown {
  if (shape.form === 'bigint') return decimal(value, name);
  if (shape.form === 'decimal') return exactNumber(value, name);
  if (shape.form === 'list') return listFromText(value, shape.of as string, name);
  const wanted = shape.form === 'text' ? 'string' : shape.form;
  if (typeof value !== wanted) throw new BadField(`${name} must be a ${wanted}.`);
  return value;
}

function listFromText(value: unknown, of: string, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new BadField(`${name} must be a list.`);
  const record = RECORD_SHAPES[of];
  return value.map((item: unknown, index) => {
    const place = `${name}[${index}]`;
    return record ? fieldsFromText(item, record, place) : fromText(item, { form: of as Shape['form'] }, place);
  });
}

function fieldsFromText(value: unknown, shapes: Shapes, place: string): Fields {
  if (!isFields(value)) throw new BadField(`${place} must be an object.`);
  for (const name of Object.keys(value)) if (!Object.hasOwn(shapes, name)) throw new BadField(`${place} has no field ${name}.`);
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      if (!Object.hasOwn(value, name)) throw new BadField(`${place} lacks ${name}.`);
      return [name, fromText(value[name], shape, `${place}.${name}`)];
    }),
  );
}

function frameFromText(value: unknown): Frame {
  if (!isFields(value)) throw new BadField('A frame must be an object.');
  const { profile, type, flags = 0, seq = '0', ack = '0', time = '0', body = {} } = value;
  if (profile !== 1 && profile !== 2) throw new BadField('profile must be 1 or 2.');
  if (typeof type !== 'string') throw new BadField('type must be a string.');
  if (typeof flags !== 'number') throw new BadField('flags must be a number.');
  const head = { flags, seq: exactNumber(seq, 'seq'), ack: exactNumber(ack, 'ack') };
  if (profile === 2 && IGNORED_TYPE.test(type)) {
    fieldsFromText(body, {}, 'body');
    const ignored = { kind: 'IGNORED' as const, type: Math.max(FIRST_IGNORED_TYPE, Number(type)) };
    return { profile, ...head, timeUs: exactNumber(time, 'time'), message: ignored };
  }
  if (!Object.hasOwn(profile === 1 ? KINDS_1 : KINDS_2, type)) throw new BadField(`suho-${profile} has no type ${type}.`);
  const message = { kind: type, ...fieldsFromText(body, MESSAGE_SHAPES[type] ?? {}, 'body') };
  if (profile === 2)
    return { profile, ...head, timeUs: exactNumber(time, 'time'), message: message as unknown as Frame2['message'] };
  if (head.flags !== 0 || head.seq !== 0 || head.ack !== 0) throw new BadField('suho-1 has neither flags nor seq nor ack.');
  return { profile, time: decimal(time, 'time'), message: message as unknown as Frame1['message'] };
}

function fault(code: FaultCode, offset: number, message: string): ProtocolFault {
  return { code, offset, message };
}

/** Bytes of one frame, of either profile, as the version in it chooses. */
export function decodeFrame(bytes: Uint8Array): Frame | ProtocolFault {
  if (bytes.length >= 6 && bytes[4] === VERSION_1 && bytes[5] === 0) return decodeFrame1(bytes);
  const frames: Frame2[] = [];
  const reader = new FrameReader({ maxBody: BODY_MOST });
  const found = reader.push(bytes, (frame) => frames.push(frame));
  const [first] = frames;
  if (!first) return found ?? fault('incomplete', bytes.length, `The frame ends after ${bytes.length} bytes.`);
  const length = 40 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true);
  return length === bytes.length ? first : fault('too-long', length, `${bytes.length - length} bytes follow the frame.`);
}

function encodeFrameOf(frame: Frame): Uint8Array | ProtocolFault {
  return frame.profile === 1 ? encodeFrame1(frame) : new FrameWriter().tryWrite(frame);
}

/** One line of hex digits as the text of its frame. */
export function textOfHex(line: string): FrameText | ProtocolFault {
  const digits = line.replace(/\s/g, '');
  const stray = digits.search(/[^0-9a-fA-F]/);
  if (stray >= 0) return fault('bad-hex', stray >> 1, 'The line holds something else than hex digits.');
  if (digits.length % 2 === 1) return fault('bad-hex', digits.length >> 1, 'The line has an odd number of hex digits.');
  const frame = decodeFrame(Buffer.from(digits, 'hex'));
  return 'code' in frame ? frame : frameToText(frame);
}

/** One line of JSON as the hex digits of its frame. */
export function hexOfText(line: string): string | ProtocolFault {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return fault('bad-json', 0, 'The line is not JSON.');
  }
  try {
    const bytes = encodeFrameOf(frameFromText(value));
    return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('hex') : bytes;
  } catch (error) {
    if (error instanceof BadField) return fault('bad-field', 0, error.message);
    throw error;
  }
}
