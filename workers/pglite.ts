/**
 * The embedded ledger's engine: PGlite in a thread of its own, so that a long statement never holds up a decision, behind
 * the PostgreSQL wire protocol, so that the engine speaks to it as to any other server.
 *
 * Every client is whoever the one session is, and that would be a superuser, whom no row security holds. So before anybody
 * is let in, the session becomes a login without a right to any table; what a client may, it must take a role for, as on a
 * server. `DISCARD ALL` does not undo that.
 *
 * It has no fsync: a row acknowledged is in the operating system's hands and survives `kill -9`, not a power cut. Its clients
 * are not asked who they are, so it listens on a socket file in a folder that only the node's user can enter; where the
 * platform has none, on a loopback port.
 */
import { chmodSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { SuhoError, sentence } from '../src/errors.js';
import type { EmbeddedReport, EmbeddedSettings } from '../src/storage/ledger/embedded.js';

const SUPERUSER = 'postgres';
/** A login as an operator makes it on a server: with no right of its own, and a member of those that have (as owner, of all). */
const MAKE_LOGIN = `DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'suho_login') THEN
    CREATE ROLE suho_login LOGIN NOINHERIT;
    GRANT ${SUPERUSER} TO suho_login;
  END IF;
END $$`;

const port = parentPort;
if (port === null) throw new SuhoError('LEDGER_FAILED', 'The embedded ledger runs in a worker thread only.');
const { dataFolder, socketFile } = workerData as EmbeddedSettings;
const report = (message: EmbeddedReport): void => port.postMessage(message);

const db = await PGlite.create({ dataDir: dataFolder });
await db.exec(`${MAKE_LOGIN}; SET SESSION AUTHORIZATION suho_login`);
// The ledger holds one connection; another may knock while a broken one is still being noticed.
const server = new PGLiteSocketServer({
  db,
  maxConnections: 4,
  ...(socketFile === undefined ? { host: '127.0.0.1', port: 0 } : { path: socketFile }),
});
await server.start();
if (socketFile !== undefined) chmodSync(socketFile, 0o600);

port.on('message', async () => {
  try {
    await server.stop();
    await db.close();
    report({ kind: 'closed' });
  } catch (error) {
    report({ kind: 'failed', message: sentence(error) });
  }
  port.close();
});
report({ kind: 'ready', at: server.getServerConn() });
