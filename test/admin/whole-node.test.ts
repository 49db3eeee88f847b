/**
 * Every address that a node answers, asked by everybody there is: users, programs and EAs of every role, of the tenant whose things
 * are asked for and of another, and nobody. What is another tenant's is answered, byte for byte, as what is not there.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { uuid } from '../contracts/ledger-world.js';
import { until } from '../support/actors.js';
import { honestGraph } from '../support/own-graphs.js';
import {
  type Answer,
  type Asker,
  BOTH,
  markOf,
  NOTHING,
  type Tenant,
  type Thing,
  thingsOf,
  type Words,
  WholeNode,
} from '../support/whole-node.js';

type Who =
  | 'anyone'
  /** Whoever is somebody. */
  | 'everyone'
  | 'staff'
  | 'log-readers'
  /** Whoever acts on the node. */
  | 'operators'
  /** Whoever acts on tenants. */
  | 'actors'
  | 'user-makers';

/** What is asked of the north's, and of whom it is answered. */
interface Case {
  readonly for: Who;
  readonly ask: (of: Thing) => string;
  readonly body?: (of: Thing) => object;
  /** What it names is the north's: to the south it is not there. */
  readonly of?: 'tenant' | 'account';
  readonly factor?: boolean;
  /** For users who signed in: to programs and EAs it is 403. */
  readonly signedIn?: true;
  /** Of what is answered to those who may: 200 unasked. */
  readonly says?: readonly number[];
  /** Makes what is then asked for. */
  readonly first?: (whole: WholeNode) => Promise<unknown>;
}

const reason = 'the test wants it';
const GRAPH = Buffer.from(honestGraph({ steps: 5 })).toString('base64');
let made = 0;
const another = (): string => {
  made += 1;
  return `new-${made}`;
};

const seen = (ask: Case['ask'], more: Partial<Case> = {}): Case => ({ for: 'everyone', ask, ...more });
const staff = (ask: string, more: Partial<Case> = {}): Case => ({ for: 'staff', ask: () => ask, ...more });
const open = (ask: string, ...says: number[]): Case => ({ for: 'anyone', ask: () => ask, says });
const acted = (ask: Case['ask'], body: Case['body'], more: Partial<Case> = {}): Case => ({
  ...{ for: 'actors', of: 'tenant', factor: true, ask },
  body: (of) => ({ reason, ...body?.(of) }),
  ...more,
});
const onNode = (ask: string, body: object = {}, ...says: number[]): Case => ({
  ...{ for: 'operators', factor: true, ask: () => ask, body: () => ({ reason, ...body }), says: says.length > 0 ? says : [200] },
});
const keyed = (word: string, ...says: number[]): Case =>
  acted(
    ({ spare }) => `/v1/accounts/${spare}/${word}`,
    () => ({}),
    { says },
  );

async function mustBe(answer: Promise<Answer>, ...statuses: number[]): Promise<void> {
  const { status, text } = await answer;
  assert.ok(statuses.includes(status), text);
}
const there = (whole: WholeNode, path: string, body: object): Promise<void> =>
  mustBe(whole.ask(path, whole.tokenOf('owner'), { method: 'POST', body }), 200, 201, 409);
const NORTH = thingsOf('north');

/** Ends what it is asked by: the last. */
const ENDING = 'DELETE /v1/session';

