/** Coming in over HTTP: what is let in, for how long, and what is not, over sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/limits.js';
import { accessWorld, PASSWORD } from '../support/access-world.js';
import { newSignal } from '../contracts/ledger-world.js';

const { lifeMs } = LIMITS.tokens;
const { refreshMs, signInMs, knownMs, secondFactorMs, triesOfName } = LIMITS.access;

test('the page gets cookies that no script reads and no other site sends, and changes things by its own word alone', async () => {
  await using world = await accessWorld();
  await world.add('ann', 'operator');
  const { set, headers } = await world.page('ann');
  const [session = '', refresh = ''] = set;
  for (const cookie of [session, refresh]) assert.match(cookie, /; HttpOnly; SameSite=Strict$/);
  assert.match(session, /^suho_session=[^;]+; Max-Age=900; Path=\/;/);
  assert.match(refresh, /^suho_refresh=[^;]+; Max-Age=43200; Path=\/v1\/session;/);
  const { cookie, 'x-csrf-token': csrf } = headers;
  const me = await world.ask('GET', '/v1/me', { headers: { cookie } });
  assert.deepEqual(me.body, { name: 'ann', role: 'operator', tenantId: null, secondFactorUntilMs: null, csrf });
  const act = async (more: Record<string, string>) =>
    (await world.ask('POST', '/probe/act', { headers: { cookie, ...more } })).status;
  assert.equal(await act({ 'x-csrf-token': csrf }), 200);
  assert.equal(await act({}), 403);
  assert.equal(await act({ 'x-csrf-token': `${csrf.slice(1)}0` }), 403);
  assert.equal(await act({ 'x-csrf-token': '' }), 403);
  for (const site of ['cross-site', 'same-site'])
    assert.equal(await act({ 'x-csrf-token': csrf, 'sec-fetch-site': site }), 403, site);
  assert.equal(await act({ 'x-csrf-token': csrf, 'sec-fetch-site': 'same-origin' }), 200);
  const out = await world.ask('DELETE', '/v1/session', { headers });
  assert.equal(out.status, 204);
  assert.deepEqual(
    out.headers.getSetCookie().map((one) => one.split(';').slice(0, 2).join(';')),
    ['suho_session=; Max-Age=0', 'suho_refresh=; Max-Age=0'],
  );
  assert.equal((await world.ask('GET', '/v1/me', { headers: { cookie } })).status, 401);
});

test('another site can neither sign a browser in nor refresh it', async () => {
  await using world = await accessWorld();
  await world.add('ann', 'operator');
  const { headers } = await world.page('ann');
  const foreign = { 'sec-fetch-site': 'cross-site' };
  assert.equal(
    (await world.ask('POST', '/v1/session', { body: { name: 'ann', password: PASSWORD }, headers: foreign })).status,
    403,
  );
  assert.equal(
    (await world.ask('POST', '/v1/session/refresh', { body: {}, headers: { ...foreign, cookie: headers.cookie } })).status,
    403,
  );
});

test('over TLS cookies go over TLS alone', async () => {
  const { Cookies } = await import('../../src/admin/cookies.js');
  assert.equal(
    new Cookies(true).taken().every(({ options }) => options.secure),
    true,
  );
});

test('an access token lives 15 minutes, a sign-in as long as it is refreshed, and no longer than a month', async () => {
  await using world = await accessWorld();
  await world.add('ann', 'operator');
  let held = await world.tokens('ann');
  const sees = async () => (await world.ask('GET', '/probe/see', { headers: held.headers })).status;
  const start = world.clock.nowMs();
  world.clock.advanceTo(start + lifeMs - 1_000);
  assert.equal(await sees(), 200);
  world.clock.advanceTo(start + lifeMs);
  assert.equal(await sees(), 401);
  const refresh = async () => world.ask('POST', '/v1/session/refresh', { body: { refreshToken: held.refreshToken } });
  for (let atMs = start + refreshMs - 1; atMs < start + signInMs; atMs += refreshMs - 1) {
    world.clock.advanceTo(atMs);
    const { status, body } = await refresh();
    assert.equal(status, 200);
    held = {
      token: String(body.token),
      refreshToken: String(body.refreshToken),
      headers: { authorization: `Bearer ${body.token}` },
    };
    assert.equal(await sees(), 200);
  }
  world.clock.advanceTo(start + signInMs);
  assert.equal((await refresh()).status, 401);
  const idle = await world.tokens('ann');
  world.clock.advanceTo(world.clock.nowMs() + refreshMs);
  assert.equal((await world.ask('POST', '/v1/session/refresh', { body: { refreshToken: idle.refreshToken } })).status, 401);
});

test('a refresh token that was used ends the sign-in for whoever holds the newest too, at once', async () => {
  await using world = await accessWorld();
  await world.add('ann', 'operator');
  const stolen = await world.tokens('ann');
  const { body } = await world.ask('POST', '/v1/session/refresh', { body: { refreshToken: stolen.refreshToken } });
  const headers = { authorization: `Bearer ${body.token}` };
  assert.equal((await world.ask('GET', '/probe/see', { headers })).status, 200);
  assert.equal((await world.ask('POST', '/v1/session/refresh', { body: { refreshToken: stolen.refreshToken } })).status, 401);
  assert.equal((await world.ask('GET', '/probe/see', { headers })).status, 401);
  assert.equal((await world.ask('POST', '/v1/session/refresh', { body: { refreshToken: body.refreshToken } })).status, 401);
});

test('of many who refresh by one token at once, one is answered', async () => {
  await using world = await accessWorld();
  await world.add('ann', 'operator');
  const { refreshToken } = await world.tokens('ann');
  const tries = Array.from({ length: 8 }, () => world.ask('POST', '/v1/session/refresh', { body: { refreshToken } }));
  const statuses = (await Promise.all(tries)).map(({ status }) => status);
  assert.deepEqual(statuses.sort(), [200, ...Array(7).fill(401)]);
});

test('a name that nobody has cannot be told from a wrong password: the same answer, the same work, the same waits', async () => {
  await using world = await accessWorld();
  await world.add('ann', 'operator');
  await world.add('bob', 'operator', null, { password: null });
  await world.add('far', 'operator', null, { addresses: ['203.0.113.0/24'] });
  const seen = [];
  for (const [name, password] of [
    ['ann', 'wrong'],
    ['nobody', 'wrong'],
    ['bob', 'wrong'],
    ['far', PASSWORD],
  ] as const) {
    const answers = [];
    for (let number = 0; number < triesOfName + 1; number++) {
      const before = world.passwords.derivations;
      const { status, body, headers } = await world.ask('POST', '/v1/session', { body: { name, password } });
      answers.push([status, body, headers.get('retry-after'), world.passwords.derivations - before]);
    }
    seen.push(answers);
    // Networks are counted too: each name from where it is forgiven.
    world.clock.advanceTo(world.clock.nowMs() + LIMITS.access.triesForgivenMs);
  }
  const [first = [], ...others] = seen;
  assert.deepEqual(
    first.map(([status, , , work]) => [status, work]),
    [...Array(triesOfName).fill([401, 1]), [429, 0]],
  );
  for (const other of others) assert.deepEqual(other, first);
});

test('tries in vain make a name wait, and a network, whichever password comes then', async () => {
  await using world = await accessWorld();
  await world.add('ann', 'operator');
  const tried = async (name: string, password: string) =>
    (await world.ask('POST', '/v1/session', { body: { name, password } })).status;
  const storm = await Promise.all(Array.from({ length: 12 }, () => tried('ann', 'wrong')));
  assert.equal(storm.filter((status) => status === 401).length, triesOfName);
  assert.equal(await tried('ann', PASSWORD), 429);
  world.clock.advanceTo(world.clock.nowMs() + LIMITS.access.tryFirstMs);
  assert.equal(await tried('ann', PASSWORD), 200);
  const names = Array.from({ length: LIMITS.access.triesOfNetwork }, (_, at) => `name-${at}`);
  for (const name of names) await tried(name, 'wrong');
  assert.equal(await tried('ann', PASSWORD), 429);
});

test('with a second factor a password alone lets nobody in, and a code works once', async () => {
  await using world = await accessWorld();
  await world.add('ann', 'operator');
  const { secret, recoveryCodes } = await world.enrol('ann');
  const enter = async (more: object) => world.ask('POST', '/v1/session', { body: { name: 'ann', password: PASSWORD, ...more } });
  const without = await enter({});
  assert.deepEqual([without.status, without.body.code], [401, 'SECOND_FACTOR']);
  const totp = world.nextCode(secret);
  assert.equal((await enter({ totp })).status, 200);
  assert.equal((await enter({ totp })).status, 401);
  const [recovery = ''] = recoveryCodes;
  assert.equal((await enter({ totp: recovery.toLowerCase() })).status, 200);
  assert.equal((await enter({ totp: recovery })).status, 401);
  assert.equal(
    (await world.ask('POST', '/v1/session', { body: { name: 'ann', password: 'wrong', totp: world.nextCode(secret) } })).status,
    401,
  );
});

test('what trades wants a second factor that was shown lately', async () => {
  await using world = await accessWorld();
  await world.add('ann', 'operator');
  await world.add('bob', 'operator');
  const { secret } = await world.enrol('ann');
  const trade = async (headers: Record<string, string>) => {
    const { status, body } = await world.ask('POST', '/probe/trade', { headers });
    return [status, body.code];
  };
  const bob = await world.tokens('bob');
  assert.deepEqual(await trade(bob.headers), [403, 'SECOND_FACTOR']);
  assert.equal(
    (await world.ask('POST', '/v1/session/second-factor', { headers: bob.headers, body: { code: '123456' } })).status,
    403,
  );
  const ann = await world.page('ann', { totp: world.nextCode(secret) });
  assert.deepEqual(await trade(ann.headers), [200, undefined]);
  world.clock.advanceTo(world.clock.nowMs() + secondFactorMs);
  const again = await world.tokens('ann', { totp: world.nextCode(secret) });
  world.clock.advanceTo(world.clock.nowMs() + secondFactorMs - 1_000);
  const { body } = await world.ask('POST', '/v1/session/refresh', { body: { refreshToken: again.refreshToken } });
  const headers = { authorization: `Bearer ${body.token}` };
  assert.deepEqual(await trade(headers), [200, undefined]);
  world.clock.advanceTo(world.clock.nowMs() + 1_000);
  assert.deepEqual(await trade(headers), [403, 'SECOND_FACTOR']);
  const shown = await world.ask('POST', '/v1/session/second-factor', { headers, body: { code: world.nextCode(secret) } });
  assert.deepEqual([shown.status, shown.body.secondFactorUntilMs], [200, world.clock.nowMs() + secondFactorMs]);
  assert.deepEqual(await trade(headers), [200, undefined]);
});

test('a user gives itself a second factor, and cannot put another in its place', async () => {
  await using world = await accessWorld();
  await world.add('ann', 'operator');
  const { headers } = await world.tokens('ann');
  const begun = await world.ask('POST', '/v1/session/totp', { headers });
  assert.match(String(begun.body.url), /^otpauth:\/\/totp\//);
  const confirm = async (code: string) => world.ask('POST', '/v1/session/totp/confirm', { headers, body: { code } });
  assert.equal((await confirm('000000')).status, 409);
  const { status, body } = await confirm(world.nextCode(String(begun.body.secret)));
  assert.deepEqual([status, (body.recoveryCodes as string[]).length], [200, LIMITS.access.recoveryCodes]);
  assert.equal((await world.ask('POST', '/v1/session/totp', { headers })).status, 409);
  assert.equal((await confirm(world.nextCode(String(begun.body.secret)))).status, 409);
});

test('users come from their addresses alone, and roles from theirs', async () => {
  await using world = await accessWorld({ addresses: { auditor: ['203.0.113.0/24'] } });
  await world.add('ann', 'operator', null, { addresses: ['203.0.113.0/24', '127.0.0.0/8'] });
  await world.add('aud', 'auditor');
  const ann = await world.tokens('ann');
  assert.equal((await world.ask('GET', '/probe/see', { headers: ann.headers })).status, 200);
  assert.equal((await world.ask('POST', '/v1/session', { body: { name: 'aud', password: PASSWORD } })).status, 401);
  await world.users.set({ name: 'ann', addresses: ['203.0.113.0/24'] }, { name: 'operator', reach: { kind: 'all' } });
  assert.equal((await world.ask('GET', '/probe/see', { headers: ann.headers })).status, 401);
  assert.equal((await world.ask('POST', '/v1/session/refresh', { body: { refreshToken: ann.refreshToken } })).status, 401);
});

test('whoever is changed is so at once here, and on another node within seconds', async () => {
  await using world = await accessWorld();
  const operator = { name: 'operator', reach: { kind: 'all' } } as const;
  await world.add('ann', 'operator');
  const ann = await world.tokens('ann');
  const act = async () => (await world.ask('POST', '/probe/act', { headers: ann.headers })).status;
  assert.equal(await act(), 200);
  await world.users.set({ name: 'ann', role: 'auditor' }, operator);
  assert.equal(await act(), 403);
  // As another node would: only the ledger knows.
  await world.ledger.changeUser('ann', { role: 'operator' }, { by: 'x', atMs: 0 });
  world.clock.advanceTo(world.clock.nowMs() + knownMs);
  assert.equal(await act(), 200);
  await world.users.setPassword({ name: 'ann', password: `${PASSWORD} staple` }, operator);
  assert.equal(await act(), 401);
  const again = await world.tokens('ann', { password: `${PASSWORD} staple` });
  await world.users.remove({ name: 'ann' }, operator);
  assert.equal((await world.ask('GET', '/probe/see', { headers: again.headers })).status, 401);
  assert.equal((await world.ask('POST', '/v1/session/refresh', { body: { refreshToken: again.refreshToken } })).status, 401);
});

test('the machine’s link lets its owner in once, with a second factor, and what it gives is a sign-in like another', async () => {
  await using world = await accessWorld();
  const { token } = world.links.make();
  const entered = await world.ask('GET', `/enter/${token}`);
  assert.deepEqual([entered.status, entered.headers.get('location')], [303, '/']);
  assert.deepEqual([entered.headers.get('cache-control'), entered.headers.get('referrer-policy')], ['no-store', 'no-referrer']);
  const cookie = entered.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const me = await world.ask('GET', '/v1/me', { headers: { cookie } });
  assert.deepEqual([me.body.name, me.body.role], ['link', 'owner']);
  assert.equal(
    (await world.ask('POST', '/probe/trade', { headers: { cookie, 'x-csrf-token': String(me.body.csrf) } })).status,
    200,
  );
  assert.equal((await world.ask('POST', '/v1/session/refresh', { body: {}, headers: { cookie } })).status, 200);
  assert.equal((await world.ask('GET', `/enter/${token}`)).status, 401);
  assert.equal((await world.ask('GET', `/enter/${'x'.repeat(43)}`)).status, 401);
});

test('an EA’s token reaches its account for as long as its session owns it', async () => {
  await using world = await accessWorld();
  const { accountId } = newSignal(1, 1);
  const account = {
    id: accountId,
    tenantId: 'north',
    mode: 'demo',
    keyHash: 'a'.repeat(64),
    suho1Table: null,
    createdAt: 0,
  } as const;
  await world.ledger.createAccounts([account]);
  const claimed = await world.ledger.claim({
    accountId,
    instance: 'i'.repeat(32),
    login: 1,
    server: 's',
    currency: 'USD',
    atMs: 0,
  });
  assert.ok(claimed.kind === 'claimed');
  const { epoch } = claimed.account;
  const issued = (change: object = {}) =>
    world.signer.issue({ accountId, tenantId: 'north', sessionId: 's', epoch, ...change }).token;
  const see = async (token: string) => world.ask('GET', '/probe/see', { headers: { authorization: `Bearer ${token}` } });
  const token = issued();
  const seen = await see(token);
  assert.deepEqual([seen.body.name, seen.body.reach], [accountId, { kind: 'account', tenantId: 'north', accountId }]);
  const headers = { authorization: `Bearer ${token}` };
  assert.equal((await world.ask('GET', '/probe/node', { headers })).status, 403);
  assert.equal((await world.ask('POST', '/v1/session/second-factor', { headers, body: { code: '123456' } })).status, 403);
  for (const other of [issued({ tenantId: 'south' }), issued({ epoch: epoch + 1 }), `${token}A`])
    assert.equal((await see(other)).status, 401);
  await world.ledger.setAccountKey(accountId, { kind: 'revoked', keyHash: 'b'.repeat(64) }, 1);
  assert.equal((await see(token)).status, 401);
});

test('a tenant’s admin has users of the tenant, and no others are there for it', async () => {
  await using world = await accessWorld();
  await world.add('boss', 'tenant-admin', 'north');
  await world.add('ann', 'operator');
  await world.add('sue', 'tenant-reader', 'south');
  const { secret } = await world.enrol('boss');
  const { headers } = await world.tokens('boss', { totp: world.nextCode(secret) });
  const post = async (body: object) =>
    (await world.ask('POST', '/v1/users', { headers, body: { password: PASSWORD, ...body } })).status;
  assert.equal(await post({ name: 'ned@north', role: 'tenant-reader' }), 201);
  assert.equal(await post({ name: 'nan', role: 'tenant-reader', tenant: 'south' }), 404);
  for (const role of ['owner', 'operator', 'auditor']) assert.equal(await post({ name: 'nob', role }), 400, role);
  const { rows } = (await world.ask('GET', '/v1/users', { headers })).body as { rows: { name: string }[] };
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['boss', 'ned@north'],
  );
  for (const name of ['ann', 'sue', 'nobody']) {
    assert.equal((await world.ask('DELETE', `/v1/users/${name}`, { headers })).status, 404, name);
    for (const body of [{ password: `${PASSWORD}2` }, { secondFactor: false }, { role: 'tenant-admin' }, {}])
      assert.equal((await world.ask('PATCH', `/v1/users/${name}`, { headers, body })).status, 404, name);
  }
  assert.equal((await world.ask('PATCH', '/v1/users/ned@north', { headers, body: { role: 'owner' } })).status, 409);
  assert.equal(
    (await world.ask('PATCH', '/v1/users/ned@north', { headers, body: { role: 'tenant-admin' } })).body.role,
    'tenant-admin',
  );
  assert.equal((await world.ask('DELETE', '/v1/users/ned@north', { headers })).status, 204);
  const plain = await world.tokens('sue');
  assert.equal((await world.ask('GET', '/v1/users', { headers: plain.headers })).status, 403);
});

test('a user gives itself another password for the old one: other sign-ins end, and this one goes on', async () => {
  await using world = await accessWorld();
  await world.add('ann', 'operator');
  const other = await world.tokens('ann');
  const own = await world.page('ann');
  const change = (body: object, headers: Record<string, string> = own.headers) =>
    world.ask('POST', '/v1/me/password', { headers, body });
  const next = `${PASSWORD}, and another`;
  assert.equal((await change({ old: `${PASSWORD}x`, password: next })).status, 403);
  assert.equal((await change({ old: PASSWORD, password: 'short' })).status, 400);
  assert.equal((await world.ask('GET', '/v1/me', { headers: other.headers })).status, 200);
  const changed = await change({ old: PASSWORD, password: next });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  const cookie = changed.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  assert.equal((await world.ask('GET', '/v1/me', { headers: { cookie } })).body.name, 'ann');
  for (const headers of [other.headers, { cookie: own.headers.cookie }])
    assert.equal((await world.ask('GET', '/v1/me', { headers })).status, 401);
  assert.equal((await world.ask('POST', '/v1/session', { body: { name: 'ann', password: PASSWORD } })).status, 401);
  const { body } = await world.ask('POST', '/v1/session', { body: { name: 'ann', password: next, tokens: true } });
  const program = { authorization: `Bearer ${body.token}` };
  const again = await change({ old: next, password: PASSWORD }, program);
  assert.ok(typeof again.body.token === 'string' && again.headers.getSetCookie().length === 0, 'a program gets tokens');
});

test('whoever guesses at the old password waits like one who signs in', async () => {
  await using world = await accessWorld();
  await world.add('ann', 'operator');
  const { headers } = await world.tokens('ann');
  const statuses: number[] = [];
  for (let at = 0; at < 7; at++)
    statuses.push((await world.ask('POST', '/v1/me/password', { headers, body: { old: `wrong ${at}`, password: 'x' } })).status);
  assert.ok(statuses.includes(429), String(statuses));
});

test('no secret is in a log line or in a problem, whatever goes wrong', async () => {
  await using world = await accessWorld();
  await world.add('ann', 'owner');
  const { secret, recoveryCodes } = await world.enrol('ann');
  const wrong = 'hunter2-hunter2-hunter2';
  const page = await world.page('ann', { totp: world.nextCode(secret) });
  const held = await world.tokens('ann', { totp: world.nextCode(secret) });
  const link = world.links.make().token;
  const [recovery = ''] = recoveryCodes;
  const secrets = [
    PASSWORD,
    wrong,
    secret,
    ...recoveryCodes,
    held.token,
    held.refreshToken,
    link,
    page.headers['x-csrf-token'],
    page.headers.cookie,
  ];
  const bad = { authorization: `Bearer ${held.token}x`, cookie: `${page.headers.cookie}x` };
  await world.ask('GET', `/enter/${link}`);
  const asked = [
    world.ask('GET', `/enter/${link}`),
    world.ask('GET', `/enter/${link}/more?token=${held.token}`),
    world.ask('GET', `/v1/me`, { headers: bad }),
    world.ask('POST', '/probe/act', { headers: { cookie: page.headers.cookie } }),
    world.ask('POST', '/v1/session', { body: { name: 'ann', password: wrong } }),
    world.ask('POST', '/v1/session', { body: { name: 'ann', password: PASSWORD, totp: recovery, more: PASSWORD } }),
    world.ask('POST', '/v1/session', { body: { name: 'ann', password: [PASSWORD] } }),
    world.ask('POST', '/v1/session', { body: PASSWORD }),
    world.ask('POST', '/v1/session/refresh', { body: { refreshToken: `${held.refreshToken}x` } }),
    world.ask('POST', '/v1/session/refresh', { body: { refreshToken: 'x'.repeat(300) } }),
    world.ask('POST', '/v1/session/second-factor', { headers: held.headers, body: { code: recovery.slice(0, 7) } }),
    world.ask('POST', '/v1/users', { headers: held.headers, body: { name: 'A B', role: 'owner', password: wrong } }),
    world.ask('POST', '/v1/users', { headers: held.headers, body: { name: 'bob', role: 'king', password: wrong } }),
    world.ask('PATCH', '/v1/users/ann', { headers: held.headers, body: { password: 'short-pass' } }),
  ];
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  assert.ok(
    statuses.every((status) => status >= 400 && status < 500),
    String(statuses),
  );
  await world.signer.rotate(true);
  assert.ok(world.logged.length > 0 && world.bodies.length >= statuses.length);
  for (const text of [...world.logged, ...world.bodies])
    for (const one of [...secrets, 'short-pass']) assert.ok(!text.includes(one), `${one} in ${text}`);
});
