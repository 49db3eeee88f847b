/**
 * The hot cache on Redis or DragonflyDB, over one connection whose commands travel in pipelines.
 *
 * There are two states. **Up**: commands go out; the server answers in order, so one timer watches for an answer while any is
 * owed. **Down**, after a lost connection, a silent server or too many unanswered commands: nothing is sent and nothing waits,
 * reads and writes go to a small cache in process, and a look now and then tries the server anew.
 *
 * What was written while down, or was under way when it went down, may have left an older value on the server. Those keys are
 * owed: they are deleted there before the first read, so that a node never reads back what it has replaced.
 */
import { Redis } from 'ioredis';
import { SuhoError, sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Cancel, Timers } from '../../runtime/clock.js';
import type { Random } from '../../runtime/random.js';
import type { AnyKey, CounterKey, HotCache, Lifetime, TenantId, ValueKey } from './cache.js';
import { PREFIX, tenantPrefix } from './keys.js';
import { MemoryCache } from './memory-cache.js';

export interface RedisCacheOptions {
  readonly url: string;
  /** The engine's time, for what ends at an instant of it. */
  readonly clock: { nowMs(): number };
  /** The machine's, for whether a server answers. */
  readonly timers: Pick<Timers, 'after'>;
  readonly random: Random;
}

/** Atomic: a counter never lives without an end. */
const COUNT = `local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if count == tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return count`;

const DOWN = Symbol('down');
/** Keys looked at, or deleted, in one command. */
const SCAN_KEYS = 1_000;

export class RedisCache implements HotCache {
  readonly #options: RedisCacheOptions;
  readonly #redis: Redis;
  readonly #meanwhile: MemoryCache;
  readonly #owed = new Set<string>();
  #allOwed = false;
  #down: string | undefined = 'it was not reached yet';
  #refused: string | undefined;
  #said: string | undefined;
  #closed = false;
  #sent = 0;
  #answered = 0;
  #settling = false;
  #cancelWatch: Cancel | undefined;
  #cancelLook: Cancel = () => {};

