/**
 * The pattern store in Weaviate: a collection each, with the server's own tenants, so that every tenant has a shard and an index
 * of its own. The server has no transactions; what reads before it writes (`keep`, `recordOutcome`) is done for one tenant
 * after the other, which is enough while a tenant's writes come from one node. Nothing here is repeated by itself: the writer
 * in front repeats what failed, and every write may be.
 */
import weaviate, {
  Filters as Conditions,
  type FilterValue,
  type WeaviateClient,
  type Collection as WeaviateCollection,
} from 'weaviate-client';
import { SuhoError, sentence } from '../../../errors.js';
import { LIMITS } from '../../../limits.js';
import { unitVector } from '../embedding.js';
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
  Placed,
  Sighting,
} from '../patterns.js';
import { COLLECTION_SCHEMAS, type CollectionSchema, type Condition, type Properties } from './collection-schemas.js';

/** As the seeds ask for. */
const INDEX = { distance: 'cosine', ef: 100, efConstruction: 128, maxConnections: 64 } as const;
/** Before every id. */
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

export interface WeaviateAddress {
  readonly host: string;
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly tls: boolean;
  readonly apiKey?: string;
}

type Handle = WeaviateCollection<undefined, string, undefined>;

interface Found {
  readonly uuid: string;
  readonly properties: unknown;
  readonly vectors: Readonly<Record<string, unknown>>;
}

export class WeaviatePatterns implements PatternStore {
  readonly #address: WeaviateAddress;
  #client: WeaviateClient | undefined;
  #connecting: Promise<WeaviateClient> | undefined;
  /** The end of what each tenant's writes wait for. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #closing = false;
  #closed = false;
  fault: string | undefined;

  /** Connects at the first call, and makes the collections that are not there. */
  constructor(address: WeaviateAddress) {
    this.#address = address;
  }

