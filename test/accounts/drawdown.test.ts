import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Drawdown } from '../../src/accounts/drawdown.js';
import { proofCount } from '../support/price-paths.js';

/** Money with nothing open; `dayProfit` counts what was closed. */
function money(equity: number, dayProfit = 0) {
  return { balance: equity, equity, dayProfit };
}

function begun(...equities: readonly number[]): Drawdown {
  const drawdown = new Drawdown();
  drawdown.beginSession();
  const first = equities[0] ?? 0;
  for (const equity of equities) drawdown.tellMoney(money(equity, equity - first));
  return drawdown;
}

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}, not ${expected}`);

describe('drawdown', () => {
  it('is the fall below the highest equity, in percent of that', () => {
    near(begun(10_000).percent, 0);
    near(begun(10_000, 9_000).percent, 10);
    near(begun(10_000, 12_000, 9_000).percent, 25);
    near(begun(10_000, 9_000, 12_000).percent, 0);
    near(begun(10_000, -50).percent, 100);
  });

  it('a withdrawal that is told before the money changes makes none and hides none', () => {
    const drawdown = begun(10_000, 9_000);
    drawdown.tellMovement(7n, -8_000, false);
    near(drawdown.percent, 10);
    drawdown.tellMoney(money(1_000, -1_000));
    near(drawdown.percent, 10);
    drawdown.tellMoney(money(500, -1_500));
    near(drawdown.percent, 55);
  });

  it('a deposit that is told after the money has changed counts as if it had been told before', () => {
    const drawdown = begun(10_000, 8_000);
    drawdown.tellMoney(money(16_000, -2_000));
    drawdown.tellMovement(7n, 8_000, false);
    near(drawdown.percent, 20);
    near(drawdown.highestEquity, 20_000);
  });

  it('a movement that is told again counts once', () => {
    const drawdown = begun(10_000, 9_000);
    for (let time = 0; time < 3; time++) {
      drawdown.tellMovement(7n, 9_000, false);
      drawdown.tellMoney(money(18_000, -1_000));
    }
    near(drawdown.percent, 10);
    assert.equal(drawdown.newestMovement, 7n);
  });

  it('goes on after a restart, and takes what came while nobody listened from history', () => {
    const drawdown = new Drawdown({ highestEquity: 10_000, equity: 9_000, newestMovement: 7n });
    near(drawdown.percent, 10);
    drawdown.beginSession();
    drawdown.tellMoney(money(18_900));
    drawdown.tellMovement(7n, 5_000, true);
    drawdown.tellMovement(8n, 9_000, true);
    near(drawdown.highestEquity, 20_000);
    near(drawdown.percent, 5.5);
  });

  it('the deposit that an account began with moves nothing', () => {
    const drawdown = begun(10_000, 9_000);
    drawdown.tellMovement(1n, 10_000, true);
    near(drawdown.percent, 10);
  });

  it('is that of a unit of the account, whatever is paid in and out, told before or after', () => {
    const step = fc.record({
      /** Of the equity that is there. */
      trade: fc.double({ min: -0.3, max: 0.3, noNaN: true }),
      flow: fc.option(fc.double({ min: -0.9, max: 3, noNaN: true })),
      late: fc.boolean(),
      newSession: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const drawdown = begun(10_000);
        let equity = 10_000;
        let dayProfit = 0;
        let unit = 1;
        let highestUnit = 1;
        let ticket = 0n;
        for (const { trade, flow, late, newSession } of steps) {
          if (newSession) {
            drawdown.beginSession();
            drawdown.tellMoney(money(equity, dayProfit));
          }
          const paid = flow === null ? 0 : equity * flow;
          const told = Math.abs(paid) > 0.02;
          ticket += 1n;
          const before = equity + (told ? paid : 0);
          if (told && !late) drawdown.tellMovement(ticket, paid, false);
          equity = before * (1 + trade);
          dayProfit += before * trade;
          drawdown.tellMoney(money(equity, dayProfit));
          if (told && late) drawdown.tellMovement(ticket, paid, false);
          unit *= 1 + trade;
          highestUnit = Math.max(highestUnit, unit);
          const expected = 100 * (1 - unit / highestUnit);
          assert.ok(Math.abs(drawdown.percent - expected) < 1e-6, `${drawdown.percent}, not ${expected}`);
        }
      }),
      { numRuns: proofCount(3_000) },
    );
  });
});
