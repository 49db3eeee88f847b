import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AuditReport } from '../../src/storage/audit/verifier.js';
import { openLedger } from '../../src/storage/ledger/open.js';
import { hello, newSignal, raise, result, settle, START_MS } from '../contracts/ledger-world.js';
import { type Ran, suho } from '../support/command.js';
import { emptyFolder, ledgerFolder } from '../support/ledger-folder.js';

const report = ({ stdout }: Ran): AuditReport => JSON.parse(stdout) as AuditReport;

test('a ledger’s log is verified and exported; what is changed in the export is found, with the exit code of a failed check', async () => {
  await using folder = await ledgerFolder();
  await using elsewhere = await emptyFolder();
  const run = (...words: string[]) => suho(['audit', ...words], { cwd: elsewhere.path });
  const ledger = await openLedger({ folder: folder.path });
  await settle(ledger, 2);
  await ledger.claim(hello(1));
  await ledger.commit([raise(1, 1, {}, 1), raise(2, 1), result(newSignal(1, 1), 'EXECUTED', { sentence: 'line\u2028end' }, 1)]);
  await ledger.anchorAudit(START_MS);
  await ledger.close();

  const verified = await run('verify', '--json', '--data', folder.path);
  assert.equal(verified.code, 0, verified.stderr);
  assert.deepEqual(report(verified), {
    ok: true,
    tenants: 2,
    chains: 2,
    entries: 8,
    anchors: 2,
    faults: [],
    faultCount: 0,
  });
  const exported = await run('export', '--data', folder.path);
  assert.equal(exported.code, 0, exported.stderr);
  const file = join(elsewhere.path, 'log.ndjson');
  await writeFile(file, exported.stdout);
  assert.deepEqual(report(await run('verify', '--json', '--file', file)), report(verified));

  const lines = exported.stdout.trimEnd().split('\n');
  const at = lines.findIndex((line) => line.includes('"signal.raised"'));
  await writeFile(file, `${lines.toSpliced(at, 1).join('\n')}\n`);
  const dropped = await run('verify', '--file', file);
  assert.equal(dropped.code, 1);
  assert.match(dropped.stdout, /^the audit log is not whole: 1 faults in [^\n]+\nnorth, writer \d+: entry 4 is missing\n$/);
  await writeFile(file, (await readFile(file, 'utf8')).replace('"volume\\":0.3', '"volume\\":0.4'));
  const altered = report(await run('verify', '--json', '--file', file));
  assert.deepEqual(
    altered.faults.map(({ tenantId, what }) => [tenantId, what]),
    [
      ['north', 'entry 4 is missing'],
      ['south', 'entry 3 was altered'],
    ],
  );

  await writeFile(file, 'nothing of the kind\n');
  const foreign = await run('verify', '--file', file);
  assert.deepEqual([foreign.code, foreign.stdout], [3, '']);
  assert.match(foreign.stderr, /log\.ndjson: it does not begin as an exported audit log\.\n$/);
  for (const [words, why] of [
    [['verify', '--file', join(elsewhere.path, 'none')], /cannot be read: ENOENT/],
    [['verify', '--data', join(elsewhere.path, 'none')], /there is no ledger in/],
  ] as const) {
    const refused = await run(...words);
    assert.equal(refused.code, 3);
    assert.match(refused.stderr, why);
  }
});
