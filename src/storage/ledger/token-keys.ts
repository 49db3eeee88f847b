import { TOKEN_KEY_COLUMNS, selectList } from './columns.js';
import type { TokenKeyRow } from './ledger.js';
import type { Statement, Transaction } from './transaction.js';

const ADD: Statement = {
  name: 'add-token-key',
  text: `INSERT INTO token_keys (id, public_key, made_at_ms, valid_until_ms) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
};
const END: Statement = {
  name: 'end-token-key',
  text: 'UPDATE token_keys SET valid_until_ms = least(valid_until_ms, $2) WHERE id = $1',
};
// Few: one for each node and month.
const VALID: Statement = {
  name: 'valid-token-keys',
  text: `SELECT ${selectList(TOKEN_KEY_COLUMNS)} FROM token_keys WHERE valid_until_ms > $1 ORDER BY id`,
};

export function insertTokenKey(transaction: Transaction, { id, publicKey, madeAt, validUntil }: TokenKeyRow): void {
  transaction.send(ADD, [id, publicKey, madeAt, validUntil]);
}

export function shortenTokenKey(transaction: Transaction, id: string, validUntilMs: number): void {
  transaction.send(END, [id, validUntilMs]);
}

export function readTokenKeys(transaction: Transaction, sinceMs: number): Promise<readonly TokenKeyRow[]> {
  return transaction.rows<TokenKeyRow>(VALID, [sinceMs]);
}
