/** What the EA does when a server says so: signals that it must refuse, and every command. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { riskMessage, settingsMessage } from '../ea-sim/scripted-server.js';
import { whyNoEa } from '../support/ea-build.js';
import { EaDesk, idOf } from '../support/ea-desk.js';

const MINUTE_MS = 60_000;
const NETTING = { 'margin-mode': 0 };
/** No caps of the user's own. */
const UNCAPPED = { MaxRiskPercent: 0, MaxPositions: 0, MaxDailyLossPercent: 0, MaxDrawdownPercent: 0 };
const GBPUSD = { name: 'GBPUSD', base: 'GBP', profit: 'USD', margin: 'GBP', bid: 1.25, ask: 1.2501, time: 1 };

describe('the EA’s signals', { skip: whyNoEa() }, () => {
  it('refuses what its terminal, its user or its server contradicts, with a sentence and without an order', async () => {
    const cases = [
      ['another name than its number has', {}, { brokerName: 'EURUSD.x' }],
      ['a number that no symbol has', {}, { symbolId: 77 }],
      ['a price above its range', {}, { entryLow: 1.09, entryHigh: 1.095 }],
      ['a stop on the wrong side', {}, { stopLoss: 1.2 }],
      ['less than the smallest volume', {}, { volume: 0.001 }],
      ['trading disabled', { server: { risk: riskMessage({ tradingEnabled: false }) } }, {}],
      ['an emergency stop', { server: { risk: riskMessage({ emergencyStop: true }) } }, {}],
      ['another symbol than those allowed', { server: { risk: riskMessage({ symbolIds: [2] }) } }, {}],
      ['more volume than allowed', { server: { risk: riskMessage({ volumeMax: 0.05 }) } }, {}],
      ['a spread beyond the bound', { server: { settings: settingsMessage({ spreadPointsMax: 5 }) } }, {}],
      ['a symbol that is closed', { symbols: [{ name: 'EURUSD', open: 0 }] }, {}],
      ['a symbol for closing alone', { symbols: [{ name: 'EURUSD', trade: 3 }] }, {}],
      ['no money for it', { account: { balance: 5 } }, {}],
      ['a stop nearer than the broker allows', { symbols: [{ name: 'EURUSD', stops: 2_000 }] }, {}],
    ] as const;
    for (const [what, wish, change] of cases) {
      await using desk = await EaDesk.open({ inputs: UNCAPPED, ...wish });
      const { outcome, sentence } = await desk.result(desk.signal(change));
      assert.deepEqual([outcome, desk.positions()], ['REJECTED', []], what);
      assert.match(sentence, /\w+.*\.$/, what);
    }
  });

  it('keeps the user’s own caps, whatever the server allows', async () => {
    await using volume = await EaDesk.open({ inputs: { ...UNCAPPED, MaxVolume: 0.03 } });
    const capped = await volume.result(volume.signal());
    assert.ok(capped.outcome === 'REJECTED' || capped.filledVolume <= 0.03, `${capped.outcome} ${capped.filledVolume}`);
    await using positions = await EaDesk.open({ inputs: { ...UNCAPPED, MaxPositions: 1 } });
    await positions.opened();
    assert.equal(await positions.outcome(positions.signal()), 'REJECTED');
    await using risk = await EaDesk.open({ inputs: { ...UNCAPPED, MaxRiskPercent: 1 } });
    const sized = await risk.result(risk.signal({ volume: 1, stopLoss: 1.0901 }));
    // A hundred dollars at most, ten a micro lot of stop distance.
    assert.ok(sized.filledVolume * 100_000 * (sized.price - 1.0901) <= 100.01, `${sized.filledVolume} at ${sized.price}`);
  });

  it('rounds the volume down to whole steps and applies the multipliers of SETTINGS', async () => {
    await using desk = await EaDesk.open({
      inputs: UNCAPPED,
      server: { settings: settingsMessage({ volumeMultiplier: 0.5, stopLossMultiplier: 2 }) },
    });
    await desk.opened({ volume: 0.37, entry: 1.1001, stopLoss: 1.0951 });
    assert.deepEqual(
      desk.positions().map(([, volume]) => volume),
      [0.18],
    );
    assert.equal(Number(desk.terminal.book('position')[0]?.sl), 1.0901);
  });

  it('refuses on a netting account while the symbol holds what is not ours, and never nets into it', async () => {
    await using desk = await EaDesk.open({ account: NETTING, inputs: UNCAPPED });
    desk.terminal.say('trade', { symbol: 'EURUSD', side: 'sell', volume: 0.3 });
    await desk.terminal.wait('own');
    await desk.pass(500);
    assert.equal(await desk.outcome(desk.signal()), 'REJECTED');
    assert.deepEqual(
      desk.positions().map(([, volume]) => volume),
      [0.3],
    );
  });

  it('answers EXPIRED at valid-until, and when it has not known the time for a minute', async () => {
    await using desk = await EaDesk.open();
    assert.equal(await desk.outcome(desk.signal({ validUntilMs: desk.nowMs - 1 })), 'EXPIRED');
    const heard = { ...riskMessage(), revision: 1 };
    for (let second = 0; second < 65; second += 5) {
      await desk.pass(5_000, { silent: true });
      desk.session.say(heard);
    }
    assert.equal(desk.server.sessions.length, 1);
    assert.equal(await desk.outcome(desk.signal()), 'EXPIRED');
    assert.equal(desk.terminal.count('order'), 0);
  });

  it('puts a broker’s comment within its 31 characters', async () => {
    await using desk = await EaDesk.open({ inputs: { OrderNote: 'a rather long note of the user ' } });
    await desk.opened({ comment: 'and a rather long comment — of the server' });
    assert.deepEqual(desk.terminal.of('manner'), []);
    assert.ok(String(desk.terminal.of('order')[0]?.comment).length <= 31);
  });
});

