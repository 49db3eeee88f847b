import { test } from 'node:test';
import fc from 'fast-check';
import { MemoryLedger } from '../../../src/storage/ledger/memory.js';
import { ACCOUNTS, history, sameHistory } from '../../contracts/ledger-model.js';
import { settle } from '../../contracts/ledger-world.js';
import { embeddedUnderTest } from '../../contracts/sql-ledger.js';

test('PGlite and the in-memory twin answer every history alike and hold the same rows after it', async () => {
  const sql = await embeddedUnderTest();
  try {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const twin = new MemoryLedger();
        await sql.reset();
        for (const ledger of [sql.ledger, twin]) await settle(ledger, ACCOUNTS);
        await sameHistory(steps, sql.ledger, twin);
      }),
      { numRuns: process.env.SUHO_PROOF ? 600 : 25 },
    );
  } finally {
    await sql.close();
  }
});
