/** What people read of a ledger, as far as they reach: the same from every implementation, by cases worked out by hand. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Reach } from '../../src/access/principal.js';
import { SuhoError } from '../../src/errors.js';
import { verifiedAudit } from '../../src/storage/audit/verified-audit.js';
import type { LedgerOp, Page } from '../../src/storage/ledger/ledger.js';
import type { LedgerReads, PageWish } from '../../src/storage/ledger/reads.js';
import { accountId, all, keyHash, newSignal, raise, START_MS, uuid } from './ledger-world.js';
import type { LedgerUnderTest } from './ledger.contract.js';
import { balance, readWorld } from './reads-world.js';

const ALL: Reach = { kind: 'all' };
const NORTH: Reach = { kind: 'tenant', tenantId: 'north' };
const SOUTH: Reach = { kind: 'tenant', tenantId: 'south' };
const FIRST: Reach = { kind: 'account', tenantId: 'north', accountId: accountId(1) };
const GUEST: Reach = { kind: 'account', tenantId: '', accountId: '' };
const REACHES = [ALL, NORTH, SOUTH, FIRST, GUEST];

const MINUTES_15 = 900_000;
const invalid = (error: unknown): boolean => error instanceof SuhoError && error.code === 'INPUT_INVALID';

/** Every list, without a wish beside the reach. */
const LISTS: Readonly<Record<string, (reads: LedgerReads, reach: Reach, page: PageWish) => Promise<Page<object>>>> = {
  tenants: (reads, reach, page) => reads.tenants(reach, page),
  accounts: (reads, reach, page) => reads.accounts(reach, {}, page),
  signals: (reads, reach, page) => reads.signals(reach, {}, page),
  refusals: (reads, reach, page) => reads.refusals(reach, {}, page),
  executions: (reads, reach, page) => reads.executions(reach, {}, page),
  deals: (reads, reach, page) => reads.deals(reach, {}, page),
  riskEvents: (reads, reach, page) => reads.riskEvents(reach, {}, page),
  audit: (reads, reach, page) => reads.audit(reach, {}, page),
  anchors: (reads, reach, page) => reads.auditChain(reach, 'anchors', page),
  heads: (reads, reach, page) => reads.auditChain(reach, 'heads', page),
  entries: (reads, reach, page) => reads.auditChain(reach, 'entries', page),
};

const AUDIT_LISTS = ['audit', 'anchors', 'heads', 'entries'];

interface Owned {
  readonly id?: string;
  readonly tenantId?: string;
  readonly accountId?: string;
}

