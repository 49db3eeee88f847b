/** One node, started as a user starts it, and everything that is asked of it from outside; then what refuses to start beside it. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { callNode } from '../../src/admin/control.js';
import type { NodeStatus } from '../../src/admin/control-methods.js';
import { enterNode } from '../support/admin-session.js';
import { type Ran, Running, suho } from '../support/command.js';
import { ledgerFolder, type TestFolder } from '../support/ledger-folder.js';
import { unzip } from '../support/zip.js';

const PORTS = ['--http-port', '0', '--ea-port', '0', '--ws-port', '0'];

let folder: TestFolder;
let node: Running;
let http: string;
/** Of the node’s owner. */
let headers: { readonly cookie: string };

function run(line: string): Promise<Ran> {
  return suho([...line.split(' '), '--data', folder.path], { cwd: folder.path });
}

async function start(words: readonly string[] = []): Promise<Running> {
  const started = new Running(['start', '--json', '--data', folder.path, ...PORTS, '--demo-eas', '3', ...words], {
    cwd: folder.path,
  });
  await started.until(async () => (await asked())?.ready === true, 'the node answers that it is ready');
  return started;
}

/** Over the control socket, without a process for each look. */
async function asked(): Promise<NodeStatus | undefined> {
  return (await callNode<NodeStatus>(folder.path, 'status', null))?.result;
}

async function status(): Promise<NodeStatus> {
  return JSON.parse((await run('status --json')).stdout) as NodeStatus;
}

before(async () => {
  folder = await ledgerFolder();
  node = await start();
  http = (await status()).http as string;
  headers = await enterNode(folder.path);
});

