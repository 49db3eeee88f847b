/**
 * Everything that people, programs and EAs come in by goes through a whole node, rightly and wrongly, and so does what its settings
 * know: nothing of it is in a log line, in an answer that refuses, in metrics, in the documents or in the audit log.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hotp, fromBase32, stepOf } from '../../src/access/totp.js';
import { systemClock } from '../../src/runtime/clock.js';
import { all } from '../contracts/ledger-world.js';
import { until } from '../support/actors.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { type Answer, PASSWORD, thingsOf, WholeNode, type Words } from '../support/whole-node.js';

const PLANTED = {
  webhook: 'zqwebhook-secret-of-settings',
  webhookPath: 'zqwebhook-path-of-settings',
  mail: 'zqmail-password',
  telegram: '123456:zqtelegram-token-of-settings',
  cache: 'zqcache-password',
  bus: 'zqbus-password',
  oidc: 'zqoidc-secret',
} as const;
const NOWHERE = '127.0.0.1:9';
const SETTINGS = {
  channels: {
    hook: { kind: 'webhook', url: `http://${NOWHERE}/${PLANTED.webhookPath}`, secret: PLANTED.webhook },
    mail: { kind: 'email', server: `smtp://suho:${PLANTED.mail}@${NOWHERE}`, from: 'a@example.com', to: ['b@example.com'] },
    phone: { kind: 'telegram', token: PLANTED.telegram, base: `http://${NOWHERE}` },
  },
  escalation: { warning: { steps: [{ to: ['hook', 'mail', 'phone'] }], repeatMinutes: 60 } },
};
const reason = 'the test wants it';

/** What came to be known, by what it is; and what was told that must not hold it. */
class Listener {
  readonly secrets = new Map<string, string>(Object.entries({ ...PLANTED, password: PASSWORD }));
  readonly told: string[] = [];

  constructor(readonly whole: WholeNode) {}

  keep(what: string, secret: unknown): string {
    assert.ok(typeof secret === 'string' && secret.length > 5, `${what} is there`);
    this.secrets.set(what, secret);
    return secret;
  }

  /** What refuses is listened to; what shows a secret once is not. */
  async ask(
    path: string,
    token: string | undefined,
    words: Words = {},
  ): Promise<Answer & { readonly body: Record<string, unknown> }> {
    const answer = await this.whole.ask(path, token, words);
    if (answer.status >= 400) this.told.push(JSON.stringify([answer.text, answer.headers]));
    return { ...answer, body: answer.text.startsWith('{') ? (JSON.parse(answer.text) as Record<string, unknown>) : {} };
  }

  post(path: string, token: string | undefined, body: object): ReturnType<Listener['ask']> {
    return this.ask(path, token, { method: 'POST', body });
  }
}

async function peopleCome(listener: Listener): Promise<void> {
  const { whole } = listener;
  const owner = whole.tokenOf('owner');
  for (const [name, seed] of whole.seeds) listener.keep(`seed of ${name}`, seed);
  for (const { word, token } of whole.askers.values()) listener.keep(`token of ${word}`, token);
  const next = listener.keep('another password', 'another horse of zq');
  const user = { name: 'zed', role: 'operator', password: PASSWORD };
  await listener.post('/v1/users', owner, user);
  await listener.post('/v1/users', owner, user);
  const { body } = await listener.post('/v1/session', undefined, { name: 'zed', password: PASSWORD, tokens: true });
  const token = listener.keep('access', body.token);
  const refresh = listener.keep('refresh', body.refreshToken);
  await listener.post('/v1/session', undefined, { name: 'zed', password: listener.keep('wrong password', 'zqwrong-password') });
  const seed = listener.keep('seed', (await listener.ask('/v1/session/totp', token, { method: 'POST' })).body.secret);
  await listener.post('/v1/session/totp/confirm', token, { code: '000000' });
  const code = hotp(fromBase32(seed), stepOf(systemClock.nowMs()));
  const { recoveryCodes } = (await listener.post('/v1/session/totp/confirm', token, { code })).body;
  for (const one of recoveryCodes as string[]) listener.keep(`recovery ${one}`, one);
  const [recovery = '', spare = ''] = recoveryCodes as string[];
  await listener.post('/v1/session/second-factor', token, { code: recovery });
  await listener.post('/v1/session/second-factor', token, { code: recovery });
  await listener.post('/v1/session', undefined, { name: 'zed', password: PASSWORD, totp: spare, more: spare });
  await listener.post('/v1/me/password', token, { old: 'zqwrong-password', password: next });
  const changed = (await listener.post('/v1/me/password', token, { old: PASSWORD, password: next })).body;
  listener.keep('access after it', changed.token);
  const newest = listener.keep('refresh after it', changed.refreshToken);
  await listener.post('/v1/session/refresh', undefined, { refreshToken: refresh });
  const refreshed = (await listener.post('/v1/session/refresh', undefined, { refreshToken: newest })).body;
  listener.keep('refreshed', refreshed.token);
  await listener.post('/v1/session/refresh', undefined, { refreshToken: newest });
  await listener.ask('/v1/users/zed', owner, { method: 'PATCH', body: { password: listener.keep('too short', 'zqshort') } });
  const raw = { method: 'POST', headers: { 'content-type': 'application/json' } };
  for (const text of [`{"password":"${next}`, `${next}`, `{"${next}":1}`]) {
    const answer = await fetch(`${whole.url}/v1/session`, { ...raw, body: text });
    assert.equal(answer.status, 400);
    listener.told.push(await answer.text());
  }
}

