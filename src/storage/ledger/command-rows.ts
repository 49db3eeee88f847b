/** Commands of one account, for who looks at them. */
import { LIMITS } from '../../limits.js';
import { COMMAND_COLUMNS, selectList } from './columns.js';
import type { CommandRow } from './commands.js';
import type { Statement, Transaction } from './transaction.js';

const COMMANDS_OF: Statement = {
  name: 'commands-of-account',
  text: `SELECT ${selectList(COMMAND_COLUMNS)} FROM commands WHERE account_id = $1
    ORDER BY created_at_ms DESC, id DESC LIMIT ${LIMITS.ledger.pageRows}`,
};

export function readCommandsOf(transaction: Transaction, accountId: string): Promise<readonly CommandRow[]> {
  return transaction.rows<CommandRow>(COMMANDS_OF, [accountId]);
}
