/**
 * suho-1, as EAs in the field send it: one frame per WebSocket message, no sum, no sequence, integers scaled by 100 or
 * 100,000. It carries less than the engine knows, so writing answers a fault where a value does not fit; nothing is cut.
 */
import { BodyReader } from './body-reader.js';
import { BodyWriter } from './body-writer.js';
import type { FaultCode, ProtocolFault } from './fault.js';
import { readBody1, writeBody1 } from './generated/bodies.js';
import { type Frame1, HEADER_BYTES_1, KINDS_1, MAGIC, QUOTES_1_MOST, QUOTES_1_PADDED_BYTES, VERSION_1 } from './messages.js';

const QUOTE_BYTES = 16;
const AT = { version: 4, type: 6, count: 7, time: 8 } as const;

/** Whole length of a frame of each type with a fixed body. */
const LENGTHS: ReadonlyMap<number, number> = new Map([
  [KINDS_1.ACCOUNT_1.type, HEADER_BYTES_1 + 66],
  [KINDS_1.COMMAND_1.type, HEADER_BYTES_1 + 32],
  [KINDS_1.EXECUTION_1.type, HEADER_BYTES_1 + 36],
  [KINDS_1.HEARTBEAT_1.type, HEADER_BYTES_1],
]);

function fault(code: FaultCode, offset: number, message: string): ProtocolFault {
  return { code, offset, message };
}

function quotesFault(bytes: Uint8Array, count: number): ProtocolFault | undefined {
  if (count < 1 || count > QUOTES_1_MOST)
    return fault('bad-count', AT.count, `A price stream has 1 to ${QUOTES_1_MOST} quotes, not ${count}.`);
  const length = HEADER_BYTES_1 + count * QUOTE_BYTES;
  if (bytes.length === length) return undefined;
  if (bytes.length !== QUOTES_1_PADDED_BYTES) {
    return fault(
      'bad-length',
      Math.min(bytes.length, length),
      `${count} quotes make ${length} bytes, or ${QUOTES_1_PADDED_BYTES} with padding, not ${bytes.length}.`,
    );
  }
  const stray = bytes.subarray(length).findIndex((byte) => byte !== 0);
  return stray < 0 ? undefined : fault('bad-padding', length + stray, 'The padding of a price stream is not zero.');
}

function lengthFault(bytes: Uint8Array, type: number, count: number): ProtocolFault | undefined {
  if (type === KINDS_1.QUOTES_1.type) return quotesFault(bytes, count);
  const length = LENGTHS.get(type);
  if (length === undefined)
    return fault('unknown-type', AT.type, `There is no type 0x${type.toString(16).padStart(2, '0')} in suho-1.`);
  if (bytes.length === length) return undefined;
  return fault('bad-length', Math.min(bytes.length, length), `A frame of this type has ${length} bytes, not ${bytes.length}.`);
}

/** Reads one WebSocket message, which holds exactly one frame. */
export function decodeFrame1(bytes: Uint8Array): Frame1 | ProtocolFault {
  if (bytes.length < HEADER_BYTES_1)
    return fault('bad-length', bytes.length, `A frame has at least ${HEADER_BYTES_1} bytes, not ${bytes.length}.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== MAGIC) return fault('bad-magic', 0, 'This is not a Suho frame.');
  const version = view.getUint16(AT.version, true);
  if (version !== VERSION_1) return fault('bad-version', AT.version, `Version ${version} is not spoken here.`);
  const type = view.getUint8(AT.type);
  const count = view.getUint8(AT.count);
  const wrong = lengthFault(bytes, type, count);
  if (wrong) return wrong;
  const reader = new BodyReader();
  reader.open(view, 0, HEADER_BYTES_1, bytes.length);
  const message = readBody1(type, reader, count);
  if (reader.fault) return reader.fault;
  if (!message) return fault('unknown-type', AT.type, `There is no type ${type} in suho-1.`);
  return { profile: 1, time: view.getBigUint64(AT.time, true), message };
}

function countOf({ message }: Frame1): number {
  if (message.kind === 'QUOTES_1') return message.quotes.length;
  return message.kind === 'HEARTBEAT_1' ? 0 : 1;
}

/** One frame as bytes of its own, or why suho-1 cannot carry it. */
export function encodeFrame1(frame: Frame1): Uint8Array | ProtocolFault {
  const writer = new BodyWriter();
  writer.open(QUOTES_1_PADDED_BYTES);
  const count = countOf(frame);
  writer.u32('magic', MAGIC);
  writer.u16('version', VERSION_1);
  writer.u8('type', KINDS_1[frame.message.kind].type);
  if (frame.message.kind === 'QUOTES_1' && (count < 1 || count > QUOTES_1_MOST)) {
    writer.fail('bad-count', `A price stream has 1 to ${QUOTES_1_MOST} quotes, not ${count}.`);
  }
  writer.u8('count', Math.min(count, QUOTES_1_MOST));
  writer.u64('time', frame.time);
  writeBody1(writer, frame.message);
  return writer.fault ?? Uint8Array.from(writer.bytes);
}