async function browsersCome(listener: Listener): Promise<void> {
  const { whole } = listener;
  const link = new URL(whole.node.adminLink().url).pathname;
  listener.keep('link', link.split('/')[2]);
  const entered = await fetch(`${whole.url}${link}`, { redirect: 'manual' });
  const cookies = entered.headers.getSetCookie().map((one) => one.split(';')[0] as string);
  cookies.forEach((one, at) => void listener.keep(`cookie ${at}`, one.split('=')[1]));
  const headers = { cookie: cookies.join('; ') };
  listener.keep('csrf', (await listener.ask('/v1/me', undefined, { headers })).body.csrf);
  for (const path of [link, `${link}/more?token=${cookies[0]}`]) await listener.ask(path, undefined);
  const body = { scope: 'node', reason };
  assert.equal((await listener.ask('/v1/halt', undefined, { method: 'POST', body, headers })).body.code, 'CSRF');
  await listener.ask('/v1/oidc/login', undefined);
  await listener.ask(`/v1/oidc/callback?state=x&code=${listener.keep('code of OIDC', 'zqcode-of-oidc')}`, undefined);
}

async function programsCome(listener: Listener): Promise<void> {
  const { whole } = listener;
  const owner = whole.tokenOf('owner');
  const wish = { reason, name: 'zqbot', role: 'auditor' };
  const key = listener.keep('API key', (await listener.post('/v1/api-keys', owner, wish)).body.key);
  await listener.post('/v1/api-keys', owner, wish);
  assert.equal((await listener.ask('/v1/stores', key)).status, 200);
  await listener.post('/v1/halt', key, { scope: 'node', reason });
  await listener.ask('/v1/api-keys/zqbot', owner, { method: 'DELETE', body: { reason } });
  assert.equal((await listener.ask(`/v1/stores?key=${key}`, key)).status, 401);
  const { account } = thingsOf('north');
  const { rows } = (await listener.post('/v1/accounts', owner, { reason, tenant: 'north' })).body;
  const [made] = rows as { readonly account: string; readonly key: string }[];
  listener.keep('key of an EA', made?.key);
  const rotated = (await listener.post(`/v1/accounts/${made?.account}/rotate`, owner, { reason, now: true })).body;
  listener.keep('key that was rotated', rotated.key);
  await listener.post(`/v1/accounts/${made?.account}/finish`, owner, { reason });
  await whole.connect('north');
  for (const one of whole.keys) listener.keep('key of an EA that came', one);
  const wrong = listener.keep('key of no EA', `suho_${'0f'.repeat(32)}`);
  await whole.knock({ account, tenant: 'north', key: wrong });
}

async function overheard({ whole, told }: Listener): Promise<ReadonlyMap<string, readonly string[]>> {
  const owner = whole.tokenOf('owner');
  const text = async (path: string): Promise<string> => (await whole.ask(path, owner)).text;
  const audit = await all((after) => whole.ledger.listAudit(after));
  return new Map([
    ['a log line', whole.logged],
    ['an answer that refuses', told],
    ['metrics', [await text('/metrics')]],
    ['the documents', [await text('/openapi.json'), await text('/docs')]],
    ['the audit log', audit.map((entry) => JSON.stringify(entry))],
    ['the state of the node', await Promise.all(['/readyz', '/v1/stores', '/v1/cluster', '/v1/jobs', '/v1/actors'].map(text))],
    ['what stands of users and alerts', await Promise.all(['/v1/users', '/v1/api-keys', '/v1/alerts', '/v1/accounts'].map(text))],
  ]);
}

test('no secret is told by a whole node, whatever comes', async () => {
  await using folder = await temporaryFolder();
  const alerts = await folder.write('alerts.json', JSON.stringify(SETTINGS));
  await using whole = await WholeNode.open({
    alerts,
    cache: `redis://:${PLANTED.cache}@${NOWHERE}`,
    bus: `nats://suho:${PLANTED.bus}@${NOWHERE}`,
  });
  const listener = new Listener(whole);
  await peopleCome(listener);
  await browsersCome(listener);
  await programsCome(listener);
  const fails = (what: string): boolean => whole.logged.some((line) => line.includes(what));
  await until(() => ['hook', 'mail', 'phone'].every(fails), 'each channel has failed to tell');
  for (const [where, texts] of await overheard(listener)) {
    assert.ok(texts.length > 0, `${where} was heard`);
    for (const text of texts)
      for (const [what, secret] of listener.secrets)
        assert.ok(!text.includes(secret), `${what} is in ${where}: ${text.slice(0, 400)}`);
  }
});
