/**
 * Cuts suho-2 frames out of bytes as they come, in pieces of any size, and reads them. Sans-I/O: bytes in, frames out, no
 * sockets and no clock. A whole frame inside a chunk is read in place; only a frame that a chunk cuts is copied, into one
 * buffer that never holds more than one frame. Nothing here throws, and after a fault nothing more is read: a stream has no
 * safe place to go on from.
 */
import { BodyReader } from './body-reader.js';
import type { FaultCode, ProtocolFault } from './fault.js';
import { AT, frameCrc, headerFault, number64, prefixFault } from './frame-header.js';
import { readBody2 } from './generated/bodies.js';
import { BODY_MOST_BEFORE_WELCOME, type Frame2, type Sender } from './messages.js';

export interface FrameReaderOptions {
  /** Body bytes allowed at first; 4,096 before WELCOME. */
  readonly maxBody?: number;
  /** Which side sends; frames that this side never sends are then refused. */
  readonly from?: Exclude<Sender, 'BOTH'>;
}

const FIRST_HELD_BYTES = 512;

export class FrameReader {
  /** Raised to 65,536 after WELCOME; may be set from within `onFrame`. */
  maxBody: number;
  readonly #from: Exclude<Sender, 'BOTH'> | undefined;
  readonly #body = new BodyReader();
  #held: Uint8Array = new Uint8Array(0);
  #heldView = new DataView(this.#held.buffer);
  #heldLength = 0;
  #fault: ProtocolFault | undefined;

  constructor(options: FrameReaderOptions = {}) {
    this.maxBody = options.maxBody ?? BODY_MOST_BEFORE_WELCOME;
    this.#from = options.from;
  }

  /** Bytes of a frame that has not come whole: not 0 at the end of a stream or WebSocket message means it was cut. */
  get pending(): number {
    return this.#heldLength;
  }

  /** Why this reader is dead. */
  get fault(): ProtocolFault | undefined {
    return this.#fault;
  }

  /** Hands each whole frame to `onFrame`, in order. Answers the fault that ended the stream, now or earlier. */
  push(chunk: Uint8Array, onFrame: (frame: Frame2) => void): ProtocolFault | undefined {
    if (this.#fault) return this.#fault;
    let at = this.#heldLength > 0 ? this.#complete(chunk, onFrame) : 0;
    if (at < chunk.length && !this.#fault) {
      const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
      while (at < chunk.length && !this.#fault) {
        const whole = this.#wholeLength(view, at, chunk.length - at);
        if (whole === 0) {
          this.#hold(chunk, at, chunk.length);
          at = chunk.length;
        } else if (whole > 0) {
          this.#read(view, at, at + whole, onFrame);
          at += whole;
        }
      }
    }
    this.#body.release();
    return this.#fault;
  }

  /** Bytes of the frame at `at` when all of it is there, 0 when it is not, -1 after a fault. */
  #wholeLength(view: DataView, at: number, available: number): number {
    this.#fault = prefixFault(view, at, available, this.maxBody);
    if (this.#fault) return -1;
    if (available < AT.body) return 0;
    const whole = AT.body + view.getUint32(at + AT.length, true);
    return available < whole ? 0 : whole;
  }

  /** Adds to the held frame only what it lacks. Answers how much of the chunk that took. */
  #complete(chunk: Uint8Array, onFrame: (frame: Frame2) => void): number {
    let at = 0;
    while (at < chunk.length) {
      const needed = this.#heldLength < AT.crc32 ? AT.crc32 : AT.body + this.#heldView.getUint32(AT.length, true);
      const end = Math.min(chunk.length, at + needed - this.#heldLength);
      this.#hold(chunk, at, end);
      at = end;
      const whole = this.#wholeLength(this.#heldView, 0, this.#heldLength);
      if (whole < 0) return at;
      if (whole > 0) {
        this.#heldLength = 0;
        this.#read(this.#heldView, 0, whole, onFrame);
        return at;
      }
    }
    return at;
  }

  #hold(chunk: Uint8Array, from: number, to: number): void {
    const length = this.#heldLength + to - from;
    if (length > this.#held.length) {
      const grown = new Uint8Array(
        Math.max(length, Math.min(Math.max(this.#held.length * 2, FIRST_HELD_BYTES), AT.body + this.maxBody)),
      );
      grown.set(this.#held.subarray(0, this.#heldLength));
      this.#held = grown;
      this.#heldView = new DataView(grown.buffer);
    }
    this.#held.set(chunk.subarray(from, to), this.#heldLength);
    this.#heldLength = length;
  }

  #fail(code: FaultCode, offset: number, message: string): void {
    this.#fault = { code, offset, message };
  }

  #read(view: DataView, start: number, end: number, onFrame: (frame: Frame2) => void): void {
    if (frameCrc(view, start, end) !== view.getUint32(start + AT.crc32, true)) {
      this.#fail('bad-crc', AT.crc32, 'The sum does not match: the frame was damaged on its way.');
      return;
    }
    this.#fault = headerFault(view, start, this.#from);
    if (this.#fault) return;
    const type = view.getUint8(start + AT.type);
    this.#body.open(view, start, start + AT.body, end);
    const message = readBody2(type, this.#body) ?? { kind: 'IGNORED' as const, type };
    this.#fault = this.#body.fault;
    if (this.#fault) return;
    onFrame({
      profile: 2,
      flags: view.getUint8(start + AT.flags),
      seq: number64(view, start + AT.seq),
      ack: number64(view, start + AT.ack),
      timeUs: number64(view, start + AT.timeUs),
      message,
    });
  }
}
