import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/limits.js';
import { type Ran, suho } from '../support/command.js';
import { ledgerFolder } from '../support/ledger-folder.js';
import { honestGraph, sha256Of, withOperator } from '../support/own-graphs.js';
import { temporaryFolder } from '../support/temporary-folder.js';

test('a tenant’s own model is added, listed and removed from the command line, or refused in one line', async () => {
  await using data = await ledgerFolder();
  await using folder = await temporaryFolder();
  const graph = honestGraph({ steps: 50 });
  await folder.write('net.onnx', graph);
  await folder.write('loop.onnx', withOperator('Loop'));
  await folder.write('large.onnx', new Uint8Array(LIMITS.ownModels.graphBytes + 1));
  const run = (line: string): Promise<Ran> => suho([...line.split(' '), '--data', data.path], { cwd: folder.path });
  const refused = async (line: string, code: number, why: RegExp): Promise<void> => {
    const ran = await run(line);
    assert.equal(ran.code, code, `${line}: ${ran.stderr}`);
    assert.equal(ran.stdout, '', line);
    assert.match(ran.stderr, /^suho: [^\n]+\n$/, line);
    assert.match(ran.stderr, why, line);
  };
  assert.equal((await run('tenant add harbour --tier enterprise --timeframe M5')).code, 0);
  assert.equal((await run('tenant add pier --tier pro')).code, 0);
  await refused('models own add loop.onnx --tenant harbour', 3, /uses the operator "Loop"/);
  await refused('models own add large.onnx --tenant harbour', 3, /4194305 bytes, more than the 4194304/);
  await refused('models own add none.onnx --tenant harbour', 3, /none\.onnx cannot be read/);
  await refused('models own add net.onnx --tenant pier', 3, /tier pro of tenant pier has no models of its own/);
  await refused('models own remove net --tenant harbour', 3, /has no model net/);

  const added = await run('models own add net.onnx --tenant harbour --horizon 1h --json');
  assert.equal(added.code, 0, added.stderr);
  const row = JSON.parse(added.stdout) as Record<string, unknown>;
  assert.deepEqual(
    [row.tenantId, row.name, row.version, row.timeframe, row.sha256, row.active],
    ['harbour', 'net', 1, 'M5', sha256Of(graph), true],
  );
  const listed = await run('models own list --tenant harbour');
  assert.match(listed.stdout, new RegExp(`^net@1 +M5 +1h +sides +50 vectors +${sha256Of(graph).slice(0, 12)}  [\\d.]+ ms\\n$`));
  assert.equal((await run('models own remove net --tenant harbour')).code, 0);
  assert.equal((await run('models own list --tenant harbour')).stdout, '');
});
