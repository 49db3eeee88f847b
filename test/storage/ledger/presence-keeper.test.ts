/** The keeper with the real parts around it: EAs over sockets, the account's actor, the ledger's twin. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Catalogue } from '../../../src/accounts/catalogue.js';
import { LIMITS } from '../../../src/limits.js';
import { silentLogger } from '../../../src/runtime/logger.js';
import type { RiskEventRow } from '../../../src/storage/ledger/history.js';
import { PresenceKeeper } from '../../../src/storage/ledger/presence-keeper.js';
import { readTiers } from '../../../src/storage/tier-table.js';
import { uuid } from '../../contracts/ledger-world.js';
import { type TestAccount, TestNode } from '../../support/node.js';
import { ScriptedEa } from '../../support/scripted-ea.js';

const { outageMs, outageLookMs, heartbeatMs } = LIMITS.session;
const TIERS = await readTiers();

/** A node whose keeper may be replaced, as by a restart; events are stored as the writer of history does. */
class Watching implements AsyncDisposable {
  readonly raised: RiskEventRow[] = [];
  keeper!: PresenceKeeper;
  #place = 0;
  #storing: Promise<void> = Promise.resolve();

  private constructor(readonly node: TestNode) {}

  static async open(): Promise<Watching> {
    let watching: Watching | undefined;
    const node = await TestNode.open({
      observers: () => [
        {
          began: (...told) => watching?.keeper.began(...told),
          heard: (...told) => watching?.keeper.heard(...told),
        },
      ],
    });
    watching = new Watching(node);
    watching.start();
    await watching.keeper.close();
    watching.start();
    return watching;
  }

