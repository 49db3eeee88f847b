import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { hashKey, keyBytes } from '../../src/accounts/keys.js';
import { type Ran, suho } from '../support/command.js';
import { emptyFolder, ledgerFolder } from '../support/ledger-folder.js';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const KEY = /^suho_[0-9a-f]{64}$/;

function jsonLines<T>({ stdout }: Ran): readonly T[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

interface Issued {
  readonly account: string;
  readonly tenant: string;
  readonly key: string;
}

/** All text of a folder's files, however they are coded, as far as ASCII goes. */
async function contents(folder: string): Promise<string> {
  const parts: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) parts.push(await readFile(join(entry.parentPath, entry.name), 'latin1'));
  }
  return parts.join('\n');
}

test('without a node, tenants and accounts are made, listed, changed and refused on the data folder itself', async () => {
  await using folder = await ledgerFolder();
  await using elsewhere = await emptyFolder();
  const all: Ran[] = [];
  const run = async (line: string): Promise<Ran> => {
    const ran = await suho([...line.split(' '), '--data', folder.path], { cwd: elsewhere.path });
    all.push(ran);
    return ran;
  };
  const refused = async (line: string, code: number, why: RegExp): Promise<void> => {
    const ran = await run(line);
    assert.equal(ran.code, code, `${line}: ${ran.stderr}`);
    assert.equal(ran.stdout, '', line);
    assert.match(ran.stderr, /^suho: [^\n]+\n$/, line);
    assert.match(ran.stderr, why, line);
  };

  const added = await run('tenant add harbour --tier basic --timeframe M5 --symbols eur/usd,GBPUSD,EURUSD --json');
  assert.equal(added.code, 0, added.stderr);
  const [tenant] = jsonLines<Record<string, unknown>>(added);
  const { createdAt, ...rest } = tenant ?? {};
  assert.ok(typeof createdAt === 'number' && Math.abs(Date.now() - createdAt) < 60_000);
  const expected = {
    id: 'harbour',
    name: 'harbour',
    tier: 'basic',
    signalTimeframe: 'M5',
    strategy: 'default-1',
    symbols: ['EURUSD', 'GBPUSD'],
    trading: {},
    stopped: null,
  };
  assert.deepEqual(rest, expected);

  await refused('tenant add harbour --tier pro', 3, /there is a tenant harbour already/);

  const set = await run('tenant set harbour --name Harbour --timeframe M1 --json');
  assert.deepEqual(jsonLines(set), [{ ...expected, createdAt, name: 'Harbour', signalTimeframe: 'M1' }]);
  assert.deepEqual(jsonLines(await run('tenant list --json')), jsonLines(set));

  const issuedRun = await run('account add --tenant harbour --count 2 --json');
  const issued = jsonLines<Issued>(issuedRun);
  assert.equal(issued.length, 2);
  for (const { account, tenant: owner, key } of issued) {
    assert.match(account, UUID_V7);
    assert.equal(owner, 'harbour');
    assert.match(key, KEY);
  }
  assert.notEqual(issued[0]?.key, issued[1]?.key);
  await refused('account add --tenant harbour --count 2', 3, /has 2 accounts, and its tier basic allows 3/);
  const third = await run('account add --tenant harbour --mode demo');
  assert.match(third.stdout, /^account [0-9a-f-]{36}\nkey {5}suho_[0-9a-f]{64}\n$/);
  assert.match(third.stderr, /not shown again/);

  const first = issued[0]?.account as string;
  const limits = join(elsewhere.path, 'limits.json');
  await writeFile(limits, '{"risk":{"riskPercentMost":1,"openPositionsMost":3}}');
  const limited = jsonLines<{ trading: unknown }>(await run(`tenant set harbour --trading ${limits} --json`));
  assert.deepEqual(limited[0]?.trading, { risk: { riskPercentMost: 1, openPositionsMost: 3 } });
  await rm(limits);
  await refused(`tenant set harbour --trading {"risk":{"riskPercentMost":99}}`, 2, /risk\.riskPercentMost must be a number from/);
  await refused(`tenant set harbour --trading {"risk":`, 2, /--trading is not JSON/);
  await refused(`tenant set harbour --trading nowhere.json`, 3, /nowhere\.json \(--trading\) cannot be read/);
  const [own] = jsonLines<{ account: { trading: unknown }; effective: { risk: Record<string, unknown> } }>(
    await run(`account set ${first} --trading {"risk":{"openPositionsMost":null}} --json`),
  );
  assert.deepEqual(own?.account.trading, { risk: { openPositionsMost: null } });
  assert.deepEqual([own?.effective.risk.riskPercentMost, own?.effective.risk.openPositionsMost], [1, null]);
  await refused(`account set ${first} --trading {"risk":{"hours":[]}}`, 2, /risk\.hours must hold a span at least/);
  const mode = await run(`account mode ${first} live --json`);
  assert.equal(jsonLines<{ mode: string }>(mode)[0]?.mode, 'live');
  const listed = jsonLines<{ id: string; mode: string; tenantId: string }>(await run('account list --tenant harbour --json'));
  assert.deepEqual(new Set(listed.map(({ id }) => id)).size, 3);
  assert.deepEqual(listed.map(({ mode: shown }) => shown).sort(), ['demo', 'live', 'observe']);

  interface Shown {
    readonly id: string;
    readonly state: string;
    readonly previousUntil: number | null;
  }
  const shown = async (): Promise<Shown | undefined> =>
    jsonLines<Shown>(await run('account list --json')).find(({ id }) => id === first);
  const [rotated] = jsonLines<Issued>(await run(`account rotate ${first} --overlap 7d --json`));
  assert.match(rotated?.key ?? '', KEY);
  const after = await shown();
  assert.equal(after?.state, 'never');
  const week = (after?.previousUntil ?? 0) - Date.now();
  assert.ok(week > 6.9 * 86_400_000 && week <= 7 * 86_400_000, 'the key before is valid for a week');
  await refused(`account rotate ${first} --overlap 31d`, 2, /at most 30d/);
  await refused(`account rotate ${first} --now --finish`, 2, /one may be given/);
  assert.equal((await run(`account revoke ${first} --json`)).code, 0);
  assert.match((await run(`account unbind ${first}`)).stdout, /not bound yet {2}key revoked/);
  await refused('tokens rotate', 4, /no node runs/);
  const gone = [issued[0], rotated].map((each) => each?.key);

  const keys = [...issued.map(({ key }) => key), /suho_[0-9a-f]{64}/.exec(third.stdout)?.[0] as string];
  const stored = await contents(folder.path);
  for (const key of keys) {
    const digits = key.slice('suho_'.length);
    const showed = all.filter(({ stdout, stderr }) => `${stdout}${stderr}`.includes(digits));
    assert.equal(showed.length, 1, 'a key is shown by the command that made it and by no other');
    assert.ok(!stored.includes(digits), 'no file of the data folder holds it');
    const hash = hashKey(keyBytes(key) as Uint8Array);
    if (!gone.includes(key)) assert.ok(stored.includes(hash), 'but its hash');
    for (const { stdout, stderr } of all) assert.ok(!`${stdout}${stderr}`.includes(hash), 'which is never shown');
  }
  assert.deepEqual(await readdir(elsewhere.path), []);
});
