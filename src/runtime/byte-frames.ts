/**
 * Messages over a stream of bytes between two processes: the length of a header and of what follows it, four bytes each, lowest
 * first; the header as JSON; then plain bytes. Who reads bounds both lengths before it keeps a byte, for the other may be anybody.
 */
const LENGTHS = 8;

export interface ByteFrame {
  readonly header: unknown;
  readonly payload: Uint8Array;
}

export interface FrameBounds {
  readonly header: number;
  readonly payload: number;
}

export function encodeByteFrame(header: object, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const frame = new Uint8Array(LENGTHS + text.length + payload.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, text.length, true);
  view.setUint32(4, payload.length, true);
  frame.set(text, LENGTHS);
  frame.set(payload, LENGTHS + text.length);
  return frame;
}

/** Puts frames together from pieces of any size. Throws on the first byte that can belong to none. */
export class ByteFrameReader {
  readonly #bounds: FrameBounds;
  readonly #pieces: Uint8Array[] = [];
  #held = 0;
  /** Of the frame under way, once its lengths are known. */
  #lengths: { readonly header: number; readonly payload: number } | undefined;

  constructor(bounds: FrameBounds) {
    this.#bounds = bounds;
  }

  feed(piece: Uint8Array): readonly ByteFrame[] {
    this.#pieces.push(piece);
    this.#held += piece.length;
    const frames: ByteFrame[] = [];
    for (;;) {
      this.#lengths ??= this.#readLengths();
      if (this.#lengths === undefined) return frames;
      const { header, payload } = this.#lengths;
      const whole = this.#take(header + payload);
      if (whole === undefined) return frames;
      this.#lengths = undefined;
      const text = new TextDecoder('utf-8', { fatal: true }).decode(whole.subarray(0, header));
      // A copy of its own, so that it begins where numbers may.
      frames.push({ header: JSON.parse(text), payload: whole.slice(header) });
    }
  }

  #readLengths(): { readonly header: number; readonly payload: number } | undefined {
    const bytes = this.#take(LENGTHS);
    if (bytes === undefined) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTHS);
    const lengths = { header: view.getUint32(0, true), payload: view.getUint32(4, true) };
    if (lengths.header > this.#bounds.header || lengths.payload > this.#bounds.payload) throw new Error('a frame is too long');
    return lengths;
  }

  #take(length: number): Uint8Array | undefined {
    if (this.#held < length) return undefined;
    if (this.#pieces.length > 1 || this.#pieces[0]?.length !== this.#held) {
      const all = new Uint8Array(this.#held);
      let at = 0;
      for (const piece of this.#pieces) {
        all.set(piece, at);
        at += piece.length;
      }
      this.#pieces.splice(0, this.#pieces.length, all);
    }
    const all = this.#pieces[0] ?? new Uint8Array(0);
    this.#pieces.splice(0, this.#pieces.length, all.subarray(length));
    this.#held -= length;
    return all.subarray(0, length);
  }
}
