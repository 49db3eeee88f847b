/** The keeper with the real parts around it: an EA over a socket, the account's actor, the writer, the ledger's twin. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LIMITS } from '../../../src/limits.js';
import { silentLogger } from '../../../src/runtime/logger.js';
import { seededRandom } from '../../../src/runtime/random.js';
import type { BalanceRow, RiskEventRow, UsageRow } from '../../../src/storage/ledger/history.js';
import { HistoryKeeper } from '../../../src/storage/ledger/history-keeper.js';
import { HistoryWriter } from '../../../src/storage/ledger/history-writer.js';
import { all, uuid } from '../../contracts/ledger-world.js';
import { until } from '../../support/actors.js';
import { type TestAccount, TestNode } from '../../support/node.js';
import { ScriptedEa } from '../../support/scripted-ea.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const HOUR_MS = 3_600_000;

class Kept implements AsyncDisposable {
  readonly node: TestNode;
  readonly keeper: HistoryKeeper;
  readonly #end: () => Promise<void>;
  /** Reads of what accounts had before that fail still. */
  failingReads = 0;
  static async open(full = (): boolean => false): Promise<Kept> {
    const folder = await temporaryFolder();
    let keeper: HistoryKeeper | undefined;
    let writer: HistoryWriter | undefined;
    let kept: Kept | undefined;
    const node = await TestNode.open({
      observers: ({ ledger, clock }) => {
        // The writer opens its spill, which takes longer than the making of the tree.
        const late: Pick<HistoryWriter, 'record' | 'full'> = {
          record: (table, row) => writer?.record(table, row) ?? false,
          get full() {
            return full();
          },
        };
        const newestBalances = async (ids: readonly string[]): Promise<readonly BalanceRow[]> => {
          if (kept !== undefined && kept.failingReads > 0) {
            kept.failingReads -= 1;
            throw new Error('the ledger is down');
          }
          return ledger.newestBalances(ids);
        };
        keeper = new HistoryKeeper({
          writer: late,
          store: { newestBalances, closedTrades: (id, since) => ledger.closedTrades(id, since) },
          clock,
          log: silentLogger,
        });
        return [keeper];
      },
      historyFull: () => keeper?.full ?? false,
    });
    const { ledger: store, clock } = node;
    writer = await HistoryWriter.open({
      store,
      writer: uuid(9, 1),
      folder: folder.path,
      clock,
      random: seededRandom(1),
      logger: silentLogger,
    });
    const opened = writer;
    const end = async (): Promise<void> => {
      await opened.close();
      await node[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    };
    kept = new Kept(node, keeper as HistoryKeeper, end);
    return kept;
  }

  private constructor(node: TestNode, keeper: HistoryKeeper, end: () => Promise<void>) {
    this.node = node;
    this.keeper = keeper;
    this.#end = end;
  }

  async balances({ id }: TestAccount, count: number): Promise<readonly BalanceRow[]> {
    let rows: readonly BalanceRow[] = [];
    const there = async (): Promise<boolean> => {
      await this.node.advance(1_000);
      rows = await this.node.ledger.balancesOf(id, 0, Number.MAX_SAFE_INTEGER);
      return rows.length >= count;
    };
    await until(there, `${count} balances are stored`);
    return rows;
  }

  async events(count: number): Promise<readonly RiskEventRow[]> {
    let rows: readonly RiskEventRow[] = [];
    const there = async (): Promise<boolean> => {
      await this.node.advance(1_000);
      rows = await all((next) => this.node.ledger.listRiskEvents(next));
      return rows.length >= count;
    };
    await until(there, `${count} events are stored`);
    return rows;
  }

  async usage(what: string): Promise<UsageRow> {
    let found: UsageRow | undefined;
    const there = async (): Promise<boolean> => {
      await this.node.advance(1_000);
      found = (await all((next) => this.node.ledger.listUsage(next))).find((row) => row.what === what);
      return found !== undefined;
    };
    await until(there, `usage of ${what} is stored`);
    return found as UsageRow;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.keeper.close();
    return this.#end();
  }
}

function money(ea: ScriptedEa, balance: number, equity = balance): Promise<void> {
  ea.say({ kind: 'FINANCE', balance, equity, margin: 0, freeMargin: equity, floating: equity - balance, dayProfit: 0 });
  return ea.settled();
}