const CASES: Readonly<Record<string, Case | readonly Case[]>> = {
  'GET /': open('/', 200),
  'GET /assets/:file': open('/assets/none.js', 404),
  'GET /livez': open('/livez', 200),
  'GET /readyz': open('/readyz', 200, 503),
  'GET /metrics': open('/metrics', 200),
  'GET /openapi.json': open('/openapi.json', 200),
  'GET /docs': open('/docs', 200),
  'GET /enter/:token': open('/enter/none', 401),
  'GET /v1/oidc/login': open('/v1/oidc/login', 503),
  'GET /v1/oidc/callback': open('/v1/oidc/callback?state=none', 401),
  'GET /v1/stream': seen(() => '/v1/stream', { says: [426] }),
  'GET /v1/actors': staff('/v1/actors?depth=1'),
  'GET /v1/models': staff('/v1/models'),
  'GET /v1/models/:name': staff('/v1/models/trees-m1', { says: [200, 404] }),
  'GET /v1/stores': staff('/v1/stores'),
  'GET /v1/cluster': staff('/v1/cluster'),
  'GET /v1/jobs': staff('/v1/jobs'),
  'GET /v1/latency': staff('/v1/latency'),
  'GET /v1/symbols': seen(() => '/v1/symbols'),
  'GET /v1/symbols/:symbol': seen(() => '/v1/symbols/EURUSD'),
  'GET /v1/symbols/:symbol/candles': seen(() => '/v1/symbols/EURUSD/candles'),
  'GET /v1/symbols/:symbol/features': seen(() => '/v1/symbols/EURUSD/features'),
  'GET /v1/tenants': seen(() => '/v1/tenants'),
  'GET /v1/tenants/:id': seen(({ tenant }) => `/v1/tenants/${tenant}`, { of: 'tenant' }),
  'GET /v1/tenants/:id/results': seen(({ tenant }) => `/v1/tenants/${tenant}/results`, { of: 'tenant' }),
  'GET /v1/accounts': seen(() => '/v1/accounts'),
  'GET /v1/accounts/:id': seen(({ account }) => `/v1/accounts/${account}`, { of: 'account' }),
  'GET /v1/accounts/:id/equity': seen(({ account }) => `/v1/accounts/${account}/equity`, { of: 'account' }),
  'GET /v1/accounts/:id/statement': (['json', 'csv', 'pdf'] as const).map((format) =>
    seen(({ account }) => `/v1/accounts/${account}/statement?format=${format}`, { of: 'account' }),
  ),
  'GET /v1/accounts/:id/commands': seen(({ account }) => `/v1/accounts/${account}/commands`, { of: 'account' }),
  'GET /v1/accounts/:id/commands/:command': seen(({ account, command }) => `/v1/accounts/${account}/commands/${command}`, {
    of: 'account',
  }),
  'GET /v1/signals': seen(() => '/v1/signals'),
  'GET /v1/signals/:id': seen(({ signal }) => `/v1/signals/${signal}`, { of: 'account' }),
  'GET /v1/refusals': seen(() => '/v1/refusals'),
  'GET /v1/executions': seen(() => '/v1/executions'),
  'GET /v1/deals': seen(() => '/v1/deals'),
  'GET /v1/risk-events': seen(() => '/v1/risk-events'),
  'GET /v1/audit': { for: 'log-readers', ask: () => '/v1/audit' },
  'GET /v1/audit/verify': { for: 'log-readers', ask: () => '/v1/audit/verify' },
  'GET /v1/alerts': seen(() => '/v1/alerts'),
  'GET /v1/alert-rules': seen(() => '/v1/alert-rules'),
  'POST /v1/alerts/:id/acknowledge': {
    ...{ for: 'actors', of: 'tenant', ask: ({ alert }) => `/v1/alerts/${alert}/acknowledge`, body: () => ({ note: 'seen' }) },
  },
  'GET /v1/predictions': seen(() => '/v1/predictions?symbol=EURUSD'),
  // This node keeps no analytics.
  'GET /v1/history': seen(() => '/v1/history?symbol=EURUSD', { says: [501] }),
  'GET /v1/own-models': seen(({ tenant }) => `/v1/own-models?tenant=${tenant}`, { of: 'tenant' }),
  'POST /v1/own-models': acted(
    ({ tenant }) => `/v1/own-models?tenant=${tenant}`,
    ({ model }) => ({ name: model, graph: GRAPH, timeframe: 'M15' }),
  ),
  'DELETE /v1/own-models/:name': acted(
    ({ tenant, model }) => `/v1/own-models/${model}?tenant=${tenant}`,
    () => ({}),
    {
      first: (whole) =>
        there(whole, '/v1/own-models?tenant=north', { reason, name: NORTH.model, graph: GRAPH, timeframe: 'M15' }),
    },
  ),
  'POST /v1/halt': [
    acted(
      () => '/v1/halt',
      ({ account: id }) => ({ scope: 'account', id }),
      { factor: false },
    ),
    acted(
      () => '/v1/halt',
      ({ tenant: id }) => ({ scope: 'tenant', id }),
      { factor: false },
    ),
    { for: 'operators', ask: () => '/v1/halt', body: () => ({ scope: 'node', reason }) },
  ],
  'POST /v1/resume': [
    acted(
      () => '/v1/resume',
      ({ account: id }) => ({ scope: 'account', id }),
      { says: [200, 403] },
    ),
    acted(
      () => '/v1/resume',
      ({ tenant: id }) => ({ scope: 'tenant', id }),
      { says: [200, 403] },
    ),
    onNode('/v1/resume', { scope: 'node' }),
  ],
  'POST /v1/signals/:id/cancel': acted(
    ({ signal }) => `/v1/signals/${signal}/cancel`,
    () => ({}),
    { says: [409] },
  ),
  'POST /v1/accounts': acted(
    () => '/v1/accounts',
    ({ tenant }) => ({ tenant }),
  ),
  'POST /v1/accounts/:id/commands': acted(
    ({ account }) => `/v1/accounts/${account}/commands`,
    () => ({ action: 'reconnect' }),
    { says: [409] },
  ),
  'POST /v1/accounts/:id/rotate': keyed('rotate', 200, 409),
  'POST /v1/accounts/:id/finish': keyed('finish', 200, 409),
  'POST /v1/accounts/:id/unbind': keyed('unbind', 200, 409),
  'POST /v1/accounts/:id/revoke': keyed('revoke', 200),
  'PATCH /v1/accounts/:id': acted(
    ({ spare }) => `/v1/accounts/${spare}`,
    () => ({ mode: 'observe' }),
  ),
  'PATCH /v1/tenants/:id': acted(
    ({ tenant }) => `/v1/tenants/${tenant}`,
    () => ({ timeframe: 'M15' }),
  ),
  'POST /v1/node/drain': onNode('/v1/node/drain', { pauseMs: 0 }),
  'POST /v1/node/undrain': onNode('/v1/node/undrain'),
  'POST /v1/node/rebalance': onNode('/v1/node/rebalance'),
  'POST /v1/node/reload-limits': onNode('/v1/node/reload-limits'),
  'POST /v1/actors/restart': onNode('/v1/actors/restart', { path: '/engine/none' }, 404),
  'POST /v1/api-keys': acted(
    () => '/v1/api-keys',
    ({ tenant }) => ({ name: `${another()}@${tenant}`, role: 'tenant-reader', tenant }),
    {
      for: 'user-makers',
    },
  ),
  'GET /v1/api-keys': { for: 'user-makers', ask: () => '/v1/api-keys' },
  'DELETE /v1/api-keys/:name': acted(
    ({ key }) => `/v1/api-keys/${key}-gone`,
    () => ({}),
    {
      for: 'user-makers',
      first: (whole) =>
        there(whole, '/v1/api-keys', { reason, name: `${NORTH.key}-gone`, role: 'tenant-reader', tenant: 'north' }),
    },
  ),
  'GET /v1/users': { for: 'user-makers', ask: () => '/v1/users' },
  'POST /v1/users': {
    ...{ for: 'user-makers', factor: true, of: 'tenant', ask: () => '/v1/users', says: [201] },
    body: ({ tenant }) => ({ name: `${another()}@${tenant}`, role: 'tenant-reader', tenant }),
  },
  'PATCH /v1/users/:name': {
    ...{
      for: 'user-makers',
      factor: true,
      of: 'tenant',
      ask: ({ user }) => `/v1/users/${user}`,
      body: () => ({ addresses: [] }),
    },
  },
  'DELETE /v1/users/:name': {
    ...{ for: 'user-makers', factor: true, of: 'tenant', ask: ({ user }) => `/v1/users/${user}-gone`, says: [204] },
    first: (whole) => there(whole, '/v1/users', { name: `${NORTH.user}-gone`, role: 'tenant-reader', tenant: 'north' }),
  },
  'GET /v1/me': seen(() => '/v1/me'),
  'GET /v1/session': open('/v1/session', 200),
  // Who gets in by which password is tried where that is slower.
  'POST /v1/session': { ...open('/v1/session', 400), body: () => ({ name: another() }) },
  'POST /v1/session/refresh': { ...open('/v1/session/refresh', 401), body: () => ({}) },
  'POST /v1/me/password': seen(() => '/v1/me/password', {
    ...{ signedIn: true, body: () => ({ old: 'wrong', password: 'x' }), says: [403] },
  }),
  'POST /v1/session/second-factor': seen(() => '/v1/session/second-factor', {
    ...{ signedIn: true, body: () => ({ code: '000000' }), says: [403] },
  }),
  'GET /v1/session/totp': seen(() => '/v1/session/totp', { signedIn: true }),
  'POST /v1/session/totp': seen(() => '/v1/session/totp', { signedIn: true, says: [409] }),
  'POST /v1/session/totp/confirm': seen(() => '/v1/session/totp/confirm', {
    ...{ signedIn: true, body: () => ({ code: '000000' }), says: [409] },
  }),
  [ENDING]: seen(() => '/v1/session', { signedIn: true, says: [204] }),
};