describe('the EA’s commands', { skip: whyNoEa() }, () => {
  for (const account of [{}, NETTING]) {
    const kind = 'margin-mode' in account ? 'netting' : 'hedging';
    it(`closes a part and then the rest of a position, ${kind}`, async () => {
      await using desk = await EaDesk.open({ account, inputs: UNCAPPED });
      const position = await desk.opened({ volume: 0.5 });
      const part = await desk.result(desk.command(50, { action: 'CLOSE_POSITION', position, volume: 0.2 }));
      assert.deepEqual([part.outcome, part.filledVolume, desk.positions()[0]?.[1]], ['EXECUTED', 0.2, 0.3]);
      assert.equal(await desk.outcome(desk.command(51, { action: 'CLOSE_POSITION', position })), 'EXECUTED');
      assert.deepEqual(desk.positions(), []);
      assert.equal(await desk.outcome(desk.command(52, { action: 'CLOSE_POSITION', position })), 'REJECTED');
    });
  }

  it('closes all of ours, and everything only when told so', async () => {
    await using desk = await EaDesk.open({ inputs: UNCAPPED, symbols: [{ name: 'EURUSD' }, GBPUSD] });
    await desk.opened();
    await desk.opened();
    desk.terminal.say('trade', { symbol: 'EURUSD', volume: 0.3 });
    desk.terminal.say('trade', { symbol: 'GBPUSD', volume: 0.4, magic: 99 });
    await desk.terminal.wait('own', 2);
    assert.equal(await desk.outcome(desk.command(50, { action: 'CLOSE_ALL', scope: 'OURS' })), 'EXECUTED');
    assert.deepEqual(
      desk.positions().map(([, volume]) => volume),
      [0.3, 0.4],
    );
    assert.equal(await desk.outcome(desk.command(51, { action: 'CLOSE_ALL', scope: 'EVERYTHING', symbolId: 2 })), 'EXECUTED');
    assert.deepEqual(
      desk.positions().map(([, volume]) => volume),
      [0.3],
    );
    assert.equal(await desk.outcome(desk.command(52, { action: 'CLOSE_ALL', scope: 'EVERYTHING' })), 'EXECUTED');
    assert.deepEqual(desk.positions(), []);
  });

  it('does a command once, however often it comes, also over a restart', async () => {
    await using desk = await EaDesk.open({ inputs: UNCAPPED });
    const position = await desk.opened({ volume: 0.5 });
    const close = { action: 'CLOSE_POSITION', position, volume: 0.1 } as const;
    const id = desk.command(50, close);
    await desk.result(id);
    desk.command(50, close);
    await desk.result(id, 2);
    await desk.terminal.kill();
    await desk.live();
    desk.command(50, close);
    await desk.result(id, 3);
    assert.equal(desk.positions()[0]?.[1], 0.4);
  });

  it('moves stops, but neither to the wrong side nor inside the freeze level', async () => {
    await using desk = await EaDesk.open({ inputs: UNCAPPED, symbols: [{ name: 'EURUSD', freeze: 50 }] });
    const position = await desk.opened({ stopLoss: 1.09, takeProfit: 1.12 });
    const moved = { action: 'MODIFY', position, stopLoss: 1.095, takeProfit: 1.13 } as const;
    assert.equal(await desk.outcome(desk.command(50, moved)), 'EXECUTED');
    const [row] = desk.terminal.book('position');
    assert.deepEqual([Number(row?.sl), Number(row?.tp)], [1.095, 1.13]);
    assert.equal(await desk.outcome(desk.command(51, { ...moved, stopLoss: 1.2 })), 'REJECTED');
    desk.price(1.0952, 1.0953);
    // The command comes by another way than the price.
    const near = (): boolean => desk.session.all('QUOTES').some(({ quotes }) => quotes.some(({ bid }) => bid === 1.0952));
    await desk.until(near, 'the price is there');
    const frozen = desk.command(52, { ...moved, stopLoss: 1.094, validUntilMs: desk.nowMs + 5_000 });
    await desk.pass(7_000);
    assert.equal(await desk.outcome(frozen), 'EXPIRED');
    assert.equal(Number(desk.terminal.book('position')[0]?.sl), 1.095);
  });

  it('cancels a signal before it came, and refuses when it is too late', async () => {
    await using desk = await EaDesk.open();
    assert.equal(await desk.outcome(desk.command(50, { action: 'CANCEL_SIGNAL', signalId: idOf(1) })), 'EXECUTED');
    assert.equal(await desk.outcome(desk.signal()), 'CANCELLED');
    const other = desk.signal();
    await desk.result(other);
    assert.equal(await desk.outcome(desk.command(51, { action: 'CANCEL_SIGNAL', signalId: other })), 'REJECTED');
    assert.equal(desk.terminal.count('order'), 1);
  });

  it('sends a snapshot and a range of history that name the command, in pages', async () => {
    await using desk = await EaDesk.open({ inputs: UNCAPPED });
    const fromMs = desk.nowMs - MINUTE_MS;
    for (let trade = 0; trade < 230; trade++) desk.terminal.say('trade', { symbol: 'EURUSD', volume: 0.01 });
    await desk.terminal.wait('own', 230);
    await desk.pass(3_000);
    await desk.result(desk.command(50, { action: 'SEND_SNAPSHOT' }));
    await desk.until(
      () => desk.session.all('SNAPSHOT').some(({ commandId, last }) => commandId === idOf(50) && last),
      'the last page',
    );
    const pages = desk.session.all('SNAPSHOT').filter(({ commandId }) => commandId === idOf(50));
    assert.deepEqual(new Set(pages.map(({ completeness }) => completeness)), new Set(['COMPLETE']));
    assert.ok(pages.length > 1 && pages.at(-1)?.last);
    assert.equal(new Set(pages.flatMap(({ positions }) => positions.map(({ position }) => position))).size, 230);
    await desk.result(desk.command(51, { action: 'SEND_HISTORY', fromMs, toMs: desk.nowMs + 4 * 3_600_000 }));
    await desk.until(
      () => desk.session.all('HISTORY').some(({ commandId, last }) => commandId === idOf(51) && last),
      'the last page',
    );
    const history = desk.session.all('HISTORY').filter(({ commandId }) => commandId === idOf(51));
    assert.equal(new Set(history.flatMap(({ deals }) => deals.map(({ deal }) => deal))).size, 230);
  });

  it('says of a history that it cannot read that it is unknown, never that it is empty', async () => {
    await using desk = await EaDesk.open();
    await desk.opened();
    desk.terminal.say('broker', { 'history-fails': true });
    const command = desk.command(50, {
      action: 'SEND_HISTORY',
      fromMs: desk.nowMs - MINUTE_MS,
      toMs: desk.nowMs + 4 * 3_600_000,
    });
    await desk.pass(10_000);
    assert.notEqual(await desk.outcome(command), 'EXECUTED');
    const told = desk.session.all('HISTORY').filter(({ commandId }) => commandId === command);
    assert.ok(!told.some(({ completeness }) => completeness === 'COMPLETE'));
  });

  it('reconnects when asked, and does not do what came too late', async () => {
    await using desk = await EaDesk.open();
    await desk.opened();
    const late = { validUntilMs: desk.nowMs - 1 };
    assert.equal(await desk.outcome(desk.command(50, { action: 'CLOSE_ALL', scope: 'EVERYTHING', ...late })), 'EXPIRED');
    assert.equal(desk.positions().length, 1);
    desk.command(51, { action: 'RECONNECT' });
    await desk.until(() => desk.server.sessions[0]?.closed === true, 'it hangs up');
    await desk.pass(3_000);
    await desk.until(() => desk.server.sessions.length === 2, 'it comes again');
  });

  for (const fill of ['yes', 'no'] as const) {
    it(`a close that the broker leaves open, ${fill === 'yes' ? 'done' : 'not done'} behind its back, is UNKNOWN until history tells`, async () => {
      await using desk = await EaDesk.open();
      const position = await desk.opened();
      desk.terminal.say('answer', { retcode: 10_012, fill, action: 'deal' });
      const id = desk.command(50, { action: 'CLOSE_POSITION', position });
      assert.equal(await desk.outcome(id), 'UNKNOWN');
      const orders = desk.terminal.count('order');
      await desk.pass(2 * MINUTE_MS);
      const { outcome } = await desk.result(id, 2);
      assert.equal(outcome, fill === 'yes' ? 'EXECUTED' : 'REJECTED');
      assert.deepEqual([desk.terminal.count('order'), desk.positions().length], [orders, fill === 'yes' ? 0 : 1]);
    });
  }
});