  private constructor(options: RedisCacheOptions) {
    this.#options = options;
    this.#meanwhile = new MemoryCache({ clock: options.clock, ttlMostMs: LIMITS.cache.meanwhileMs });
    this.#redis = new Redis(options.url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      enableAutoPipelining: true,
      // Connecting again is ours: what is owed goes before anything else.
      retryStrategy: () => null,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: LIMITS.cache.probeMs,
      // A silent server does not answer a goodbye either, and whoever waits for its answers waits for this.
      disconnectTimeout: 1,
    });
    this.#redis.on('error', (error) => {
      this.#said = sentence(error);
      this.#fall(this.#said);
    });
    this.#redis.on('close', () => this.#fall('the connection was closed'));
  }

  /** Tries the server once; where it is not there the cache begins down, and looks for it from then on. */
  static async open(options: RedisCacheOptions): Promise<RedisCache> {
    const cache = new RedisCache(options);
    await cache.#look();
    return cache;
  }

  get fault(): string | undefined {
    const { host, port } = this.#redis.options;
    if (this.#down !== undefined) return `the hot cache at ${host}:${port} is down: ${this.#down}; read without it`;
    return this.#refused === undefined ? undefined : `the hot cache at ${host}:${port} refuses what it is told: ${this.#refused}`;
  }

  async get<V>(key: ValueKey<V>): Promise<V | undefined> {
    if (this.#down !== undefined) return this.#meanwhile.get(key);
    if (this.#owed.has(key.text)) return undefined;
    const bytes = await this.#ask(() => this.#redis.getBuffer(key.text));
    return bytes === DOWN || bytes === null ? undefined : key.decode(bytes);
  }

  async getMany<V>(keys: readonly ValueKey<V>[]): Promise<readonly (V | undefined)[]> {
    if (keys.length === 0) return [];
    if (this.#down !== undefined) return this.#meanwhile.getMany(keys);
    const found = await this.#ask(() => this.#redis.mgetBuffer(keys.map(({ text }) => text)));
    return keys.map((key, at) => {
      const bytes = found === DOWN || this.#owed.has(key.text) ? null : found[at];
      return bytes ? key.decode(bytes) : undefined;
    });
  }

  async set<V>(key: ValueKey<V>, value: V, life: Lifetime = {}): Promise<void> {
    const leftMs = life.untilMs === undefined ? key.ttlMs : Math.min(key.ttlMs, life.untilMs - this.#options.clock.nowMs());
    const bytes = key.encode(value) as Buffer;
    if (leftMs < 1 || bytes.length > LIMITS.cache.valueBytes) return this.delete(key);
    if (this.#down !== undefined) {
      this.#owe(key.text);
      return this.#meanwhile.set(key, value, life);
    }
    const done = await this.#ask(() => this.#redis.set(key.text, bytes, 'PX', Math.ceil(leftMs)));
    if (done === DOWN) this.#owe(key.text);
    else this.#refused = undefined;
  }

  async setMany<V>(entries: readonly (readonly [ValueKey<V>, V])[]): Promise<void> {
    // All of one turn travel in one pipeline.
    await Promise.all(entries.map(([key, value]) => this.set(key, value)));
  }

  async delete(...keys: readonly AnyKey[]): Promise<void> {
    if (keys.length === 0) return;
    const texts = keys.map(({ text }) => text);
    await this.#meanwhile.delete(...keys);
    const done = this.#down === undefined ? await this.#ask(() => this.#redis.unlink(...texts)) : DOWN;
    if (done === DOWN) for (const text of texts) this.#owe(text);
  }

  async count(key: CounterKey, by = 1): Promise<number> {
    if (this.#down !== undefined) return this.#meanwhile.count(key, by);
    const count = await this.#ask(() => this.#redis.eval(COUNT, 1, key.text, by, key.ttlMs) as Promise<number>);
    return count === DOWN ? this.#meanwhile.count(key, by) : count;
  }

  async deleteTenant(tenant: TenantId): Promise<number> {
    await this.#meanwhile.deleteTenant(tenant);
    const deleted = this.#down === undefined ? await this.#deleteUnder(tenantPrefix(tenant)) : DOWN;
    if (deleted === DOWN) throw new SuhoError('UNREACHABLE', `${tenant}’s keys may still be there: ${this.fault}.`);
    return deleted;
  }

  async close(): Promise<void> {
    this.#cancelLook();
    // Where the server is back by now, it goes on without what was replaced meanwhile: the next node reads none of that.
    if (this.#down !== undefined && (this.#allOwed || this.#owed.size > 0)) await this.#look();
    this.#closed = true;
    this.#cancelLook();
    this.#cancelWatch?.();
    this.#redis.disconnect();
    await this.#meanwhile.close();
  }

  /** The server's answer, or DOWN where there is none that can be relied upon. Never rejects. */
  async #ask<T>(send: () => Promise<T>): Promise<T | typeof DOWN> {
    if (this.#sent - this.#answered >= LIMITS.cache.inFlight) {
      this.#fall(`${LIMITS.cache.inFlight} commands are unanswered`);
      return DOWN;
    }
    this.#sent += 1;
    this.#watch();
    try {
      return await send();
    } catch (error) {
      // A server that refuses a command has answered: it is up, and full or not ours to write to.
      if ((error as Error).name === 'ReplyError') this.#refused = sentence(error);
      else this.#fall(sentence(error));
      return DOWN;
    } finally {
      this.#answered += 1;
    }
  }

  /**
   * One timer while answers are owed: silence is a span in which none came, seen at two looks in a row. A process that was busy
   * itself finds its timer due before the answers that came meanwhile, and reads those before the second look.
   */
  #watch(silent = false): void {
    if (this.#cancelWatch !== undefined || this.#closed) return;
    const before = this.#answered;
    this.#cancelWatch = this.#options.timers.after(LIMITS.cache.answerMs / 2, () => {
      this.#cancelWatch = undefined;
      if (this.#sent === this.#answered) return;
      if (this.#answered > before) return this.#watch();
      if (!silent) return this.#watch(true);
      this.#fall(`it did not answer within ${LIMITS.cache.answerMs} ms`);
      this.#redis.disconnect();
    });
  }

  #owe(text: string): void {
    if (this.#owed.size < LIMITS.cache.owed) this.#owed.add(text);
    else {
      this.#allOwed = true;
      this.#fall(`${LIMITS.cache.owed} keys of it may be outdated`);
    }
    // Up, so the server refused a write: what stood there before goes at once.
    if (this.#down === undefined && !this.#closed && !this.#settling) void this.#settle();
  }

  #fall(why: string): void {
    if (this.#closed || this.#down !== undefined) return;
    this.#down = why;
    this.#meanwhile.clear();
    // Ends all that is unanswered.
    this.#redis.disconnect();
    this.#lookLater();
  }

  #lookLater(): void {
    const { probeMs } = LIMITS.cache;
    this.#cancelLook = this.#options.timers.after(probeMs * (1 + this.#options.random.next() / 4), () => void this.#look());
  }

  async #look(): Promise<void> {
    this.#said = undefined;
    try {
      if (this.#redis.status !== 'ready') await this.#connect();
      if (await this.#settleAll()) {
        this.#down = undefined;
        this.#meanwhile.clear();
        return;
      }
      this.#down = this.#refused ?? this.#down;
      this.#redis.disconnect();
    } catch (error) {
      // What ended the connection says more than that it has ended.
      this.#down = this.#said ?? sentence(error);
    }
    if (!this.#closed) this.#lookLater();
  }

  /** A server may take the connection and then say nothing. */
  async #connect(): Promise<void> {
    const cancel = this.#options.timers.after(LIMITS.cache.probeMs, () => this.#redis.disconnect());
    try {
      await this.#redis.connect();
    } finally {
      cancel();
    }
  }

  /** Deletes what is owed; whether nothing is any more. */
  async #settleAll(): Promise<boolean> {
    if ((await this.#ask(() => this.#redis.ping())) === DOWN) return false;
    if (this.#allOwed) {
      this.#allOwed = false;
      this.#owed.clear();
      if ((await this.#deleteUnder(PREFIX)) === DOWN) {
        this.#allOwed = true;
        return false;
      }
    }
    return this.#settle();
  }

  /** One at a time: a full server refuses many writes at once, and each of them owes. */
  async #settle(): Promise<boolean> {
    this.#settling = true;
    try {
      while (this.#owed.size > 0) {
        const texts = [...this.#owed].slice(0, SCAN_KEYS);
        if ((await this.#ask(() => this.#redis.unlink(...texts))) === DOWN) return false;
        for (const text of texts) this.#owed.delete(text);
      }
      return true;
    } finally {
      this.#settling = false;
    }
  }

  async #deleteUnder(prefix: string): Promise<number | typeof DOWN> {
    let deleted = 0;
    let cursor = '0';
    do {
      const page = await this.#ask(() => this.#redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', SCAN_KEYS));
      if (page === DOWN) return DOWN;
      const [next, texts] = page;
      cursor = next;
      if (texts.length === 0) continue;
      const gone = await this.#ask(() => this.#redis.unlink(...texts));
      if (gone === DOWN) return DOWN;
      deleted += gone;
    } while (cursor !== '0');
    return deleted;
  }
}
