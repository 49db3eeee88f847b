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

const ONE_COMMAND: Statement = {
  name: 'one-command',
  text: `SELECT ${selectList(COMMAND_COLUMNS)} FROM commands WHERE account_id = $1 AND id = $2`,
};

export async function readCommand(
  transaction: Transaction,
  accountId: string,
  commandId: string,
): Promise<CommandRow | undefined> {
  return (await transaction.rows<CommandRow>(ONE_COMMAND, [accountId, commandId])).at(0);
}

export function readCommandsOf(transaction: Transaction, accountId: string): Promise<readonly CommandRow[]> {
  return transaction.rows<CommandRow>(COMMANDS_OF, [accountId]);
}
