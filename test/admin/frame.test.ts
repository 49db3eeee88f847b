/** The frame of HTTP: problems, headers, tags, pages, limits, and the description of the interface. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { Meter } from '../../src/accounts/meter.js';
import { requestLimits } from '../../src/admin/request-limits.js';
import { route } from '../../src/admin/route.js';
import { LIMITS } from '../../src/limits.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import type { UsageKind } from '../../src/accounts/usage.js';
import { readCostUnits, readTiers } from '../../src/storage/tier-table.js';
import { raise, START_MS } from '../contracts/ledger-world.js';
import { type HttpWorld, httpWorld } from '../support/http-world.js';

const SECURE = ['content-security-policy', 'x-content-type-options', 'x-frame-options', 'referrer-policy', 'cache-control'];

const echo = route({
  method: 'POST',
  url: '/v1/echo/:word',
  tag: 'test',
  summary: 'Says it again.',
  needs: 'tenants.act',
  secondFactor: false,
  params: z.strictObject({ word: z.string().max(8) }),
  body: z.strictObject({ said: z.string(), none: z.number().nullable() }),
  answer: z.object({ said: z.string(), none: z.number().nullable() }),
  handle: async ({ body }) => ({ ...body, secret: 'not named by the route' }),
});
const broken = route({
  url: '/v1/broken',
  tag: 'test',
  summary: 'Fails.',
  needs: 'anyone',
  handle: async () => {
    throw new Error('a secret of the node');
  },
});

async function problem(answer: Response, status: number): Promise<string> {
  assert.equal(answer.status, status);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  for (const name of SECURE) assert.ok(answer.headers.get(name), `${name} on ${status}`);
  const body = (await answer.json()) as Record<string, unknown>;
  assert.deepEqual([body.status, body.type], [status, 'about:blank']);
  assert.equal(typeof body.title, 'string');
  return String(body.detail);
}

describe('the frame of HTTP', () => {
  let world: HttpWorld;
  before(async () => {
    world = await httpWorld({ more: [echo, broken] });
  });
  after(() => world[Symbol.asyncDispose]());
  const post = (path: string, body: string, as = 'owner') =>
    world.ask(path, as, { method: 'POST', body, headers: { 'content-type': 'application/json' } });

  test('what goes wrong is told as a problem, whatever it is', async () => {
    assert.match(await problem(await world.ask('/v1/nothing?x=1', 'owner'), 404), /there is no GET \/v1\/nothing$/);
    assert.match(await problem(await world.ask('/v1/%zz', 'owner'), 400), /./);
    assert.match(await problem(await world.ask('/v1/signals?most=501', 'owner'), 400), /most/);
    assert.match(await problem(await world.ask('/v1/signals?who=me', 'owner'), 400), /query/);
    assert.match(await problem(await world.ask('/v1/signals?from=yesterday', 'owner'), 400), /from/);
    assert.match(await problem(await world.ask('/v1/signals?after=x', 'owner'), 400), /does not continue/);
    assert.match(await problem(await world.ask('/v1/signals/1', 'owner'), 400), /id/);
    assert.match(await problem(await post('/v1/echo/a', '{"said":1,"none":null}'), 400), /body said/);
    assert.match(await problem(await post('/v1/echo/a', '{"said"'), 400), /./);
    assert.match(await problem(await post('/v1/echo/longer-than-eight', '{}'), 400), /word/);
    await problem(await post('/v1/echo/a', `"${'x'.repeat(LIMITS.http.bodyBytes)}"`), 413);
    await problem(
      await world.ask('/v1/echo/a', 'owner', { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } }),
      415,
    );
    await problem(await world.ask(`/v1/models/${'x'.repeat(LIMITS.http.paramText + 1)}`, 'owner'), 414);
    await problem(await world.ask('/v1/signals'), 401);
    await problem(await post('/v1/echo/a', '{"said":"","none":null}', 'auditor'), 403);
  });

  test('an error of the node’s own keeps its sentence to itself', async () => {
    assert.ok(!(await problem(await world.ask('/v1/broken'), 500)).includes('secret'));
  });

  test('an address that answers other methods says which', async () => {
    const wrong = await world.ask('/v1/signals', 'owner', { method: 'DELETE' });
    assert.match(await problem(wrong, 405), /GET, HEAD/);
    assert.equal(wrong.headers.get('allow'), 'GET, HEAD');
    const get = await world.ask('/v1/echo/a', 'owner');
    assert.equal(get.headers.get('allow'), 'POST');
    await problem(get, 405);
    const head = await world.ask('/v1/signals', 'owner', { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text()], [200, '']);
  });

  test('what is no HTTP is answered with a problem, and cut', async () => {
    const socket = connect(world.server.port, '127.0.0.1');
    socket.write('GARBAGE\r\n\r\n');
    let text = '';
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString();
    });
    await once(socket, 'close');
    assert.match(text, /^HTTP\/1\.1 400 /);
    assert.match(text, /content-security-policy: default-src 'none'/);
    assert.match(text, /application\/problem\+json/);
  });

  test('an answer has what its route names and nothing else', async () => {
    assert.deepEqual(await (await post('/v1/echo/a', '{"said":"so","none":null}')).json(), { said: 'so', none: null });
  });

  test('each answer forbids what a browser might do with it', async () => {
    for (const path of ['/livez', '/v1/signals', '/docs', '/openapi.json']) {
      const answer = await world.ask(path, 'owner');
      for (const name of SECURE) assert.ok(answer.headers.get(name), `${name} of ${path}`);
      assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    }
  });

  test('what has not changed is not sent again', async () => {
    const first = await world.ask('/v1/signals?most=3', 'owner');
    const tag = first.headers.get('etag') ?? '';
    assert.match(tag, /^W\/"[\w-]+"$/);
    assert.equal(first.headers.get('cache-control'), 'private, no-cache');
    const asked = (value: string) => world.ask('/v1/signals?most=3', 'owner', { headers: { 'if-none-match': value } });
    for (const value of [tag, tag.slice(2), `"x", ${tag}`, '*']) {
      const again = await asked(value);
      assert.deepEqual([again.status, again.headers.get('etag'), await again.text()], [304, tag, ''], value);
    }
    assert.equal((await asked('"x"')).status, 200);
    await world.ledger.commit([raise(3, 40, { createdAt: START_MS + 50 * 900_000 })]);
    const changed = await asked(tag);
    assert.equal(changed.status, 200);
    assert.notEqual(changed.headers.get('etag'), tag);
    assert.equal((await world.ask('/v1/nothing', 'owner')).headers.get('etag'), null);
  });

  test('pages miss nothing and double nothing while rows come', async () => {
    interface Listed {
      readonly rows: readonly { readonly id: string }[];
      readonly next: string | null;
    }
    const page = async (query: string) => (await (await world.ask(`/v1/signals?${query}`, 'owner')).json()) as Listed;
    const were = (await page('most=500')).rows.map(({ id }) => id);
    const seen: string[] = [];
    let next: string | null = null;
    let number = 100;
    do {
      const one: Listed = await page(`most=2${next === null ? '' : `&after=${next}`}`);
      seen.push(...one.rows.map(({ id }) => id));
      next = one.next;
      await world.ledger.commit([raise(3, number, { createdAt: START_MS + number * 900_000 })]);
      number += 1;
    } while (next !== null);
    assert.deepEqual(seen, were);
    assert.ok(were.length >= 8);
  });

  test('the interface is described: each route, each of its parameters, each answer', async () => {
    const document = (await (await world.ask('/openapi.json')).json()) as {
      openapi: string;
      paths: Record<
        string,
        Record<string, { parameters?: { name: string; in: string; required?: boolean }[]; responses: object }>
      >;
    };
    assert.equal(document.openapi, '3.1.0');
    for (const { method, url, params, query } of world.routes) {
      const path = url.replace(/:([A-Za-z]+)/g, '{$1}');
      const described = document.paths[path]?.[method.toLowerCase()];
      assert.ok(described, `${method} ${path}`);
      const names = (where: string) => (described.parameters ?? []).filter((one) => one.in === where).map(({ name }) => name);
      assert.deepEqual(names('path').sort(), Object.keys(params.shape).sort(), path);
      assert.deepEqual(names('query').sort(), Object.keys(query.shape).sort(), path);
      assert.ok(
        (described.parameters ?? []).every((one) => one.in !== 'path' || one.required),
        path,
      );
      assert.ok('default' in described.responses && Object.keys(described.responses).length >= 1, path);
    }
    const text = JSON.stringify(document);
    assert.ok(!/"\$ref":"#\/definitions|"\$schema"/.test(text));
    const page = await (await world.ask('/docs')).text();
    for (const { url } of world.routes) assert.ok(page.includes(`${url}</h3>`), url);
    assert.ok(!page.includes('<script'));
  });
});

test('requests of a tenant are counted as its tier has it, and past that refused until the minute is over', async () => {
  const tiers = await readTiers();
  const counted: [string, UsageKind, number][] = [];
  const meter = new Meter({ tiers, costs: await readCostUnits(), count: (...use) => void counted.push(use) });
  const clock = new SteppedClock(START_MS + 15_000);
  const limits = requestLimits({ meter, tiers, tierOf: (id) => (id === 'north' ? 'free' : 'enterprise'), clock, machine: clock });
  await using world = await httpWorld({ limits });
  const { amount } = tiers.rate('free', 'requests');
  for (let asked = 1; asked <= amount; asked++) {
    const answer = await world.ask('/v1/symbols', asked % 2 === 0 ? 'tenant-admin@north' : 'tenant-reader@north');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('ratelimit'), `"requests";r=${amount - asked};t=45`);
    assert.equal(answer.headers.get('ratelimit-policy'), `"requests";q=${amount};w=60`);
  }
  const refused = await world.ask('/v1/symbols', 'tenant-admin@north');
  assert.equal(refused.headers.get('retry-after'), '45');
  await problem(refused, 429);
  assert.equal(counted.filter(([tenant, what]) => tenant === 'north' && what === 'requests').length, amount);
  assert.ok(counted.some(([tenant, what]) => tenant === 'north' && what === 'cost'));
  assert.equal((await world.ask('/v1/symbols', 'tenant-admin@south')).status, 200);
  assert.equal((await world.ask('/v1/symbols', 'owner')).status, 200);
  clock.advanceTo(START_MS + 60_000);
  assert.equal((await world.ask('/v1/symbols', 'tenant-admin@north')).status, 200);
});

test('requests of everybody else are bounded by their address, where nothing is and where nobody is known too', async () => {
  const tiers = await readTiers();
  const meter = new Meter({ tiers, costs: await readCostUnits(), count: () => {} });
  const clock = new SteppedClock(START_MS);
  const limits = requestLimits({ meter, tiers, tierOf: () => 'free', clock, machine: clock });
  await using world = await httpWorld({ limits });
  for (let asked = 0; asked < LIMITS.http.perAddress; asked++) limits.take(undefined, '127.0.0.1');
  for (const [path, as] of [['/livez'], ['/v1/nothing'], ['/v1/signals'], ['/v1/signals', 'owner']] as const)
    await problem(await world.ask(path, as), 429);
  assert.equal((await world.ask('/v1/signals', 'tenant-admin@north')).status, 200);
  assert.equal(limits.take(undefined, '127.0.0.2').admitted, true);
  clock.advanceTo(START_MS + LIMITS.http.addressSpanMs);
  assert.equal((await world.ask('/livez')).status, 200);
});
