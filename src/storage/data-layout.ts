/**
 * Which layout a data folder has. `version.json` in it says so; a folder without one is from before there was one, layout 0.
 * An older folder is brought up step by step, each recorded when it is done, so that one which is cut off goes on where it
 * was; a step must therefore bear being begun again. A newer folder is refused: what this program does not know it would spoil.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SuhoError, sentence } from '../errors.js';

/** Makes of a folder of the layout before one of its own. */
export interface LayoutStep {
  readonly to: number;
  run(folder: string): Promise<void>;
}

/** Layout 1 is the folder as it always was, with its number in it: the ledger, the journal and snapshots know their own. */
const STEPS: readonly LayoutStep[] = [{ to: 1, run: async () => {} }];

export const LAYOUT = STEPS.length;

const NAME = 'version.json';

interface Stamp {
  readonly layout: number;
  /** The program that wrote it, for people. */
  readonly program: string;
}

async function readStamp(folder: string): Promise<Partial<Stamp>> {
  const path = join(folder, NAME);
  try {
    const stamp = JSON.parse(await readFile(path, 'utf8')) as Partial<Stamp> | null;
    if (Number.isSafeInteger(stamp?.layout) && (stamp?.layout as number) > 0) return stamp as Stamp;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { layout: 0 };
    throw new SuhoError('FILE_UNREADABLE', `${path} cannot be read: ${sentence(error)}.`, { cause: error });
  }
  throw new SuhoError('FILE_UNREADABLE', `${path} does not tell the layout of the data folder.`);
}

async function writeStamp(folder: string, stamp: Stamp): Promise<void> {
  const unfinished = join(folder, `${NAME}.new`);
  await writeFile(unfinished, `${JSON.stringify(stamp)}\n`, { mode: 0o600 });
  await rename(unfinished, join(folder, NAME));
}

/** Refuses a folder that a later version of Suho has made. */
export function refuseNewer(what: string, layout: number, program: string | undefined, newest = LAYOUT): void {
  if (layout <= newest) return;
  const by = program === undefined ? 'a later version of Suho' : `Suho ${program}`;
  throw new SuhoError('DATA_FOLDER_NEWER', `${what} has layout ${layout}, made by ${by}; this version knows ${newest} at most.`);
}

/** Brings a folder that the caller holds up to this program's layout. */
export async function bringUpToDate(folder: string, program: string, steps: readonly LayoutStep[] = STEPS): Promise<void> {
  const { layout = 0, program: made } = await readStamp(folder);
  refuseNewer(`The data folder ${folder}`, layout, made, steps.at(-1)?.to ?? 0);
  for (const step of steps) {
    if (step.to <= layout) continue;
    await step.run(folder);
    await writeStamp(folder, { layout: step.to, program });
  }
}