describe('the keeper of history', () => {
  it('what an EA tells of its money is a row, and its drawdown outlives the session and the run', async () => {
    await using kept = await Kept.open();
    const { node } = kept;
    const account = await node.addAccount();
    const before = { ...(await startRow(account)), highestEquity: 20_000 };
    await node.ledger.storeHistory({ writer: uuid(9, 7), atMs: 1, rows: [{ table: 'balances', place: 1, row: before }] });
    const ea = await ScriptedEa.ready(node, account);
    await money(ea, 15_000);
    await money(ea, 15_000, 14_000);
    const rows = await kept.balances(account, 3);
    const told = rows.find(({ balance }) => balance === 15_000);
    assert.deepEqual([told?.drawdownPercent, told?.highestEquity], [25, 20_000]);
    assert.ok(rows.every(({ equity }) => equity !== 14_000));
    for (let beats = 0; beats < 3; beats++) {
      await node.advance(10_000);
      ea.heartbeat();
      await ea.settled();
    }
    await money(ea, 15_000, 14_000);
    const later = await kept.balances(account, 4);
    assert.deepEqual([later.at(-1)?.equity, later.at(-1)?.drawdownPercent], [14_000, 30]);
  });

  it('what is told before the newest row can be read is kept until it is', async () => {
    await using kept = await Kept.open();
    const { node } = kept;
    const account = await node.addAccount();
    const before = { ...(await startRow(account)), highestEquity: 40_000 };
    await node.ledger.storeHistory({ writer: uuid(9, 7), atMs: 1, rows: [{ table: 'balances', place: 1, row: before }] });
    kept.failingReads = 1;
    const ea = await ScriptedEa.ready(node, account);
    const deposit = { tradeKind: 'BALANCE', entry: 'NONE', side: 'NONE', deal: 77n, position: 0n, profit: 2_000 } as const;
    ea.trade(deposit);
    await money(ea, 11_000);
    await money(ea, 12_000);
    assert.equal(kept.failingReads, 0);
    assert.equal((await node.ledger.balancesOf(account.id, 0, Number.MAX_SAFE_INTEGER)).length, 1);
    const rows = await kept.balances(account, 3);
    assert.deepEqual(
      rows.slice(1).map(({ balance, newestMovement, drawdownPercent }) => [balance, newestMovement, drawdownPercent]),
      [
        [10_000, '0', 75],
        [12_000, '77', 75],
      ],
    );
  });

  it('a refusal by a limit is one risk event with what was compared, however often it is told', async () => {
    await using kept = await Kept.open();
    const { node } = kept;
    const account = await node.addAccount();
    const ea = await ScriptedEa.ready(node, account);
    await node.advance(11_000);
    ea.heartbeat();
    await ea.settled();
    const decision = node.decision();
    for (let time = 0; time < 2; time++) node.account(account).tell({ kind: 'decision', timed: { decision } });
    await node.rest();
    const [event, ...more] = await kept.events(1);
    assert.deepEqual(more, []);
    assert.deepEqual(
      [event?.kind, event?.accountId, event?.limitValue, event?.action],
      ['quote-stale', account.id, 10_000, 'signal-refused'],
    );
    assert.ok(Number(event?.currentValue) > 10_000);
  });

  it('usage is stored: what is charged within seconds, the rest when its hour has ended', async () => {
    await using kept = await Kept.open();
    const { node } = kept;
    const account = await node.addAccount();
    const ea = await ScriptedEa.ready(node, account);
    node.account(account).tell({ kind: 'decision', timed: { decision: node.decision() } });
    await ea.wait('SIGNAL');
    await node.rest();
    kept.keeper.count('blue', 'requests', 3);
    assert.deepEqual(await all((next) => node.ledger.listUsage(next)), []);
    const hourMs = node.nowMs - (node.nowMs % HOUR_MS);
    await node.advance(LIMITS.usage.handOverMs);
    assert.deepEqual(await kept.usage('requests'), { tenantId: 'blue', hourMs, what: 'requests', amount: 3 });
    assert.ok(node.nowMs < hourMs + HOUR_MS);
    const early = await all((next) => node.ledger.listUsage(next));
    assert.ok(!early.some(({ what }) => what === 'frames'));
    await node.advance(HOUR_MS - (node.nowMs % HOUR_MS));
    for (const [what, amount] of [
      ['signals', 1],
      ['sessions', 1],
      ['requests', 3],
    ] as const)
      assert.deepEqual(await kept.usage(what), { tenantId: 'blue', hourMs, what, amount });
    assert.ok((await kept.usage('frames')).amount >= 3);
  });

  it('a new signal is refused while history is full, and a position is closed all the same', async () => {
    let full = false;
    await using kept = await Kept.open(() => full);
    const { node } = kept;
    const account = await node.addAccount();
    const ea = await ScriptedEa.ready(node, account);
    const decide = (change: Parameters<TestNode['decision']>[0]): void =>
      void node.account(account).tell({ kind: 'decision', timed: { decision: node.decision(change) } });
    decide({});
    const { id, volume } = await ea.wait('SIGNAL');
    ea.result(id, { requestedVolume: volume, filledVolume: volume });
    ea.trade({ signalId: id, volume });
    await node.becomes('EXECUTED');
    full = true;
    decide({ closeTime: node.nowMs + 1 });
    await node.rest();
    assert.deepEqual(
      (await node.refusals()).map(({ reason }) => reason),
      ['history-full'],
    );
    decide({ kind: 'CLOSE', closeTime: node.nowMs + 2 });
    const command = await ea.wait('COMMAND');
    assert.equal(command.action, 'CLOSE_POSITION');
    full = false;
    decide({ closeTime: node.nowMs + 3 });
    await until(() => ea.of('SIGNAL').length === 2, 'signals go out again');
  });

  async function startRow({ id }: TestAccount): Promise<BalanceRow> {
    const kept = { balance: 18_000, equity: 18_000, margin: 0, marginFree: 18_000, marginLevel: null };
    const figures = { floatingProfit: 0, dailyProfit: 0, drawdownPercent: 10, openPositions: 0, pendingOrders: 0 };
    return { tenantId: 'blue', accountId: id, atMs: 1, ...kept, ...figures, highestEquity: 0, newestMovement: '0' };
  }
});
