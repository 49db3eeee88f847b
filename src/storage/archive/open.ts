/** Opens the archive that the setting names. */
import { isAbsolute, join } from 'node:path';
import { SuhoError } from '../../errors.js';
import type { Clock } from '../../runtime/clock.js';
import type { ArchiveStore } from './archive-store.js';
import { FolderArchive } from './folder-archive.js';
import { S3Archive } from './s3-archive.js';

export const ARCHIVE_FORMS =
  'embedded, the absolute path of a folder, or s3+https://KEY:SECRET@HOST[:PORT]/BUCKET[/PREFIX][?region=REGION]';

export interface OpenArchiveOptions {
  /** `embedded`: in the data folder. `s3+http` is for a store on the same machine. */
  readonly archive: string;
  readonly folder: string;
  readonly clock: Pick<Clock, 'nowMs' | 'after'>;
}

export function openArchiveStore({ archive, folder, clock }: OpenArchiveOptions): ArchiveStore {
  if (archive === 'embedded') return new FolderArchive(join(folder, 'archive'));
  if (isAbsolute(archive)) return new FolderArchive(archive);
  const url = /^s3\+https?:\/\//.test(archive) && URL.canParse(archive.slice(3)) ? new URL(archive.slice(3)) : undefined;
  const [bucket = '', ...prefix] = (url?.pathname ?? '').split('/').filter((part) => part !== '');
  if (url === undefined || bucket === '' || url.username === '' || url.password === '')
    throw new SuhoError('CONFIG_INVALID', `the archive must be: ${ARCHIVE_FORMS}`);
  return new S3Archive({
    endpoint: url.origin,
    bucket,
    prefix: prefix.map((part) => `${part}/`).join(''),
    region: url.searchParams.get('region') ?? 'us-east-1',
    accessKeyId: decodeURIComponent(url.username),
    secretAccessKey: decodeURIComponent(url.password),
    clock,
  });
}
