/** Keys of programs: shown once, bound to role, tenant and addresses, and worth nothing once they are removed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiKeys } from '../../src/access/api-keys.js';
import { LIMITS } from '../../src/limits.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { entropyIds } from '../../src/runtime/ids.js';
import { MemoryLedger } from '../../src/storage/ledger/memory.js';

const OWNER = { name: 'ada', reach: { kind: 'all' } } as const;
const BLUE = { name: 'blue-admin', reach: { kind: 'tenant', tenantId: 'blue' } } as const;
const WISH = { name: 'bot@blue', role: 'tenant-reader', tenant: 'blue', addresses: ['10.0.0.0/8'] } as const;

async function world() {
  const ledger = new MemoryLedger();
  const clock = new SteppedClock(1_000);
  const tenant = { tier: 'enterprise', signalTimeframe: 'M15', strategy: 'test-1', symbols: [], createdAt: 1 } as const;
  await ledger.createTenant({ id: 'blue', name: 'Blue', ...tenant });
  let why: string | undefined;
  const desk = () => new ApiKeys({ ledger, ids: entropyIds, clock, barred: () => why });
  const bar = (sentence: string | undefined): void => {
    why = sentence;
  };
  return { ledger, clock, desk, keys: desk(), bar };
}

test('a key lets a program in as its role and tenant, from its addresses, without a second factor, and is kept as a hash', async () => {
  const { ledger, keys } = await world();
  const { key, user } = await keys.add(WISH, BLUE);
  assert.match(key, /^suho_bot\.blue\.[0-9a-f]{64}$/);
  assert.deepEqual([user.name, user.tenantId, user.role], ['bot@blue', 'blue', 'tenant-reader']);
  const reach = { kind: 'tenant', tenantId: 'blue' };
  assert.deepEqual(await keys.principal(key, '10.1.2.3'), {
    name: 'bot@blue',
    role: 'tenant-reader',
    reach,
    secondFactorMs: null,
  });
  assert.equal(await keys.principal(key, '192.168.0.1'), undefined);
  const other = `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`;
  assert.equal(await keys.principal(other, '10.1.2.3'), undefined);
  assert.equal(await keys.principal('suho_nobody.'.padEnd(76, '0'), '10.1.2.3'), undefined);
  const kept = JSON.stringify([await ledger.user('bot@blue'), await ledger.listAudit()]);
  assert.equal(kept.includes(key.split('.').at(-1) as string), false);
});

test('a key that was removed is out at once here, and soon on another node; so is one of a tenant without the interface', async () => {
  const { keys, desk, clock, bar } = await world();
  const { key } = await keys.add(WISH, BLUE);
  const elsewhere = desk();
  assert.ok(await elsewhere.principal(key, '10.0.0.1'));
  bar('the tier has none');
  assert.equal(await keys.principal(key, '10.0.0.1'), undefined);
  await assert.rejects(keys.add({ ...WISH, name: 'bot-2' }, BLUE), /the tier has none/);
  bar(undefined);
  await keys.remove('bot@blue', BLUE);
  assert.equal(await keys.principal(key, '10.0.0.1'), undefined);
  clock.advanceTo(1_000 + LIMITS.access.knownMs);
  assert.equal(await elsewhere.principal(key, '10.0.0.1'), undefined);
});

test('nobody makes or removes a key beyond reach, or one whose role and tenant do not go together', async () => {
  const { keys } = await world();
  const red = { name: 'red-admin', reach: { kind: 'tenant', tenantId: 'red' } } as const;
  await assert.rejects(keys.add(WISH, red), { code: 'NOT_FOUND' });
  await assert.rejects(keys.add({ ...WISH, role: 'operator', tenant: null }, BLUE), { code: 'NOT_FOUND' });
  await assert.rejects(keys.add({ ...WISH, role: 'operator' }, OWNER), { code: 'USAGE' });
  await keys.add(WISH, OWNER);
  await assert.rejects(keys.add(WISH, OWNER), { code: 'CONFLICT' });
  await assert.rejects(keys.remove('bot@blue', red), { code: 'NOT_FOUND' });
});