const STAFF = ['owner', 'operator', 'auditor'];
/** By hand, not by the table of roles: that is what is tried. */
const MAY: Readonly<Record<Who, readonly string[]>> = {
  anyone: [...STAFF, 'tenant-admin', 'tenant-reader'],
  everyone: [...STAFF, 'tenant-admin', 'tenant-reader'],
  staff: STAFF,
  'log-readers': [...STAFF, 'tenant-admin'],
  operators: ['owner', 'operator'],
  actors: ['owner', 'operator', 'tenant-admin'],
  'user-makers': ['owner', 'tenant-admin'],
};

function expected(one: Case, asker: Asker | undefined): readonly number[] {
  const done = one.says ?? [200];
  if (one.for === 'anyone') return done;
  if (asker === undefined) return [401];
  if (!MAY[one.for].includes(asker.role)) return [403];
  if ((one.factor === true || one.signedIn) && asker.kind !== 'user') return [403];
  return one.of !== undefined && asker.tenant === 'south' ? [404] : done;
}

/** What was asked by is told back: apart from that an answer must not tell one thing from another. */
function told(answer: Answer, asked: Thing): string {
  const { date: _, ratelimit: __, ...headers } = answer.headers;
  const text = JSON.stringify([answer.status, headers, answer.text]);
  const names = Object.values(asked).sort((a, b) => b.length - a.length);
  return names.reduce((rest, name) => rest.replaceAll(name, '…'), text).replace(/"content-length":"\d+"/, '');
}

