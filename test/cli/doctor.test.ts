import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { generate } from 'selfsigned';
import { checkClock, checkNodeVersion } from '../../src/admin/checks/machine.js';
import { systemClock } from '../../src/runtime/clock.js';
import { openDataFolder } from '../../src/storage/data-folder.js';
import { type Ran, suho } from '../support/command.js';
import { ledgerFolder } from '../support/ledger-folder.js';
import { postgresMissing, startPostgres } from '../support/postgres-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Told {
  readonly code: number | null;
  readonly ok: boolean;
  readonly checks: ReadonlyMap<string, { readonly status: string; readonly sentence: string }>;
  readonly mt5AllowedUrl: string | null;
}

const FREE = ['--ea-port', '0', '--ws-port', '0', '--http-port', 'off'];

function told({ code, stdout, stderr }: Ran): Told {
  assert.match(stdout, /^\{.*\}\n$/, stderr);
  const { ok, checks, mt5AllowedUrl } = JSON.parse(stdout) as {
    ok: boolean;
    checks: { name: string; status: string; sentence: string }[];
    mt5AllowedUrl: string | null;
  };
  for (const { sentence } of checks) assert.match(sentence, /^[^\n]+\.$/);
  return { code, ok, checks: new Map(checks.map(({ name, ...rest }) => [name, rest])), mt5AllowedUrl };
}

async function doctor(cwd: string, words: readonly string[]): Promise<Told> {
  return told(await suho(['doctor', '--json', ...words], { cwd }));
}

/** Every path under a folder with the content of its files: what doctor must leave as it was. */
async function picture(folder: string): Promise<ReadonlyMap<string, string>> {
  const seen = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    seen.set(path, entry.isFile() ? await readFile(path, 'latin1') : 'folder');
  }
  return seen;
}

test('where nothing was started yet all is fine, nothing is made, and MetaTrader 5’s line is exactly host and port', async () => {
  await using folder = await temporaryFolder();
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  holder.close();
  await once(holder, 'close');
  const words = ['--data', 'var', '--ea-port', String(port), '--ws-port', 'off', '--http-port', '0'];
  const { code, ok, checks, mt5AllowedUrl } = await doctor(folder.path, words);
  assert.deepEqual([code, ok], [0, true]);
  assert.deepEqual([...checks.keys()], ['node', 'engine', 'ea-port', 'http-port', 'clock', 'disk', 'ledger', 'certificate']);
  assert.match(checks.get('ea-port')?.sentence ?? '', /is free/);
  assert.match(checks.get('disk')?.sentence ?? '', /made at the first start/);
  assert.equal(mt5AllowedUrl, `127.0.0.1:${port}`);
  const text = await suho(['doctor', ...words], { cwd: folder.path });
  assert.equal(text.code, 0);
  assert.match(text.stdout, /Tools → Options → Expert Advisors → tick "Allow WebRequest for listed URL"/);
  assert.match(text.stdout, new RegExp(`\\n {2}127\\.0\\.0\\.1:${port}\\n$`));
  assert.equal((await doctor(folder.path, [...words, '--host', '::1'])).mt5AllowedUrl, `[::1]:${port}`);
  assert.equal((await doctor(folder.path, [...words, '--ea-port', 'off'])).mt5AllowedUrl, null);
  assert.deepEqual(await readdir(folder.path), []);
});

test('a server of a store that is not there is a warning in a sentence that shows no key, and what is embedded is not spoken of', async () => {
  await using folder = await temporaryFolder();
  const away = ['127.0.0.1:1', '127.0.0.1:1/suho'];
  const words = [
    '--analytics',
    `http://u:secret@${away[0]}`,
    '--cache',
    `redis://:secret@${away[0]}`,
    '--bus',
    `nats://secret@${away[0]}`,
  ];
  const more = ['--patterns', `weaviate://secret@${away[0]}?grpc=1`, '--archive', `s3+http://u:secret@${away[1]}`];
  const { code, ok, checks } = await doctor(folder.path, ['--data', 'var', ...FREE, ...words, ...more]);
  assert.deepEqual([code, ok], [0, true]);
  for (const name of ['analytics', 'cache', 'bus', 'patterns', 'archive']) {
    const { status, sentence } = checks.get(name) ?? assert.fail(`${name} was not looked at`);
    assert.equal(status, 'warning', sentence);
    assert.match(sentence, /127\.0\.0\.1:1\b.*is not usable, and a node goes on without it: ./);
    assert.doesNotMatch(sentence, /secret@|:secret/);
  }
  assert.deepEqual(await readdir(folder.path), []);
});

