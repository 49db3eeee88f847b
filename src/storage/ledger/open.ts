import { SuhoError } from '../../errors.js';
import { startEmbeddedLedger } from './embedded.js';
import { PostgresLedger } from './postgres.js';

export interface LedgerOptions {
  /** A PostgreSQL server; without it the ledger is embedded in `folder`. */
  readonly url?: string;
  /** The node's data folder, locked by the caller (`storage/data-folder.ts`). */
  readonly folder?: string;
  readonly onProgress?: (sentence: string) => void;
  /** How long a statement may take, where that is not what a node allows; 0 is for ever. */
  readonly statementMs?: number;
}

/** Connections to a server: one commits at a time (group commit), the others claim and list. */
const SERVER_CONNECTIONS = 4;

/** Opens the ledger that the settings name; its schema is brought up to date by `migrate`. */
export async function openLedger({ url, folder, onProgress, statementMs }: LedgerOptions): Promise<PostgresLedger> {
  const patience = statementMs === undefined ? {} : { statementMs };
  if (url !== undefined) return new PostgresLedger({ url, connections: SERVER_CONNECTIONS, ...patience });
  if (folder === undefined) throw new SuhoError('CONFIG_INVALID', 'The ledger needs a server’s URL or a data folder.');
  const embedded = await startEmbeddedLedger({ folder, ...(onProgress ? { onProgress } : {}) });
  return new PostgresLedger({ ...embedded.connection, ...patience }, () => embedded.close(), embedded.files);
}
