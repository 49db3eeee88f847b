/** A ClickHouse server, spoken to over HTTP. */
import { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { SuhoError, sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { AnalyticsEngine, EngineInsert, EngineSettings, EngineStatement } from './engine.js';

/** What the client may hold open at once. */
const CONNECTIONS = 4;

/** Answers come whole: an error after the first row is an error, not the end of the rows. */
const WHOLE_ANSWER = { wait_end_of_query: 1 };

export class ClickHouseEngine implements AnalyticsEngine {
  readonly #client: ClickHouseClient;

  /** `http://user:password@host:8123`. */
  constructor(url: string) {
    const at = new URL(url);
    const [username, password] = [decodeURIComponent(at.username), decodeURIComponent(at.password)];
    at.username = '';
    at.password = '';
    this.#client = createClient({
      url: at.href,
      ...(username === '' ? {} : { username, password }),
      application: 'suho',
      request_timeout: LIMITS.analytics.callMs,
      max_open_connections: CONNECTIONS,
      // What fails is thrown, and told by whoever catches it.
      log: { level: ClickHouseLogLevel.OFF },
    });
  }

  run({ sql, parameters = {}, settings = {} }: EngineStatement): Promise<string> {
    return this.#told(async () => {
      const { stream } = await this.#client.exec({
        query: /^\s*(SELECT|WITH|SHOW|EXISTS)\b/i.test(sql) ? `${sql}\nFORMAT JSONCompactEachRow` : sql,
        query_params: parameters as Record<string, unknown>,
        clickhouse_settings: { ...settings, ...WHOLE_ANSWER } as EngineSettings,
      });
      return wholeText(stream);
    });
  }

  async insert({ table, columns, lines, settings }: EngineInsert): Promise<void> {
    await this.#told(async () => {
      const { stream } = await this.#client.exec({
        query: `INSERT INTO ${table} (${columns.join(', ')}) FORMAT JSONCompactEachRow`,
        values: Readable.from([Buffer.from(lines)], { objectMode: false }),
        clickhouse_settings: { ...settings, ...WHOLE_ANSWER } as EngineSettings,
      });
      return wholeText(stream);
    });
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #told(call: () => Promise<string>): Promise<string> {
    try {
      return await call();
    } catch (error) {
      // The client takes the code out of the server's sentence; both engines say it in the same place.
      const code = error instanceof ClickHouseError ? `Code: ${error.code}. ` : '';
      throw new SuhoError('ANALYTICS_FAILED', `${code}${sentence(error)}`, { cause: error });
    }
  }
}

async function wholeText(stream: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}
