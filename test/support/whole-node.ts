/**
 * A node as it is started, with HTTP, over its embedded ledger: two tenants whose rows bear marks, and people and programs of every
 * role, each let in as it would be: users by password and code, programs by their keys, EAs by their tokens.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Role } from '../../src/access/roles.js';
import { isTenantRole, ROLES } from '../../src/access/roles.js';
import { fromBase32, hotp, stepOf } from '../../src/access/totp.js';
import type { Alert } from '../../src/alerts/alert.js';
import { resolveConfig, type SettingName } from '../../src/config.js';
import { parseEndpoint } from '../../src/ea-sim/connection.js';
import { type Credential, Fleet } from '../../src/ea-sim/fleet.js';
import { SharedPrices } from '../../src/ea-sim/price-source.js';
import { type Node, startNode } from '../../src/main.js';
import { systemClock } from '../../src/runtime/clock.js';
import { entropyIds } from '../../src/runtime/ids.js';
import { createLogger, LogLines } from '../../src/runtime/logger.js';
import { entropyRandom } from '../../src/runtime/random.js';
import type { Ledger } from '../../src/storage/ledger/ledger.js';
import { openStores } from '../../src/storage/stores.js';
import { TokenSigner } from '../../src/storage/tokens/token-signer.js';
import {
  accountId,
  command,
  hello,
  kinds,
  newSignal,
  raise,
  refuse,
  result,
  START_MS,
  transition,
  uuid,
} from '../contracts/ledger-world.js';
import { readWorld } from '../contracts/reads-world.js';
import { until } from './actors.js';
import { cookiesOf } from './admin-session.js';
import { ledgerFolder } from './ledger-folder.js';

export const BOTH = ['north', 'south'] as const;
export type Tenant = (typeof BOTH)[number];

/** What a request may name of a tenant. */
export interface Thing {
  readonly tenant: string;
  readonly account: string;
  /** Whose keys may be taken away: nobody else asks for it. */
  readonly spare: string;
  readonly signal: string;
  /** One that has not left. */
  readonly pending: string;
  readonly command: string;
  readonly alert: string;
  readonly user: string;
  readonly key: string;
  readonly model: string;
}

const placeOf = (tenant: Tenant): number => BOTH.indexOf(tenant) + 1;
/** In each text of a tenant's rows. */
export const markOf = (tenant: Tenant): string => `zq${tenant}`;

export function thingsOf(tenant: Tenant): Thing {
  const place = placeOf(tenant);
  return {
    tenant,
    account: accountId(place),
    spare: accountId(place + 2),
    signal: newSignal(place, 1).id,
    pending: newSignal(place, 40).id,
    command: uuid(200 + place, 1),
    alert: uuid(400 + place, 1),
    user: `${markOf(tenant)}-user`,
    key: `${markOf(tenant)}-key`,
    model: `${markOf(tenant)}-model`,
  };
}

/** Of nobody: what is asked by it is answered as if it were another's. */
export const NOTHING: Thing = {
  tenant: 'nobody',
  account: uuid(900, 1),
  spare: uuid(900, 2),
  signal: uuid(900, 3),
  pending: uuid(900, 4),
  command: uuid(900, 5),
  alert: uuid(900, 6),
  user: 'nobody-user',
  key: 'nobody-key',
  model: 'nobody-model',
};

/** `owner`, `tenant-admin@north`; `key of …`; `EA@north`. */
export interface Asker {
  readonly word: string;
  readonly role: Role;
  readonly tenant: Tenant | undefined;
  readonly kind: 'user' | 'key' | 'EA';
  readonly token: string;
}

export const PASSWORD = 'correct horse battery';

