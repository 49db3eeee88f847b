import { hashKey, keyBytes, printedKey } from '../accounts/keys.js';
import type { Tiers } from '../accounts/tiers.js';
import { INSTRUMENTS } from '../market/instrument.js';
import { assert } from '../runtime/assert.js';
import { seededIds } from '../runtime/ids.js';
import type { Ledger, NewTenant } from '../storage/ledger/ledger.js';
import type { Credential } from '../ea-sim/fleet.js';
import { DEMO_START_MS } from './demo-market.js';

const SYMBOLS = INSTRUMENTS.map(({ symbol }) => symbol);
/** What most people follow first. */
const MAJORS = ['EURUSD', 'GBPUSD', 'USDJPY', 'AUDUSD', 'USDCHF', 'USDCAD', 'NZDUSD', 'EURGBP', 'EURJPY', 'XAUUSD'];

/** Three tenants on different tiers, following as many symbols as their tier has. */
const DEMO_TENANTS = [
  { id: 'harbour', name: 'Harbour Street Traders', tier: 'basic' },
  { id: 'meridian', name: 'Meridian Capital', tier: 'pro' },
  { id: 'northwind', name: 'Northwind Asset Management', tier: 'enterprise' },
] as const;

/** The demo's accounts, spread over its tenants. Their keys come of the seed, so they need not be kept. */
export function demoCredentials(seed: number, accounts: number): readonly Credential[] {
  const ids = seededIds(`demo ${seed}`);
  return Array.from({ length: accounts }, (_, at): Credential => {
    const tenant = DEMO_TENANTS[at % DEMO_TENANTS.length];
    assert(tenant !== undefined, 'there are demo tenants');
    const name = `demo-account:${tenant.id}:${at}`;
    return { account: ids.idFor(name, DEMO_START_MS), tenant: tenant.id, key: printedKey(ids.secretFor(name)) };
  });
}

/** Makes tenants and accounts where they are missing. */
export async function ensureDemoTenants(
  ledger: Ledger,
  tiers: Tiers,
  seed: number,
  accounts: number,
): Promise<readonly Credential[]> {
  for (const { id, name, tier } of DEMO_TENANTS) {
    const most = tiers.rules(tier).symbols;
    const symbols = Number.isFinite(most) ? MAJORS.slice(0, most) : SYMBOLS;
    const tenant: NewTenant = { id, name, tier, signalTimeframe: 'M1', strategy: 'demo-1', symbols, createdAt: DEMO_START_MS };
    await ledger.createTenant(tenant);
  }
  const credentials = demoCredentials(seed, accounts);
  const known = new Set((await ledger.accounts(credentials.map(({ account }) => account))).map(({ id }) => id));
  const missing = credentials.filter(({ account }) => !known.has(account));
  await ledger.createAccounts(
    missing.map(({ account, tenant, key }) => ({
      id: account,
      tenantId: tenant,
      mode: 'demo',
      keyHash: hashKey(keyBytes(key) as Uint8Array),
      suho1Table: null,
      createdAt: DEMO_START_MS,
    })),
  );
  return credentials;
}
