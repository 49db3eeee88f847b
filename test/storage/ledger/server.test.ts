import { test } from 'node:test';
import { ledgerContract } from '../../contracts/ledger.contract.js';
import { serverUnderTest } from '../../contracts/sql-ledger.js';
import { postgresMissing } from '../../support/postgres-server.js';

const missing = postgresMissing();
if (missing === false) ledgerContract('a PostgreSQL server', serverUnderTest);
else test('the ledger’s contract on a PostgreSQL server', { skip: missing }, () => {});