async function plant(ledger: Ledger): Promise<void> {
  await readWorld(ledger);
  for (const tenant of BOTH) {
    const [place, mark] = [placeOf(tenant), markOf(tenant)];
    const change = { tier: 'enterprise', name: `The ${mark}`, trading: {} } as const;
    await ledger.updateTenant(tenant, change, START_MS);
    const { account, spare } = thingsOf(tenant);
    await ledger.claim(hello(place + 2, { server: `${mark}-server` }));
    const claimed = await ledger.claim(hello(place));
    const epoch = claimed.kind === 'claimed' ? claimed.account.epoch : -1;
    const rejected = newSignal(place, 41);
    const done = await ledger.commit([
      raise(place, 40, { state: 'PENDING' }, epoch),
      raise(place, 41, {}, epoch),
      result(rejected, 'REJECTED', { sentence: `${mark} said the broker` }, epoch),
      raise(place, 42, { state: 'PENDING' }, epoch),
      transition(newSignal(place, 42), ['PENDING'], 'CANCELLED', { reason: `${mark} took it back`, epoch }),
      refuse(place, 43, { reason: `${mark}-refused`, figures: { why: `${mark} figure` } }, epoch),
      command(place, 1, { reason: `${mark} wants it`, state: 'PENDING', validUntil: START_MS }, epoch),
    ]);
    const amiss = kinds(done).filter((kind) => ['fenced', 'missing', 'unmoved'].includes(kind));
    if (amiss.length > 0) throw new Error(`rows were not planted: ${kinds(done)}`);
    await ledger.setAccountDisabled(spare, { reason: `${mark} is disabled`, atMs: START_MS, by: 'tenant' }, START_MS);
    const event = {
      kind: 'daily-loss',
      severity: 'warning',
      sentence: `${mark} lost`,
      limitValue: -1,
      currentValue: -2,
    } as const;
    await ledger.storeHistory({
      ...{ writer: uuid(9, 1 + place), atMs: START_MS },
      rows: [
        {
          ...{ table: 'riskEvents', place: 1 },
          row: { ...event, id: uuid(500, place), tenantId: tenant, accountId: account, atMs: START_MS, action: `${mark}-act` },
        },
      ],
    });
    await ledger.tellAction({
      ...{ tenantId: tenant, who: `${mark}-user`, role: 'tenant-admin', action: 'tenant.set', subject: tenant },
      ...{ reason: `${mark} wished it`, atMs: START_MS },
    });
  }
  await ledger.tellAction({
    ...{
      tenantId: null,
      who: 'zqnode-user',
      role: 'owner',
      action: 'node.halt',
      subject: 'node',
      reason: 'zqnode',
      atMs: START_MS,
    },
  });
}

function alertOf(tenant: Tenant): Alert {
  const nowMs = systemClock.nowMs();
  const { alert: id, account } = thingsOf(tenant);
  return {
    ...{ id, number: placeOf(tenant), rule: 'risk-warning', severity: 'warning', subject: account, tenantId: tenant },
    ...{
      accountId: account,
      sentence: `${markOf(tenant)} is near its limit`,
      advice: 'look',
      unit: '',
      limit: 0,
      value: 1,
      worst: 1,
    },
    ...{ sinceMs: nowMs, firedMs: nowMs, acknowledged: null, resolvedMs: null, step: 0, dueMs: nowMs, told: [] },
  };
}

export interface Words {
  readonly method?: string;
  readonly body?: object | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

export class WholeNode implements AsyncDisposable {
  readonly askers = new Map<string, Asker>();
  /** All that the node has said to its log. */
  readonly logged: string[] = [];
  /** Of EAs that have come. */
  readonly keys: string[] = [];
  /** Of users, by which their codes are made. */
  readonly seeds = new Map<string, string>();
  node!: Node;
  ledger!: Ledger;
  readonly #closing: (() => unknown)[] = [];

  static async open(flags: Partial<Record<SettingName, unknown>> = {}): Promise<WholeNode> {
    const whole = new WholeNode();
    try {
      await whole.#start(flags);
      await whole.#letIn();
      return whole;
    } catch (error) {
      await whole[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    return this.node.http?.url ?? '';
  }

  async ask(path: string, token: string | undefined, { method = 'GET', body, headers = {} }: Words = {}): Promise<Answer> {
    const answer = await fetch(`${this.url}${path}`, {
      ...{ method, redirect: 'manual' },
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, text: await answer.text(), headers: Object.fromEntries(answer.headers) };
  }

  tokenOf(word: string): string {
    const asker = this.askers.get(word);
    if (asker === undefined) throw new Error(`nobody is ${word}`);
    return asker.token;
  }

  /** An EA of a new account of the tenant, which has a session from then on; answers the account. */
  async connect(tenant: Tenant): Promise<string> {
    const made = await this.ask('/v1/accounts', this.tokenOf('owner'), { method: 'POST', body: { tenant, reason: 'an EA' } });
    const [credential] = (JSON.parse(made.text) as { rows: readonly [Credential] }).rows;
    this.keys.push(credential.key);
    const fleet = this.#fleet(credential);
    await until(() => fleet.totals().connected === 1, 'the EA is welcome');
    return credential.account;
  }

  /** An EA that is not let in. */
  async knock(credential: Credential): Promise<void> {
    const fleet = this.#fleet(credential);
    await until(() => fleet.totals().refused > 0, 'the EA is refused');
  }

  #fleet(credential: Credential): Fleet {
    const fleet = new Fleet({
      credentials: [credential],
      endpoints: this.node.gateway.listeners
        .filter(({ name }) => name === 'tcp')
        .map(({ name, port }) => parseEndpoint(`${name}://127.0.0.1:${port}`)),
      prices: new SharedPrices(),
      clock: systemClock,
      random: entropyRandom(),
    });
    fleet.start();
    this.#closing.push(() => fleet.stop());
    return fleet;
  }

  async #start(flags: Partial<Record<SettingName, unknown>>): Promise<void> {
    const folder = await ledgerFolder();
    this.#closing.push(() => folder[Symbol.asyncDispose]());
    const { config } = resolveConfig({
      flags: {
        ...{ data: folder.path, eaPort: 0, wsPort: 'off', tcpPort: 0, httpPort: 0, analytics: 'off', demo: false },
        ...{ oidcIssuer: 'http://127.0.0.1:9', oidcClient: 'suho', oidcSecret: 'zqoidc-secret' },
        ...flags,
      },
      environment: {},
    });
    const stores = await openStores({ settings: config, clock: systemClock, onProgress: () => {} });
    this.#closing.push(() => stores.close());
    this.ledger = stores.ledger;
    await plant(stores.ledger);
    const book = { number: 2, standing: BOTH.map(alertOf), past: [], owed: [] };
    await writeFile(join(folder.path, 'alerts.json'), JSON.stringify({ version: 1, book, outboxes: {}, chats: [], owed: [] }));
    const lines = new LogLines('hidden');
    lines.hear((line) => this.logged.push(line));
    const log = createLogger('debug', lines);
    const machine = { clock: systemClock, ids: entropyIds, random: entropyRandom() };
    this.node = await startNode({ config, stores, ...machine, log, lines, holder: 'whole', inference: { threads: 1 } });
    this.#closing.push(() => this.node.close());
    const signer = await TokenSigner.open({ folder: folder.path, ledger: stores.ledger, clock: systemClock, log });
    this.#closing.push(() => signer.close());
    for (const tenant of BOTH) {
      const { account } = thingsOf(tenant);
      const [{ epoch } = { epoch: 0 }] = await stores.ledger.accounts([account]);
      const { token } = signer.issue({ accountId: account, tenantId: tenant, sessionId: 's', epoch });
      this.#know({ word: `EA@${tenant}`, role: 'tenant-reader', tenant, kind: 'EA', token });
    }
  }

  #know(asker: Asker): void {
    this.askers.set(asker.word, asker);
  }

