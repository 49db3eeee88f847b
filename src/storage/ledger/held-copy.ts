/**
 * Copies a folder that is written to so that its writer waits as short as can be: all of it first while it changes, and then,
 * while the writer is held, what has changed since, gone or come. Whether a file has changed is told by its length and time of
 * change. The clock of a file system is coarse, so of a file that was changed about when the newest was, nothing is believed,
 * and it is copied again.
 */
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

const COARSE_NS = 2_000_000_000n;

interface FileState {
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

/** Of each file by its path; undefined where it may change and look the same. */
type Seen = ReadonlyMap<string, FileState | undefined>;

const gone = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Makes the folders, and tells of the files how they are. */
async function look(from: string, to: string): Promise<Seen> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  const path = (entry: (typeof entries)[number]): string => relative(from, join(entry.parentPath, entry.name));
  for (const folder of ['', ...entries.filter((entry) => entry.isDirectory()).map(path)])
    await mkdir(join(to, folder), { recursive: true, mode: 0o700 });
  const states = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        // It may have gone since.
        const state = await stat(join(from, path(entry)), { bigint: true }).catch(() => undefined);
        return [path(entry), state] as const;
      }),
  );
  const there = states.filter((one): one is [string, NonNullable<(typeof one)[1]>] => one[1] !== undefined);
  const [newest = 0n] = there.map(([, { mtimeNs }]) => mtimeNs).sort((a, b) => Number(b - a));
  return new Map(there.map(([file, state]) => [file, newest - state.mtimeNs > COARSE_NS ? state : undefined]));
}

function unchanged(before: FileState | undefined, now: FileState | undefined): boolean {
  return before !== undefined && before.size === now?.size && before.mtimeNs === now.mtimeNs;
}

/** Copies what is not as it was seen; answers what it saw, before it copied. */
async function pass(from: string, to: string, before: Seen): Promise<Seen> {
  const now = await look(from, to);
  for (const [file, state] of now) {
    if (unchanged(before.get(file), state)) continue;
    await copyFile(join(from, file), join(to, file), constants.COPYFILE_FICLONE).catch((error: unknown) => {
      if (!gone(error)) throw error;
    });
  }
  for (const file of before.keys()) if (!now.has(file)) await rm(join(to, file), { force: true });
  return now;
}

/** `hold` runs what it is given while nothing writes to the folder. */
export async function copyHeld(from: string, to: string, hold: (work: () => Promise<void>) => Promise<void>): Promise<void> {
  const first = await pass(from, to, new Map());
  await hold(async () => {
    await pass(from, to, first);
  });
}
