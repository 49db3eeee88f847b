/**
 * The node's emergency stop: a small file in its data folder, so that a restart does not lift it. While it is there nothing is
 * opened for any tenant. One that cannot be read counts as set: whoever wrote it wanted the node to stop.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Halt } from '../accounts/halt.js';

const NAME = 'emergency-stop.json';

export class EmergencyStop {
  readonly #path: string;
  #halt: Halt | null;

  constructor(dataFolder: string) {
    this.#path = join(dataFolder, NAME);
    this.#halt = read(this.#path);
  }

  /** Null while the node trades. */
  get halt(): Halt | null {
    return this.#halt;
  }

  /** On disk before it answers. */
  set(halt: Halt): void {
    this.#halt = halt;
    const unfinished = `${this.#path}.tmp`;
    const file = openSync(unfinished, 'w', 0o600);
    try {
      writeSync(file, JSON.stringify(halt));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, this.#path);
  }

  lift(): void {
    rmSync(this.#path, { force: true });
    this.#halt = null;
  }
}

function read(path: string): Halt | null {
  if (!existsSync(path)) return null;
  try {
    const { reason, atMs } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Halt>;
    if (typeof reason === 'string' && typeof atMs === 'number') return { reason, atMs, by: 'operator' };
  } catch {
    // Said below.
  }
  return { reason: `${NAME} is there and cannot be read`, atMs: 0, by: 'operator' };
}
