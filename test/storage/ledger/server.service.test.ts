import { test } from 'node:test';
import { auditContract } from '../../contracts/audit.contract.js';
import { ledgerContract } from '../../contracts/ledger.contract.js';
import { serverUnderTest } from '../../contracts/sql-ledger.js';
import { postgresMissing } from '../../support/postgres-server.js';

const missing = postgresMissing();
if (missing === false) {
  ledgerContract('a PostgreSQL server', serverUnderTest);
  auditContract('a PostgreSQL server', serverUnderTest);
} else {
  for (const what of ['the ledger’s contract', 'the audit log'])
    test(`${what} on a PostgreSQL server`, { skip: missing }, () => {});
}
