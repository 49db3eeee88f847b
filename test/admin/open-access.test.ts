/** What a node's settings make of the way in: who is told metrics, where the link leads, and TLS. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request } from 'node:https';
import { test } from 'node:test';
import { fromOf, serveHttp } from '../../src/admin/http.js';
import { type From, route } from '../../src/admin/route.js';
import { healthRoutes } from '../../src/admin/routes/health.js';
import { resolveConfig, type SettingName } from '../../src/config.js';
import { developmentCertificate } from '../../src/gateway/development-certificate.js';
import { openAccess } from '../../src/node/access.js';
import { systemClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { MemoryLedger } from '../../src/storage/ledger/memory.js';
import { TokenSigner } from '../../src/storage/tokens/token-signer.js';
import { emptyFolder } from '../support/ledger-folder.js';

const HTTP = { url: 'https://127.0.0.1:8080', host: '127.0.0.1', port: 8080, addresses: [], close: async () => {} };

async function opened(flags: Partial<Record<SettingName, unknown>>) {
  const folder = await emptyFolder();
  const ledger = new MemoryLedger();
  const tokens = await TokenSigner.open({ folder: folder.path, ledger, clock: systemClock, log: silentLogger });
  const close = async (): Promise<void> => {
    tokens.close();
    await folder[Symbol.asyncDispose]();
  };
  try {
    const { config } = resolveConfig({ environment: {}, flags });
    const access = openAccess(
      { config, log: silentLogger, stores: { ledger } },
      { tokens, tenants: { withoutApi: () => undefined } },
      () => HTTP,
    );
    return { access, folder, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

const from = (address: string, headers: From['headers'] = {}): From => ({ address, headers, cookies: {}, url: '/metrics' });

test('metrics are told on loopback, to the addresses of the setting, and to who may see the node', async () => {
  await using usual = await opened({});
  const told = (addresses: readonly string[]) => Promise.all(addresses.map((address) => usual.access.mayMeasure(from(address))));
  assert.deepEqual(await told(['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '2001:db8::1']), [
    true,
    true,
    true,
    false,
    false,
  ]);
  await using set = await opened({ metricsFrom: '10.0.0.0/8' });
  assert.deepEqual(
    [await set.access.mayMeasure(from('10.2.3.4')), await set.access.mayMeasure(from('127.0.0.1'))],
    [true, false],
  );
  await using none = await opened({ metricsFrom: '' });
  assert.equal(await none.access.mayMeasure(from('127.0.0.1')), false);
});

test('a request is from where its socket is, but for what a proxy that is trusted says', async () => {
  const answering = async (trustedProxies: string, ask: (url: string) => Promise<void>): Promise<void> => {
    await using node = await opened({ trustedProxies });
    const seen = route({
      ...{ url: '/seen', tag: 'test', summary: '', needs: 'anyone' },
      handle: async ({ from: { address } }) => ({ address }),
    });
    const { proxies } = node.access;
    const http = await serveHttp({ host: '127.0.0.1', port: 0, proxies, authenticate: async () => undefined, routes: [seen] });
    try {
      await ask(http.url);
    } finally {
      await http.close();
    }
  };
  const seenBy = async (url: string, forwarded: string, localAddress = '127.0.0.1'): Promise<string> => {
    const asked = requestPlain(`${url}/seen`, { localAddress, headers: { 'x-forwarded-for': forwarded } }).end();
    const [reply] = (await once(asked, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of reply) text += String(chunk);
    return (JSON.parse(text) as { address: string }).address;
  };
  await answering('', async (url) => {
    assert.equal(await seenBy(url, '203.0.113.9'), '127.0.0.1', 'by default nobody is believed');
  });
  await answering('127.0.0.1, 10.0.0.0/8', async (url) => {
    assert.equal(await seenBy(url, '203.0.113.9'), '203.0.113.9');
    assert.equal(await seenBy(url, '198.51.100.1, 203.0.113.9'), '203.0.113.9', 'what came with it to the proxy is not believed');
    assert.equal(await seenBy(url, '198.51.100.1, 203.0.113.9, 10.1.2.3'), '203.0.113.9', 'through two proxies');
    assert.equal(await seenBy(url, '203.0.113.9', '127.0.0.2'), '127.0.0.2', 'a peer that is no proxy is not believed');
  });
});

test('a range or role that is none stops the node at its start', async () => {
  for (const flags of [
    { metricsFrom: '10.0.0.0/99' },
    { trustedProxies: '10.0.0.0/99' },
    { roleAddresses: 'king=10.0.0.0/8' },
    { roleAddresses: 'owner=10.0.0.0/99' },
  ])
    await assert.rejects(opened(flags), { code: 'CONFIG_INVALID' });
  const oidc = { oidcIssuer: 'https://id.example', oidcClient: 'suho' };
  await assert.rejects(opened({ ...oidc, oidcRoles: 'desk=king' }), { code: 'CONFIG_INVALID' });
});

test('the link leads to where browsers reach the node', async () => {
  await using usual = await opened({});
  assert.match(usual.access.adminLink().url, /^https:\/\/127\.0\.0\.1:8080\/enter\/[\w-]{43}$/);
  await using behind = await opened({ publicUrl: 'https://suho.example' });
  assert.match(behind.access.adminLink().url, /^https:\/\/suho\.example\/enter\//);
});

test('over TLS the link’s cookies are secure, metrics are refused to who may not, and plain HTTP is not answered', async () => {
  await using node = await opened({ httpTls: true, metricsFrom: '' });
  const { access, folder } = node;
  const tls = await developmentCertificate(folder.path, systemClock.nowMs());
  const health = {
    readiness: async () => ({ ready: true, parts: { ledger: { ok: true } } }),
    metrics: async () => ({ contentType: 'text/plain', body: 'x 1' }),
  };
  const http = await serveHttp({
    ...{ host: '127.0.0.1', port: 0, tls },
    authenticate: (asked) => access.entrance.principal(fromOf(asked), asked.method),
    routes: [...healthRoutes({ ...health, mayMeasure: (asked) => access.mayMeasure(asked) }), ...access.routes],
  });
  try {
    assert.match(http.url, /^https:/);
    const ask = async (path: string, cookie = ''): Promise<{ readonly reply: IncomingMessage; readonly text: string }> => {
      const asked = request(`${http.url}${path}`, { ca: tls.cert, headers: { cookie } }).end();
      const [reply] = (await once(asked, 'response')) as [IncomingMessage];
      let text = '';
      for await (const chunk of reply) text += String(chunk);
      return { reply, text };
    };
    const entered = await ask(new URL(access.adminLink().url).pathname);
    const set = entered.reply.headers['set-cookie'] ?? [];
    assert.equal(set.length, 2);
    for (const cookie of set) assert.match(cookie, /; Secure/);
    assert.equal((await ask('/livez')).reply.statusCode, 200);
    assert.deepEqual(JSON.parse((await ask('/readyz')).text), { status: 'ready', parts: {} });
    assert.equal((await ask('/metrics')).reply.statusCode, 401);
    const cookie = set.map((one) => one.split(';')[0]).join('; ');
    assert.equal((await ask('/metrics', cookie)).text, 'x 1');
    assert.deepEqual(Object.keys((JSON.parse((await ask('/readyz', cookie)).text) as { parts: object }).parts), ['ledger']);
    await assert.rejects(fetch(http.url.replace('https:', 'http:')));
  } finally {
    await http.close();
  }
});
