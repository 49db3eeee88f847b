import { assert } from '../runtime/assert.js';
import { BodyWriter } from './body-writer.js';
import type { ProtocolFault } from './fault.js';
import { AT, frameCrc } from './frame-header.js';
import { writeBody2 } from './generated/bodies.js';
import { BODY_MOST, FIRST_IGNORED_TYPE, FLAG_POSSIBLE_DUPLICATE, type Frame2, KINDS_2, MAGIC, VERSION_2 } from './messages.js';

/** Writes suho-2 frames into one buffer of its own: what `write` answers is good until the next call. */
export class FrameWriter {
  readonly #writer = new BodyWriter();

  /** The frame's bytes, or why the wire cannot hold it. */
  tryWrite(frame: Frame2): Uint8Array | ProtocolFault {
    const writer = this.#writer;
    writer.open(AT.body + BODY_MOST);
    this.#header(frame);
    if (frame.message.kind !== 'IGNORED') writeBody2(writer, frame.message);
    if (writer.fault) return writer.fault;
    writer.patchU32(AT.length, writer.length - AT.body);
    writer.patchU32(AT.crc32, frameCrc(writer.view, 0, writer.length));
    return writer.bytes;
  }

  /** The same for what the engine itself says: that it does not fit the wire is then a broken invariant. */
  write(frame: Frame2): Uint8Array {
    const bytes = this.tryWrite(frame);
    assert(bytes instanceof Uint8Array, `${frame.message.kind} does not fit the wire: ${(bytes as ProtocolFault).message}`);
    return bytes;
  }

  #header(frame: Frame2): void {
    const writer = this.#writer;
    const { message } = frame;
    const rule = message.kind === 'IGNORED' ? undefined : KINDS_2[message.kind];
    writer.u32('magic', MAGIC);
    writer.u16('version', VERSION_2);
    if (message.kind === 'IGNORED' && message.type < FIRST_IGNORED_TYPE)
      writer.fail('unknown-type', 'Only types from 0x80 may be passed over.');
    writer.u8('type', message.kind === 'IGNORED' ? message.type : KINDS_2[message.kind].type);
    writer.u8('flags', frame.flags, FLAG_POSSIBLE_DUPLICATE);
    writer.u32('length', 0);
    writer.u32('crc32', 0);
    if (rule && rule.sequenced !== frame.seq > 0) {
      writer.fail('bad-sequence', `${message.kind} ${rule.sequenced ? 'must carry a number' : 'carries no number'}.`);
    }
    writer.n64('seq', frame.seq);
    writer.n64('ack', frame.ack);
    writer.n64('timeUs', frame.timeUs);
  }
}

const shared = new FrameWriter();

/** One frame as bytes of its own. */
export function encodeFrame(frame: Frame2): Uint8Array {
  return Uint8Array.from(shared.write(frame));
}
