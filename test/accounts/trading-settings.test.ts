import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DEFAULT_TRADING,
  EXIT_SETTINGS,
  parseTrading,
  RISK_SETTINGS,
  resolveTrading,
} from '../../src/accounts/trading-settings.js';

function sentenceOf(input: unknown, under = DEFAULT_TRADING): string {
  const parsed = parseTrading(input, under);
  return parsed.ok ? '' : parsed.sentence;
}

describe('trading settings', () => {
  it('have defaults that their own schemas take', () => {
    for (const [name, table] of Object.entries({ risk: RISK_SETTINGS, exits: EXIT_SETTINGS }))
      for (const [field, { schema, default: value }] of Object.entries(table))
        assert.ok(schema.safeParse(value).success, `${name}.${field} takes ${JSON.stringify(value)}`);
    assert.equal(DEFAULT_TRADING.risk.riskPercentMost, 2);
    assert.equal(DEFAULT_TRADING.risk.drawdownHalvesPercent, 10);
    assert.equal(DEFAULT_TRADING.risk.drawdownStopsPercent, 20);
  });

  it('move no exit that nobody asked for', () => {
    const { breakEven, trailing, partial, timeStop, fridayClose } = DEFAULT_TRADING.exits;
    assert.deepEqual([breakEven, trailing, partial, timeStop, fridayClose], [false, false, false, false, false]);
  });

  it('keep what was set and nothing else, symbols under their canonical names', () => {
    const parsed = parseTrading({ risk: { symbols: ['eur/usd', 'EURUSD', 'C:USDJPY'], openPositionsMost: null }, exits: {} });
    assert.deepEqual(parsed, { ok: true, overrides: { risk: { symbols: ['EURUSD', 'USDJPY'], openPositionsMost: null } } });
  });

  it('lay an account’s over its tenant’s and those over the defaults, field by field', () => {
    const tenant = resolveTrading(DEFAULT_TRADING, { risk: { riskPercentMost: 1, openPositionsMost: 5 } });
    const account = resolveTrading(tenant, { risk: { openPositionsMost: null }, exits: { trailing: true } });
    assert.equal(account.risk.riskPercentMost, 1, 'of its tenant');
    assert.equal(account.risk.openPositionsMost, null, 'its own: no limit');
    assert.equal(account.risk.weeklyLossMostPercent, 10, 'the default');
    assert.equal(account.exits.trailing, true);
    assert.equal(account.exits.trailingMode, 'atr');
  });

  it('are one object for all accounts that set nothing', () => {
    const tenant = resolveTrading(DEFAULT_TRADING, { risk: { riskPercentMost: 1 } });
    assert.equal(resolveTrading(tenant, {}), tenant);
  });

  const faults: readonly (readonly [unknown, RegExp])[] = [
    [7, /^trading settings must be an object with the sections risk and exits$/],
    [{ riks: {} }, /^riks is not a trading setting$/],
    [{ risk: { riskPercent: 1 } }, /^risk\.riskPercent is not a trading setting$/],
    [{ risk: [] }, /^risk must be an object of settings$/],
    [{ risk: { riskPercentMost: 11 } }, /^risk\.riskPercentMost must be a number from 0\.01 to 10$/],
    [{ risk: { riskPercentMost: '1' } }, /^risk\.riskPercentMost must be a number from 0\.01 to 10$/],
    [{ risk: { riskPercentMost: null } }, /^risk\.riskPercentMost must be a number/],
    [
      { risk: { openPositionsMost: 1.5 } },
      /^risk\.openPositionsMost must be a whole number from 1 to 1000, or null for no limit$/,
    ],
    [{ risk: { symbols: [] } }, /^risk\.symbols must name a symbol at least/],
    [{ risk: { symbols: ['EURUSD', 'DOGEUSD'] } }, /^risk\.symbols names DOGEUSD, which is not a symbol of this engine$/],
    [{ risk: { hours: [{ days: ['MON'], from: '22:00', to: '04:00' }] } }, /^risk\.hours\.0 must end after it begins/],
    [{ risk: { hours: [{ days: ['MONDAY'], from: '09:00', to: '10:00' }] } }, /^risk\.hours\.0\.days\.0 must be one of SUN, MON/],
    [{ risk: { hours: [{ days: ['MON'], from: '9:00', to: '10:00' }] } }, /^risk\.hours\.0\.from must be a time of day, HH:MM/],
    [{ risk: { onBreach: 'panic' } }, /^risk\.onBreach must be one of disable, close$/],
    [{ exits: { partialShare: 1 } }, /^exits\.partialShare must be a number from 0\.05 to 0\.95$/],
    [{ exits: { trailing: 1 } }, /^exits\.trailing must be true or false$/],
    [
      { risk: { drawdownStopsPercent: 5 } },
      /^risk\.drawdownHalvesPercent must not be above risk\.drawdownStopsPercent, and 10 is above 5$/,
    ],
    [{ risk: { dailyLossMostPercent: 12 } }, /^risk\.dailyLossMostPercent must not be above risk\.weeklyLossMostPercent/],
  ];
  for (const [input, sentence] of faults)
    it(`refuse ${JSON.stringify(input)} with a sentence`, () => assert.match(sentenceOf(input), sentence));

  it('of an account are held against what they are laid over', () => {
    const tenant = resolveTrading(DEFAULT_TRADING, { risk: { weeklyLossMostPercent: 20 } });
    assert.equal(sentenceOf({ risk: { dailyLossMostPercent: 12 } }, tenant), '');
  });
});
