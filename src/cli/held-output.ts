import type { Writable } from 'node:stream';
import { SuhoError } from '../errors.js';

/** Lines are kept back until the whole input has proved good, or until they are this many bytes. */
const HELD_BACK_MOST = 64 * 1_048_576;
const CHUNK = 65_536;

/**
 * Standard output that starts late and never runs ahead of its reader: what fails half-way leaves nothing half-done behind,
 * unless it is too large to keep. A reader that goes away (`| head`) is no failure.
 */
export class HeldOutput {
  readonly #stream: Writable;
  #chunks: Uint8Array[] = [];
  #chunk = '';
  #held = 0;
  #failure: NodeJS.ErrnoException | undefined;

  constructor(
    stream: Writable,
    readonly heldMost = HELD_BACK_MOST,
  ) {
    this.#stream = stream;
    stream.on('error', (error) => {
      this.#failure ??= error;
    });
  }

  add(line: string): void {
    this.#chunk += `${line}\n`;
    if (this.#chunk.length >= CHUNK) this.#cut();
  }

  addBytes(bytes: Uint8Array): void {
    this.#cut();
    this.#hold(bytes);
  }

  /** Writes when there is too much to hold; false when the reader has gone and nothing more is wanted. */
  async flow(): Promise<boolean> {
    if (this.#held >= this.heldMost) await this.#write();
    return this.#failure === undefined;
  }

  async end(): Promise<void> {
    this.#cut();
    await this.#write();
  }

  #cut(): void {
    if (this.#chunk === '') return;
    // As bytes: text that grew piece by piece takes several times its length.
    this.#hold(Buffer.from(this.#chunk));
    this.#chunk = '';
  }

  #hold(bytes: Uint8Array): void {
    this.#held += bytes.length;
    this.#chunks.push(bytes);
  }

  async #write(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = [];
    for (const chunk of chunks) {
      if (this.#failure !== undefined) break;
      await new Promise<void>((resolve) => {
        this.#stream.write(chunk, (error) => {
          if (error) this.#failure ??= error;
          resolve();
        });
      });
    }
    if (this.#failure !== undefined && this.#failure.code !== 'EPIPE') {
      throw new SuhoError('FILE_UNREADABLE', `The output cannot be written: ${this.#failure.message}.`, { cause: this.#failure });
    }
  }
}