describe('the EA in the strategy tester', { skip: whyNoEa() }, () => {
  it('takes its signals from a file and writes what became of each, without a socket', async () => {
    await using desk = await EaDesk.open({
      idle: true,
      terminal: { tester: true },
      inputs: { ...UNCAPPED, TesterSignals: 'signals.csv' },
    });
    const at = (ms: number): string =>
      new Date(desk.nowMs + 7_200_000 + ms).toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '.');
    await mkdir(join(desk.folder.path, 'Common'), { recursive: true });
    writeFileSync(
      join(desk.folder.path, 'Common', 'signals.csv'),
      [
        'time,symbol,side,volume,entry_low,entry_high,sl,tp,valid_seconds',
        `${at(2_000)},EURUSD,buy,0.10,1.0990,1.1010,1.0900,1.1200,900`,
        `${at(4_000)},EURUSD,sell,0.10,1.2000,1.2010,1.2900,1.1200,900`,
        'nonsense',
        '',
      ].join('\r\n'),
    );
    await desk.terminal.start();
    for (let second = 0; second < 10; second++) {
      desk.price(1.1 + second / 1e5);
      await desk.pass(1_000);
    }
    await desk.terminal.close();
    const results = readFileSync(join(desk.folder.path, 'Common', 'signals.csv.results.csv'), 'utf8').split('\r\n');
    assert.equal(desk.server.sessions.length, 0);
    assert.deepEqual(
      desk.positions().map(([, volume]) => volume),
      [0.1],
    );
    assert.match(results[1] ?? '', /,2,EXECUTED,0\.1,/);
    assert.match(results[2] ?? '', /,3,REJECTED,/);
  });
});
