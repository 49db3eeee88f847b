import type { ProtocolFault } from '../protocol/fault.js';
import { FrameReader } from '../protocol/frame-reader.js';
import { encodeFrame } from '../protocol/frame-writer.js';
import { BODY_MOST, type Frame1, type Frame2 } from '../protocol/messages.js';
import { decodeFrame1, encodeFrame1 } from '../protocol/suho-1.js';
import type { FrameCodec } from './connection.js';

/** suho-2 as an EA reads and writes it: larger bodies are taken from WELCOME on. */
export class CodecSuho2 implements FrameCodec<Frame2, Frame2> {
  readonly #reader = new FrameReader({ from: 'SERVER' });

  get pending(): number {
    return this.#reader.pending;
  }

  write(frame: Frame2): Uint8Array {
    return encodeFrame(frame);
  }

  read(chunk: Uint8Array, onFrame: (frame: Frame2) => void): ProtocolFault | undefined {
    return this.#reader.push(chunk, (frame) => {
      if (frame.message.kind === 'WELCOME') this.#reader.maxBody = BODY_MOST;
      onFrame(frame);
    });
  }
}

/** suho-1: a WebSocket message is a frame. */
export class CodecSuho1 implements FrameCodec<Frame1, Frame1> {
  readonly pending = 0;

  write(frame: Frame1): Uint8Array | undefined {
    const bytes = encodeFrame1(frame);
    return bytes instanceof Uint8Array ? bytes : undefined;
  }

  read(chunk: Uint8Array, onFrame: (frame: Frame1) => void): ProtocolFault | undefined {
    const frame = decodeFrame1(chunk);
    if ('code' in frame) return frame;
    onFrame(frame);
    return undefined;
  }
}
