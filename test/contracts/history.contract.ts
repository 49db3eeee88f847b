/** What every ledger does with history that comes in batches, some of them again: each row stored once, under its tenant. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type {
  BalanceRow,
  HistoryRows,
  HistoryTable,
  PlacedRow,
  RiskEventRow,
  UsageRow,
} from '../../src/storage/ledger/history.js';
import type { Ledger } from '../../src/storage/ledger/ledger.js';
import { proofCount } from '../support/price-paths.js';
import type { LedgerUnderTest } from './ledger.contract.js';
import { accountId, all, settle, START_MS, uuid } from './ledger-world.js';

const HOUR_MS = 3_600_000;
const WRITER = uuid(9, 1);

const tenantOf = (account: number): string => (account % 2 === 1 ? 'north' : 'south');

export function balanceRow(account: number, number: number, change: Partial<BalanceRow> = {}): BalanceRow {
  return {
    tenantId: tenantOf(account),
    accountId: accountId(account),
    atMs: START_MS + number * 30_000,
    balance: 10_000.1 + number,
    equity: 10_012.345678901234,
    margin: 250,
    marginFree: 9_762.35,
    marginLevel: 4_004.938,
    floatingProfit: 12.25,
    dailyProfit: -3.1,
    drawdownPercent: 0.125,
    openPositions: 2,
    pendingOrders: 1,
    highestEquity: 10_024.5,
    newestMovement: '18446744073709551615',
    ...change,
  };
}

export function riskEvent(account: number, number: number, change: Partial<RiskEventRow> = {}): RiskEventRow {
  return {
    id: uuid(30 + account, number),
    tenantId: tenantOf(account),
    accountId: accountId(account),
    atMs: START_MS + number,
    kind: 'volume-below-minimum',
    severity: 'warning',
    sentence: 'The risk allowed buys less than the smallest volume.',
    limitValue: 0.01,
    currentValue: 0.0042,
    action: 'refused',
    ...change,
  };
}

export function usageRow(account: number, hour: number, what: string, amount: number): UsageRow {
  return { tenantId: tenantOf(account), hourMs: START_MS - (START_MS % HOUR_MS) + hour * HOUR_MS, what, amount };
}

export function placed<T extends HistoryTable>(place: number, table: T, row: HistoryRows[T]): PlacedRow {
  return { place, table, row } as PlacedRow;
}

const byTime = (rows: readonly BalanceRow[]): readonly BalanceRow[] => [...rows].sort((a, b) => a.atMs - b.atMs);

export async function balancesOf(ledger: Ledger, account: number): Promise<readonly BalanceRow[]> {
  return ledger.balancesOf(accountId(account), 0, Number.MAX_SAFE_INTEGER);
}

export function historyContract(name: string, open: () => Promise<LedgerUnderTest>): void {
  describe(`history on ${name}`, () => {
    let under: LedgerUnderTest;
    let ledger: Ledger;
    before(async () => {
      under = await open();
    });
    after(() => under.close());

    const historyTest = (title: string, body: () => Promise<void>): void => {
      test(title, async () => {
        await under.reset();
        ledger = under.ledger;
        await settle(ledger, 4);
        await body();
      });
    };
    const store = (rows: readonly PlacedRow[], writer = WRITER): Promise<void> =>
      ledger.storeHistory({ writer, atMs: START_MS, rows });
    const usage = (): Promise<readonly UsageRow[]> => all((next) => ledger.listUsage(next));
    const events = (): Promise<readonly RiskEventRow[]> => all((next) => ledger.listRiskEvents(next));

    historyTest('rows of several tenants and tables come back as they were told', async () => {
      const flat = balanceRow(2, 1, { marginLevel: null, margin: 0, highestEquity: null, newestMovement: null });
      const bare = riskEvent(2, 1, {
        limitValue: null,
        currentValue: null,
        action: null,
        sentence: 'Somebody’s “switch” \\ {a,b}',
      });
      await store([
        placed(1, 'balances', balanceRow(1, 1)),
        placed(2, 'riskEvents', riskEvent(1, 1)),
        placed(3, 'usage', usageRow(1, 0, 'signals', 7)),
        placed(4, 'balances', flat),
        placed(5, 'riskEvents', bare),
        placed(6, 'usage', usageRow(2, 0, 'frames', 1)),
      ]);
      assert.deepEqual(await balancesOf(ledger, 1), [balanceRow(1, 1)]);
      assert.deepEqual(await balancesOf(ledger, 2), [flat]);
      assert.deepEqual(await events(), [riskEvent(1, 1), bare]);
      assert.deepEqual(await usage(), [usageRow(1, 0, 'signals', 7), usageRow(2, 0, 'frames', 1)]);
    });

    historyTest('a batch that comes again is stored once, and what is new in it is stored', async () => {
      const first = [
        placed(1, 'balances', balanceRow(1, 1)),
        placed(2, 'usage', usageRow(1, 0, 'signals', 7)),
        placed(3, 'usage', usageRow(2, 0, 'signals', 5)),
      ];
      await store(first);
      await store(first);
      const more = [...first, placed(4, 'balances', balanceRow(1, 2)), placed(5, 'usage', usageRow(1, 0, 'signals', 1))];
      await store(more);
      await store(more);
      await store(first);
      assert.deepEqual(await balancesOf(ledger, 1), [balanceRow(1, 1), balanceRow(1, 2)]);
      assert.deepEqual(await usage(), [usageRow(1, 0, 'signals', 8), usageRow(2, 0, 'signals', 5)]);
    });

    historyTest('the same batch twice at once is stored once', async () => {
      for (let round = 0; round < 10; round++) {
        const rows = [
          placed(round * 3 + 1, 'balances', balanceRow(1, round)),
          placed(round * 3 + 2, 'usage', usageRow(1, 0, 'frames', 10)),
          placed(round * 3 + 3, 'usage', usageRow(2, 0, 'frames', 1)),
        ];
        await Promise.all([store(rows), store(rows), store(rows)]);
      }
      assert.equal((await balancesOf(ledger, 1)).length, 10);
      assert.deepEqual(await usage(), [usageRow(1, 0, 'frames', 100), usageRow(2, 0, 'frames', 10)]);
    });

    historyTest('another writer’s rows are others, also at the same places', async () => {
      await store([placed(1, 'usage', usageRow(1, 0, 'frames', 3))]);
      await store([placed(1, 'usage', usageRow(1, 0, 'frames', 4))], uuid(9, 2));
      assert.deepEqual(await usage(), [usageRow(1, 0, 'frames', 7)]);
    });

    historyTest('usage is added up by tenant, hour and what, within a batch too', async () => {
      await store([
        placed(1, 'usage', usageRow(1, 0, 'frames', 3)),
        placed(2, 'usage', usageRow(1, 1, 'frames', 10)),
        placed(3, 'usage', usageRow(1, 0, 'signals', 1)),
        placed(4, 'usage', usageRow(1, 0, 'frames', 4)),
      ]);
      assert.deepEqual(await usage(), [usageRow(1, 0, 'frames', 7), usageRow(1, 0, 'signals', 1), usageRow(1, 1, 'frames', 10)]);
    });

    historyTest('a risk event that is told again, by whomever, is the first', async () => {
      await store([placed(1, 'riskEvents', riskEvent(1, 1))]);
      await store([placed(1, 'riskEvents', riskEvent(1, 1, { sentence: 'again' }))], uuid(9, 2));
      assert.deepEqual(await events(), [riskEvent(1, 1)]);
    });

    historyTest('a row that the ledger cannot take refuses its batch whole, and uses up no place', async () => {
      const wrong: readonly PlacedRow[] = [
        placed(2, 'balances', { ...balanceRow(2, 1), tenantId: 'north' }),
        placed(2, 'balances', { ...balanceRow(1, 1), accountId: uuid(1, 999) }),
        placed(2, 'usage', { ...usageRow(1, 0, 'frames', 1), tenantId: 'nobody' }),
        placed(2, 'usage', usageRow(1, 0, 'frames', -1)),
      ];
      for (const row of wrong)
        await assert.rejects(store([placed(1, 'balances', balanceRow(1, 1)), row]), { code: 'INPUT_INVALID' });
      assert.deepEqual(await balancesOf(ledger, 1), []);
      assert.deepEqual(await usage(), []);
      await store([placed(1, 'balances', balanceRow(1, 1)), placed(2, 'balances', balanceRow(1, 2))]);
      assert.equal((await balancesOf(ledger, 1)).length, 2);
    });

    historyTest('the newest balance of each account, and those of a span of time', async () => {
      const rows = [3, 1, 2].map((number, at) => placed(at + 1, 'balances', balanceRow(1, number)));
      await store([...rows, placed(4, 'balances', balanceRow(2, 9))]);
      const newest = await ledger.newestBalances([accountId(2), accountId(1), accountId(3), 'no uuid']);
      assert.deepEqual(byTime(newest), [balanceRow(1, 3), balanceRow(2, 9)]);
      const { atMs } = balanceRow(1, 2);
      assert.deepEqual(await ledger.balancesOf(accountId(1), atMs, atMs + 1), [balanceRow(1, 2)]);
      assert.deepEqual(await ledger.balancesOf('no uuid', 0, atMs), []);
    });

    historyTest('what named tenants used since an hour, in order', async () => {
      await store([
        placed(1, 'usage', usageRow(1, 0, 'signals', 1)),
        placed(2, 'usage', usageRow(2, 1, 'predictions', 2)),
        placed(3, 'usage', usageRow(1, 2, 'cost', 3)),
        placed(4, 'usage', usageRow(1, 1, 'signals', 4)),
        placed(5, 'usage', usageRow(1, 1, 'cost', 5)),
      ]);
      const since = usageRow(1, 1, 'cost', 5).hourMs;
      const north = [usageRow(1, 1, 'cost', 5), usageRow(1, 1, 'signals', 4), usageRow(1, 2, 'cost', 3)];
      assert.deepEqual(await ledger.usageSince(['north'], since), north);
      assert.deepEqual(await ledger.usageSince(['south', 'north', 'nobody'], since), [
        ...north,
        usageRow(2, 1, 'predictions', 2),
      ]);
      assert.deepEqual(await ledger.usageSince([], 0), []);
    });

    historyTest('however batches are cut and repeated, each row is stored once', async () => {
      let writers = 100;
      const cuts = fc.array(
        fc.record({ size: fc.integer({ min: 1, max: 12 }), back: fc.nat(3), times: fc.integer({ min: 1, max: 3 }) }),
        {
          minLength: 1,
          maxLength: 8,
        },
      );
      await fc.assert(
        fc.asyncProperty(cuts, async (batches) => {
          await under.reset();
          ledger = under.ledger;
          await settle(ledger, 4);
          const writer = uuid(9, ++writers);
          const row = (place: number): PlacedRow =>
            place % 3 === 0
              ? placed(place, 'usage', usageRow(1 + (place % 2), place % 2, 'frames', place))
              : placed(place, 'balances', balanceRow(1 + (place % 4), place));
          let done = 0;
          for (const { size, back, times } of batches) {
            const from = Math.max(0, done - back);
            const rows = Array.from({ length: done + size - from }, (_, at) => row(from + at + 1));
            for (let time = 0; time < times; time++) await store(rows, writer);
            done += size;
          }
          const places = Array.from({ length: done }, (_, at) => at + 1);
          for (const account of [1, 2, 3, 4]) {
            const own = places.filter((place) => place % 3 !== 0 && 1 + (place % 4) === account);
            assert.deepEqual(
              await balancesOf(ledger, account),
              own.map((place) => balanceRow(account, place)),
            );
          }
          const used = (await usage()).reduce((sum, { amount }) => sum + amount, 0);
          assert.equal(
            used,
            places.filter((place) => place % 3 === 0).reduce((sum, place) => sum + place, 0),
          );
        }),
        { numRuns: proofCount(50) },
      );
    });
  });
}
