/**
 * A disk that can be full: a file system of its own in memory with a bound, where this process may mount one, else a bound on
 * what the node may add to its files (RLIMIT_FSIZE). Both fail the node’s writes in the middle; which it was is told.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Household, Process } from './household.js';

export type DiskKind = 'tmpfs' | 'rlimit' | 'none';

/** More than a node needs in the longest run, so that it is full only when it is made so. */
const SIZE_MB = 512;
const CHUNK = Buffer.alloc(65_536);

/** What this machine lets us do. */
export function diskKind(folder: string): DiskKind {
  const trial = join(folder, 'mount-trial');
  mkdirSync(trial);
  const mounted = run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'suho-chaos', trial) && run('umount', trial);
  rmSync(trial, { recursive: true, force: true });
  if (mounted) return 'tmpfs';
  return spawnSync('prlimit', ['--version']).error === undefined ? 'rlimit' : 'none';
}

function run(command: string, ...words: readonly string[]): boolean {
  return spawnSync(command, words, { stdio: 'ignore' }).status === 0;
}

export class SmallDisk {
  readonly #filler: string;

  /** `folder` is made, and is empty. */
  constructor(
    household: Household,
    readonly folder: string,
    readonly kind: DiskKind,
  ) {
    mkdirSync(folder, { recursive: true });
    this.#filler = join(folder, 'filler');
    if (kind !== 'tmpfs') return;
    if (!run('mount', '-t', 'tmpfs', '-o', `size=${SIZE_MB}m,mode=700`, 'suho-chaos', folder))
      throw new Error(`${folder} cannot be mounted`);
    // Whoever still has a file of it open does not hold the run up.
    household.onEnd(() => void run('umount', '--lazy', folder));
  }

  /** From now on no byte can be added. */
  fill(node: Process | undefined): void {
    if (this.kind === 'tmpfs') fillWith(this.#filler);
    else if (this.kind === 'rlimit' && node?.runs) run('prlimit', `--pid=${node.pid}`, '--fsize=0:unlimited');
  }

  free(node: Process | undefined): void {
    if (this.kind === 'tmpfs') rmSync(this.#filler, { force: true });
    else if (this.kind === 'rlimit' && node?.runs) run('prlimit', `--pid=${node.pid}`, '--fsize=unlimited:unlimited');
  }
}

function fillWith(path: string): void {
  const file = openSync(path, 'a');
  try {
    // Whole chunks, then what is left, byte by byte.
    for (const piece of [CHUNK, CHUNK.subarray(0, 4_096), CHUNK.subarray(0, 1)]) while (wrote(file, piece)) {}
  } finally {
    closeSync(file);
  }
}

function wrote(file: number, piece: Buffer): boolean {
  try {
    return writeSync(file, piece) > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}