  start(): void {
    const raise = (row: RiskEventRow): void => {
      this.raised.push(row);
      this.#place += 1;
      const placed = { table: 'riskEvents', place: this.#place, row } as const;
      const batch = { writer: uuid(9, 1), atMs: this.node.nowMs, rows: [placed] };
      this.#storing = this.#storing.then(() => this.node.ledger.storeHistory(batch));
    };
    this.keeper = new PresenceKeeper({ store: this.node.ledger, raise, clock: this.node.clock, log: silentLogger });
  }

  /** Another process over the same ledger. */
  async restart(): Promise<void> {
    await this.keeper.close();
    await this.#storing;
    this.start();
  }

  /** As `advance`, with the reads that fall into it. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += outageLookMs) {
      await this.node.advance(outageLookMs);
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
      await this.#storing;
    }
  }

  async kinds(): Promise<readonly string[]> {
    await this.#storing;
    const { rows } = await this.node.ledger.listRiskEvents();
    return [...rows].sort((a, b) => a.atMs - b.atMs).map(({ kind }) => kind);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.keeper.close();
    await this.node[Symbol.asyncDispose]();
  }
}

async function beats(watching: Watching, ea: ScriptedEa, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += heartbeatMs) {
    ea.heartbeat();
    await ea.settled();
    await watching.node.advance(heartbeatMs);
  }
}

async function cut(watching: Watching, account: TestAccount): Promise<void> {
  const ea = await ScriptedEa.ready(watching.node, account);
  ea.wire.destroy();
  await ea.settled();
}

test('an EA that was connected and falls silent raises one alarm after two minutes, and a second row when it is back', async () => {
  await using watching = await Watching.open();
  const { node } = watching;
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  await beats(watching, ea, 3 * outageMs);
  assert.deepEqual(await watching.kinds(), [], 'while it beats there is none');
  const heardMs = watching.keeper.heardAt(account.id);
  ea.wire.destroy();
  await ea.settled();
  await watching.pass(outageMs - outageLookMs);
  assert.deepEqual(await watching.kinds(), []);
  await watching.pass(4 * outageMs);
  assert.deepEqual(await watching.kinds(), ['ea-silent'], 'once for the outage');
  const [alarm] = watching.raised;
  assert.deepEqual(
    [alarm?.severity, alarm?.accountId, alarm?.tenantId, alarm?.action],
    ['critical', account.id, 'blue', 'alarm'],
  );
  assert.deepEqual([alarm?.limitValue, alarm?.currentValue], [120, ((alarm?.atMs ?? 0) - (heardMs ?? 0)) / 1_000]);
  assert.ok((alarm?.currentValue ?? 0) <= (outageMs + 2 * outageLookMs) / 1_000);
  const { silent, raised } = watching.keeper.figures;
  assert.deepEqual([silent, raised, watching.keeper.heardAt(account.id)], [1, 1, undefined]);

  await ScriptedEa.ready(node, account);
  assert.deepEqual(await watching.kinds(), ['ea-silent', 'ea-back']);
  assert.equal(watching.raised[1]?.currentValue, (node.nowMs - (heardMs ?? 0)) / 1_000);
  assert.equal(watching.keeper.figures.silent, 0);
});

test('an EA that said goodbye in good order is a row to know of, and no alarm, nor is its return', async () => {
  await using watching = await Watching.open();
  const { node } = watching;
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  ea.say({ kind: 'GOODBYE', reason: 'SHUTDOWN', sentence: 'the week is over' });
  await ea.ending();
  await watching.pass(2 * outageMs);
  assert.deepEqual(await watching.kinds(), ['ea-goodbye']);
  assert.equal(watching.raised[0]?.severity, 'info');
  const back = await ScriptedEa.ready(node, account);
  back.say({ kind: 'GOODBYE', reason: 'RECONNECT', sentence: '' });
  await back.ending();
  assert.deepEqual(await watching.kinds(), ['ea-goodbye']);
  await watching.pass(2 * outageMs);
  assert.deepEqual(await watching.kinds(), ['ea-goodbye', 'ea-silent'], 'one that said it would come again and did not');
});

test('accounts that never came raise nothing, nor those whose session an operator has ended', async () => {
  await using watching = await Watching.open();
  const { node } = watching;
  await node.addAccount();
  const revoked = await node.addAccount();
  await cut(watching, revoked);
  await node.ledger.setAccountKey(revoked.id, { kind: 'revoked', keyHash: 'cd'.repeat(32) }, node.nowMs);
  await watching.pass(3 * outageMs);
  await watching.restart();
  await watching.pass(3 * outageMs);
  assert.deepEqual(await watching.kinds(), []);
});

test('a restart neither forgets an outage nor raises it twice, and gives those that were connected their time to come back', async () => {
  await using watching = await Watching.open();
  const { node } = watching;
  const [gone, lively, away] = [await node.addAccount(), await node.addAccount(), await node.addAccount()];
  await cut(watching, gone);
  await watching.pass(2 * outageMs);
  assert.deepEqual(await watching.kinds(), ['ea-silent']);
  await cut(watching, lively);
  await cut(watching, away);

  await watching.restart();
  await watching.pass(outageMs - outageLookMs);
  const ea = await ScriptedEa.ready(node, lively);
  assert.deepEqual(await watching.kinds(), ['ea-silent'], 'nobody was there to hear them');
  await beats(watching, ea, 2 * outageMs);
  assert.deepEqual(await watching.kinds(), ['ea-silent', 'ea-silent'], 'one of them did not come back');
  assert.equal(watching.raised[1]?.accountId, away.id);

  await watching.restart();
  await beats(watching, ea, 2 * outageMs);
  assert.equal(watching.raised.length, 2, 'what stands is not raised again');
  await ScriptedEa.ready(node, gone);
  await watching.pass(outageLookMs);
  assert.deepEqual(await watching.kinds(), ['ea-silent', 'ea-silent', 'ea-back']);
  assert.equal(watching.raised[2]?.accountId, gone.id);
});

test('an account that another node has is not this one’s outage, and an outage that this one never saw ends with it', async () => {
  await using watching = await Watching.open();
  const { node } = watching;
  const account = await node.addAccount();
  await cut(watching, account);
  const other = { accountId: account.id, instance: 'f'.repeat(32), login: 5_001, server: 'Broker-Demo', currency: 'USD' };
  await node.ledger.claim({ ...other, atMs: node.nowMs });
  let place = 0;
  const money = async (): Promise<void> => {
    place += 1;
    const figures = { balance: 1, equity: 1, margin: 0, marginFree: 1, marginLevel: null, floatingProfit: 0, dailyProfit: 0 };
    const more = { drawdownPercent: 0, openPositions: 0, pendingOrders: 0, highestEquity: 1, newestMovement: '0' };
    const row = { tenantId: 'blue', accountId: account.id, atMs: node.nowMs, ...figures, ...more };
    await node.ledger.storeHistory({ writer: uuid(8, 1), atMs: node.nowMs, rows: [{ table: 'balances', place, row }] });
  };
  for (let half = 0; half < 16; half += 1) {
    await money();
    await watching.pass(2 * outageLookMs);
  }
  assert.deepEqual(await watching.kinds(), [], 'its money is told to the other node');
  await watching.pass(2 * outageMs);
  assert.deepEqual(await watching.kinds(), ['ea-silent'], 'until it is told no more');

  await watching.restart();
  // Not yet taken up: what stands is read with the session.
  await ScriptedEa.ready(node, account, { instance: 'f'.repeat(32) });
  await watching.pass(outageLookMs);
  assert.deepEqual(await watching.kinds(), ['ea-silent', 'ea-back']);
});

test('an alarm that another node raised while this one ran ends with the session that comes here', async () => {
  await using watching = await Watching.open();
  const { node } = watching;
  const account = await node.addAccount();
  const claim = { accountId: account.id, instance: 'f'.repeat(32), login: 5_001, server: 'Broker-Demo', currency: 'USD' };
  await node.ledger.claim({ ...claim, atMs: node.nowMs });
  const event = {
    tenantId: 'blue',
    accountId: account.id,
    atMs: node.nowMs + 1,
    kind: 'ea-silent',
    severity: 'critical',
  } as const;
  const row = { ...event, id: uuid(7, 1), sentence: '', limitValue: null, currentValue: null, action: null };
  const batch = { writer: uuid(8, 1), atMs: node.nowMs, rows: [{ table: 'riskEvents', place: 1, row }] } as const;
  await node.ledger.storeHistory(batch);
  await node.advance(1_000);
  assert.equal(watching.keeper.figures.silent, 0, 'this one has never heard of it');
  await ScriptedEa.ready(node, account, { instance: 'f'.repeat(32) });
  await watching.pass(outageLookMs);
  assert.deepEqual(await watching.kinds(), ['ea-silent', 'ea-back']);
});

test('the list of accounts says of each whether its EA is there, when it was heard, and since when an alarm stands', async () => {
  await using watching = await Watching.open();
  const { node } = watching;
  const [never, gone, left, here] = [
    await node.addAccount(),
    await node.addAccount(),
    await node.addAccount(),
    await node.addAccount(),
  ];
  await cut(watching, gone);
  const leaving = await ScriptedEa.ready(node, left);
  leaving.say({ kind: 'GOODBYE', reason: 'REMOVED', sentence: '' });
  await leaving.ending();
  await watching.pass(2 * outageMs);
  const ea = await ScriptedEa.ready(node, here);
  await beats(watching, ea, heartbeatMs);
  const { ledger, clock } = node;
  const heardAt = (id: string): number | undefined => watching.keeper.heardAt(id);
  const listed = await new Catalogue({ ledger, tiers: TIERS, clock, heardAt }).listAccounts({});
  const of = ({ id }: TestAccount) => listed.find((account) => account.id === id);
  assert.deepEqual(
    [never, gone, left, here].map((account) => of(account)?.state),
    ['never', 'silent', 'left', 'connected'],
  );
  assert.equal(of(here)?.heardAt, node.nowMs - heartbeatMs);
  assert.equal(of(gone)?.silentSince, watching.raised.find(({ kind }) => kind === 'ea-silent')?.atMs);
  for (const account of listed) assert.ok(!JSON.stringify(account).toLowerCase().includes('hash'));
});
