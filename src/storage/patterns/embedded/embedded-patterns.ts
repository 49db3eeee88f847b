/**
 * The embedded pattern store: a folder per tenant under `patterns/`, a log per collection in it, and in memory what is in use. A
 * tenant's folder is named like the tenant and nothing else is looked at for it, so no call can reach another's. Tenants are opened
 * when they are first asked for; past `LIMITS.patterns.tenantsOpen` of them, or `rowsOpen` rows, those not used for the longest are
 * closed. All work takes turns (`turn-taking.ts`), which also keeps a search and the write that follows from it together.
 */
import { readdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SuhoError, sentence } from '../../../errors.js';
import { LIMITS } from '../../../limits.js';
import type { Clock } from '../../../runtime/clock.js';
import { checkCount, checkId, checkTenant, mergeFilter, newPattern, seenAgain, withOutcome } from '../pattern-changes.js';
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
  PatternsCopy,
  Placed,
  Sighting,
} from '../patterns.js';
import { CodeArena } from './code-arena.js';
import { COLLECTION_KINDS } from './collection-kinds.js';
import { makeFolder, syncFolder } from './durable-names.js';
import { EmbeddedCollection } from './embedded-collection.js';
import { copyRecords } from './log-records.js';
import { type Steps, TurnTaking } from './turn-taking.js';

type Collections = { readonly [C in Collection]: EmbeddedCollection<Items[C], Filters[C]> };

interface OpenTenant {
  readonly collections: Promise<Collections>;
  readonly running: Set<Promise<unknown>>;
}

type Work<C extends Collection, R> = (collection: Collections[C]) => Steps<R>;

const COLLECTIONS = Object.keys(COLLECTION_KINDS) as Collection[];

/** Folders of tenants that are being removed; no tenant's id begins like this. */
const LEAVING = '.leaving-';

const NO_FAULTS: ReadonlySet<string> = new Set(['INPUT_INVALID', 'CONFLICT']);

export class EmbeddedPatterns implements PatternStore {
  readonly #folder: string | undefined;
  readonly #rowsOpen: number;
  readonly #arena = new CodeArena();
  readonly #turns: TurnTaking;
  /** The one not used for the longest first. */
  readonly #open = new Map<string, OpenTenant>();
  /** Tenants whose files are being let go of or removed: they are not opened before that is done. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #faults = new Map<string, string>();
  /** Tenants whose disk has failed: their logs are replaced when they are opened. */
  readonly #doubted = new Set<string>();
  #closed = false;

  /** Without a data folder all is in memory alone. */
  constructor(clock: Pick<Clock, 'monotonicNs'>, dataFolder?: string, rowsOpen: number = LIMITS.patterns.rowsOpen) {
    this.#rowsOpen = rowsOpen;
    this.#turns = new TurnTaking(clock);
    this.#folder = dataFolder && join(dataFolder, 'patterns');
  }

  /** Removes what a tenant's removal that was killed has left. */
  static async open(dataFolder: string, clock: Pick<Clock, 'monotonicNs'>, rowsOpen?: number): Promise<EmbeddedPatterns> {
    const store = new EmbeddedPatterns(clock, dataFolder, rowsOpen);
    const folder = store.#folder as string;
    makeFolder(folder);
    const left = readdirSync(folder).filter((name) => name.startsWith(LEAVING));
    for (const name of left) await rm(join(folder, name), { recursive: true, force: true });
    return store;
  }

  /** Rows of vectors that are held in memory. */
  get rows(): number {
    return this.#arena.rows;
  }

  get fault(): string | undefined {
    const [first] = this.#faults.values();
    return this.#faults.size > 1 ? `${first}; ${this.#faults.size - 1} more tenants have such faults` : first;
  }

  async ready(): Promise<boolean> {
    return !this.#closed && this.#faults.size === 0;
  }