  async ready(): Promise<boolean> {
    try {
      await this.#told(async (client) => {
        if (!(await client.isReady())) throw new Error('the server is not ready');
      });
      return true;
    } catch {
      return false;
    }
  }

  keep(tenantId: string, { item: sighting, vector }: Placed<Sighting>): Promise<Kept> {
    return this.#write(tenantId, [sighting.id], async () => {
      const unit = unitVector(vector);
      const certainty = LIMITS.patterns.mergeCertainty;
      const [same] = await this.#nearest(tenantId, 'patterns', unit, { count: 1, certainty, filter: mergeFilter(sighting) });
      if (same === undefined) await this.#put(tenantId, 'patterns', [{ item: newPattern(sighting), vector: unit }]);
      else await this.#change(tenantId, seenAgain(same.item, sighting));
      const id = same?.item.id ?? sighting.id;
      return { id, merged: id !== sighting.id };
    });
  }

  recordOutcome(tenantId: string, patternId: string, outcome: Outcome): Promise<Pattern | undefined> {
    return this.#write(tenantId, [patternId], async () => {
      const known = (await this.#get(tenantId, 'patterns', patternId))?.item;
      if (known === undefined) return undefined;
      const pattern = withOutcome(known, outcome);
      if (pattern !== known) await this.#change(tenantId, pattern);
      return pattern;
    });
  }

  put<C extends Collection>(tenantId: string, collection: C, items: readonly Placed<Items[C]>[]): Promise<void> {
    const ids = items.map(({ item }) => item.id);
    return this.#write(tenantId, ids, () =>
      this.#put(
        tenantId,
        collection,
        items.map(({ item, vector }) => ({ item, vector: unitVector(vector) })),
      ),
    );
  }

  async get<C extends Collection>(tenantId: string, collection: C, id: string): Promise<Placed<Items[C]> | undefined> {
    check(tenantId, [id]);
    return this.#get(tenantId, collection, id);
  }

  remove(tenantId: string, collection: Collection, ids: readonly string[]): Promise<void> {
    return this.#write(tenantId, ids, async () => {
      for (let at = 0; at < ids.length; at += LIMITS.patterns.pageItems) {
        const some = ids.slice(at, at + LIMITS.patterns.pageItems);
        const removal = (handle: Handle) => handle.data.deleteMany(handle.filter.byId().containsAny(some));
        await this.#asked(tenantId, collection, removal, undefined);
      }
    });
  }

  async nearest<C extends Collection>(
    tenantId: string,
    collection: C,
    vector: Float32Array,
    query: NearestQuery<Filters[C]>,
  ): Promise<readonly Neighbour<Items[C]>[]> {
    check(tenantId, []);
    checkCount(query.count);
    return this.#nearest(tenantId, collection, unitVector(vector), query);
  }

  async page<C extends Collection>(tenantId: string, collection: C, after = FIRST_ID): Promise<readonly Placed<Items[C]>[]> {
    check(tenantId, [after]);
    const options = { limit: LIMITS.patterns.pageItems, after, includeVector: true };
    const answer = await this.#asked(tenantId, collection, (handle) => handle.query.fetchObjects(options), { objects: [] });
    return answer.objects.map((found) => placedOf(collection, found));
  }

  deleteTenant(tenantId: string): Promise<void> {
    return this.#write(tenantId, [], async () => {
      const names = Object.values(COLLECTION_SCHEMAS).map(({ name }) => name);
      await this.#told(async ({ collections }) => {
        for (const name of names) await collections.use(name).tenants.remove([tenantId]);
      });
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.allSettled(this.#turns.values());
    this.#closed = true;
    await this.#connecting?.catch(() => {});
    await this.#client?.close();
    this.#client = undefined;
  }

  async #get<C extends Collection>(tenantId: string, collection: C, id: string): Promise<Placed<Items[C]> | undefined> {
    const request = (handle: Handle) => handle.query.fetchObjectById(id, { includeVector: true });
    const found = await this.#asked(tenantId, collection, request, null);
    return found === null ? undefined : placedOf(collection, found);
  }

  async #nearest<C extends Collection>(
    tenantId: string,
    collection: C,
    unit: Float32Array,
    { count, certainty = 0, filter }: NearestQuery<Filters[C]>,
  ): Promise<readonly Neighbour<Items[C]>[]> {
    const schema = schemaOf(collection);
    const conditions = filter === undefined ? [] : schema.conditionsOf(filter);
    const request = (handle: Handle) => {
      const filters = joined(handle, conditions);
      return handle.query.nearVector([...unit], {
        limit: count,
        certainty,
        returnMetadata: ['certainty'],
        ...(filters && { filters }),
      });
    };
    const { objects } = await this.#asked(tenantId, collection, request, { objects: [] });
    const neighbours = objects.map(({ uuid, properties, metadata }) => ({
      item: schema.itemOf(uuid, properties as Properties),
      certainty: metadata?.certainty as number,
    }));
    return neighbours.sort((a, b) => b.certainty - a.certainty || (a.item.id < b.item.id ? -1 : 1));
  }

  async #put<C extends Collection>(tenantId: string, collection: C, items: readonly Placed<Items[C]>[]): Promise<void> {
    const schema = schemaOf(collection);
    for (let at = 0; at < items.length; at += LIMITS.patterns.pageItems) {
      const objects = items.slice(at, at + LIMITS.patterns.pageItems).map(({ item, vector }) => ({
        id: item.id,
        properties: schema.propertiesOf(item),
        vectors: [...vector],
      }));
      await this.#told(async ({ collections }) => {
        const done = await collections.use(schema.name).withTenant(tenantId).data.insertMany(objects);
        const [refused] = Object.values(done.errors);
        if (refused !== undefined) throw new Error(refused.message);
      });
    }
  }

  async #change(tenantId: string, pattern: Pattern): Promise<void> {
    const { name, propertiesOf } = COLLECTION_SCHEMAS.patterns;
    const change = { id: pattern.id, properties: propertiesOf(pattern) };
    await this.#told(({ collections }) => collections.use(name).withTenant(tenantId).data.update(change));
  }

  /** A tenant's writes one after the other, in the order they were called. */
  async #write<R>(tenantId: string, ids: readonly string[], work: () => Promise<R>): Promise<R> {
    check(tenantId, ids);
    if (this.#closing) throw new SuhoError('UNREACHABLE', 'the pattern store is closed');
    const before = this.#turns.get(tenantId) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#turns.set(tenantId, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(tenantId) === turn) this.#turns.delete(tenantId);
    }
  }

  /** What a collection answers; a tenant that has never written is not known to the server, and has nothing. */
  async #asked<R>(tenantId: string, collection: Collection, request: (handle: Handle) => Promise<R>, nothing: R): Promise<R> {
    return this.#told(async ({ collections }) => {
      try {
        return await request(collections.use(COLLECTION_SCHEMAS[collection].name).withTenant(tenantId));
      } catch (error) {
        if (/tenant not found/i.test(sentence(error))) return nothing;
        throw error;
      }
    });
  }

  async #told<R>(request: (client: WeaviateClient) => Promise<R>): Promise<R> {
    if (this.#closed) throw new SuhoError('UNREACHABLE', 'the pattern store is closed');
    let client: WeaviateClient | undefined;
    try {
      client = this.#client ?? (await this.#connect());
      const answer = await request(client);
      this.fault = undefined;
      return answer;
    } catch (error) {
      this.fault = `Weaviate: ${sentence(error)}`;
      if (client !== undefined) await this.#leaveIfGone(client);
      throw new SuhoError('UNREACHABLE', this.fault, { cause: error });
    }
  }

  /** A client whose server is gone would try each call several times and say so on the console; a new one asks first. */
  async #leaveIfGone(client: WeaviateClient): Promise<void> {
    if (client !== this.#client || (await client.isLive().catch(() => false))) return;
    this.#client = undefined;
    await client.close();
  }

  #connect(): Promise<WeaviateClient> {
    this.#connecting ??= this.#connected().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connected(): Promise<WeaviateClient> {
    const { host, httpPort, grpcPort, tls, apiKey } = this.#address;
    const seconds = LIMITS.patterns.searchMs / 1_000;
    const client = await weaviate.connectToCustom({
      ...{ httpHost: host, httpPort, httpSecure: tls, grpcHost: host, grpcPort, grpcSecure: tls },
      timeout: { init: seconds, query: seconds, insert: LIMITS.patterns.writeMs / 1_000 },
      ...(apiKey !== undefined && { authCredentials: new weaviate.ApiKey(apiKey) }),
    });
    try {
      for (const schema of Object.values(COLLECTION_SCHEMAS)) await makeCollection(client, schema);
    } catch (error) {
      await client.close();
      throw error;
    }
    this.#client = client;
    return client;
  }
}

