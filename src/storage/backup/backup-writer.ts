/** Writes a backup beside its place and renames it into it when it is whole, so that what has the name is a backup. */
import { createWriteStream, existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { SuhoError, sentence } from '../../errors.js';
import { LAYOUT } from '../data-layout.js';
import { appliedMigrations } from '../ledger/migrations.js';
import type { PostgresLedger } from '../ledger/postgres.js';
import { rowsOf, tablesOf } from './ledger-tables.js';
import { type BackupPart, FORMAT, type Manifest, partOf, writeManifest } from './manifest.js';

export class BackupWriter {
  readonly path: string;
  /** For what is only needed while the backup is made; on the same disk, and gone with it. */
  readonly scratch: string;
  readonly #unfinished: string;
  readonly #parts: BackupPart[] = [];
  readonly #leftOut: string[] = [];
  #migrations: Manifest['migrations'] = [];

  private constructor(path: string) {
    this.path = path;
    this.#unfinished = `${path}.unfinished`;
    this.scratch = `${path}.scratch`;
  }

  static async open(output: string): Promise<BackupWriter> {
    const writer = new BackupWriter(resolve(output));
    if (existsSync(writer.path))
      throw new SuhoError('CONFLICT', `${writer.path} is there already; a backup goes to a new place.`);
    try {
      await mkdir(dirname(writer.path), { recursive: true });
      // Left by one that was interrupted.
      await writer.discard();
      for (const folder of [writer.#unfinished, writer.scratch]) await mkdir(folder, { mode: 0o700 });
    } catch (error) {
      throw new SuhoError('FILE_UNREADABLE', `A backup cannot be written to ${writer.path}: ${sentence(error)}.`, {
        cause: error,
      });
    }
    return writer;
  }

  /** Every table, as all of them stood at one moment; answers how many rows. */
  async addLedger(ledger: PostgresLedger): Promise<number> {
    await mkdir(join(this.#unfinished, 'ledger'), { mode: 0o700 });
    return ledger.snapshot(async (transaction) => {
      this.#migrations = (await appliedMigrations(transaction)).map(({ name, sha256 }) => ({ name, sha256 }));
      let all = 0;
      for (const table of await tablesOf(transaction)) {
        const path = `ledger/${table.name}.ndjson.gz`;
        let rows = 0;
        const lines = async function* (): AsyncGenerator<string> {
          for await (const page of rowsOf(transaction, table)) {
            rows += page.length;
            yield `${page.join('\n')}\n`;
          }
        };
        const file = createWriteStream(join(this.#unfinished, path), { mode: 0o600 });
        await pipeline(Readable.from(lines()), createGzip({ level: 1 }), file);
        this.#parts.push(await partOf(this.#unfinished, path, rows));
        all += rows;
      }
      return all;
    });
  }

  /** A folder of files under its name, as it is there. */
  async addFolder(name: string, from: string): Promise<void> {
    const to = join(this.#unfinished, name);
    // A file may go while the folder is read: then something newer has taken its place, or it was past keeping.
    await cp(from, to, { recursive: true, filter: (source) => !/\.(tmp|new|sock|unfinished)$/.test(source) });
    const entries = await readdir(to, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.sort()) {
      const path = file.slice(this.#unfinished.length + 1).replaceAll('\\', '/');
      this.#parts.push(await partOf(this.#unfinished, path));
    }
  }

  async addText(path: string, text: string): Promise<void> {
    await writeFile(join(this.#unfinished, path), text, { mode: 0o600 });
    this.#parts.push(await partOf(this.#unfinished, path));
  }

  leaveOut(name: string): void {
    this.#leftOut.push(name);
  }

  async finish(program: string, madeAt: string): Promise<Manifest> {
    const manifest: Manifest = {
      format: FORMAT,
      program,
      madeAt,
      layout: LAYOUT,
      migrations: this.#migrations,
      parts: this.#parts,
      leftOut: this.#leftOut,
    };
    await writeManifest(this.#unfinished, manifest);
    await rename(this.#unfinished, this.path);
    await this.discard();
    return manifest;
  }

  async discard(): Promise<void> {
    for (const folder of [this.#unfinished, this.scratch]) await rm(folder, { recursive: true, force: true });
  }
}
