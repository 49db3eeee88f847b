/**
 * The embedded pattern store: a folder per tenant under `patterns/`, a log per collection in it, and in memory what is in use. A
 * tenant's folder is named like the tenant and nothing else is looked at for it, so no call can reach another's. Tenants are opened
 * when they are first asked for; past `LIMITS.patterns.tenantsOpen` the one not used for the longest is closed.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SuhoError, sentence } from '../../../errors.js';
import { LIMITS } from '../../../limits.js';
import { checkId, checkTenant, mergeFilter, newPattern, seenAgain, withOutcome } from '../pattern-changes.js';
import type {
  Collection,
  Filters,
  Items,
  Kept,
  NearestQuery,
  Neighbour,
  Outcome,
  Pattern,
  PatternStore,
  Placed,
  Sighting,
} from '../patterns.js';
import { CodeArena } from './code-arena.js';
import { COLLECTION_KINDS } from './collection-kinds.js';
import { EmbeddedCollection } from './embedded-collection.js';

type Collections = { readonly [C in Collection]: EmbeddedCollection<Items[C], Filters[C]> };

interface OpenTenant {
  readonly collections: Promise<Collections>;
  readonly running: Set<Promise<unknown>>;
}

/** Folders of tenants that are being removed; no tenant's id begins like this. */
const LEAVING = '.leaving-';

const NO_FAULTS: ReadonlySet<string> = new Set(['INPUT_INVALID', 'CONFLICT']);

export class EmbeddedPatterns implements PatternStore {
  readonly #folder: string | undefined;
  readonly #arena = new CodeArena();
  /** The one not used for the longest first. */
  readonly #open = new Map<string, OpenTenant>();
  /** Tenants whose files are being let go of or removed: they are not opened before that is done. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #faults = new Map<string, string>();
  #closed = false;

  /** Without a data folder all is in memory alone. */
  constructor(dataFolder?: string) {
    this.#folder = dataFolder && join(dataFolder, 'patterns');
  }

  /** Removes what a tenant's removal that was killed has left. */
  static async open(dataFolder: string): Promise<EmbeddedPatterns> {
    const store = new EmbeddedPatterns(dataFolder);
    const folder = store.#folder as string;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const left = readdirSync(folder).filter((name) => name.startsWith(LEAVING));
    for (const name of left) await rm(join(folder, name), { recursive: true, force: true });
    return store;
  }

  get fault(): string | undefined {
    const [first] = this.#faults.values();
    return this.#faults.size > 1 ? `${first}; ${this.#faults.size - 1} more tenants have such faults` : first;
  }

  async ready(): Promise<boolean> {
    return !this.#closed && this.#faults.size === 0;
  }