test('a ledger that is there is opened in a copy: the data folder stays as it was to the byte', async () => {
  await using folder = await ledgerFolder();
  const before = await picture(folder.path);
  const { code, checks } = await doctor(folder.path, ['--data', folder.path, ...FREE]);
  assert.equal(code, 0);
  assert.deepEqual(checks.get('ledger')?.status, 'ok');
  assert.match(checks.get('ledger')?.sentence ?? '', /answers and all migrations are applied/);
  assert.deepEqual(await picture(folder.path), before);
});

test('a damaged ledger fails, a folder held by another command is not looked at, two settings of one port collide', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'ledger'));
  await folder.write('ledger/PG_VERSION', 'nonsense\n');
  const damaged = await doctor(folder.path, ['--data', folder.path, ...FREE]);
  assert.deepEqual([damaged.code, damaged.ok, damaged.checks.get('ledger')?.status], [1, false, 'failed']);
  const card = { pid: process.pid, startedAt: '2026-03-02T00:00:00Z', version: '0.1.0' };
  const held = await openDataFolder(folder.path, card);
  try {
    const busy = await doctor(folder.path, [
      '--data',
      folder.path,
      '--ea-port',
      '39999',
      '--ws-port',
      '39999',
      '--http-port',
      'off',
    ]);
    assert.equal(busy.checks.get('ledger')?.status, 'warning');
    assert.match(busy.checks.get('ledger')?.sentence ?? '', new RegExp(`held by process ${process.pid}`));
    assert.match(busy.checks.get('ws-port')?.sentence ?? '', /is also set for EAs over TLS/);
  } finally {
    await held.release();
  }
});

test('a data folder that is a file, or cannot be reached, fails', async () => {
  await using folder = await temporaryFolder();
  const file = await folder.write('var', 'no folder');
  for (const data of [file, join(file, 'below')]) {
    const { code, checks } = await doctor(folder.path, ['--data', data, ...FREE]);
    assert.equal(code, 1);
    assert.equal(checks.get('disk')?.status, 'failed', data);
  }
});

const DAY_MS = 86_400_000;

async function certificate(fromDays: number, toDays: number): Promise<{ readonly cert: string; readonly private: string }> {
  return generate([{ name: 'commonName', value: 'ea.example' }], {
    keyType: 'ec',
    curve: 'P-256',
    notBeforeDate: new Date(Date.now() + fromDays * DAY_MS),
    notAfterDate: new Date(Date.now() + toDays * DAY_MS),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'ea.example' }] }],
  });
}

