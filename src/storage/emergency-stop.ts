/**
 * The node's emergency stop: a small file in its data folder, so that a restart does not lift it. While it is there nothing is
 * opened for any tenant. One that cannot be read counts as set: whoever wrote it wanted the node to stop.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Halt } from '../accounts/halt.js';

const NAME = 'emergency-stop.json';

/** A stop that other nodes must learn of by the ledger, which has not kept it yet. */
export interface UnkeptStop {
  readonly halt: Halt;
  /** The ledger's change that it came after; null where nobody has looked. */
  readonly after: number | null;
}

interface Standing {
  readonly halt: Halt;
  /** Undefined once the ledger has it. */
  readonly after: number | null | undefined;
}

export class EmergencyStop {
  readonly #path: string;
  #standing: Standing | null;

  constructor(dataFolder: string) {
    this.#path = join(dataFolder, NAME);
    this.#standing = read(this.#path);
  }

  /** Null while the node trades. */
  get halt(): Halt | null {
    return this.#standing?.halt ?? null;
  }

  get unkept(): UnkeptStop | undefined {
    const { halt, after } = this.#standing ?? {};
    return halt === undefined || after === undefined ? undefined : { halt, after };
  }

  /** On disk before it answers. */
  set(halt: Halt, after: number | null = null): void {
    this.#write({ halt, after });
  }

  /** As the ledger has it. */
  keep(halt: Halt): void {
    this.#write({ halt, after: undefined });
  }

  #write(standing: Standing): void {
    const { halt, after } = standing;
    this.#standing = standing;
    const unfinished = `${this.#path}.tmp`;
    const file = openSync(unfinished, 'w', 0o600);
    try {
      writeSync(file, JSON.stringify(after === undefined ? { ...halt, kept: true } : { ...halt, after }));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, this.#path);
  }

  lift(): void {
    rmSync(this.#path, { force: true });
    this.#standing = null;
  }
}

/** What was written while no node ran, or by a version that knew of no others, is a wish that the ledger has not heard of. */
function read(path: string): Standing | null {
  if (!existsSync(path)) return null;
  try {
    const told = JSON.parse(readFileSync(path, 'utf8')) as Partial<Halt & { after: number | null; kept: boolean }>;
    const { reason, atMs, after, kept } = told;
    if (typeof reason === 'string' && typeof atMs === 'number') {
      const unkept = typeof after === 'number' ? after : null;
      return { halt: { reason, atMs, by: 'operator' }, after: kept === true ? undefined : unkept };
    }
  } catch {
    // Said below.
  }
  return { halt: { reason: `${NAME} is there and cannot be read`, atMs: 0, by: 'operator' }, after: null };
}
