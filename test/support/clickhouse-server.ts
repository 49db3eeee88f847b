/**
 * A small server that speaks as much of ClickHouse's HTTP interface as its client uses: a statement in `query` or in the
 * body, `param_…` and settings in the address, rows of an INSERT in the body, errors with code and status. Behind it is
 * chDB: the same engine and SQL. What it proves is our side of the wire; a real server was not to be had.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../src/runtime/clock.js';
import { ChdbEngine } from '../../src/storage/analytics/chdb-engine.js';
import type { EngineSettings } from '../../src/storage/analytics/engine.js';

export interface ClickHouseServer extends AsyncDisposable {
  readonly url: string;
  /** Answers errors instead: an HTTP status, or `cut` for a connection that breaks after the work is done. */
  trouble: number | 'cut' | undefined;
  /** Statements and inserts it has done. */
  readonly done: number;
}

/** Of the address, what is neither a setting nor a parameter. */
const NO_SETTINGS = new Set(['query', 'query_id', 'database', 'default_format', 'session_id', 'wait_end_of_query', 'role']);
/** A map's literal and a number stay bare. */
const NUMBER = /^-?\d+(\.\d+)?$/;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

/** The text form of a parameter, which ClickHouse reads by the type that the query names: `['a','b']` is a list. */
function parameterOf(text: string): string | readonly string[] {
  if (!text.startsWith('[')) return unescaped(text);
  return [...text.matchAll(/'((?:[^'\\]|\\.)*)'/g)].map(([, item]) => unescaped(item as string));
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, char: string) => ({ n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', 0: '\0' })[char] ?? char);
}

function fail(response: ServerResponse, status: number, message: string): void {
  const code = /Code: (\d+)\./.exec(message)?.[1] ?? '1000';
  response.writeHead(status, { 'X-ClickHouse-Exception-Code': code }).end(message);
}

export async function startClickHouse(folder: string, login = 'suho:a p@ss', port = 0): Promise<ClickHouseServer> {
  const engine = await ChdbEngine.start({ folder, timers: systemClock });
  let done = 0;
  const state: { trouble: number | 'cut' | undefined } = { trouble: undefined };
  const expected = `Basic ${Buffer.from(login).toString('base64')}`;

  async function work(request: IncomingMessage): Promise<string> {
    const address = new URL(request.url ?? '/', 'http://localhost');
    const settings: Record<string, string | number> = {};
    const parameters: Record<string, string | readonly string[]> = {};
    for (const [name, value] of address.searchParams) {
      if (name.startsWith('param_')) parameters[name.slice('param_'.length)] = parameterOf(value);
      else if (!NO_SETTINGS.has(name)) settings[name] = NUMBER.test(value) ? Number(value) : value;
    }
    const body = await bodyOf(request);
    const statement = address.searchParams.get('query') ?? body;
    const insert = /^INSERT INTO (\S+) \(([^)]*)\) FORMAT JSONCompactEachRow\s*$/.exec(statement);
    if (insert !== null) {
      const [, table = '', columns = ''] = insert;
      await engine.insert({ table, columns: columns.split(', '), lines: body, settings });
      return '';
    }
    return engine.run({
      sql: statement.replace(/\s*FORMAT JSONCompactEachRow\s*$/, ''),
      parameters,
      settings: settings as EngineSettings,
    });
  }

  const server = createServer(async (request, response) => {
    if (request.headers.authorization !== expected) {
      fail(response, 403, 'Code: 516. DB::Exception: suho: Authentication failed. (AUTHENTICATION_FAILED)');
      return;
    }
    if (typeof state.trouble === 'number') {
      await bodyOf(request);
      fail(response, state.trouble, 'Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)');
      return;
    }
    try {
      const answer = await work(request);
      done += 1;
      if (state.trouble === 'cut') response.destroy();
      else response.writeHead(200, { 'Content-Type': 'application/json' }).end(answer);
    } catch (error) {
      fail(response, 500, (error as Error).message);
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const [user, password] = login.split(':').map(encodeURIComponent);
  return {
    url: `http://${user}:${password}@127.0.0.1:${(server.address() as AddressInfo).port}`,
    get trouble() {
      return state.trouble;
    },
    set trouble(trouble) {
      state.trouble = trouble;
    },
    get done() {
      return done;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await engine.close();
    },
  };
}
