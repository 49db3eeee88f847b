/** What every ledger tells in its audit log: each change once, in order, in the transaction of the change. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type AuditEntry, NODE_ITSELF } from '../../src/storage/audit/audit.js';
import { auditRows, verifyAudit } from '../../src/storage/audit/audit-log.js';
import type { Ledger } from '../../src/storage/ledger/ledger.js';
import type { LedgerUnderTest } from './ledger.contract.js';
import {
  accountId,
  all,
  deal,
  everything,
  hello,
  keyHash,
  newSignal,
  raise,
  refuse,
  result,
  settle,
  START_MS,
  transition,
} from './ledger-world.js';

export interface AuditedLedger extends LedgerUnderTest {
  /** Runs `work` while no entry can be written. */
  readonly withoutAudit: (work: () => Promise<void>) => Promise<void>;
}

export function auditContract(name: string, open: () => Promise<AuditedLedger>): void {
  describe(`the audit log on ${name}`, () => {
    let under: AuditedLedger;
    let ledger: Ledger;
    before(async () => {
      under = await open();
    });
    after(() => under.close());

    const auditTest = (title: string, body: () => Promise<void>): void => {
      test(title, async () => {
        await under.reset();
        ledger = under.ledger;
        await settle(ledger, 2);
        await body();
      });
    };
    const entriesOf = async (tenantId: string): Promise<readonly AuditEntry[]> =>
      (await all((next) => ledger.listAudit(next))).filter((entry) => entry.tenantId === tenantId);
    const told = async (tenantId: string): Promise<unknown[]> =>
      (await entriesOf(tenantId)).map(({ kind, subject, atMs }) => [kind, subject, atMs]);
    const check = () => verifyAudit(auditRows(ledger));

    auditTest('tells each change once, under its tenant, in the order in which they happened', async () => {
      const signal = newSignal(1, 1);
      await ledger.claim(hello(1, { atMs: START_MS + 1 }));
      await ledger.commit([
        raise(1, 1, { state: 'PENDING', instance: null }, 1),
        raise(1, 1, {}, 1),
        raise(2, 1),
        raise(1, 9, {}, 0),
        transition(signal, ['PENDING'], 'SENT', { instance: 'b'.repeat(32), epoch: 1, atMs: START_MS + 2 }),
        transition(signal, ['PENDING'], 'CANCELLED', { epoch: 1 }),
        result(signal, 'EXECUTED', {}, 1),
        result(signal, 'EXECUTED', {}, 1),
        deal(1, '7', 'IN', 0.3, signal.id, {}, 1),
        deal(1, '7', 'IN', 0.3, signal.id, {}, 1),
        refuse(1, 2, {}, 1),
        refuse(1, 2, {}, 1),
        { kind: 'symbols', accountId: accountId(1), epoch: 1, symbols: [{ brokerName: 'X', symbol: null, details: {} }] },
      ]);
      await ledger.setAccountMode(accountId(1), 'live', START_MS + 3);
      await ledger.setAccountMode(accountId(77), 'live', START_MS + 3);
      await ledger.updateTenant('north', { tier: 'basic' }, START_MS + 4);
      await ledger.setAccountTrading(accountId(1), { risk: { riskPercentMost: 1 } }, START_MS + 5);
      const breach = { reason: 'daily-loss', atMs: START_MS + 6, by: 'limit' } as const;
      await ledger.setAccountDisabled(accountId(1), breach, START_MS + 6);
      await ledger.setAccountDisabled(accountId(1), { ...breach, reason: 'drawdown' }, START_MS + 7);
      await ledger.setAccountDisabled(accountId(1), null, START_MS + 8);
      await ledger.updateTenant('north', { stopped: { reason: 'a test', atMs: START_MS + 9, by: 'operator' } }, START_MS + 9);
      assert.deepEqual(await told('north'), [
        ['tenant.created', 'north', START_MS],
        ['account.created', accountId(1), START_MS],
        ['account.claimed', accountId(1), START_MS + 1],
        ['signal.raised', signal.id, signal.createdAt],
        ['signal.sent', signal.id, START_MS + 2],
        ['signal.result', signal.id, START_MS + 6_000],
        ['deal.booked', '7', START_MS + 7_500],
        ['signal.refused', accountId(1), START_MS],
        ['account.mode-changed', accountId(1), START_MS + 3],
        ['tenant.changed', 'north', START_MS + 4],
        ['account.trading-changed', accountId(1), START_MS + 5],
        ['account.disabled', accountId(1), START_MS + 6],
        ['account.enabled', accountId(1), START_MS + 8],
        ['tenant.changed', 'north', START_MS + 9],
      ]);
      assert.deepEqual(await told('south'), [
        ['tenant.created', 'south', START_MS],
        ['account.created', accountId(2), START_MS],
        ['signal.raised', newSignal(2, 1).id, newSignal(2, 1).createdAt],
      ]);
      const bodies = (await entriesOf('north')).map(({ body }) => JSON.parse(body) as Record<string, unknown>);
      const [, , claimed, raised, sent, executed, booked, refused, mode, changed, trading, disabled] = bodies;
      assert.deepEqual(claimed, {
        epoch: 1,
        instance: 'a'.repeat(32),
        login: 5_000_000_001,
        server: 'Broker-Demo',
        currency: 'USD',
      });
      assert.deepEqual(
        [raised?.seq, raised?.volume, raised?.stopLoss, raised?.state, raised?.epoch],
        [1, 0.3, 1.0801, 'PENDING', 1],
      );
      assert.deepEqual(sent, { epoch: 1, accountId: accountId(1), reason: null, instance: 'b'.repeat(32) });
      assert.deepEqual([executed?.outcome, executed?.price, executed?.order], ['EXECUTED', 1.08347, '18446744073709551615']);
      assert.deepEqual([booked?.signalId, booked?.volume], [signal.id, 0.3]);
      assert.deepEqual(
        [refused?.reason, refused?.figures],
        ['quote-stale', { ageMs: 12_500.5, symbol: 'EURUSD.m', tradeable: false }],
      );
      assert.deepEqual([mode, changed], [{ mode: 'live' }, { tier: 'basic' }]);
      assert.deepEqual(
        [trading, disabled],
        [{ trading: { risk: { riskPercentMost: 1 } } }, { reason: 'daily-loss', by: 'limit' }],
      );
    });

    auditTest('tells what operators do in the chain of the tenant, and of the node where it is no tenant’s affair', async () => {
      const asked = { who: 'ann', role: 'operator', reason: 'a drill', atMs: START_MS + 5 } as const;
      await ledger.tellAction({
        ...asked,
        tenantId: 'north',
        action: 'account.command',
        subject: accountId(1),
        detail: { position: '7' },
      });
      await ledger.tellAction({ ...asked, tenantId: null, action: 'node.halt', subject: 'node', atMs: START_MS + 6 });
      assert.deepEqual((await told('north')).at(-1), ['action.account.command', accountId(1), START_MS + 5]);
      assert.deepEqual(await told(NODE_ITSELF), [['action.node.halt', 'node', START_MS + 6]]);
      const body = { who: 'ann', role: 'operator', reason: 'a drill' };
      assert.deepEqual(JSON.parse((await entriesOf('north')).at(-1)?.body ?? ''), { ...body, detail: { position: '7' } });
      assert.deepEqual(JSON.parse((await entriesOf(NODE_ITSELF))[0]?.body ?? ''), body);
      await assert.rejects(ledger.tellAction({ ...asked, tenantId: 'nowhere', action: 'x.y', subject: 'z' }), {
        code: 'NOT_FOUND',
      });
      await assert.rejects(ledger.tellAction({ ...asked, tenantId: NODE_ITSELF, action: 'x.y', subject: 'z' }), {
        code: 'NOT_FOUND',
      });
      await ledger.anchorAudit(START_MS + 10);
      await ledger.anchorAudit(START_MS + 11);
      const anchors = (await all((next) => ledger.listAuditAnchors(next))).filter(({ tenantId }) => tenantId === NODE_ITSELF);
      assert.deepEqual(
        anchors.map(({ seq, atMs }) => [seq, atMs]),
        [[1, START_MS + 10]],
      );
      const report = await check();
      assert.deepEqual([report.faults, report.tenants], [[], 3]);
    });

    auditTest('no tenant takes the place of the node', async () => {
      const [north] = await ledger.listTenants();
      assert.ok(north);
      const refused = ledger.createTenant({ ...north, id: NODE_ITSELF });
      await assert.rejects(refused, { code: 'LEDGER_FAILED' });
    });

    auditTest('keeps no key, not even its hash', async () => {
      assert.ok(!JSON.stringify(await all((next) => ledger.listAudit(next))).includes(keyHash(1)));
    });

    auditTest('is whole after whatever happened, with anchors over every head that moved', async () => {
      assert.deepEqual((await check()).faults, []);
      assert.equal(await ledger.anchorAudit(START_MS + 10), 2);
      assert.equal(await ledger.anchorAudit(START_MS + 20), 0);
      await ledger.commit([raise(1, 1)]);
      await ledger.commit([raise(1, 2), raise(1, 3)]);
      assert.equal(await ledger.anchorAudit(START_MS + 30), 1);
      const anchors = await all((next) => ledger.listAuditAnchors(next));
      assert.deepEqual(
        anchors.map(({ tenantId, seq, atMs }) => [tenantId, seq, atMs]),
        [
          ['north', 1, START_MS + 10],
          ['north', 2, START_MS + 30],
          ['south', 1, START_MS + 10],
        ],
      );
      const heads = (await all((next) => ledger.listAuditHeads(next))).map(({ tenantId, writer, seq, hash }) => [
        tenantId,
        [[writer, seq, hash]],
      ]);
      assert.deepEqual(
        [anchors[1], anchors[2]].map((anchor) => [anchor?.tenantId, JSON.parse(anchor?.heads ?? '')]),
        heads,
      );
      const report = await check();
      assert.deepEqual([report.ok, report.tenants, report.chains, report.entries, report.anchors], [true, 2, 2, 7, 3]);
    });

    auditTest('can be read while it grows', async () => {
      const growing: Pick<Ledger, 'listAudit' | 'listAuditHeads' | 'listAuditAnchors'> = {
        listAuditAnchors: (next) => ledger.listAuditAnchors(next),
        listAuditHeads: (next) => ledger.listAuditHeads(next),
        listAudit: async (next) => {
          await ledger.commit([raise(1, 50), raise(2, 50)]);
          return ledger.listAudit(next);
        },
      };
      const report = await verifyAudit(auditRows(growing));
      assert.deepEqual([report.faults, report.entries], [[], 4]);
    });

    auditTest('stops whatever it cannot tell: no signal, result, claim or change without its entry', async () => {
      await ledger.commit([raise(1, 1)]);
      const state = await everything(ledger);
      const stopped = (work: Promise<unknown>) => assert.rejects(work, { code: 'LEDGER_FAILED' });
      await under.withoutAudit(async () => {
        await stopped(under.ledger.commit([raise(1, 2)]));
        await stopped(under.ledger.commit([raise(2, 2), result(newSignal(1, 1), 'EXECUTED')]));
        await stopped(under.ledger.commit([refuse(1, 3)]));
        await stopped(under.ledger.claim(hello(1)));
        await stopped(under.ledger.setAccountMode(accountId(1), 'live', START_MS));
        await stopped(under.ledger.updateTenant('north', { tier: 'free' }, START_MS));
        const action = { tenantId: null, who: 'ann', role: 'owner', action: 'node.halt', subject: 'node', reason: 'x' } as const;
        await stopped(under.ledger.tellAction({ ...action, atMs: START_MS }));
      });
      ledger = under.ledger;
      assert.deepEqual(await everything(ledger), state);
      const [raised] = await ledger.commit([raise(1, 2)]);
      assert.equal(raised?.kind === 'raised' && raised.row.seq, 2);
      assert.deepEqual((await check()).faults, []);
    });
  });
}
