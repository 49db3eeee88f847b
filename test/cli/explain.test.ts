import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pricing } from '../../src/risk/price-figures.js';
import { judge } from '../../src/signals/lineage.js';
import { openLedger } from '../../src/storage/ledger/open.js';
import { accountId, hello, madeOf, newSignal, raise, settle, START_MS, uuid } from '../contracts/ledger-world.js';
import { suho } from '../support/command.js';
import { emptyFolder, ledgerFolder } from '../support/ledger-folder.js';

const SETTINGS = {
  tenantId: 'north',
  strategy: 'default-1',
  symbol: 'EURUSD',
  timeframe: 'M15',
  thresholds: { strong: 75, moderate: 60 },
} as const;
const VALUES = { ema_20: 1.0841, ema_50: 1.0835, macd_hist: 0.00017, rsi_14: 63.1 };

test('a signal is explained from what its decision was made of, and one that says otherwise is found', async () => {
  await using folder = await ledgerFolder();
  await using elsewhere = await emptyFolder();
  const run = (...words: string[]) => suho(['explain', ...words, '--data', folder.path], { cwd: elsewhere.path });
  const { lineage, decisions } = judge(
    SETTINGS,
    { time: 0, above: 'NONE' },
    {
      time: START_MS,
      close: 1.08345,
      values: VALUES,
      stops: { atr: 0.0007, regime: 'QUIET' },
      models: {
        atMs: START_MS + 900_000,
        members: [
          {
            model: 'lstm',
            version: '4',
            adviser: false,
            output: { kind: 'quantiles', levels: [0.1, 0.5, 0.9], values: [-0.2, 0.3, 0.9] },
            accuracy: 0.53,
            calibration: { kind: 'platt', slope: 0.9, offset: 0.01 },
            outlier: null,
            outlierMost: null,
            expiresAtMs: null,
          },
        ],
        calibrations: [],
      },
      neighbours: { absent: 'store down' },
    },
  );
  const [decision] = decisions;
  assert.ok(decision && lineage);
  const { score, strength, parts } = decision;
  const ledger = await openLedger({ folder: folder.path });
  await settle(ledger, 3);
  await ledger.claim(hello(1));
  const told = { score, strength, parts };
  await ledger.commit([
    madeOf(raise(1, 1, told, 1), lineage),
    raise(1, 2, {}, 1),
    madeOf(raise(3, 4, { ...told, figures: {} }), lineage),
    raise(3, 1, { ...told, score: score + 1e-9 }),
    madeOf(raise(3, 3), '{"version":99}'),
  ]);
  await ledger.close();

  const explained = await run(newSignal(1, 1).id);
  assert.equal(explained.code, 0, explained.stderr);
  assert.match(explained.stdout, new RegExp(`^  OPEN BUY at 1\\.08345, .*: score ${score}, ${strength}$`, 'm'));
  assert.match(explained.stdout, /^ {2}pattern +absent: store down$/m);
  assert.match(explained.stdout, /^ {2}lstm 4 +platt /m);
  assert.match(explained.stdout, /^ {2}bid +1\.08333 +1\.08331 +0\.0000200 +0\.0018 % +0\.0000125 +0\.0000030 +2\.5$/m);
  assert.match(explained.stdout, /^ {2}ask +1\.08345 +1\.08342 +0\.0000300 +0\.0028 %$/m);
  assert.match(explained.stdout, /^ {2}the quote was 120 ms old, the reference's 40 ms from it; 57 were compared before$/m);
  assert.match(
    explained.stdout,
    /^ {2}entry 1\.08345 of the ask; stop 1\.0801 and target 1\.0885 moved by the bid's deviation$/m,
  );
  const json = JSON.parse((await run(newSignal(1, 1).id, '--json')).stdout) as Record<string, unknown>;
  assert.deepEqual(json.lineage, JSON.parse(lineage));
  const { bid, ask, ...times } = json.pricing as Pricing;
  assert.deepEqual(times, { quoteAgeMs: 120, apartMs: 40, compared: 57, ownReference: false });
  assert.deepEqual([bid.broker, bid.reference, ask.usual, ask.dispersionsOff], [1.08333, 1.08331, null, null]);
  assert.deepEqual([json.same, json.decisions], [true, JSON.parse(JSON.stringify(decisions))]);

  const unpriced = await run(newSignal(3, 4).id);
  assert.deepEqual(
    [unpriced.code, unpriced.stdout.includes('\nprices\n')],
    [0, false],
    'a row from before its figures were kept',
  );

  const otherwise = await run(newSignal(3, 1).id);
  assert.equal(otherwise.code, 1);
  assert.match(otherwise.stderr, /^suho: the ledger has the signal otherwise: OPEN BUY, score /);
  for (const [id, why] of [
    [newSignal(1, 2).id, /it is not kept what its decision was made of/],
    [newSignal(3, 3).id, /was written by another version/],
    [uuid(9, 9), /there is no signal/],
    ['nothing', /there is no signal nothing/],
  ] as const) {
    const refused = await run(id);
    assert.deepEqual([refused.code, refused.stdout], [3, '']);
    assert.match(refused.stderr, why);
  }
  assert.equal((await suho(['explain', accountId(1), '--data', elsewhere.path], { cwd: elsewhere.path })).code, 3);
});
