/** An account's estimate of its broker, with the real parts around it: what an EA is sent, and what the ledger and the bus have. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NodeFigures } from '../../src/admin/node-figures.js';
import { LIMITS } from '../../src/limits.js';
import type { AlarmEpisode } from '../../src/prices/deviation-alarm.js';
import { Metrics } from '../../src/runtime/metrics.js';
import { BusTeller } from '../../src/storage/bus/bus-teller.js';
import { MemoryBroker } from '../../src/storage/bus/memory-bus.js';
import { patternOf } from '../../src/storage/bus/subjects.js';
import type { RiskEventRow } from '../../src/storage/ledger/history.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import { HistoryKeeper } from '../../src/storage/ledger/history-keeper.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { seededRandom } from '../../src/runtime/random.js';
import { systemClock } from '../../src/runtime/clock.js';
import { type TestAccount, TestNode } from '../support/node.js';
import { ScriptedEa } from '../support/scripted-ea.js';

const PIP = 0.0001;
const { prices: limits } = LIMITS;

class Priced {
  constructor(
    readonly node: TestNode,
    readonly ea: ScriptedEa,
    readonly account: TestAccount,
  ) {}

  static async open(node: TestNode): Promise<Priced> {
    const account = await node.addAccount();
    return new Priced(node, await ScriptedEa.ready(node, account), account);
  }

  /** The broker's quote so many pips above the reference's 1.1 / 1.1001. */
  async quote(bidPips: number, askPips: number, afterMs = 1_000): Promise<void> {
    await this.node.advance(afterMs);
    this.node.post('EURUSD', 1.1, 1.1001);
    this.ea.quote(1.1 + bidPips * PIP, 1.1001 + askPips * PIP);
    await this.ea.settled();
  }

  async quotes(count: number, bidPips: number, askPips: number): Promise<void> {
    for (let at = 0; at < count; at++) {
      if (at % 3 === 0) this.ea.heartbeat();
      await this.quote(bidPips, askPips);
    }
  }

  decide(): void {
    assert.ok(this.node.account(this.account).tell({ kind: 'decision', timed: { decision: this.node.decision() } }));
  }
}