  keep(tenantId: string, { item: sighting, vector }: Placed<Sighting>): Promise<Kept> {
    return this.#write(tenantId, [sighting.id], 'patterns', function* (patterns) {
      const certainty = LIMITS.patterns.mergeCertainty;
      const [same] = yield* patterns.nearest(vector, { count: 1, certainty, filter: mergeFilter(sighting) });
      if (same === undefined) yield* patterns.put([{ item: newPattern(sighting), vector }]);
      else patterns.change(seenAgain(same.item, sighting));
      const id = same?.item.id ?? sighting.id;
      return { id, merged: id !== sighting.id };
    });
  }

  recordOutcome(tenantId: string, patternId: string, outcome: Outcome): Promise<Pattern | undefined> {
    return this.#write(
      tenantId,
      [patternId],
      'patterns',
      once((patterns) => {
        const known = patterns.get(patternId)?.item;
        if (known === undefined) return undefined;
        const pattern = withOutcome(known, outcome);
        // One that is counted already is written again: its first writing may have been answered by an error.
        patterns.change(pattern);
        return pattern;
      }),
    );
  }

  put<C extends Collection>(tenantId: string, collection: C, items: readonly Placed<Items[C]>[]): Promise<void> {
    const ids = items.map(({ item }) => item.id);
    return this.#write(tenantId, ids, collection, (one) => one.put(items));
  }

  get<C extends Collection>(tenantId: string, collection: C, id: string): Promise<Placed<Items[C]> | undefined> {
    return this.#read(
      tenantId,
      [id],
      collection,
      once((one) => one.get(id)),
    );
  }

  remove(tenantId: string, collection: Collection, ids: readonly string[]): Promise<void> {
    return this.#write(tenantId, ids, collection, (one) => one.remove(ids));
  }

  async nearest<C extends Collection>(
    tenantId: string,
    collection: C,
    vector: Float32Array,
    query: NearestQuery<Filters[C]>,
  ): Promise<readonly Neighbour<Items[C]>[]> {
    checkCount(query.count);
    return this.#read(tenantId, [], collection, (one) => one.nearest(vector, query));
  }

  page<C extends Collection>(tenantId: string, collection: C, after?: string): Promise<readonly Placed<Items[C]>[]> {
    return this.#read(tenantId, [], collection, (one) => one.page(after));
  }

  async snapshotTo(folder: string): Promise<PatternsCopy> {
    if (this.#closed) throw new SuhoError('UNREACHABLE', 'the pattern store is closed');
    makeFolder(folder);
    const names = this.#folder === undefined ? [] : readdirSync(this.#folder, { withFileTypes: true });
    const tenants = names.filter((name) => name.isDirectory() && !name.name.startsWith(LEAVING)).map(({ name }) => name);
    const failed = new Map<string, string>();
    let bytes = 0;
    for (const tenantId of tenants) {
      try {
        bytes += await this.#copyTenant(tenantId, join(folder, tenantId));
      } catch (error) {
        failed.set(tenantId, sentence(error));
      }
    }
    syncFolder(folder);
    return { tenants: tenants.length - failed.size, bytes, failed };
  }

  async deleteTenant(tenantId: string): Promise<void> {
    checkTenant(tenantId);
    await this.#leave(tenantId, async () => {
      if (this.#folder === undefined) return;
      const gone = join(this.#folder, `${LEAVING}${tenantId}`);
      await rm(gone, { recursive: true, force: true });
      // At once, so that a kill leaves all of it or nothing.
      await rename(join(this.#folder, tenantId), gone).catch(unlessMissing);
      syncFolder(this.#folder);
      await rm(gone, { recursive: true, force: true });
    });
    this.#faults.delete(tenantId);
    this.#doubted.delete(tenantId);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#open.keys()].map((tenantId) => this.#leave(tenantId, async () => {})));
    await Promise.all(this.#leaving.values());
  }

  #read<C extends Collection, R>(tenantId: string, ids: readonly string[], name: C, work: Work<C, R>): Promise<R> {
    return this.#with(tenantId, ids, (collections) => this.#turns.run(() => work(collections[name])));
  }

  /** Answers when what was done is on the disk. */
  #write<C extends Collection, R>(tenantId: string, ids: readonly string[], name: C, work: Work<C, R>): Promise<R> {
    return this.#with(tenantId, ids, async (collections) => {
      const answer = await this.#turns.run(() => work(collections[name]));
      await collections[name].synced();
      return answer;
    });
  }

  async #with<R>(tenantId: string, ids: readonly string[], work: (collections: Collections) => Promise<R>): Promise<R> {
    checkTenant(tenantId);
    for (const id of ids) checkId(id);
    return this.#during(tenantId, this.#use(tenantId), work);
  }

  async #during<R>(tenantId: string, tenant: OpenTenant, work: (collections: Collections) => Promise<R>): Promise<R> {
    const running = tenant.collections.then(work);
    tenant.running.add(running);
    try {
      const answer = await running;
      this.#faults.delete(tenantId);
      return answer;
    } catch (error) {
      throw await this.#failed(tenantId, tenant, error);
    } finally {
      tenant.running.delete(running);
    }
  }

  /** Of a tenant that is not open, the files as they lie there; nobody opens it meanwhile. */
  async #copyTenant(tenantId: string, to: string): Promise<number> {
    const copy = async (copied: (name: Collection, path: string) => Promise<number>): Promise<number> => {
      makeFolder(to);
      let bytes = 0;
      for (const name of COLLECTIONS) bytes += await copied(name, join(to, `${name}.log`));
      syncFolder(to);
      return bytes;
    };
    const open = this.#open.get(tenantId);
    if (open !== undefined)
      return this.#during(tenantId, open, (collections) => copy((name, path) => collections[name].copyTo(path)));
    let bytes = 0;
    await this.#leave(tenantId, async () => {
      bytes = await copy((name, path) => copyRecords(join(this.#folder as string, tenantId, `${name}.log`), path));
    });
    return bytes;
  }

  async #failed(tenantId: string, tenant: OpenTenant, error: unknown): Promise<SuhoError> {
    if (error instanceof SuhoError && NO_FAULTS.has(error.code)) return error;
    const said = `patterns of ${tenantId}: ${sentence(error)}`;
    this.#faults.set(tenantId, said);
    const opened = await tenant.collections.catch(() => undefined);
    if (this.#open.get(tenantId) === tenant) {
      // What could not be opened is tried again by the next call.
      if (opened === undefined) this.#open.delete(tenantId);
      else if (Object.values(opened).some(({ failed }) => failed)) {
        this.#doubted.add(tenantId);
        this.#leave(tenantId, async () => {}).catch(() => {});
      }
    }
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
    const anew = this.#doubted.has(tenantId);
    const open = <C extends Collection>(name: C) =>
      EmbeddedCollection.open<Items[C], Filters[C]>({
        kind: COLLECTION_KINDS[name],
        arena: this.#arena,
        path: this.#folder && join(this.#folder, tenantId, `${name}.log`),
        anew,
      });
    const collections = {
      patterns: await open('patterns'),
      correlations: await open('correlations'),
      strategies: await open('strategies'),
    };
    this.#doubted.delete(tenantId);
    return collections;
  }

  #closeIdle(inUse: string): void {
    if (this.#folder === undefined) return;
    let over = this.#arena.rows > this.#rowsOpen ? 1 : 0;
    over = Math.max(over, this.#open.size - LIMITS.patterns.tenantsOpen);
    for (const [tenantId, { running }] of this.#open) {
      if (over <= 0) return;
      if (running.size > 0 || tenantId === inUse) continue;
      over -= 1;
      this.#leave(tenantId, async () => {}).catch((error) => this.#faults.set(tenantId, sentence(error)));
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

/** Work that has no need to be cut. */
function once<C extends Collection, R>(work: (collection: Collections[C]) => R): Work<C, R> {
  // biome-ignore lint/correctness/useYield: it is over before there is a place to
  return function* (collection) {
    return work(collection);
  };
}

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