describe('a whole node', () => {
  let whole: WholeNode;
  let marks: Readonly<Record<Tenant, readonly string[]>>;

  before(async () => {
    whole = await WholeNode.open();
    marks = { north: await marksOf('north'), south: await marksOf('south') };
  });
  after(() => whole[Symbol.asyncDispose]());

  /** Words that only what is of the tenant holds: its marks, and the ids of all its rows. */
  async function marksOf(tenant: Tenant): Promise<readonly string[]> {
    const reach = { kind: 'tenant', tenantId: tenant } as const;
    const { reads } = whole.ledger;
    const page = { most: 500 };
    const signals = await reads.signals(reach, {}, page);
    const accounts = await reads.accounts(reach, {}, page);
    const events = await reads.riskEvents(reach, {}, page);
    const { command, alert } = thingsOf(tenant);
    return [
      tenant,
      markOf(tenant),
      command,
      alert,
      ...[signals, accounts, events].flatMap(({ rows }) => rows.map(({ id }) => id)),
    ];
  }

  function shownNothingOf(other: Tenant, asker: string, said: string): void {
    for (const mark of marks[other]) assert.ok(!said.includes(mark), `${asker} is shown ${mark}: ${said.slice(0, 600)}`);
    assert.ok(!said.includes('zqnode'), `${asker} is shown what is the node’s`);
  }

  async function asked(name: string, one: Case, asker: Asker | undefined, of: Thing): Promise<Answer> {
    const [method = ''] = name.split(' ');
    return whole.ask(one.ask(of), asker?.token, { method, body: one.body?.(of) });
  }

  async function tryCase(name: string, one: Case): Promise<void> {
    for (const asker of [...whole.askers.values(), undefined]) {
      const word = asker?.word ?? 'nobody';
      const statuses = expected(one, asker);
      if (statuses === one.says || statuses[0] === 200) await one.first?.(whole);
      const answer = await asked(name, one, asker, NORTH);
      assert.ok(statuses.includes(answer.status), `${word}: ${answer.status}, not ${statuses}: ${answer.text.slice(0, 300)}`);
      assert.ok(!/key_?hash|ab0{50}/i.test(answer.text), `${word} is shown by what a key is known`);
      if (asker !== undefined && asker.tenant === undefined) continue;
      const foreign = one.of === undefined ? undefined : told(answer, NORTH);
      for (const tenant of BOTH)
        if (tenant !== asker?.tenant) shownNothingOf(tenant, word, foreign ?? JSON.stringify([answer.text, answer.headers]));
      if (foreign === undefined || asker?.tenant === 'north') continue;
      const nothing = await asked(name, one, asker, NOTHING);
      assert.equal(foreign, told(nothing, NOTHING), `${word} can tell what is the north’s from what is not there`);
    }
  }

  test('has a case for each address that it answers, and answers each case', () => {
    assert.deepEqual([...(whole.node.http?.addresses ?? [])].sort(), Object.keys(CASES).sort());
  });

  // First, while little was asked: lower tiers have few requests a minute.
  describe('what programs ask for', () => {
    const asking: readonly [string, Words][] = [
      ['/v1/predictions?symbol=EURUSD', {}],
      ['/v1/history?symbol=EURUSD', {}],
      ['/v1/own-models', {}],
      ['/v1/own-models', { method: 'POST', body: { reason, name: 'mine', graph: GRAPH } }],
      ['/v1/own-models/mine', { method: 'DELETE', body: { reason } }],
    ];

    test('is answered to the tiers that have it, and to the others it is said so; their programs’ keys count for nothing', async () => {
      const admin = whole.tokenOf('tenant-admin@north');
      const key = whole.tokenOf('key of tenant-admin@north');
      for (const tier of ['free', 'basic', 'pro', 'enterprise']) {
        const set = { method: 'PATCH', body: { reason, tier, timeframe: 'M1', symbols: ['EURUSD'] } };
        await mustBe(whole.ask('/v1/tenants/north', whole.tokenOf('owner'), set), 200);
        for (const [path, words] of asking) {
          const { status, text } = await whole.ask(path, admin, words);
          if (tier === 'enterprise') assert.equal(status, path.startsWith('/v1/history') ? 501 : 200, `${path}: ${text}`);
          else assert.deepEqual([status, JSON.parse(text).code], [403, 'TIER'], `${tier}: ${path}: ${text}`);
        }
        assert.equal((await whole.ask('/v1/me', key)).status, tier === 'enterprise' ? 200 : 401, tier);
        assert.equal((await whole.ask('/v1/signals', admin)).status, 200, tier);
      }
    });
  });

  test('what acts needs a second factor, but to stop and to say that somebody is on it', () => {
    const without = Object.entries(CASES).flatMap(([name, cases]) =>
      ([cases].flat() as readonly Case[]).flatMap(({ for: who, factor }) =>
        !name.startsWith('GET') && ['operators', 'actors', 'user-makers'].includes(who) && factor !== true ? [name] : [],
      ),
    );
    assert.deepEqual([...new Set(without)], ['POST /v1/alerts/:id/acknowledge', 'POST /v1/halt']);
  });

  const asTenant = async (path: string, of: Tenant): Promise<readonly Answer[]> =>
    Promise.all(
      [`tenant-admin@${of}`, `tenant-reader@${of}`, `key of tenant-admin@${of}`, `EA@${of}`].map((word) =>
        whole.ask(path, whole.tokenOf(word)),
      ),
    );

  test('a list that is asked for another’s is as empty as one of nobody’s', async () => {
    const south = thingsOf('south');
    const lists = ['accounts', 'signals', 'refusals', 'executions', 'deals', 'risk-events', 'audit', 'alerts', 'tenants'];
    for (const list of lists)
      for (const key of ['tenant', 'account', 'subject', 'after'] as const) {
        const [value, none] = key === 'tenant' ? [south.tenant, NOTHING.tenant] : [south.account, NOTHING.account];
        const [theirs, nobodys] = [
          await asTenant(`/v1/${list}?${key}=${value}`, 'north'),
          await asTenant(`/v1/${list}?${key}=${none}`, 'north'),
        ];
        theirs.forEach((answer, at) => {
          shownNothingOf('south', list, told(answer, south));
          assert.equal(told(answer, south), told(nobodys[at] as Answer, NOTHING), `${list} by ${key}`);
        });
      }
  });

  test('the place in a list that another was given shows nothing of another’s', async () => {
    for (const list of ['accounts', 'signals', 'refusals', 'executions', 'deals', 'risk-events', 'audit', 'tenants'])
      for (const giver of ['owner', 'tenant-admin@south']) {
        let after = '';
        for (let page = 0; page < 3; page++) {
          const { text } = await whole.ask(`/v1/${list}?most=1${after}`, whole.tokenOf(giver));
          const { next } = JSON.parse(text) as { readonly next: string | null };
          if (next === null) break;
          after = `&after=${encodeURIComponent(next)}`;
          for (const answer of await asTenant(`/v1/${list}?most=500${after}`, 'north')) {
            assert.ok([200, 400, 403].includes(answer.status), answer.text);
            shownNothingOf('south', `${list} after ${giver}’s place`, answer.text);
          }
        }
      }
  });

  test('an account of one’s own leads to no other’s command', async () => {
    const [own, other] = [thingsOf('north'), thingsOf('south')];
    const path = (command: string): string => `/v1/accounts/${own.account}/commands/${command}`;
    const theirs = await asTenant(path(other.command), 'north');
    const nobodys = await asTenant(path(NOTHING.command), 'north');
    theirs.forEach((answer, at) => {
      assert.equal(answer.status, 404);
      assert.equal(told(answer, other), told(nobodys[at] as Answer, NOTHING));
    });
  });

  test('an account’s EA sees no other account of its tenant', async () => {
    const { spare } = NORTH;
    for (const path of [`/v1/accounts/${spare}`, `/v1/accounts/${spare}/equity`, `/v1/signals/${uuid(103, 1)}`])
      assert.equal((await whole.ask(path, whole.tokenOf('EA@north'))).status, 404, path);
    const { text } = await whole.ask('/v1/accounts', whole.tokenOf('EA@north'));
    assert.deepEqual(
      (JSON.parse(text) as { rows: { id: string }[] }).rows.map(({ id }) => id),
      [NORTH.account],
    );
  });

  test('a program’s key is told of as a key, is no password, and is not taken for a user’s', async () => {
    const owner = whole.tokenOf('owner');
    const { text } = await whole.ask('/v1/users', whole.tokenOf('tenant-admin@north'));
    const rows = (JSON.parse(text) as { rows: { name: string; password: boolean; program: boolean }[] }).rows;
    const found = rows.find(({ name }) => name === NORTH.key);
    assert.deepEqual([found?.password, found?.program], [false, true]);
    assert.ok(rows.some(({ password, program }) => password && !program));
    const keys = await whole.ask('/v1/api-keys', whole.tokenOf('tenant-admin@north'));
    const named = (JSON.parse(keys.text) as { rows: { name: string }[] }).rows.map(({ name }) => name);
    assert.ok(named.includes(NORTH.key) && !named.includes(NORTH.user), keys.text);
    const change = { method: 'PATCH', body: { password: 'another correct horse' } };
    assert.equal((await whole.ask(`/v1/users/${NORTH.key}`, owner, change)).status, 409);
  });

  describe('its streams', () => {
    const TOPICS = ['prices:EURUSD', 'candles:EURUSD:M15', 'signals', 'accounts', 'alerts', 'actors', 'latency'];
    const OF_NODE = ['actors', 'latency'];

    test('nobody who is nobody is let in', async () => {
      const socket = new WebSocket(`${whole.url.replace('http', 'ws')}/v1/stream`, 'suho.v1');
      const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, { readonly statusCode: number }];
      assert.equal(answer.statusCode, 401);
      socket.on('error', () => {});
      socket.terminate();
    });

    test('each is told of its own, by every topic, and of nothing else', async () => {
      const heard = new Map<string, string[]>();
      const sockets: WebSocket[] = [];
      for (const { word, token } of whole.askers.values()) {
        const headers = { authorization: `Bearer ${token}` };
        const socket = new WebSocket(`${whole.url.replace('http', 'ws')}/v1/stream`, 'suho.v1', { headers });
        const told: string[] = [];
        heard.set(word, told);
        sockets.push(socket);
        socket.on('message', (data) => told.push(String(data)));
        await once(socket, 'open');
        socket.send(JSON.stringify({ subscribe: TOPICS }));
      }
      const saidTo = (word: string): string => (heard.get(word) ?? []).join('\n');
      await until(() => [...heard.keys()].every((word) => saidTo(word).includes('"subscribed"')), 'all have subscribed');
      const owner = whole.tokenOf('owner');
      const accounts = new Map<Tenant, string>();
      for (const tenant of BOTH) {
        accounts.set(tenant, await whole.connect(tenant));
        const cancelled = await whole.ask(`/v1/signals/${thingsOf(tenant).pending}/cancel`, owner, {
          method: 'POST',
          body: { reason },
        });
        assert.equal(JSON.parse(cancelled.text).outcome, 'cancelled', cancelled.text);
      }
      const isTold = ({ word, tenant, kind }: Asker, of: Tenant): boolean =>
        saidTo(word).includes(thingsOf(of).pending) &&
        (kind === 'EA' || saidTo(word).includes(accounts.get(of) ?? '')) &&
        (tenant === undefined || tenant === of);
      await until(
        () => [...whole.askers.values()].every((asker) => BOTH.every((of) => (asker.tenant ?? of) !== of || isTold(asker, of))),
        'all have been told',
      );
      for (const asker of whole.askers.values()) {
        const { word, tenant, kind } = asker;
        const refused = OF_NODE.filter((topic) => saidTo(word).includes(`{"topic":"${topic}","refused"`));
        assert.deepEqual(refused, tenant === undefined ? [] : OF_NODE, word);
        if (tenant === undefined) continue;
        const other = tenant === 'north' ? 'south' : 'north';
        shownNothingOf(other, word, saidTo(word));
        assert.ok(!saidTo(word).includes(accounts.get(other) ?? ''), word);
        if (kind === 'EA') assert.ok(!saidTo(word).includes(accounts.get(tenant) ?? ''), `${word} hears of another account`);
      }
      for (const socket of sockets) socket.terminate();
    });
  });

  const tried = (names: readonly string[]): void => {
    for (const name of names)
      test(`${name} is answered to those who may, and shows nobody what is another’s`, async () => {
        for (const one of [CASES[name] ?? []].flat() as readonly Case[]) await tryCase(name, one);
      });
  };
  const { [ENDING]: _, ...rest } = CASES;
  tried(Object.keys(rest));

  test('what another tenant has named cannot be found out by naming it', async () => {
    const admin = whole.tokenOf('tenant-admin@south');
    for (const path of ['/v1/users', '/v1/api-keys']) {
      const name = async (named: string): Promise<string> => {
        const body = { ...(path === '/v1/users' ? {} : { reason }), name: named, role: 'tenant-reader' };
        return told(await whole.ask(path, admin, { method: 'POST', body }), {
          ...NOTHING,
          user: named,
          key: named.split('@')[0] ?? '',
        });
      };
      for (const taken of [NORTH.user, NORTH.key, 'the-owner', `new-1@north`])
        assert.equal(await name(taken), await name(taken.replace(/[a-z]+/, 'free')), `${path}: ${taken}`);
    }
  });

  tried([ENDING]);
});