test('a certificate is told with its names and days, warned of under thirty, and fails when over, early, or not its key’s', async () => {
  await using folder = await temporaryFolder();
  const key = await folder.write('key.pem', '');
  const cert = await folder.write('cert.pem', '');
  const look = async (made: { cert: string; private: string }) => {
    await writeFile(key, made.private);
    await writeFile(cert, made.cert);
    const { code, checks } = await doctor(folder.path, ['--cert', cert, '--cert-key', key, ...FREE]);
    return { code, ...checks.get('certificate') };
  };
  const fine = await look(await certificate(-1, 90));
  assert.deepEqual([fine.code, fine.status], [0, 'ok']);
  assert.match(fine.sentence ?? '', /cert\.pem for ea\.example is valid until 20\d\d-\d\d-\d\d, (89|90) days more\.$/);
  const short = await look(await certificate(-1, 20));
  assert.deepEqual([short.code, short.status], [0, 'warning']);
  assert.match(short.sentence ?? '', /only (19|20) days more/);
  const over = await look(await certificate(-10, -2));
  assert.deepEqual([over.code, over.status], [1, 'failed']);
  const early = await look(await certificate(2, 90));
  assert.deepEqual([early.code, early.status], [1, 'failed']);
  const mixed = await look({ cert: (await certificate(-1, 90)).cert, private: (await certificate(-1, 90)).private });
  assert.deepEqual([mixed.code, mixed.status], [1, 'failed']);
  assert.match(mixed.sentence ?? '', /does not belong to its private key/);
  const half = await doctor(folder.path, ['--cert', cert, ...FREE]);
  assert.match(half.checks.get('certificate')?.sentence ?? '', /cert and cert-key belong together/);
  assert.equal(half.code, 1);
});

test('a clock of another age, one that steps, one that goes back, and one behind its own files are found', async () => {
  await using folder = await temporaryFolder();
  const now = Date.now();
  const at = (nowMs: () => number, monotonicNs = systemClock.monotonicNs) =>
    checkClock({ ...systemClock, nowMs, monotonicNs }, folder.path);
  assert.equal((await at(() => now)).status, 'ok');
  assert.match((await at(() => Date.UTC(1970, 0, 2))).sentence, /1970-01-02T00:00:00Z, which cannot be/);
  assert.match((await at(() => Number.NaN)).sentence, /cannot be/);
  let calls = 0;
  assert.match((await at(() => now + 5_000 * calls++)).sentence, /stepped by (49|50)\d\d ms/);
  let ns = 0n;
  assert.match(
    (
      await at(
        () => now,
        () => (ns === 9n ? 1n : ++ns),
      )
    ).sentence,
    /went back/,
  );
  const file = await folder.write('written.txt', 'later');
  await utimes(file, new Date(now + DAY_MS), new Date(now + DAY_MS));
  assert.match((await at(() => now)).sentence, /written\.txt was written at/);
});

test('an old Node is found', () => {
  assert.equal(checkNodeVersion('v18.20.1').status, 'failed');
  assert.equal(checkNodeVersion('v20.0.0').status, 'ok');
  assert.equal(checkNodeVersion('v24.1.0').status, 'ok');
});

test('a server that does not answer fails, and its password is not shown', async () => {
  await using folder = await temporaryFolder();
  const { code, checks } = await doctor(folder.path, ['--ledger', 'postgres://suho:hunter2@127.0.0.1:1/suho', ...FREE]);
  assert.equal(code, 1);
  assert.equal(checks.get('ledger')?.status, 'failed');
  assert.match(checks.get('ledger')?.sentence ?? '', /postgres:\/\/suho:\[secret\]@127\.0\.0\.1:1\/suho is not usable/);
  assert.doesNotMatch(checks.get('ledger')?.sentence ?? '', /hunter2/);
});

test('a server is looked at without migrating it, and its clock compared', { skip: postgresMissing() }, async () => {
  await using folder = await temporaryFolder();
  await using server = await startPostgres();
  const words = ['--ledger', server.url, ...FREE];
  const empty = await doctor(folder.path, words);
  assert.deepEqual([empty.code, empty.checks.get('ledger')?.status], [0, 'warning']);
  assert.match(empty.checks.get('ledger')?.sentence ?? '', /the next start applies 0001/);
  assert.match(empty.checks.get('clock-offset')?.sentence ?? '', /agrees within \d+ ms/);
  const again = await doctor(folder.path, words);
  assert.equal(again.checks.get('ledger')?.sentence, empty.checks.get('ledger')?.sentence);
  const listed = await suho(['tenant', 'list', '--data', join(folder.path, 'var'), '--ledger', server.url], { cwd: folder.path });
  assert.equal(listed.code, 0, listed.stderr);
  assert.match((await doctor(folder.path, words)).checks.get('ledger')?.sentence ?? '', /all migrations are applied/);
});
