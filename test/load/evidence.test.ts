import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { judgeEvidence } from '../../load-tests/load/evidence.js';

interface Row {
  readonly id: string;
  readonly accountId: string;
  readonly tenantId: string;
  readonly instance: string | null;
  readonly state: 'SENT' | 'REJECTED';
}

const FATES = ['told', 'lost', 'elsewhere', 'other tenant', 'not sent', 'never stored', 'undecided'] as const;

describe('what EAs noted, held against the ledger', () => {
  it('shows each signal that was lost, mixed up, or told without a row', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...FATES), { maxLength: 60 }), (fates) => {
        const rows: Row[] = [];
        const records: { id: string; account: string; tenant: string; times: number }[] = [];
        for (const [at, fate] of fates.entries()) {
          const id = `signal-${at}`;
          const row: Row = { id, accountId: `a${at}`, tenantId: 't1', instance: 'ea', state: 'REJECTED' };
          const record = { id, account: row.accountId, tenant: 't1', times: 1 };
          if (fate !== 'never stored')
            rows.push({
              ...row,
              ...(fate === 'not sent' ? { instance: null } : {}),
              ...(fate === 'undecided' ? { state: 'SENT' } : {}),
            });
          if (fate === 'elsewhere') records.push({ ...record, account: 'another' });
          else if (fate === 'other tenant') records.push({ ...record, tenant: 't2' });
          else if (fate !== 'lost' && fate !== 'not sent') records.push(record);
        }
        const count = (...of: readonly string[]): number => fates.filter((fate) => of.includes(fate)).length;
        assert.deepEqual(judgeEvidence(rows, records), {
          delivered: fates.length - count('not sent', 'never stored'),
          lost: count('lost'),
          mixed: count('elsewhere', 'other tenant'),
          uncommitted: count('never stored'),
          open: count('undecided'),
        });
      }),
    );
  });
});
