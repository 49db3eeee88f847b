import { test } from 'node:test';
import { accessContract } from '../../contracts/access.contract.js';
import { auditContract } from '../../contracts/audit.contract.js';
import { commandsContract } from '../../contracts/commands.contract.js';
import { historyContract } from '../../contracts/history.contract.js';
import { ledgerContract } from '../../contracts/ledger.contract.js';
import { ownModelsContract } from '../../contracts/own-models.contract.js';
import { readsContract } from '../../contracts/reads.contract.js';
import { serverUnderTest } from '../../contracts/sql-ledger.js';
import { postgresMissing } from '../../support/postgres-server.js';

const missing = postgresMissing();
if (missing === false) {
  ledgerContract('a PostgreSQL server', serverUnderTest);
  commandsContract('a PostgreSQL server', serverUnderTest);
  historyContract('a PostgreSQL server', serverUnderTest);
  ownModelsContract('a PostgreSQL server', serverUnderTest);
  readsContract('a PostgreSQL server', serverUnderTest);
  accessContract('a PostgreSQL server', serverUnderTest);
  auditContract('a PostgreSQL server', serverUnderTest);
} else {
  for (const what of ['the ledger’s contract', 'history', 'own models', 'the audit log'])
    test(`${what} on a PostgreSQL server`, { skip: missing }, () => {});
}
