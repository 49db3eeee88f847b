import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './sources.js';

/** What a checkout leaves out (.gitignore), and what is not text of ours. */
const NOT_OURS = /^(node_modules|dist|var|\.git|\.cache|\.dist-.*)$/;

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** Every file of the repository, as text. */
export function readTree(folder: string = root): readonly TextFile[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (NOT_OURS.test(entry.name) || entry.isSymbolicLink() || entry.name.endsWith('.log')) return [];
    if (entry.isDirectory()) return readTree(path);
    return [{ path: relative(root, path).replaceAll('\\', '/'), text: readFileSync(path, 'utf8') }];
  });
}

/** A page with its tables unpadded: the formatter lays them out, and a cell that grows moves a whole column. */
export function readPage(path: string): string {
  return readFileSync(join(root, path), 'utf8')
    .replace(/ +\|/g, ' |')
    .replace(/\| -{3,}/g, '| ---');
}
