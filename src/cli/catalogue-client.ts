import { Catalogue, type CatalogueMethod, checkInput } from '../accounts/catalogue.js';
import type { Tiers } from '../accounts/tiers.js';
import { callNode } from '../admin/control.js';
import type { Config } from '../config.js';
import { systemClock } from '../runtime/clock.js';
import { openDataFolder } from '../storage/data-folder.js';
import type { Ledger } from '../storage/ledger/ledger.js';
import { openLedger } from '../storage/ledger/open.js';
import { readTiers } from '../storage/tier-table.js';
import { SUHO_VERSION } from '../version.js';

type CatalogueCall = (catalogue: Catalogue, input: unknown) => Promise<unknown>;

const CALLS: Readonly<Record<CatalogueMethod, CatalogueCall>> = {
  'tenant.add': (catalogue, input) => catalogue.addTenant(input),
  'tenant.set': (catalogue, input) => catalogue.setTenant(input),
  'tenant.list': (catalogue) => catalogue.listTenants(),
  'account.add': (catalogue, input) => catalogue.addAccounts(input),
  'account.list': (catalogue, input) => catalogue.listAccounts(input),
  'tenant.halt': (catalogue, input) => catalogue.haltTenant(input),
  'tenant.resume': (catalogue, input) => catalogue.resumeTenant(input),
  'account.set': (catalogue, input) => catalogue.setTrading(input),
  'account.disable': (catalogue, input) => catalogue.disable(input),
  'account.enable': (catalogue, input) => catalogue.enable(input),
  'account.commands': (catalogue, input) => catalogue.commands(input),
  'account.mode': (catalogue, input) => catalogue.setMode(input),
  'account.rotate': (catalogue, input) => catalogue.rotateKey(input),
  'account.finish': (catalogue, input) => catalogue.finishRotation(input),
  'account.revoke': (catalogue, input) => catalogue.revokeKey(input),
  'account.unbind': (catalogue, input) => catalogue.unbind(input),
};

/** Asks the node that runs on the data folder; where none runs, opens the ledger itself for the time of the call. */
export async function callCatalogue<R>(config: Config, method: CatalogueMethod, input: unknown): Promise<R> {
  checkInput(method, input);
  const answered = await callNode<R>(config.data, method, input);
  if (answered !== undefined) return answered.result;
  return withLedger(config, async (ledger, tiers) => {
    const catalogue = new Catalogue({ ledger, tiers, clock: systemClock });
    return (await CALLS[method](catalogue, input)) as R;
  });
}

/** Where no node runs: the ledger, opened for the time of the call. */
export async function withLedger<T>(config: Config, use: (ledger: Ledger, tiers: Tiers) => Promise<T>): Promise<T> {
  const folder = await openDataFolder(config.data, {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    version: SUHO_VERSION,
  });
  try {
    const url = config.ledger === 'embedded' ? {} : { url: config.ledger };
    const ledger = await openLedger({
      ...url,
      folder: folder.path,
      onProgress: (sentence) => process.stderr.write(`suho: ${sentence}\n`),
    });
    try {
      await ledger.migrate();
      return await use(ledger, await readTiers());
    } finally {
      await ledger.close();
    }
  } finally {
    await folder.release();
  }
}
