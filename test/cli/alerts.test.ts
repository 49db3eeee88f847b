import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { suho } from '../support/command.js';
import { emptyFolder } from '../support/ledger-folder.js';

const HOOK = { kind: 'webhook', url: 'https://hooks.example/suho', secret: { file: 'hook.secret' } };

test('settings of alerts are checked as a node reads them, secrets in files of their own, and none is printed', async () => {
  await using folder = await emptyFolder();
  const file = join(folder.path, 'alerts.json');
  const check = (...words: string[]) => suho(['alerts', 'check', file, ...words], { cwd: folder.path });
  await writeFile(file, JSON.stringify({ channels: { ops: HOOK } }));
  const without = await check();
  assert.deepEqual([without.code, without.stdout], [2, '']);
  assert.match(without.stderr, /hook\.secret cannot be read/);
  await writeFile(join(folder.path, 'hook.secret'), 'hush-hush-hush\n');
  const short = await check();
  assert.equal(short.code, 2);
  assert.match(short.stderr, /channels\.ops\.secret: at least 16 characters/);
  assert.doesNotMatch(short.stderr, /hush/);
  await writeFile(join(folder.path, 'hook.secret'), 'hush-hush-hush-hush\n');
  const whole = await check('--json');
  assert.equal(whole.code, 0, whole.stderr);
  assert.deepEqual(JSON.parse(whole.stdout).channels, ['ops']);
  await writeFile(file, '{ "channels": hush');
  const torn = await check();
  assert.deepEqual([torn.code, /alerts\.json is not JSON$/m.test(torn.stderr), torn.stderr.includes('hush')], [2, true, false]);
});

test('alerts are a running node’s: without one it is said', async () => {
  await using folder = await emptyFolder();
  const list = await suho(['alerts', 'list', '--data', folder.path], { cwd: folder.path });
  assert.deepEqual([list.code, list.stdout], [4, '']);
  assert.match(list.stderr, /no node runs on .*: alerts are those of a running node/);
});
