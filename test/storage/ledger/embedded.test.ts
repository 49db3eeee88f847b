import { ledgerContract } from '../../contracts/ledger.contract.js';
import { embeddedUnderTest } from '../../contracts/sql-ledger.js';

ledgerContract('PGlite behind its socket', embeddedUnderTest);
