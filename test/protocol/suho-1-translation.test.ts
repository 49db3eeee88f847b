import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tableSymbols } from '../../src/accounts/suho-1-symbols.js';
import { type Execution1Message, type SignalMessage, SYMBOL_TABLES_1 } from '../../src/protocol/messages.js';
import { encodeFrame1 } from '../../src/protocol/suho-1.js';
import { commandOf, outcomeOf, unfitFigures } from '../../src/protocol/suho-1-translation.js';
import { signalMessage } from '../ea-sim/scripted-server.js';

const EXECUTION: Execution1Message = {
  kind: 'EXECUTION_1',
  ticket: 5,
  id: 1,
  result: 0,
  price: 1.1,
  volume: 0.1,
  error: 0,
  time: 0n,
};

function signal(change: Partial<SignalMessage>): SignalMessage {
  return signalMessage('01890000-0000-7000-8000-000000000001', { validUntilMs: 1, ...change });
}

test('an execution is EXECUTED by ticket and no error, REJECTED by a code that says so, and UNKNOWN otherwise', () => {
  const cases: readonly [Partial<Execution1Message>, string][] = [
    [{}, 'EXECUTED'],
    [{ result: 255 }, 'EXECUTED'],
    [{ error: 10_009 }, 'EXECUTED'],
    [{ error: 10_010 }, 'EXECUTED'],
    [{ ticket: 0 }, 'UNKNOWN'],
    [{ volume: 0 }, 'UNKNOWN'],
    [{ price: 0 }, 'UNKNOWN'],
    [{ error: 10_019 }, 'UNKNOWN'],
    [{ ticket: 0, error: 65_535 }, 'UNKNOWN'],
    // What mt5.md calls ambiguous, and "only sent".
    ...[10_008, 10_011, 10_012, 10_031].map((error) => [{ ticket: 0, error }, 'UNKNOWN'] as [Partial<Execution1Message>, string]),
    // And permanent, or to be tried again: nothing was traded.
    ...[10_004, 10_013, 10_014, 10_015, 10_016, 10_017, 10_018, 10_019, 10_020, 10_021, 10_024, 10_026, 10_027, 10_028, 10_030]
      .concat([10_032, 10_033, 10_034, 4_301])
      .map((error) => [{ ticket: 0, error }, 'REJECTED'] as [Partial<Execution1Message>, string]),
  ];
  for (const [change, outcome] of cases) assert.equal(outcomeOf({ ...EXECUTION, ...change }), outcome, JSON.stringify(change));
});

test('a command carries decimal prices and volumes exactly, or not at all', () => {
  const hundredths = fc.integer({ min: 1, max: 0xffff_ffff });
  const points = fc.integer({ min: 0, max: 0xffff_ffff });
  fc.assert(
    fc.property(hundredths, points, points, points, (volume, entry, stopLoss, takeProfit) => {
      const decimal = (units: number, digits: number): number => Number(`${units}e-${digits}`);
      const prices = { entry: decimal(entry, 5), stopLoss: decimal(stopLoss, 5), takeProfit: decimal(takeProfit, 5) };
      const order = { ...prices, volume: decimal(volume, 2) };
      assert.equal(unfitFigures({ kind: 'OPEN', symbol: 'EURUSD', ...order }), undefined);
      const message = commandOf(signal({ ...order, magic: (9n << 32n) | 77n }), 3);
      const bytes = encodeFrame1({ profile: 1, time: 0n, message });
      assert.ok(bytes instanceof Uint8Array);
      // Where protocol.md has them, after 16 bytes of header.
      const body = Buffer.from(bytes).subarray(16);
      assert.deepEqual(
        [0, 4, 9, 13, 17, 21, 25].map((at) => body.readUInt32LE(at)),
        [77, 3, volume, entry, stopLoss, takeProfit, 77],
      );
      assert.equal(body[8], 0);
    }),
  );
  const unfit = { kind: 'OPEN', symbol: 'EURUSD', entry: 1.1, stopLoss: 1, takeProfit: 1.2, volume: 0.1 } as const;
  for (const [change, reason] of [
    [{ entry: 42_949.67296 }, 'suho1-price-unfit'],
    [{ stopLoss: 1.000_001 }, 'suho1-price-unfit'],
    [{ takeProfit: -1 }, 'suho1-price-unfit'],
    [{ entry: Number.NaN }, 'suho1-price-unfit'],
    [{ volume: 0.001 }, 'suho1-volume-unfit'],
    [{ volume: 0.105 }, 'suho1-volume-unfit'],
    [{ volume: 0 }, 'suho1-volume-unfit'],
    [{ volume: 42_949_672.96 }, 'suho1-volume-unfit'],
  ] as const) {
    assert.equal(unfitFigures({ ...unfit, ...change })?.reason, reason, JSON.stringify(change));
  }
});

test('a table’s symbols are described by the reference, with tick values only in the account’s own currency', () => {
  assert.deepEqual(tableSymbols(null, 'USD'), []);
  const byName = new Map(tableSymbols('current', 'USD').map((symbol) => [symbol.record.brokerName, symbol]));
  assert.deepEqual(
    [...byName].map(([name, { tableId }]) => [String(tableId), name]),
    Object.entries(SYMBOL_TABLES_1.current),
  );
  const facts = (name: string) => {
    const record = byName.get(name)?.record;
    return record && [record.digits, record.tickSize, record.tickValueLoss, record.contractSize];
  };
  // A pip of a lot of EURUSD is 10 dollars, ten points; a dollar an ounce of gold is 100 a lot.
  assert.deepEqual(facts('EURUSD'), [5, 0.00001, 1, 100_000]);
  assert.deepEqual(facts('XAUUSD'), [2, 0.01, 1, 100]);
  assert.deepEqual(facts('USDJPY'), [3, 0.001, 0, 100_000]);
  assert.deepEqual(facts('EURGBP'), [5, 0.00001, 0, 100_000]);
  const yen = tableSymbols('older', 'JPY').find(({ record }) => record.brokerName === 'USDJPY');
  assert.equal(yen?.record.tickValueLoss, 100);
  // Silver stands in the older table, and the engine knows none.
  assert.equal(
    tableSymbols('older', 'USD').some(({ tableId }) => tableId === 9),
    false,
  );
});
