/**
 * Bugs that people really make, as patches of the engine's sources (`test/planted/`). Each is applied to a copy of the built
 * engine: the files that it touches are patched and compiled anew, all others are linked. A checker that cannot find the bug
 * which it is there for is worth nothing, and a patch that no longer applies says nothing either: both fail.
 */
import { execFile } from 'node:child_process';
import { cpSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { SuhoError } from '../../src/errors.js';
import type { Totals } from './simulation-totals.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);

export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  readonly breaks: string;
  readonly checker: string;
  /** Within how many seeds, from 1 on, the checker must find it. */
  readonly seeds: number;
  /** Sources that it changes. */
  readonly sources: readonly string[];
}

export interface Caught {
  readonly bug: PlantedBug;
  /** Undefined where the checker did not find it. */
  readonly seed: number | undefined;
  /** All that found something, in whichever world. */
  readonly checkers: readonly string[];
}

function field(text: string, name: string, file: string): string {
  const found = new RegExp(`^${name}: (.+)$`, 'm').exec(text)?.[1];
  if (found === undefined) throw new SuhoError('INPUT_INVALID', `${file} does not say what it is: ${name} is missing.`);
  return found;
}

export function readPlantedBugs(): readonly PlantedBug[] {
  const folder = join(ROOT, 'test', 'planted');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.patch'))
    .sort()
    .map((name) => {
      const file = join(folder, name);
      const text = readFileSync(file, 'utf8');
      return {
        name: basename(name, '.patch'),
        file,
        breaks: field(text, 'Breaks', name),
        checker: field(text, 'Found by', name),
        seeds: Number.parseInt(field(text, 'Within', name), 10),
        sources: [...text.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, source]) => source as string),
      };
    });
}

/** The built engine again, in a folder of its own, with the bug in it. */
export class PlantedCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'suho-planted-'));

  private constructor() {}

  static async make(bug: PlantedBug): Promise<PlantedCopy> {
    const copy = new PlantedCopy();
    try {
      copy.#link();
      await copy.#plant(bug);
      return copy;
    } catch (error) {
      copy.remove();
      throw error;
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #link(): void {
    for (const shared of ['node_modules', 'schema', 'models', 'package.json'])
      symlinkSync(join(ROOT, shared), join(this.folder, shared));
    for (const part of ['src', 'workers', 'test/simulation', 'test/support'])
      for (const name of readdirSync(join(ROOT, 'dist', part), { recursive: true }).map(String)) {
        if (!name.endsWith('.js') && !name.endsWith('.json')) continue;
        const to = join(this.folder, 'dist', part, name);
        mkdirSync(dirname(to), { recursive: true });
        linkOrCopy(join(ROOT, 'dist', part, name), to);
      }
  }

  async #plant({ name, file, sources }: PlantedBug): Promise<void> {
    for (const source of sources) {
      mkdirSync(dirname(join(this.folder, source)), { recursive: true });
      cpSync(join(ROOT, source), join(this.folder, source));
    }
    await run('git', ['apply', '--whitespace=nowarn', file], { cwd: this.folder }).catch(
      (error: { readonly stderr?: string }) => {
        throw new SuhoError('INPUT_INVALID', `${name} no longer applies: ${error.stderr?.trim()}`);
      },
    );
    for (const source of sources) {
      const text = readFileSync(join(this.folder, source), 'utf8');
      const { code } = await transform(text, { loader: 'ts', format: 'esm', target: 'es2023' });
      const built = join(this.folder, 'dist', source.replace(/\.ts$/, '.js'));
      // A link: written through it, the engine itself would have the bug.
      rmSync(built);
      writeFileSync(built, code);
    }
  }
}

/** A link costs nothing; where the temporary folder is on another disk there is none. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    cpSync(from, to);
  }
}

/** Lives worlds with the bug in them until its checker has found it, or as many as it may take. */
export async function hunt(bug: PlantedBug, jobs: number): Promise<Caught> {
  const copy = await PlantedCopy.make(bug);
  try {
    const entry = join(copy.folder, 'dist', 'test', 'simulation', 'simulate.js');
    const words = ['--seeds', String(bug.seeds), '--jobs', String(jobs), '--no-shrink', '--until', bug.checker, '--json'];
    const told = run(process.execPath, [entry, ...words], { cwd: copy.folder, maxBuffer: 1 << 26 });
    // It fails, and is meant to; what it found is on stdout all the same.
    const stdout = await told.then(
      (done) => done.stdout,
      (failed: { readonly stdout?: string }) => failed.stdout ?? '',
    );
    const totals = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Totals;
    const seed = totals.failed.find(({ checkers }) => checkers.includes(bug.checker))?.seed;
    return { bug, seed, checkers: [...new Set(totals.failed.flatMap(({ checkers }) => checkers))].sort() };
  } finally {
    copy.remove();
  }
}