describe('an account’s own estimate of its broker', () => {
  it('a signal is not priced by a spike of either side, but by the quote after it', async () => {
    for (const [bid, ask] of [
      [-9, 0.5],
      [0.2, 9],
    ] as const) {
      await using node = await TestNode.open();
      const priced = await Priced.open(node);
      await priced.quotes(30, 0.2, 0.5);
      await priced.quote(bid, ask);
      priced.decide();
      await node.advance(1_000);
      assert.equal(priced.ea.of('SIGNAL').length, 0);
      await priced.quote(0.2, 0.5, 500);
      await node.advance(500);
      const { entry } = await priced.ea.wait('SIGNAL');
      assert.equal(entry.toFixed(5), '1.10015');
      assert.deepEqual(await node.refusals(), []);
      const [{ figures }] = (await node.signals()) as [SignalRow];
      const told = [figures.ask, figures.referenceAsk, figures.compared];
      assert.deepEqual(told, [entry, 1.1001, 32], 'the ledger keeps by what it was priced');
    }
  });

  it('a broker that has moved prices signals again once its quotes have agreed for a while', async () => {
    await using node = await TestNode.open();
    const priced = await Priced.open(node);
    await priced.quotes(30, 0.2, 0.5);
    await priced.quote(9, 9);
    priced.decide();
    await priced.quotes(3, 9, 9);
    await node.advance(500);
    const { entry } = await priced.ea.wait('SIGNAL');
    assert.equal(entry.toFixed(5), '1.10100');
  });

  it('where no quote confirms the spike or takes its place, the signal is refused with what was compared', async () => {
    await using node = await TestNode.open();
    const priced = await Priced.open(node);
    await priced.quotes(30, 0.2, 0.5);
    await priced.quote(9, 9);
    priced.decide();
    await node.advance(limits.waitMs + 500);
    const [refusal] = await node.refusals();
    assert.equal(refusal?.reason, 'quote-implausible');
    const pips = (name: string): number => +(Number(refusal?.figures[name]) / PIP).toFixed(3);
    // The session's first quote stood at the reference; the thirty after it are 0.2 and 0.5 away. It weighs this share of all:
    const weights = Array.from({ length: 31 }, (_, seconds) => Math.exp(-seconds / 600));
    const first = (weights[30] as number) / weights.reduce((a, b) => a + b);
    const spread = Math.sqrt(first * (1 - first));
    assert.deepEqual(
      ['deviationBid', 'deviationAsk', 'usualBid', 'usualAsk', 'dispersionBid', 'dispersionAsk', 'usualReach'].map(pips),
      [9, 9, 0.2 * (1 - first), 0.5 * (1 - first), 0.2 * spread, 0.5 * spread, 3].map((value) => +value.toFixed(3)),
    );
    assert.deepEqual([refusal?.figures.compared, refusal?.figures.spikeMs], [31, limits.waitMs]);
  });

  it('a refusal for another reason tells the usual deviation too', async () => {
    await using node = await TestNode.open();
    const priced = await Priced.open(node);
    await priced.quotes(15, 0.2, 0.5);
    assert.ok(node.account(priced.account).tell({ kind: 'decision', timed: { decision: node.decision({ stopLoss: 1.2 }) } }));
    await node.rest();
    const [refusal] = await node.refusals();
    assert.equal(refusal?.reason, 'stop-passed');
    assert.equal(refusal?.figures.compared, 16);
    assert.ok(Number(refusal?.figures.usualAsk) > 0.3 * PIP);
  });

  it('what is known of the broker outlives the session', async () => {
    await using node = await TestNode.open();
    const priced = await Priced.open(node);
    const { ea, account } = priced;
    await priced.quotes(30, 0.2, 0.5);
    ea.say({ kind: 'GOODBYE', reason: 'SHUTDOWN', sentence: '' });
    await ea.ending();
    const again = new Priced(node, await ScriptedEa.ready(node, account), account);
    await again.quote(9, 9);
    again.decide();
    await node.advance(limits.waitMs + 500);
    assert.deepEqual(
      (await node.refusals()).map(({ reason }) => reason),
      ['quote-implausible'],
    );
  });

  it('an alarm is one row, one message and one figure for all its quotes, and so is its end', async () => {
    const rows: RiskEventRow[] = [];
    const heard: unknown[] = [];
    const episodes: AlarmEpisode[] = [];
    const metrics = new Metrics();
    const broker = new MemoryBroker({ clock: systemClock, random: seededRandom(1) });
    const [bus, listener] = [broker.connect(), broker.connect()];
    const listening = listener.subscribe(patternOf('riskEvent'), (told) => void heard.push(told));
    await using node = await TestNode.open({
      observers: ({ clock, ledger }) => {
        const writer = { record: (_table: string, row: unknown) => rows.push(row as RiskEventRow) > 0, full: false };
        const teller = new BusTeller({ bus });
        return [
          new HistoryKeeper({ writer, store: ledger, clock, log: silentLogger, told: (row) => teller.riskEvent(row) }),
          teller,
          new NodeFigures(metrics, clock),
          { deviated: (_terms, episode) => episodes.push(episode) },
        ];
      },
    });
    const priced = await Priced.open(node);
    // 0.05 % of 1.1 is 5.5 pips.
    await priced.quotes(5, 5, 5);
    const gauge = async (): Promise<string | undefined> =>
      (await metrics.registry.metrics()).split('\n').find((line) => line.startsWith('suho_price_alarms '));
    assert.deepEqual([rows.filter(({ kind }) => kind?.startsWith('price')), await gauge()], [[], 'suho_price_alarms 0']);
    await priced.quotes(40, 6, 7);
    assert.equal(await gauge(), 'suho_price_alarms 1');
    await priced.quotes(70, 1, 1);
    assert.equal(await gauge(), 'suho_price_alarms 0');
    const told = rows.filter(({ kind }) => kind?.startsWith('price'));
    assert.deepEqual(
      told.map(({ kind, severity, limitValue, currentValue, action }) => [
        kind,
        severity,
        limitValue,
        currentValue?.toFixed(4),
        action,
      ]),
      [
        ['price-deviation', 'warning', 0.05, (100 * (0.0007 / 1.1001)).toFixed(4), 'alarm'],
        ['price-deviation-over', 'info', 0.05, (100 * (0.0007 / 1.1001)).toFixed(4), 'alarm-over'],
      ],
    );
    assert.equal(told[0]?.accountId, priced.account.id);
    assert.notEqual(told[0]?.id, told[1]?.id);
    assert.equal(episodes.length, 2);
    assert.equal(heard.length, 2);
    assert.match(await metrics.registry.metrics(), /suho_price_alarms_total\{symbol="EURUSD"\} 1/);
    listening.close();
  });

  it('an alarm is over when the session ends, since nothing is compared any more', async () => {
    const episodes: AlarmEpisode[] = [];
    await using node = await TestNode.open({ observers: () => [{ deviated: (_terms, episode) => episodes.push(episode) }] });
    const priced = await Priced.open(node);
    await priced.quote(9, 9);
    priced.ea.say({ kind: 'GOODBYE', reason: 'SHUTDOWN', sentence: '' });
    await priced.ea.ending();
    await node.rest();
    assert.deepEqual(
      episodes.map(({ endedMs }) => endedMs !== undefined),
      [false, true],
    );
  });
});