function check(tenantId: string, ids: readonly string[]): void {
  checkTenant(tenantId);
  for (const id of ids) checkId(id);
}

async function makeCollection({ collections }: WeaviateClient, schema: (typeof COLLECTION_SCHEMAS)[Collection]): Promise<void> {
  const { name, description, properties } = schema;
  if (await collections.exists(name)) return;
  try {
    await collections.createFromSchema({
      class: name,
      description,
      properties,
      vectorizer: 'none',
      vectorIndexType: 'hnsw',
      vectorIndexConfig: INDEX,
      multiTenancyConfig: { enabled: true, autoTenantCreation: true, autoTenantActivation: true },
    });
  } catch (error) {
    // Another node may have made it in between.
    if (!(await collections.exists(name))) throw error;
  }
}

function schemaOf<C extends Collection>(collection: C): CollectionSchema<Items[C], Filters[C]> {
  return COLLECTION_SCHEMAS[collection];
}

function placedOf<C extends Collection>(collection: C, { uuid, properties, vectors }: Found): Placed<Items[C]> {
  const item = schemaOf(collection).itemOf(uuid, properties as Properties);
  return { item, vector: Float32Array.from(vectors.default as number[]) };
}

function joined(handle: Handle, conditions: readonly (Condition | undefined)[]): FilterValue | undefined {
  const filters = conditions
    .filter((condition) => condition !== undefined)
    .map((condition) => {
      const property = handle.filter.byProperty(condition.property);
      if (condition.is === 'equal') return property.equal(condition.value);
      return condition.is === 'over' ? property.greaterThan(condition.value) : property.containsAny([condition.value]);
    });
  return filters.length > 1 ? Conditions.and(...filters) : filters[0];
}
