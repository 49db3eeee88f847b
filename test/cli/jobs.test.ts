import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suho } from '../support/command.js';
import { emptyFolder, ledgerFolder } from '../support/ledger-folder.js';

test('jobs are listed and run without a node, and what is not there is said', async () => {
  await using folder = await ledgerFolder();
  await using elsewhere = await emptyFolder();
  const run = (...words: string[]) => suho(['jobs', ...words, '--data', folder.path], { cwd: elsewhere.path });
  const ran = await run('run', 'partitions', '--json');
  assert.equal(ran.code, 0, ran.stderr);
  const report = JSON.parse(ran.stdout) as Record<string, unknown>;
  assert.deepEqual([report.name, report.outcome], ['partitions', 'done']);
  assert.match(String(report.sentence), /^3 parts made, 0 dropped$/);
  const listed = await run('list', '--json');
  const jobs = listed.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const names = jobs.map(({ name }) => name);
  assert.deepEqual(names, [...names].sort());
  assert.ok(names.includes('anchors'));
  const partitions = jobs.find(({ name }) => name === 'partitions');
  assert.deepEqual([partitions?.runs, partitions?.outcome, partitions?.holder], [1, 'done', null]);
  assert.match((await run('list')).stdout, /^anchors +next \d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}not run yet$/m);
  const none = await run('run', 'nonsense');
  assert.deepEqual([none.code, none.stdout], [3, '']);
  assert.match(none.stderr, /^suho: there is no job nonsense; there are anchors, /);
});