export function readsContract(name: string, open: () => Promise<LedgerUnderTest>): void {
  describe(`what people read of ${name}`, () => {
    let under: LedgerUnderTest;
    let reads: LedgerReads;
    before(async () => {
      under = await open();
      await under.reset();
      await readWorld(under.ledger);
      reads = under.ledger.reads;
    });
    after(() => under.close());

    for (const [listName, list] of Object.entries(LISTS)) {
      test(`${listName}: one reach sees what it reaches of what is there, and nothing else`, async () => {
        const everything = (await list(reads, ALL, { most: 500 })).rows as readonly Owned[];
        assert.ok(everything.length >= 2, `${everything.length} rows`);
        for (const reach of REACHES) {
          const seen = (await list(reads, reach, { most: 500 })).rows as readonly Owned[];
          const own = everything.filter((row) => {
            if (reach.kind === 'account' && AUDIT_LISTS.includes(listName)) return false;
            const tenant = listName === 'tenants' ? row.id : row.tenantId;
            const account = listName === 'accounts' ? row.id : row.accountId;
            if (reach.kind === 'all') return true;
            if (reach.tenantId !== tenant) return false;
            if (reach.kind === 'tenant' || listName === 'tenants') return true;
            return account === reach.accountId;
          });
          assert.deepEqual(seen, own, JSON.stringify(reach));
        }
      });

      test(`${listName}: pages of any size hold what one page holds, in its order`, async () => {
        for (const reach of REACHES) {
          const whole = (await list(reads, reach, { most: 500 })).rows;
          for (const most of [1, 2, 3]) {
            assert.deepEqual(await all((next) => list(reads, reach, { most, after: next })), whole, `${most} a page`);
          }
        }
      });

      test(`${listName}: a cursor of another list, or of none, is refused`, async () => {
        const other = listName === 'signals' ? 'riskEvents' : 'signals';
        const { next } = await (LISTS[other] as (typeof LISTS)[string])(reads, ALL, { most: 1 });
        assert.ok(next);
        for (const cursor of [next, '', 'x', Buffer.from('["signals",1,"x"]').toString('base64url')])
          await assert.rejects(async () => list(reads, ALL, { most: 1, after: cursor }), invalid, cursor);
      });
    }

    test('lists go newest first', async () => {
      const { rows: signals } = await reads.signals(ALL, {}, { most: 500 });
      assert.deepEqual(
        signals.map(({ accountId: owner, createdAt, kind }) => [owner, (createdAt - START_MS) / MINUTES_15, kind]),
        [
          [accountId(1), 3, 'CLOSE'],
          [accountId(3), 2, 'OPEN'],
          [accountId(2), 2, 'OPEN'],
          [accountId(1), 2, 'OPEN'],
          [accountId(4), 1, 'OPEN'],
          [accountId(3), 1, 'OPEN'],
          [accountId(2), 1, 'OPEN'],
          [accountId(1), 1, 'OPEN'],
        ],
      );
      const { rows: deals } = await reads.deals(NORTH, {}, { most: 500 });
      assert.deepEqual(
        deals.map((row) => row.deal),
        ['18446744073709551614', '10', '7'],
      );
      const { rows: executions } = await reads.executions(ALL, {}, { most: 500 });
      assert.deepEqual(
        executions.map(({ outcome }) => outcome),
        ['REJECTED', 'EXECUTED'],
      );
    });

    test('filters narrow a list, alone and together', async () => {
      const signals = async (reach: Reach, wanted: Parameters<LedgerReads['signals']>[1]) =>
        (await all((next) => reads.signals(reach, wanted, { most: 1, after: next }))).map(
          ({ accountId: owner, seq }) => `${Number.parseInt(owner.slice(-4), 16)}:${seq}`,
        );
      assert.deepEqual(await signals(ALL, { symbol: 'USDJPY' }), ['1:2', '3:1']);
      assert.deepEqual(await signals(NORTH, { symbol: 'EURUSD' }), ['1:3', '3:2', '1:1']);
      assert.deepEqual(await signals(ALL, { state: 'UNKNOWN' }), ['1:2']);
      assert.deepEqual(await signals(SOUTH, { state: 'UNKNOWN' }), []);
      assert.deepEqual(await signals(ALL, { accountId: accountId(3) }), ['3:2', '3:1']);
      assert.deepEqual(await signals(ALL, { tenantId: 'south' }), ['2:2', '4:1', '2:1']);
      assert.deepEqual(await signals(ALL, { tenantId: 'south', accountId: accountId(1) }), []);
      assert.deepEqual(await signals(SOUTH, { accountId: accountId(1) }), []);
      assert.deepEqual(await signals(SOUTH, { tenantId: 'north' }), []);
      assert.deepEqual(await signals(FIRST, { accountId: accountId(3) }), []);
      assert.deepEqual(await signals(ALL, { accountId: 'nobody' }), []);
      const second = { fromMs: START_MS + 2 * MINUTES_15, toMs: START_MS + 3 * MINUTES_15 };
      assert.deepEqual(await signals(ALL, second), ['3:2', '2:2', '1:2']);
      assert.deepEqual(await signals(NORTH, { ...second, symbol: 'EURUSD', state: 'SENT' }), ['3:2']);
      assert.equal((await reads.refusals(ALL, { reason: 'spread' }, { most: 5 })).rows.length, 1);
      assert.equal((await reads.refusals(NORTH, { symbol: 'EURUSD' }, { most: 5 })).rows.length, 3);
      assert.equal((await reads.executions(SOUTH, { outcome: 'REJECTED' }, { most: 5 })).rows.length, 1);
      assert.equal((await reads.deals(ALL, { symbol: 'GBPUSD' }, { most: 5 })).rows.length, 1);
      assert.equal((await reads.riskEvents(ALL, { kind: 'drawdown', severity: 'critical' }, { most: 5 })).rows.length, 1);
      assert.equal((await reads.riskEvents(SOUTH, { kind: 'drawdown' }, { most: 5 })).rows.length, 0);
    });

    test('what was told of a subject is found under its tenant and under none', async () => {
      const { id } = newSignal(1, 1);
      const of = async (reach: Reach, tenantId?: string) =>
        (await all((next) => reads.audit(reach, { subject: id, tenantId }, { most: 1, after: next }))).map(({ kind }) => kind);
      const told = await of(NORTH);
      assert.ok(told.includes('signal.raised') && told.length >= 2, told.join());
      assert.deepEqual(await of(ALL, 'north'), told);
      assert.deepEqual((await of(ALL)).sort(), [...told].sort());
      assert.deepEqual(await of(SOUTH), []);
      assert.deepEqual(await of(FIRST), []);
      const raised = await reads.audit(NORTH, { subject: id, kind: 'signal.raised' }, { most: 5 });
      assert.equal(raised.rows.length, 1);
    });

    test('rows that come while a list is read are neither in the way nor make it miss one', async () => {
      await under.reset();
      await readWorld(under.ledger);
      reads = under.ledger.reads;
      const raised = (number: number, atMs: number): LedgerOp => raise(3, number, { createdAt: atMs });
      const were = (await reads.signals(NORTH, {}, { most: 500 })).rows.map(({ id }) => id);
      const seen: string[] = [];
      let next: string | undefined;
      let number = 10;
      do {
        const page: Page<{ readonly id: string }> = await reads.signals(NORTH, {}, { most: 2, after: next });
        seen.push(...page.rows.map(({ id }) => id));
        next = page.next;
        await under.ledger.commit([raised(number, START_MS + number * MINUTES_15)]);
        number += 1;
      } while (next !== undefined);
      assert.deepEqual(seen, were);
    });

    test('the log of one tenant, and of all, is whole as a verifier reads it', async () => {
      const north = await verifiedAudit(reads, NORTH);
      const both = await verifiedAudit(reads, ALL);
      assert.deepEqual([north.ok, north.tenants, both.ok, both.tenants], [true, 1, true, 2]);
      assert.ok(north.entries > 5 && both.entries > north.entries);
      assert.equal((await verifiedAudit(reads, FIRST)).entries, 0);
    });

    test('a signal comes with its whole life, for those who reach it', async () => {
      const { id } = newSignal(1, 1);
      const life = await reads.signal(FIRST, id);
      assert.ok(life);
      assert.deepEqual([life.signal.id, life.signal.state, life.lineage], [id, 'CLOSED', '{"made":"of"}']);
      assert.deepEqual(life.executions[0]?.deals, ['18446744073709551614', '7']);
      assert.deepEqual(
        life.deals.map((row) => row.deal),
        ['7', '18446744073709551614'],
      );
      assert.deepEqual(
        life.closes.map((row) => row.id),
        [uuid(101, 30)],
      );
      assert.deepEqual(
        life.told.map(({ atMs }) => atMs),
        life.told.map(({ atMs }) => atMs).sort((a, b) => a - b),
      );
      assert.ok(life.told.some(({ kind }) => kind === 'signal.raised'));
      assert.deepEqual(await reads.signal(ALL, id), life);
      assert.deepEqual(await reads.signal(NORTH, id), life);
      for (const reach of [SOUTH, GUEST, { kind: 'account', tenantId: 'north', accountId: accountId(3) } as const])
        assert.equal(await reads.signal(reach, id), undefined, JSON.stringify(reach));
      assert.equal(await reads.signal(ALL, uuid(5, 5)), undefined);
      assert.equal(await reads.signal(ALL, 'none'), undefined);
    });

    test('an account and a tenant are found by those who reach them, without what keys are known by', async () => {
      const account = await reads.account(FIRST, accountId(1));
      assert.equal(account?.tenantId, 'north');
      assert.ok(!JSON.stringify(account).includes(keyHash(1)));
      for (const reach of [SOUTH, GUEST]) assert.equal(await reads.account(reach, accountId(1)), undefined);
      assert.equal(await reads.account(FIRST, accountId(3)), undefined);
      assert.equal(await reads.account(ALL, 'none'), undefined);
      assert.equal((await reads.tenant(FIRST, 'north'))?.name, 'The north');
      assert.equal((await reads.tenant(ALL, 'south'))?.id, 'south');
      assert.equal(await reads.tenant(NORTH, 'south'), undefined);
      assert.equal(await reads.tenant(GUEST, ''), undefined);
    });

    test('balances over time: the newest of each part of the span, for those who reach the account', async () => {
      const span = { accountId: accountId(1), fromMs: START_MS, toMs: START_MS + 100 };
      const equities = async (reach: Reach, points: number) =>
        (await reads.balances(reach, { ...span, points })).map(({ equity }) => equity);
      assert.deepEqual(await equities(ALL, 1), [1_099]);
      assert.deepEqual(await equities(NORTH, 2), [1_040, 1_099]);
      assert.deepEqual(await equities(FIRST, 10), [1_000, 1_010, 1_040, 1_099]);
      assert.deepEqual(await equities(FIRST, 100), [1_000, 1_010, 1_040, 1_090, 1_099]);
      assert.deepEqual(await equities(SOUTH, 10), []);
      assert.deepEqual(await reads.balances(ALL, { ...span, toMs: START_MS + 10, points: 3 }), [balance(1, START_MS, 1_000)]);
    });
  });
}