  /** By the link of the machine, as its owner would be at the first start. */
  async #letIn(): Promise<void> {
    const entered = await fetch(this.node.adminLink().url, { redirect: 'manual' });
    const cookie = cookiesOf(entered);
    const { csrf } = JSON.parse((await this.ask('/v1/me', undefined, { headers: { cookie } })).text) as { csrf: string };
    const owner = { cookie, 'x-csrf-token': csrf };
    await Promise.all(
      ROLES.flatMap((role) =>
        (isTenantRole(role) ? BOTH : [undefined]).map(async (tenant) => {
          await this.#user(owner, role, tenant);
          await this.#program(owner, role, tenant);
        }),
      ),
    );
  }

  async #post(headers: Readonly<Record<string, string>>, path: string, body?: object): Promise<Record<string, string>> {
    const answer = await this.ask(path, undefined, { method: 'POST', body, headers });
    if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`);
    return JSON.parse(answer.text) as Record<string, string>;
  }

  async #user(owner: Readonly<Record<string, string>>, role: Role, tenant: Tenant | undefined): Promise<void> {
    const name =
      tenant === undefined ? `the-${role}` : role === 'tenant-admin' ? thingsOf(tenant).user : `${markOf(tenant)}-reads`;
    await this.#post(owner, '/v1/users', { name, role, password: PASSWORD, ...(tenant === undefined ? {} : { tenant }) });
    const first = await this.#post({}, '/v1/session', { name, password: PASSWORD, tokens: true });
    const asked = { authorization: `Bearer ${first.token}` };
    const { secret = '' } = await this.#post(asked, '/v1/session/totp');
    this.seeds.set(name, secret);
    const code = (steps: number): string => hotp(fromBase32(secret), stepOf(systemClock.nowMs()) + steps);
    await this.#post(asked, '/v1/session/totp/confirm', { code: code(-1) });
    await this.#post(asked, '/v1/session/second-factor', { code: code(0) });
    const word = tenant === undefined ? role : `${role}@${tenant}`;
    this.#know({ word, role, tenant, kind: 'user', token: String(first.token) });
  }

  async #program(owner: Readonly<Record<string, string>>, role: Role, tenant: Tenant | undefined): Promise<void> {
    const name =
      tenant === undefined ? `${role}-key` : role === 'tenant-admin' ? thingsOf(tenant).key : `${markOf(tenant)}-reads-key`;
    const wish = { name, role, reason: 'a program', ...(tenant === undefined ? {} : { tenant }) };
    const { key = '' } = await this.#post(owner, '/v1/api-keys', wish);
    this.#know({ word: `key of ${role}${tenant === undefined ? '' : `@${tenant}`}`, role, tenant, kind: 'key', token: key });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const step of this.#closing.splice(0).reverse()) await step();
  }
}