  keep(tenantId: string, { item: sighting, vector }: Placed<Sighting>): Promise<Kept> {
    return this.#with(tenantId, [sighting.id], async ({ patterns }) => {
      const certainty = LIMITS.patterns.mergeCertainty;
      const [same] = patterns.nearest(vector, { count: 1, certainty, filter: mergeFilter(sighting) });
      if (same === undefined) await patterns.put([{ item: newPattern(sighting), vector }]);
      else await patterns.change(seenAgain(same.item, sighting));
      const id = same?.item.id ?? sighting.id;
      return { id, merged: id !== sighting.id };
    });
  }

  recordOutcome(tenantId: string, patternId: string, outcome: Outcome): Promise<Pattern | undefined> {
    return this.#with(tenantId, [patternId], async ({ patterns }) => {
      const known = patterns.get(patternId)?.item;
      if (known === undefined) return undefined;
      const pattern = withOutcome(known, outcome);
      // One that is counted already is written again: its first writing may have been answered by an error.
      await patterns.change(pattern);
      return pattern;
    });
  }

  put<C extends Collection>(tenantId: string, collection: C, items: readonly Placed<Items[C]>[]): Promise<void> {
    const ids = items.map(({ item }) => item.id);
    return this.#with(tenantId, ids, (collections) => collections[collection].put(items));
  }

  get<C extends Collection>(tenantId: string, collection: C, id: string): Promise<Placed<Items[C]> | undefined> {
    return this.#with(tenantId, [id], async (collections) => collections[collection].get(id));
  }

  remove(tenantId: string, collection: Collection, ids: readonly string[]): Promise<void> {
    return this.#with(tenantId, ids, (collections) => collections[collection].remove(ids));
  }

  nearest<C extends Collection>(
    tenantId: string,
    collection: C,
    vector: Float32Array,
    query: NearestQuery<Filters[C]>,
  ): Promise<readonly Neighbour<Items[C]>[]> {
    return this.#with(tenantId, [], async (collections) => collections[collection].nearest(vector, query));
  }

  page<C extends Collection>(tenantId: string, collection: C, after?: string): Promise<readonly Placed<Items[C]>[]> {
    return this.#with(tenantId, [], async (collections) => collections[collection].page(after));
  }

  async deleteTenant(tenantId: string): Promise<void> {
    checkTenant(tenantId);
    await this.#leave(tenantId, async () => {
      if (this.#folder === undefined) return;
      const gone = join(this.#folder, `${LEAVING}${tenantId}`);
      await rm(gone, { recursive: true, force: true });
      // At once, so that a kill leaves all of it or nothing.
      await rename(join(this.#folder, tenantId), gone).catch(unlessMissing);
      await rm(gone, { recursive: true, force: true });
    });
    this.#faults.delete(tenantId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#open.keys()].map((tenantId) => this.#leave(tenantId, async () => {})));
    await Promise.all(this.#leaving.values());
  }

  async #with<R>(tenantId: string, ids: readonly string[], work: (collections: Collections) => Promise<R>): Promise<R> {
    checkTenant(tenantId);
    for (const id of ids) checkId(id);
    const tenant = this.#use(tenantId);
    const running = tenant.collections.then(work);
    tenant.running.add(running);
    try {
      const answer = await running;
      this.#faults.delete(tenantId);
      return answer;
    } catch (error) {
      throw this.#failed(tenantId, tenant, error);
    } finally {
      tenant.running.delete(running);
    }
  }

  #failed(tenantId: string, tenant: OpenTenant, error: unknown): SuhoError {
    if (error instanceof SuhoError && NO_FAULTS.has(error.code)) return error;
    const said = `patterns of ${tenantId}: ${sentence(error)}`;
    this.#faults.set(tenantId, said);
    // What could not be opened is tried again by the next call.
    tenant.collections.catch(() => {
      if (this.#open.get(tenantId) === tenant) this.#open.delete(tenantId);
    });
    return error instanceof SuhoError ? error : new SuhoError('FILE_UNREADABLE', said, { cause: error });
  }

  #use(tenantId: string): OpenTenant {
    if (this.#closed) throw new SuhoError('UNREACHABLE', 'the pattern store is closed');
    let tenant = this.#open.get(tenantId);
    if (tenant === undefined) {
      const left = this.#leaving.get(tenantId)?.catch(() => {}) ?? Promise.resolve();
      tenant = { collections: left.then(() => this.#openTenant(tenantId)), running: new Set() };
    }
    this.#open.delete(tenantId);
    this.#open.set(tenantId, tenant);
    this.#closeIdle(tenantId);
    return tenant;
  }

  async #openTenant(tenantId: string): Promise<Collections> {
    const open = <C extends Collection>(name: C) =>
      EmbeddedCollection.open<Items[C], Filters[C]>({
        kind: COLLECTION_KINDS[name],
        arena: this.#arena,
        path: this.#folder && join(this.#folder, tenantId, `${name}.log`),
      });
    return {
      patterns: await open('patterns'),
      correlations: await open('correlations'),
      strategies: await open('strategies'),
    };
  }

  #closeIdle(inUse: string): void {
    if (this.#folder === undefined || this.#open.size <= LIMITS.patterns.tenantsOpen) return;
    for (const [tenantId, { running }] of this.#open) {
      if (running.size > 0 || tenantId === inUse) continue;
      this.#leave(tenantId, async () => {}).catch((error) => this.#faults.set(tenantId, sentence(error)));
      return;
    }
  }

  /** Lets go of a tenant's files when what runs is done, then goes on; nobody opens it before. */
  #leave(tenantId: string, then: () => Promise<void>): Promise<void> {
    const tenant = this.#open.get(tenantId);
    this.#open.delete(tenantId);
    const before = this.#leaving.get(tenantId) ?? Promise.resolve();
    const leave = async (): Promise<void> => {
      await before.catch(() => {});
      if (tenant !== undefined) await release(tenant);
      await then();
    };
    const left = leave().finally(() => {
      if (this.#leaving.get(tenantId) === left) this.#leaving.delete(tenantId);
    });
    this.#leaving.set(tenantId, left);
    return left;
  }
}

async function release({ collections, running }: OpenTenant): Promise<void> {
  await Promise.allSettled(running);
  // What could not be opened holds nothing.
  const opened = await collections.catch(() => undefined);
  if (opened === undefined) return;
  for (const collection of Object.values(opened)) await collection.close();
}

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
