/** Signing in by an OpenID provider: a real one, in this process, and a browser that follows where it is sent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roleOfClaim } from '../../src/admin/oidc.js';
import { LIMITS } from '../../src/limits.js';
import { accessWorld } from '../support/access-world.js';
import { CLIENT, type Person, providerFor, SECRET } from '../support/oidc-people.js';

const ROLES = ['desk=operator', 'acme=tenant-admin@north'].map(roleOfClaim);

/** Keeps each origin's cookies, and goes where it is sent until it is let in or not. */
class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();
  readonly visited: URL[] = [];

  async open(at: string, until: (url: URL) => boolean = () => false): Promise<{ readonly status: number; readonly url: URL }> {
    let url = new URL(at);
    for (;;) {
      if (until(url)) return { status: 0, url };
      this.visited.push(url);
      const reply = await fetch(url, { redirect: 'manual', headers: { cookie: this.cookiesFor(url) } });
      for (const set of reply.headers.getSetCookie()) this.#keep(url, set);
      await reply.arrayBuffer();
      const to = reply.headers.get('location');
      if (to === null || to === '/') return { status: reply.status, url };
      url = new URL(to, url);
    }
  }

  cookiesFor({ origin }: URL): string {
    return [...(this.#cookies.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keep({ origin }: URL, set: string): void {
    const [name = '', value = ''] = (set.split(';')[0] as string).split(/=(.*)/s);
    const own = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, own);
    if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(set)) own.delete(name);
    else own.set(name, value);
  }
}

async function joined(people: Readonly<Record<string, Person>>) {
  const provider = await providerFor(people);
  const world = await accessWorld({
    oidc: { issuer: provider.issuer, client: CLIENT, secret: SECRET, claim: 'groups', roles: ROLES },
  });
  provider.open(`${world.url}/v1/oidc/callback`);
  return {
    ...{ world, provider },
    [Symbol.asyncDispose]: async () => {
      await world[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
    },
  };
}

const PEOPLE = {
  ann: { groups: ['staff', 'desk'], amr: ['pwd', 'otp'] },
  bob: { groups: ['acme'], amr: ['pwd'] },
  eve: { groups: ['staff'], amr: ['pwd', 'otp'] },
};

test('whom the provider vouches for comes in with the role of the claim, by PKCE, and with its second factor', async () => {
  await using both = await joined(PEOPLE);
  const { world, provider } = both;
  const come = async (name: string) => {
    provider.signInAs(name);
    const browser = new Browser();
    const end = await browser.open(`${world.url}/v1/oidc/login`);
    return {
      browser,
      end,
      me: await world.ask('GET', '/v1/me', { headers: { cookie: browser.cookiesFor(new URL(world.url)) } }),
    };
  };
  const ann = await come('ann');
  assert.equal(ann.end.status, 303);
  assert.deepEqual([ann.me.body.name, ann.me.body.role, ann.me.body.tenantId], ['oidc:ann', 'operator', null]);
  assert.equal(typeof ann.me.body.secondFactorUntilMs, 'number');
  const sent = ann.browser.visited[1]?.searchParams;
  assert.deepEqual([sent?.get('code_challenge_method'), sent?.get('response_type')], ['S256', 'code']);
  for (const word of ['state', 'nonce', 'code_challenge']) assert.ok((sent?.get(word) ?? '').length >= 22, word);
  const bob = await come('bob');
  assert.deepEqual([bob.me.body.role, bob.me.body.tenantId, bob.me.body.secondFactorUntilMs], ['tenant-admin', 'north', null]);
  const eve = await come('eve');
  assert.deepEqual([eve.end.status, eve.me.status], [403, 401]);
});

test('what comes back is taken once, in the browser that was sent, in time, and as the provider gave it', async () => {
  await using both = await joined(PEOPLE);
  const { world, provider } = both;
  provider.signInAs('ann');
  const atCallback = (url: URL) => url.pathname === '/v1/oidc/callback';
  const back = async () => {
    const browser = new Browser();
    return { browser, url: (await browser.open(`${world.url}/v1/oidc/login`, atCallback)).url };
  };
  const stolen = await back();
  assert.equal((await new Browser().open(stolen.url.href)).status, 401);
  const own = await back();
  const changed = new URL(own.url);
  changed.searchParams.set('code', `${own.url.searchParams.get('code')}x`);
  assert.equal((await own.browser.open(changed.href)).status, 401);
  assert.equal((await own.browser.open(own.url.href)).status, 401);
  const late = await back();
  world.clock.advanceTo(world.clock.nowMs() + LIMITS.access.oidcMs);
  assert.equal((await late.browser.open(late.url.href)).status, 401);
  const good = await back();
  assert.equal((await good.browser.open(good.url.href)).status, 303);
  assert.equal((await good.browser.open(good.url.href)).status, 401);
  for (const text of [...world.logged, ...world.bodies]) assert.ok(!text.includes(SECRET), text);
});

test('a provider that is away is no reason to be away, and is asked again', async () => {
  await using both = await joined(PEOPLE);
  await using away = await accessWorld({
    oidc: { issuer: 'http://127.0.0.1:9', client: CLIENT, secret: SECRET, claim: 'groups', roles: ROLES },
  });
  for (let number = 0; number < 2; number++) assert.equal((await away.ask('GET', '/v1/oidc/login')).status, 503);
  assert.equal((await both.world.ask('GET', '/v1/oidc/login')).status, 303);
});

test('a table of roles that says what cannot be is refused', () => {
  for (const text of ['desk=king', 'desk=operator@north', 'acme=tenant-admin', '=owner@'])
    assert.throws(() => roleOfClaim(text), { code: 'CONFIG_INVALID' }, text);
  assert.deepEqual(roleOfClaim('cn=desk=operator'), { value: 'cn=desk', role: 'operator', tenantId: '_node' });
});
