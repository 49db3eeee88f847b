import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyFolder } from '../support/ledger-folder.js';

const MODULE = new URL('../../src/runtime/heap-growth.js', import.meta.url).href;

/** Keeps much, and makes garbage that has lived too long to be collected with what is young; answers to how many times of what lives its heap grew. */
const PROGRAM = `
  import { collectSooner } from ${JSON.stringify(MODULE)};
  if (process.argv[2] === 'sooner') collectSooner();
  const live = Array.from({ length: 400_000 }, (_, at) => ({ at, text: 'x'.repeat(8) + at, numbers: [at, at, at] }));
  const lives = process.memoryUsage().heapUsed;
  let most = 0;
  for (let round = 0, ring = []; round < 2_500; round++) {
    for (let at = 0; at < 10_000; at++) ring.push({ at, round, numbers: [at, round] });
    if (ring.length > 200_000) ring = ring.slice(100_000);
    most = Math.max(most, process.memoryUsage().heapUsed);
    if (round % 50 === 0) await new Promise(setImmediate);
  }
  console.log(most / lives, live.length);
`;

// As a rule 1.7 times in place of 4; on a busy machine both are more.
test('a heap with much garbage grows to less than three quarters of what it would', async () => {
  await using folder = await emptyFolder();
  const file = join(folder.path, 'garbage.mjs');
  await writeFile(file, PROGRAM);
  const grown = (how: string): number => Number.parseFloat(execFileSync(process.execPath, [file, how], { encoding: 'utf8' }));
  const [usual, sooner] = [grown('as it is'), grown('sooner')];
  assert.ok(sooner < 0.75 * usual, `${sooner} in place of ${usual} times of what lives in it`);
});
