/**
 * How long until the last of 2,000 EAs that arrive at once has its WELCOME, beside a door that asks the ledger for each of
 * them alone?
 *
 * Real sockets of plain TCP in the same process, the real door, the embedded ledger; in the place of the tree stands somebody
 * who says WELCOME at once. Each EA connects, says HELLO, and waits. Both doors take the same accounts in turn; accounts of a
 * few tenants, and then accounts that are each a tenant's own, for which nothing goes together but the commit.
 */
import { connect } from 'node:net';
import { hashKey, keyBytes } from '../src/accounts/keys.js';
import type { AccountMessage } from '../src/actors/account.js';
import type { ActorRef } from '../src/actors/actor.js';
import type { TenantsMessage } from '../src/actors/tenants.js';
import { Door } from '../src/gateway/door.js';
import { type Gateway, openGateway } from '../src/gateway/gateway.js';
import { LIMITS } from '../src/limits.js';
import { encodeFrame } from '../src/protocol/frame-writer.js';
import { Activity } from '../src/runtime/activity.js';
import { systemClock } from '../src/runtime/clock.js';
import { entropyIds } from '../src/runtime/ids.js';
import { helloMessage } from '../test/support/ea-messages.js';
import { startEmbeddedLedger } from '../src/storage/ledger/embedded.js';
import type { Ledger, NewTenant } from '../src/storage/ledger/ledger.js';
import { PostgresLedger } from '../src/storage/ledger/postgres.js';
import { ledgerFolder } from '../test/support/ledger-folder.js';

const EAS = 2_000;
const ROUNDS = 3;

type Doorstep = Pick<Ledger, 'accounts' | 'accountByKey' | 'claimAll' | 'listTenants'>;

interface Credential {
  readonly id: string;
  readonly key: string;
}

const folder = await ledgerFolder();
const embedded = await startEmbeddedLedger({ folder: folder.path });
const ledger = new PostgresLedger(embedded.connection, () => embedded.close());
await ledger.migrate();

async function makeAccounts(prefix: string, tenants: number): Promise<readonly Credential[]> {
  const made: Credential[] = [];
  const createdAt = systemClock.nowMs();
  const each = EAS / tenants;
  const rows = [];
  for (let at = 0; at < tenants; at += 1) {
    const tenant: NewTenant = {
      id: `${prefix}-${at}`,
      name: prefix,
      tier: 'pro',
      signalTimeframe: 'M15',
      strategy: 'default-1',
      symbols: [],
      createdAt,
    };
    await ledger.createTenant(tenant);
    for (let number = 0; number < each; number += 1) {
      const [id, key] = [entropyIds.idFor('account', createdAt), entropyIds.secretFor('account')];
      made.push({ id, key });
      const keyHash = hashKey(keyBytes(key) as Uint8Array);
      rows.push({ id, tenantId: tenant.id, mode: 'demo', keyHash, suho1Table: null, createdAt } as const);
    }
  }
  for (let from = 0; from < rows.length; from += 250) await ledger.createAccounts(rows.slice(from, from + 250));
  return made;
}

/** As before HELLOs went together: a statement and a transaction for each. */
const alone: Doorstep = {
  accounts: async (ids) => (await Promise.all(ids.map((id) => ledger.accounts([id])))).flat(),
  accountByKey: (...asked) => ledger.accountByKey(...asked),
  claimAll: (hellos) => Promise.all(hellos.map((hello) => ledger.claim(hello))),
  listTenants: () => ledger.listTenants(),
};

async function open(doorstep: Doorstep): Promise<Gateway> {
  const account: ActorRef<AccountMessage> = { path: 'account', tell: () => true };
  const tenants: ActorRef<TenantsMessage> = {
    path: 'tenants',
    tell: (message) => {
      if (message.kind !== 'attach') return true;
      message.to.attached(account);
      if (message.to.message.kind === 'session') message.to.message.session.welcome();
      return true;
    },
  };
  const known = new Map((await ledger.listTenants()).map((row) => [row.id, row]));
  const { heartbeatMs, helloMs } = LIMITS.session;
  const shared = { clock: systemClock, ids: entropyIds, activity: new Activity(), heartbeatMs };
  const nothing = (): void => {};
  return openGateway({
    host: '127.0.0.1',
    tcpPort: 0,
    wsPort: 'off',
    tlsPort: 'off',
    suho1Port: 'off',
    plainWebSocket: true,
    tls: { cert: '', key: '' },
    door: new Door({ ...shared, ledger: doorstep, tenants, known }),
    clock: systemClock,
    helloMs: 12 * helloMs,
    observer: { opened: nothing, closed: nothing, malformed: nothing, frame: nothing },
  });
}

function helloOf({ id, key }: Credential): Uint8Array {
  const message = helloMessage({ accountId: id, instance: '00112233445566778899aabbccddeeff', apiKey: key });
  return encodeFrame({ profile: 2, flags: 0, seq: 0, ack: 0, timeUs: systemClock.nowMs() * 1_000, message });
}

/** Milliseconds to each WELCOME, sorted. */
async function arrive(gateway: Gateway, credentials: readonly Credential[]): Promise<readonly number[]> {
  const port = gateway.listeners[0]?.port ?? 0;
  const start = performance.now();
  const sockets = credentials.map((credential) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.write(helloOf(credential));
    return socket;
  });
  const times = await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<number>((resolve, reject) => {
          socket.once('error', reject);
          socket.once('data', () => resolve(performance.now() - start));
        }),
    ),
  );
  for (const socket of sockets) socket.destroy();
  return times.sort((a, b) => a - b);
}

const doors = [
  ['together', await open(ledger)],
  ['each alone', await open(alone)],
] as const;
for (const [what, tenants] of [
  ['20 tenants', 20],
  ['a tenant each', EAS],
] as const) {
  const credentials = await makeAccounts(what.replaceAll(' ', '-'), tenants);
  const last = new Map<string, number[]>();
  for (let round = -1; round < ROUNDS; round += 1)
    for (const [name, gateway] of round % 2 === 0 ? doors : [...doors].reverse()) {
      const times = await arrive(gateway, credentials);
      if (round < 0) continue;
      const at = (share: number): string => `${Math.round(times[Math.floor(share * (times.length - 1))] as number)} ms`;
      process.stdout.write(`${what}, ${name}: half ${at(0.5)}, p99 ${at(0.99)}, the last of ${EAS} after ${at(1)}\n`);
      last.set(name, [...(last.get(name) ?? []), times.at(-1) as number]);
    }
  const middle = (name: string): number => (last.get(name) ?? []).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] as number;
  process.stdout.write(`${what}: together takes ${(middle('together') / middle('each alone')).toFixed(2)} of the time\n`);
}
for (const [, gateway] of doors) await gateway.close();
await ledger.close();
await folder[Symbol.asyncDispose]();
