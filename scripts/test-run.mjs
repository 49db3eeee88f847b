// What both halves of the tests share: compiled test files are run, told as they go, and summed up.
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Tests that need a server beside the engine. All others run without any. */
const SERVICE = /\.service\.test\.js$/;

/** Compiled test files of one half whose path holds one of the parts; every file of it where there are none. */
export function testFiles({ services, parts }) {
  return readdirSync(join(root, 'dist', 'test'), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.test.js') && SERVICE.test(file) === services)
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
    .sort()
    .map((file) => join(root, 'dist', 'test', file));
}

export class Tally {
  passed = 0;
  failures = [];
  skipped = [];

  /** Tells what was skipped and what failed by name, ends with the plain line, and sets the exit code. */
  close() {
    for (const name of this.skipped) process.stdout.write(`skipped: ${name}\n`);
    for (const name of this.failures) process.stdout.write(`failed: ${name}\n`);
    const { length } = this.skipped;
    process.stdout.write(`${this.passed} passed, ${this.failures.length} failed${length > 0 ? `, ${length} skipped` : ''}\n`);
    process.exitCode = this.failures.length > 0 ? 1 : 0;
  }
}

export async function runFiles(tally, { files, concurrency, timeoutMs }) {
  if (files.length === 0) return;
  const stream = run({ files, concurrency, timeout: timeoutMs });
  const counted = ({ details }) => details?.type !== 'suite';
  stream.on('test:pass', (test) => {
    if (!counted(test)) return;
    const { name, skip, file } = test;
    if (skip === undefined) tally.passed += 1;
    else tally.skipped.push(`${relative(root, file ?? '')}: ${name}${typeof skip === 'string' && skip ? ` (${skip})` : ''}`);
  });
  stream.on('test:fail', ({ name, details, file }) => {
    if (details?.type !== 'suite') tally.failures.push(`${relative(root, file ?? '')}: ${name}`);
  });
  await new Promise((resolve, reject) => {
    const report = stream.compose(new spec());
    report.on('error', reject);
    report.on('end', resolve);
    report.pipe(process.stdout, { end: false });
  });
}