after(async () => {
  await node[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function get(path: string): Promise<{ readonly status: number; readonly type: string; readonly text: string }> {
  const reply = await fetch(`${http}${path}`, { headers });
  return { status: reply.status, type: reply.headers.get('content-type') ?? '', text: await reply.text() };
}

test('status tells the version, what listens, and each part, as JSON and as text', async () => {
  const told = await status();
  assert.equal(told.ready, true);
  assert.deepEqual(Object.keys(told.parts).sort(), [
    'actors',
    'analytics',
    'bus',
    'cache',
    'capacity',
    'commits',
    'feed',
    'history',
    'journal',
    'ledger',
    'models',
    'patterns',
    'presence',
    'snapshots',
  ]);
  assert.deepEqual(told.listeners.map((url) => url.split('://')[0]).sort(), ['tls', 'ws']);
  for (const url of told.listeners) assert.match(url, /^(tls|ws):\/\/127\.0\.0\.1:[1-9]\d+$/);
  const { code, stdout } = await run('status');
  assert.equal(code, 0);
  assert.match(stdout, /^suho \S+, ready, engine time 2026-01-06T/);
});

test('the demo’s EAs come to their sessions', async () => {
  await node.until(async () => (await asked())?.counts.sessions === 3, 'three sessions');
});

test('/livez and /readyz say so as JSON, and /metrics in Prometheus’ form', async () => {
  const alive = await get('/livez');
  assert.equal(alive.status, 200);
  assert.equal((JSON.parse(alive.text) as { status: string }).status, 'alive');
  const ready = await get('/readyz');
  assert.equal(ready.status, 200);
  const { status: word, parts } = JSON.parse(ready.text) as { status: string; parts: NodeStatus['parts'] };
  assert.equal(word, 'ready');
  assert.equal(parts.ledger?.ok, true);
  const metrics = await get('/metrics');
  assert.equal(metrics.status, 200);
  assert.match(metrics.type, /^text\/plain/);
  assert.match(metrics.text, /^# TYPE suho_candles_total counter$/m);
  assert.match(metrics.text, /^suho_actor_dead_letters \d+$/m);
});

interface Actor {
  readonly path: string;
  readonly children?: readonly Actor[];
  readonly childCount?: number;
}

test('/v1/actors shows the tree, a part of it by its path, and no deeper than asked', async () => {
  const root = (JSON.parse((await get('/v1/actors')).text) as { root: Actor }).root;
  assert.deepEqual(
    root.children?.map(({ path }) => path),
    ['/engine/storage', '/engine/correlations', '/engine/symbols', '/engine/tenants', '/engine/market'],
  );
  const symbols = (JSON.parse((await get('/v1/actors?path=/engine/symbols&depth=1')).text) as { root: Actor }).root;
  assert.equal(symbols.children?.length, 30);
  assert.ok(symbols.children?.every(({ children, childCount }) => children?.length === 0 && childCount === 6));
  const one = (JSON.parse((await get('/v1/actors?path=/engine/symbols/EURUSD')).text) as { root: Actor }).root;
  assert.equal(one.path, '/engine/symbols/EURUSD');
  assert.deepEqual(
    one.children?.map(({ path }) => path.split('/').at(-1)),
    ['M1', 'M5', 'M15', 'H1', 'H4', 'D1'],
  );
  const top = (JSON.parse((await get('/v1/actors?depth=0')).text) as { root: Actor }).root;
  assert.deepEqual([top.children, top.childCount], [[], 5]);
});

test('what is not there, or asked wrongly, is a problem with its status', async () => {
  const cases: readonly (readonly [path: string, status: number, detail: RegExp])[] = [
    ['/v1/actors?path=/engine/symbols/EURXXX', 404, /no actor \/engine\/symbols\/EURXXX/],
    ['/v1/actors?path=', 404, /no actor/],
    ['/v1/actors?depth=deep', 400, /depth/],
    ['/v1/actors?depth=-1', 400, /depth/],
    ['/v1/actors?depth=33', 400, /depth/],
    ['/v1/orders?key=secret', 404, /there is no GET \/v1\/orders$/],
  ];
  for (const [path, wanted, detail] of cases) {
    const { status: code, type, text } = await get(path);
    assert.equal(code, wanted, path);
    assert.match(type, /^application\/problem\+json/, path);
    const problem = JSON.parse(text) as { type: string; title: string; status: number; detail: string };
    assert.equal(problem.status, wanted);
    assert.equal(problem.type, 'about:blank');
    assert.match(problem.detail, detail, path);
  }
  assert.equal((await fetch(`${http}/v1/actors`, { method: 'DELETE' })).status, 405);
});

test('every route without a name in its address answers over a running node, and some with one', async () => {
  const { paths } = JSON.parse((await get('/openapi.json')).text) as { paths: Record<string, Record<string, unknown>> };
  const asked = Object.keys(paths).filter((path) => 'get' in (paths[path] ?? {}) && !path.includes('{'));
  assert.ok(asked.length >= 20, `${asked.length} routes`);
  const { rows } = JSON.parse((await get('/v1/accounts?most=1')).text) as { rows: { id: string; tenantId: string }[] };
  const [account] = rows;
  assert.ok(account);
  const named = [
    '/v1/symbols/EURUSD',
    '/v1/symbols/EURUSD/candles?timeframe=M1',
    '/v1/symbols/EURUSD/features?timeframe=M1',
    `/v1/tenants/${account.tenantId}`,
    `/v1/accounts/${account.id}`,
    `/v1/accounts/${account.id}/equity`,
  ];
  /** What cannot be asked without saying of what. */
  const completed: Readonly<Record<string, string>> = {
    '/v1/predictions': '?symbol=EURUSD',
    '/v1/history': '?symbol=EURUSD&timeframe=M1',
    '/v1/own-models': '?tenant=northwind',
  };
  for (const path of [...asked.map((one) => `${one}${completed[one] ?? ''}`), ...named]) {
    const { status: code, text } = await get(path);
    assert.equal(code, 200, `${path}: ${text.slice(0, 300)}`);
  }
  const live = JSON.parse((await get(`/v1/accounts/${account.id}`)).text) as {
    state: string;
    live: Record<string, unknown> | null;
  };
  assert.ok(live.state === 'away' || (live.state === 'live' && live.live !== null && 'session' in live.live), live.state);
});

test('graph draws the living actors, from wherever it is told to begin', async () => {
  const whole = await run('graph --children 400');
  assert.equal(whole.code, 0, whole.stderr);
  assert.match(whole.stdout, /^flowchart LR\n/);
  for (const name of ['engine', 'symbols', 'tenants', 'EURUSD', 'northwind'])
    assert.match(whole.stdout, new RegExp(`^a\\d+\\["${name}<br/>\\d+ handled`, 'm'), name);
  const part = await run('graph --path /engine/symbols --depth 1 --children 2');
  assert.equal([...part.stdout.matchAll(/ --> /g)].length, 2);
  assert.match(part.stdout, /and \d+ more/);
  const seen = JSON.parse((await run('graph --path /engine/tenants --depth 1 --json')).stdout) as { childCount: number };
  assert.ok(seen.childCount >= 3);
  const missing = await run('graph --path /engine/nobody');
  assert.deepEqual([missing.code, missing.stderr], [3, 'suho: there is no actor /engine/nobody\n']);
});

test('support writes what the node tells of itself, for its owner’s eyes alone, and no secret of it', async () => {
  const output = join(folder.path, 'bundle.zip');
  const { key } = JSON.parse((await run('account add --tenant northwind --json')).stdout) as { key: string };
  const link = JSON.parse((await run('admin link --json')).stdout) as { url: string };
  const ran = await run(`support --output ${output} --json`);
  assert.equal(ran.code, 0, ran.stderr);
  const told = JSON.parse(ran.stdout) as { node: string; bytes: number; files: readonly string[] };
  assert.equal((await stat(output)).mode & 0o777, 0o600);
  const archive = await readFile(output);
  const files = unzip(archive);
  assert.deepEqual([told.node, told.bytes], ['running', archive.length]);
  assert.deepEqual([...files.keys()].sort(), ['README.txt', ...told.files].sort());
  for (const name of told.files) assert.ok(files.get('README.txt')?.includes(name.replace('node/', '')), name);
  assert.match(files.get('node/metrics.txt') ?? '', /^suho_candles_total/m);
  assert.match(files.get('node/actors.mmd') ?? '', /^flowchart LR/);
  assert.equal((JSON.parse(files.get('node/status.json') ?? '{}') as NodeStatus).ready, true);
  assert.ok((JSON.parse(files.get('doctor.json') ?? '[]') as unknown[]).length > 5);
  assert.match(files.get('folder.txt') ?? '', / node\.lock|control\.sock|journal/);
  const session = headers.cookie.split('=')[1]?.split(';')[0] as string;
  const all = [...files.values()].join('\n');
  for (const secret of [key.slice('suho_'.length), link.url.split('/').at(-1) as string, session])
    assert.ok(!all.includes(secret), secret);
  assert.doesNotMatch(all, /PRIVATE KEY|suho_[0-9a-f]{64}|"(balance|equity)"/);
});

test('tenants and accounts go through the running node, and its control socket is its user’s alone', async () => {
  assert.equal((await stat(join(folder.path, 'control.sock'))).mode & 0o777, 0o600);
  const added = await run('tenant add quay --tier pro --timeframe M1 --symbols USDJPY --json');
  assert.equal(added.code, 0, added.stderr);
  const again = await run('tenant add quay --tier pro');
  assert.equal(again.code, 3);
  assert.match(again.stderr, /^suho: there is a tenant quay already\n$/);
  assert.match((await run('tenant list')).stdout, /^quay .*\n/m);
  const { key, account } = JSON.parse((await run('account add --tenant quay --json')).stdout) as { key: string; account: string };
  assert.equal((await run(`account mode ${account} demo`)).code, 0);
  const listed = await run('account list --tenant quay --json');
  assert.deepEqual(
    listed.stdout
      .trimEnd()
      .split('\n')
      .map((line) => {
        const { id, mode } = JSON.parse(line) as { id: string; mode: string };
        return [id, mode];
      }),
    [[account, 'demo']],
  );
  await node.until(async () => (await get('/v1/actors?path=/engine/tenants/quay')).status === 200, 'the tenant has its actor');
  assert.ok(!`${node.stdout}${node.stderr}`.includes(key.slice('suho_'.length)));
});

test('the audit log is read through the running node, and tells of keys that were changed', async () => {
  const [made] = (await run('account add --tenant northwind --json')).stdout.split('\n').filter((line) => line !== '');
  const { account, key } = JSON.parse(made as string) as { account: string; key: string };
  const rotated = JSON.parse((await run(`account rotate ${account} --json`)).stdout) as { account: string; key: string };
  assert.equal(rotated.account, account);
  assert.match(rotated.key, /^suho_[0-9a-f]{64}$/);
  assert.notEqual(rotated.key, key);
  assert.equal((JSON.parse((await run(`account revoke ${account} --json`)).stdout) as { id: string }).id, account);
  const exported = (await run('audit export')).stdout;
  const told = exported.split('\n').filter((line) => line.includes(`"subject":"${account}"`));
  assert.deepEqual(
    told.map((line) => (JSON.parse(line) as { entry: { kind: string } }).entry.kind),
    ['account.created', 'account.key-rotated', 'account.key-revoked'],
  );
  const verified = await run('audit verify --json');
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  assert.equal((JSON.parse(verified.stdout) as { ok: boolean }).ok, true);
});

test('what a tier does not allow, what is unknown and what is there already is refused with exit 3, and nothing of it is done', async () => {
  // What is left of a minute's rate changes by itself.
  const tenants = async (): Promise<string> => (await run('tenant list --json')).stdout.replace(/,"allowances":\[[^\]]*\]/g, '');
  const before = await tenants();
  const id = '018f0000-0000-7000-8000-000000000000';
  const cases: readonly (readonly [line: string, why: RegExp])[] = [
    ['tenant add big --tier free --symbols EURUSD,GBPUSD', /tier free of tenant big allows 1 symbols, and GBPUSD is one more/],
    ['tenant add slow --tier basic --timeframe H1', /tier basic of tenant slow has no signals on H1/],
    ['tenant set northwind --tier free', /tier free of tenant northwind/],
    ['tenant set nobody --name x', /there is no tenant nobody/],
    ['account add --tenant nobody', /there is no tenant nobody/],
    ['account add --tenant harbour --count 3', /tenant harbour has 1 accounts, and its tier basic allows 3/],
    [`account mode ${id} demo`, /there is no account 018f0000/],
  ];
  for (const [line, why] of cases) {
    const { code, stdout, stderr } = await run(line);
    assert.equal(code, 3, `${line}: ${stderr}`);
    assert.equal(stdout, '', line);
    assert.match(stderr, /^suho: [^\n]+\n$/, line);
    assert.match(stderr, why, line);
  }
  assert.equal(await tenants(), before);
  const [listed] = (await run('tenant list --json')).stdout.split('\n');
  const { allowances } = JSON.parse(listed ?? '') as { allowances: readonly { what: string; used: number; resetsAt: string }[] };
  assert.deepEqual(
    allowances.map(({ what }) => what),
    ['predictions', 'requests'],
  );
  for (const { resetsAt } of allowances) assert.ok(Number.isFinite(Date.parse(resetsAt)));
  assert.equal((await run('account list --tenant harbour --json')).stdout.trimEnd().split('\n').length, 1);
  assert.equal((await run('account list --tenant nobody --json')).stdout, '');
});

test('a tenant of the smallest tier gets a timeframe that its tier has', async () => {
  const added = await run('tenant add skiff --tier free');
  assert.match(added.stdout, /^skiff +free +M1 +default-1 +1 symbols {2}skiff\n$/, added.stderr);
});

test('doctor finds the ports and the ledger held by the node, and names the port to enter in MetaTrader 5', async () => {
  const { listeners } = await status();
  const tls = Number(
    listeners
      .find((url) => url.startsWith('tls'))
      ?.split(':')
      .at(-1),
  );
  const ran = await run(`doctor --json --ea-port ${tls} --ws-port off --http-port ${new URL(http).port}`);
  const { ok, checks, mt5AllowedUrl } = JSON.parse(ran.stdout) as {
    ok: boolean;
    checks: { name: string; status: string; sentence: string }[];
    mt5AllowedUrl: string;
  };
  assert.equal(ran.code, 0, ran.stdout);
  assert.equal(ok, true);
  const told = new Map(checks.map(({ name, sentence }) => [name, sentence]));
  assert.match(told.get('engine') ?? '', /is ready\.$/);
  assert.match(told.get('ea-port') ?? '', /held by the running node/);
  assert.match(told.get('http-port') ?? '', /held by the running node/);
  assert.match(told.get('ledger') ?? '', /held by the running node and answers it/);
  assert.match(told.get('certificate') ?? '', /development certificate for localhost, 127\.0\.0\.1, .* days more/);
  assert.equal(mt5AllowedUrl, `127.0.0.1:${tls}`);
});

test('a second node on the data folder is refused in one sentence with exit 4, and the first goes on', async () => {
  const { code, stdout, stderr } = await suho(['start', '--data', folder.path, ...PORTS], { cwd: folder.path });
  assert.equal(code, 4);
  assert.equal(stdout, '');
  assert.match(
    stderr,
    new RegExp(`^suho: Another node holds the data folder ${folder.path}, process ${node.child.pid}, since [^\\n]+\\.\\n$`),
  );
  assert.equal((await run('status')).code, 0);
});

test('a node whose port is taken says which, for what, with exit 4', async () => {
  await using other = await ledgerFolder();
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  try {
    const ran = await suho(['start', '--data', other.path, ...PORTS, '--ea-port', String(port)], { cwd: other.path });
    assert.equal(ran.code, 4, ran.stderr);
    assert.match(
      ran.stderr,
      new RegExp(`^suho: port ${port} on 127\\.0\\.0\\.1, for EAs over TLS, is taken by another program$`, 'm'),
    );
    const doctor = await suho(
      ['doctor', '--data', other.path, '--http-port', 'off', '--ws-port', 'off', '--ea-port', String(port)],
      {
        cwd: other.path,
      },
    );
    assert.equal(doctor.code, 1);
    assert.match(
      doctor.stdout,
      new RegExp(`^✗ ea-port +port ${port} on 127\\.0\\.0\\.1, for EAs over TLS, is taken by another`, 'm'),
    );
  } finally {
    holder.close();
  }
});

test('SIGTERM ends the node cleanly with exit 130; then none answers, and another start goes on where it stopped', async () => {
  const { code, stderr } = await node.end('SIGTERM');
  assert.equal(code, 130, stderr);
  assert.doesNotMatch(stderr, /Error|at .*\.js/);
  assert.equal(existsSync(join(folder.path, 'node.json')), false);
  const asked = await run('status');
  assert.equal(asked.code, 4);
  assert.match(asked.stderr, /^suho: no node runs on [^\n]+\n$/);
  node = await start(['--speed', '10']);
  assert.match((await run('tenant list')).stdout, /^quay /m);
});

test('after kill -9 the folder is free, and the next node starts', async () => {
  await node.end('SIGKILL');
  node = await start();
  assert.equal((await run('status')).code, 0);
});
