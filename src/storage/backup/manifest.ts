/**
 * What a backup holds: a folder of parts and `manifest.json`, which names each with its length and SHA-256, and ends with its
 * own. So whatever was cut off, altered or swapped is found before anything of it is put anywhere, and called by its name.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { SuhoError } from '../../errors.js';

/** Of the backup's own layout. */
export const FORMAT = 1;
const NAME = 'manifest.json';

const SHA256 = z.string().regex(/^[0-9a-f]{64}$/);
const PART = z.object({
  /** Relative, with slashes, and never out of the backup. */
  path: z.string().refine((path) => !path.includes('\\') && path.split('/').every((step) => !/^(\.{0,2}|.*:)$/.test(step))),
  bytes: z.number().int().min(0),
  sha256: SHA256,
  /** Of a table. */
  rows: z.number().int().min(0).optional(),
});
const MANIFEST = z.object({
  format: z.number().int().min(1),
  /** Program that made it. */
  program: z.string(),
  madeAt: z.iso.datetime(),
  /** Layout of the data folder that its files are of. */
  layout: z.number().int().min(1),
  migrations: z.array(z.object({ name: z.string(), sha256: SHA256 })),
  parts: z.array(PART),
  /** Stores that were there and are not in it. */
  leftOut: z.array(z.string()),
});

export type BackupPart = z.infer<typeof PART>;
export type Manifest = z.infer<typeof MANIFEST>;

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function sumOf(manifest: Manifest): string {
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
}

/** The part's entry, read back from the disk. */
export async function partOf(folder: string, path: string, rows?: number): Promise<BackupPart> {
  const file = join(folder, path);
  const { size: bytes } = await stat(file);
  return { path, bytes, sha256: await sha256Of(file), ...(rows === undefined ? {} : { rows }) };
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const told = MANIFEST.parse(manifest);
  const text = JSON.stringify({ ...told, sha256: sumOf(told) }, null, 2);
  await writeFile(join(folder, NAME), `${text}\n`, { mode: 0o600 });
}

async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, NAME);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new SuhoError('NOT_FOUND', `${folder} is not a backup: ${NAME} cannot be read (${error.code ?? error.message}).`);
  });
  let told: Record<string, unknown> = {};
  try {
    told = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw damaged(NAME, folder);
  }
  if (Number(told.format) > FORMAT)
    throw new SuhoError(
      'DATA_FOLDER_NEWER',
      `The backup ${folder} has format ${told.format}; this version knows ${FORMAT} at most.`,
    );
  const parsed = MANIFEST.safeParse(told);
  if (!parsed.success || told.sha256 !== sumOf(parsed.data)) throw damaged(NAME, folder);
  return parsed.data;
}

function damaged(part: string, folder: string): SuhoError {
  return new SuhoError('INPUT_INVALID', `${part} of the backup ${folder} was cut off or altered.`);
}

/** The manifest of a backup whose every part is as it was made; else a sentence that names the part. */
export async function readBackup(folder: string): Promise<Manifest> {
  const manifest = await readManifest(folder);
  for (const { path, bytes, sha256 } of manifest.parts) {
    const file = join(folder, path);
    const found = await stat(file).catch(() => undefined);
    if (found === undefined) throw new SuhoError('INPUT_INVALID', `${path} is missing in the backup ${folder}.`);
    if (found.size !== bytes || (await sha256Of(file)) !== sha256) throw damaged(path, folder);
  }
  return manifest;
}
