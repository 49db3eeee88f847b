/** `suho user`: beside no node, with secrets over standard input and nowhere else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBase32, hotp, stepOf } from '../../src/access/totp.js';
import { Running, suho } from '../support/command.js';
import { ledgerFolder } from '../support/ledger-folder.js';

const PASSWORD = 'correct horse battery';

test('users are added, listed, changed and removed; a password comes over standard input and is shown nowhere', async () => {
  await using folder = await ledgerFolder();
  const run = (words: readonly string[], input = '') =>
    suho(['user', ...words, '--data', folder.path], { cwd: folder.path, input });
  const added = await run(['add', 'ann', '--role', 'owner', '--from', '10.0.0.0/8,::1', '--json'], `${PASSWORD}\n`);
  assert.equal(added.code, 0, added.stderr);
  const { createdAt, ...shown } = JSON.parse(added.stdout) as Record<string, unknown>;
  assert.ok(Number(createdAt) > 0);
  const wanted = { name: 'ann', tenantId: null, role: 'owner', addresses: ['10.0.0.0/8', '::1'], password: true };
  assert.deepEqual(shown, { ...wanted, secondFactor: false, recoveryCodesLeft: 0, program: false });
  assert.ok(!`${added.stdout}${added.stderr}`.includes(PASSWORD));
  assert.equal((await run(['add', 'ann', '--role', 'auditor'], `${PASSWORD}\n`)).code, 3);
  const changed = await run(['set', 'ann', '--role', 'auditor', '--from', '']);
  assert.match(changed.stdout, /^ann +auditor +- +password\n$/);
  assert.equal((await run(['remove', 'ann'])).code, 0);
  assert.equal((await run(['list'])).stdout, '');
});

test('what is wrong is said before a password is asked for, and nobody is added without one', async () => {
  await using folder = await ledgerFolder();
  const run = (words: readonly string[], input = '') =>
    suho(['user', ...words, '--data', folder.path], { cwd: folder.path, input });
  for (const [words, input, said] of [
    [['add', 'Ann Lee', '--role', 'owner'], PASSWORD, /a name is/],
    [['add', 'link', '--role', 'owner'], PASSWORD, /nobody’s names/],
    [['add', 'ann', '--role', 'king'], PASSWORD, /a role is one of/],
    [['add', 'ann', '--role', 'owner', '--from', '10.0.0.0/99'], PASSWORD, /an address is/],
    [['add', 'ann', '--role', 'owner'], 'short\n', /at least 12/],
    [['add', 'ann', '--role', 'owner'], '', /standard input ended/],
    [['add', 'ann', '--role', 'owner', '--password', PASSWORD], '', /unknown option/],
  ] as const) {
    const ran = await run(words, input);
    assert.equal(ran.code, 2, words.join(' '));
    assert.match(ran.stderr, said, words.join(' '));
  }
});

test('a second factor is given by showing its first code', async () => {
  await using folder = await ledgerFolder();
  const data = ['--data', folder.path];
  assert.equal((await suho(['user', 'add', 'ann', '--role', 'owner', ...data], { cwd: folder.path, input: PASSWORD })).code, 0);
  await using enrolling = new Running(['user', 'totp', 'ann', '--json', ...data], { cwd: folder.path, open: true });
  await enrolling.until(() => enrolling.stdout.includes('\n'), 'the secret is shown');
  const { secret } = JSON.parse(enrolling.stdout.split('\n')[0] as string) as { secret: string };
  enrolling.child.stdin?.end(`${hotp(fromBase32(secret), stepOf(Date.now()))}\n`);
  const { code, stdout } = await enrolling.ended();
  assert.equal(code, 0);
  const { recoveryCodes } = JSON.parse(stdout.split('\n')[1] as string) as { recoveryCodes: string[] };
  assert.equal(recoveryCodes.length, 10);
  const listed = await suho(['user', 'list', ...data], { cwd: folder.path });
  assert.match(listed.stdout, /^ann +owner +- +password, second factor\n$/);
});
