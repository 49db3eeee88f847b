import { test } from 'node:test';
import { isolationContract } from '../../contracts/isolation.contract.js';
import { embeddedUnderTest, serverUnderTest } from '../../contracts/sql-ledger.js';
import { postgresMissing } from '../../support/postgres-server.js';

isolationContract('PGlite behind its socket', embeddedUnderTest);

const missing = postgresMissing();
if (missing === false) isolationContract('a PostgreSQL server', serverUnderTest);
else test('tenants on a PostgreSQL server', { skip: missing }, () => {});
