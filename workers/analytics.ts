/**
 * The embedded analytics engine: chDB, which is ClickHouse in a library, in a process of its own. Inside a worker thread it
 * takes the whole process down when the thread ends; here a fault of it, or its memory, is this process's alone.
 *
 * It ends with the node, however the node ends: the channel between them closes. Signals to the process group are the
 * node's to answer, since the node may still have rows to hand over.
 */
import { createRequire } from 'node:module';
import { setPriority } from 'node:os';
import { SuhoError, sentence } from '../src/errors.js';
import type { ChdbReport, ChdbRequest } from '../src/storage/analytics/chdb-engine.js';

interface ChdbSession {
  queryAsync(sql: string, options: { format: string }): Promise<{ text(): string }>;
  queryBindAsync(sql: string, parameters: object, options: { format: string }): Promise<{ text(): string }>;
  insert(insert: object): Promise<unknown>;
  close(): void;
}

const FORMAT = 'JSONCompactEachRow';
/** Decisions go first: on a full machine analytics waits. */
const NICE = 10;

function report(message: ChdbReport, sent?: () => void): void {
  process.send?.(message, undefined, undefined, () => sent?.());
}

/** Not the package's types: where it is not installed, the rest must compile all the same. */
function openSession(folder: string): ChdbSession | SuhoError {
  try {
    const { Session } = createRequire(import.meta.url)('chdb') as { Session: new (folder: string) => ChdbSession };
    return new Session(folder);
  } catch (error) {
    const { code, name } = error as { code?: string; name?: string };
    const missing = code === 'MODULE_NOT_FOUND' || name === 'ChdbPlatformUnsupportedError';
    return new SuhoError(missing ? 'NOT_FOUND' : 'ANALYTICS_FAILED', sentence(error));
  }
}

async function answer(session: ChdbSession, request: ChdbRequest): Promise<string> {
  if (request.kind === 'run') {
    const { sql, parameters } = request;
    const bound = Object.keys(parameters).length > 0;
    const result = bound
      ? await session.queryBindAsync(sql, parameters, { format: FORMAT })
      : await session.queryAsync(sql, { format: FORMAT });
    return result.text();
  }
  const { table, columns, lines, settings } = request;
  await session.insert({ table, columns, values: Buffer.from(lines), format: FORMAT, settings });
  return '';
}

let closed = false;

function serve(session: ChdbSession): void {
  /** One call after the other: the session is one connection, and rows keep their order. */
  let turn: Promise<void> = Promise.resolve();
  process.on('message', (request: ChdbRequest | { readonly kind: 'close' }) => {
    turn = turn.then(async () => {
      if (request.kind === 'close') {
        session.close();
        closed = true;
        report({ kind: 'closed' }, () => process.disconnect());
        return;
      }
      try {
        report({ kind: 'done', id: request.id, text: await answer(session, request) });
      } catch (error) {
        report({ kind: 'failed', id: request.id, message: sentence(error) });
      }
    });
  });
  report({ kind: 'ready' });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
// The library's own end waits for what it is at, at times for ever, and would hold the folder against the next node. What was
// answered is on disk.
process.on('disconnect', () => (closed ? process.exit(0) : process.kill(process.pid, 'SIGKILL')));
try {
  setPriority(NICE);
} catch {
  // A platform that does not allow it: it is a courtesy.
}
const opened = openSession(process.argv[2] as string);
if (opened instanceof SuhoError) {
  report({ kind: opened.code === 'NOT_FOUND' ? 'missing' : 'broken', message: opened.message }, () => process.exit(0));
} else serve(opened);
