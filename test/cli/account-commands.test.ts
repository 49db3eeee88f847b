/** What an operator asks of accounts, over the control socket of a running node with simulated EAs, as a user runs it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callNode } from '../../src/admin/control.js';
import type { NodeStatus } from '../../src/admin/control-methods.js';
import type { CommandRow } from '../../src/storage/ledger/commands.js';
import { type Ran, Running, suho } from '../support/command.js';
import { ledgerFolder, type TestFolder } from '../support/ledger-folder.js';

const PORTS = ['--http-port', '0', '--ea-port', '0', '--ws-port', '0'];

let folder: TestFolder;
let node: Running;
let connected: string;
let tenant: string;
let away: string;

function run(...words: readonly string[]): Promise<Ran> {
  return suho([...words, '--data', folder.path], { cwd: folder.path });
}

async function json<T>(...words: readonly string[]): Promise<{ readonly code: number | null; readonly told: readonly T[] }> {
  const { code, stdout } = await run(...words, '--json');
  return {
    code,
    told: stdout
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as T),
  };
}

type Told = { readonly account: string; readonly command?: CommandRow; readonly refused?: string };

async function status(): Promise<NodeStatus | undefined> {
  return (await callNode<NodeStatus>(folder.path, 'status', null))?.result;
}

before(async () => {
  folder = await ledgerFolder();
  const words = ['start', '--json', '--data', folder.path, ...PORTS, '--demo-eas', '2'];
  node = new Running(words, { cwd: folder.path });
  await node.until(async () => (await status())?.counts.sessions === 2, 'both EAs have sessions');
  const accounts = await json<{ readonly id: string; readonly tenantId: string; readonly login: number | null }>(
    'account',
    'list',
  );
  const own = accounts.told.find(({ login }) => login !== null);
  assert.ok(own !== undefined);
  [connected, tenant] = [own.id, own.tenantId];
  await run('tenant', 'add', 'alone', '--tier', 'pro');
  const added = await json<{ readonly account: string }>('account', 'add', '--tenant', 'alone');
  away = added.told[0]?.account ?? '';
});

after(async () => {
  await node[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

test('close-all waits for the EA’s answer, is done with exit 0, and stands in the list with who asked', async () => {
  const { code, told } = await json<Told>('account', 'close-all', connected, '--reason', 'the test');
  assert.deepEqual([code, told.length, told[0]?.command?.state, told[0]?.command?.askedBy], [0, 1, 'EXECUTED', 'operator']);
  const text = await run('account', 'commands', connected);
  assert.match(text.stdout, /^\S+Z {2}EXECUTED {2}close-all ours {2}by operator: the test/m);
  const all = await json<Told>('account', 'close-all', '--tenant', tenant);
  assert.equal(all.code, 0);
  assert.ok(all.told.length >= 1 && all.told.every(({ command }) => command?.state === 'EXECUTED'));
});

test('an account whose EA is away is refused with exit 1, or waits as long as it was told to and expires', async () => {
  const refused = await run('account', 'close-all', away);
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /refused: the account has no session: its EA is not connected/);
  const expired = await json<Told>('account', 'close-all', away, '--wait', '2s');
  assert.deepEqual([expired.code, expired.told[0]?.command?.state], [1, 'EXPIRED']);
  const listed = await json<CommandRow>('account', 'commands', away);
  assert.deepEqual(
    listed.told.map(({ state, said }) => [state, said]),
    [['EXPIRED', 'no session came while it was valid']],
  );
});

test('a position that is not there is refused, and what makes no sense is a usage error before anything is asked', async () => {
  const none = await run('account', 'close', connected, '999999');
  assert.equal(none.code, 1);
  assert.match(none.stdout, /there is no open position 999999/);
  for (const words of [
    ['account', 'close-all'],
    ['account', 'close-all', connected, '--wait', '2h'],
    ['account', 'close-all', connected, '--wait', 'soon'],
    ['account', 'close', connected, 'gold'],
    ['account', 'modify', connected, '5'],
    ['account', 'close-all', connected, '--symbol', 'NOTHING'],
  ])
    assert.equal((await run(...words)).code, 2, words.join(' '));
  assert.equal((await run('account', 'close-all', '00000000-0000-7000-8000-000000000000')).code, 3);
});

test('disable and enable are told and undone, and reconnect has the EA come back', async () => {
  const disabled = await run('account', 'disable', connected, '--reason', 'to look at it');
  assert.equal(disabled.code, 0);
  assert.match(disabled.stdout, /DISABLED: to look at it/);
  const enabled = await run('account', 'enable', connected);
  assert.doesNotMatch(enabled.stdout, /DISABLED/);
  const again = await json<Told>('account', 'reconnect', connected);
  assert.deepEqual([again.code, again.told[0]?.command?.state], [0, 'EXECUTED']);
  await node.until(async () => ((await status())?.counts.sessions ?? 0) === 2, 'it is back');
});

test('without a node nobody can be asked', async () => {
  await using empty = await ledgerFolder();
  const { code, stderr } = await suho(['account', 'close-all', connected, '--data', empty.path], { cwd: empty.path });
  assert.equal(code, 4);
  assert.match(stderr, /no node runs on/);
});
