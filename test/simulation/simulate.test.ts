import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Totals } from './simulation-totals.js';

const ENTRY = fileURLToPath(new URL('./simulate.js', import.meta.url));

function simulate(...words: readonly string[]) {
  return spawnSync(process.execPath, [ENTRY, ...words], { encoding: 'utf8', timeout: 240_000 });
}

test('it says how it is used, and what it does not understand', () => {
  const help = simulate('--help');
  assert.equal(help.status, 0);
  assert.match(help.stdout, /--seeds N/);
  for (const words of [['--seeds', 'many'], ['--what'], ['--seeds', '2', '--faults', '1']]) {
    const { status, stdout, stderr } = simulate(...words);
    assert.deepEqual([status, stdout], [2, ''], words.join(' '));
    assert.match(stderr, /^simulate: .+\n$/);
  }
});

test('one line of JSON tells what was lived; a world without faults is a world too', () => {
  const { status, stdout, stderr } = simulate('--seeds', '1', '--seed', '7', '--faults', ',', '--json');
  assert.equal(status, 0, stderr);
  const totals = JSON.parse(stdout) as Totals;
  assert.equal(stdout.trim().split('\n').length, 1);
  assert.deepEqual([totals.ok, totals.seed, totals.seeds, totals.failed], [true, 7, 1, []]);
  assert.deepEqual(totals.faults, {});
  assert.ok(totals.delivered > 0 && totals.seconds > 0 && totals.rssMbMax > 0);
});
