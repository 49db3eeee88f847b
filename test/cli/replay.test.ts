import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'node:test';
import { CandleBuilder } from '../../src/market/candle-builder.js';
import { SyntheticMarket } from '../../src/market/synthetic.js';
import type { Candle } from '../../src/market/candle.js';
import { each, type Ran, suho } from '../support/command.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Summary {
  readonly rows: number;
  readonly ticks: number;
  readonly candles: Readonly<Record<string, number>>;
  readonly signals: number;
  readonly late: number;
  readonly duplicate: number;
  readonly outOfOrder: number;
  readonly absurd: Readonly<Record<string, number>>;
  readonly gaps: number;
  readonly seconds: number;
  readonly digest: string;
}

function parsed({ code, stdout, stderr }: Ran): Summary {
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\{.*\}\n$/);
  return JSON.parse(stdout) as Summary;
}

/** What of a summary is the input's alone. */
function told({ seconds: _, ...rest }: Summary): object {
  return rest;
}

const MORNING = Date.UTC(2026, 0, 6, 7);

/** Twelve hours of a synthetic market as a file of ticks. */
function ticksFile(seed: number): string {
  const lines: string[] = [];
  new SyntheticMarket({ seed, symbols: ['EURUSD'], startMs: MORNING }).advanceTo(
    MORNING + 12 * 3_600_000,
    (_, timeMs, bid, ask) => lines.push(`${new Date(timeMs).toISOString()},${bid},${ask}`),
  );
  return `${lines.join('\n')}\n`;
}

test('every kind of odd tick is counted by its kind, gaps and candles too, and nothing unfinished', async () => {
  await using folder = await temporaryFolder();
  const ticks = [
    '2021-01-25T00:00:01Z,1.1,1.2',
    '2021-01-25T00:00:30Z,1.1,1.2',
    '2021-01-25T00:00:30Z,1.1,1.2', // duplicate
    '2021-01-25T00:00:10Z,1.1,1.2', // out of order
    '2021-01-25T00:03:00Z,1.1,1.2', // two minutes are missing before it
    '2021-01-25T00:02:59Z,1.1,1.2', // late
    '2021-01-25T00:03:01Z,1.2,1.1', // crossed
    '2021-01-25T00:03:02Z,-1.1,1.2', // negative
    '2021-01-25T00:03:03Z,9.1,9.2', // a jump that nothing confirms
    '2021-01-25T00:04:00Z,1.1,1.2',
    '2021-01-25T00:05:00Z,1.1,1.2',
  ];
  const file = await folder.write('ticks.csv', `${ticks.join('\n')}\n`);
  const summary = parsed(await suho(['replay', '--input', file, '--symbol', 'EURUSD', '--json'], { cwd: folder.path }));
  const { rows, candles, signals, late, duplicate, outOfOrder, absurd, gaps } = summary;
  assert.deepEqual(
    { rows, ticks: summary.ticks, candles, signals, late, duplicate, outOfOrder, absurd, gaps },
    {
      rows: 11,
      ticks: 11,
      candles: { M1: 3, M5: 1, M15: 0, H1: 0, H4: 0, D1: 0 },
      signals: 0,
      late: 1,
      duplicate: 1,
      outOfOrder: 1,
      absurd: { notANumber: 0, negative: 1, crossed: 1, jump: 1 },
      gaps: 1,
    },
  );
  assert.match(summary.digest, /^[0-9a-f]{64}$/);
  const higher = await suho(['replay', '--input', '-', '--symbol', 'EURUSD', '--json'], {
    cwd: folder.path,
    input: ticks.join('\n').replace('1.1,1.2', '1.1001,1.2'),
  });
  assert.notEqual(parsed(higher).digest, summary.digest, 'candles are in the digest, also where nothing was decided');
  assert.ok(summary.seconds >= 0 && summary.seconds < 60);
});

test('one input has one digest, however it comes, and another side has another', async () => {
  await using folder = await temporaryFolder();
  const text = ticksFile(1);
  const plain = await folder.write('ticks.csv', text);
  const packed = await folder.write('ticks.csv.gz', gzipSync(text));
  const other = await folder.write(
    'other.csv',
    text.replace(/(\d)\n$/, (_, digit: string) => `${(Number(digit) + 1) % 10}\n`),
  );

  const lines = text.split('\n');
  const half = lines.length >> 1;
  const first = await folder.write('first.csv', `${lines.slice(0, half).join('\n')}\n`);
  const second = await folder.write('second.csv', lines.slice(half).join('\n'));
  const replay = async (more: readonly string[], input?: string): Promise<Summary> =>
    parsed(
      await suho(['replay', '--symbol', 'EURUSD', '--json', ...more], {
        cwd: folder.path,
        ...(input === undefined ? {} : { input }),
      }),
    );
  const expected = told(await replay(['--input', plain]));
  await each(
    [
      ['--input', plain],
      ['--input', packed],
      ['--input', first, second],
      ['--symbol', 'c:eur/usd', '--input', plain],
    ],
    async (more) => assert.deepEqual(told(await replay(more)), expected, more.join(' ')),
  );
  assert.deepEqual(told(await replay(['--input', '-'], text)), expected);
  const { digest, signals } = expected as Summary;
  assert.ok(signals > 10, `${signals} signals`);
  assert.notEqual((await replay(['--input', plain, '--price', 'ask'])).digest, digest);
  // The last tick is in the minute that is unfinished: it closes nothing and decides nothing.
  assert.equal((await replay(['--input', other])).digest, digest);
});

test('candles and gaps are those of the candle builder, and --timeframe leaves out the others with their signals', async () => {
  await using folder = await temporaryFolder();
  const text = ticksFile(2);
  const file = await folder.write('ticks.csv', text);
  const candles: Candle[] = [];
  const builder = new CandleBuilder({ symbol: 'EURUSD' }, (candle) => candles.push(candle));
  for (const line of text.trimEnd().split('\n')) {
    const [time, bid, ask] = line.split(',') as [string, string, string];
    builder.onTick(Date.parse(time), Number(bid), Number(ask));
  }
  const run = async (more: readonly string[]): Promise<Summary> =>
    parsed(await suho(['replay', '--input', file, '--symbol', 'EURUSD', '--json', ...more], { cwd: folder.path }));
  const all = await run([]);
  for (const [timeframe, count] of Object.entries(all.candles)) {
    assert.equal(count, candles.filter((candle) => candle.timeframe === timeframe).length, timeframe);
  }
  assert.equal(all.gaps, candles.filter(({ timeframe, gapBefore }) => timeframe === 'M1' && gapBefore > 0).length);
  const alone = await Promise.all(['M1', 'M5', 'M15'].map((timeframe) => run(['--timeframe', timeframe])));
  assert.deepEqual(
    alone.map(({ candles: counts }) => Object.keys(counts)),
    [['M1'], ['M5'], ['M15']],
  );
  assert.equal(
    alone.reduce((sum, { signals }) => sum + signals, 0),
    all.signals,
  );
  assert.deepEqual((await run(['--timeframes', 'M5,M1'])).candles, { M1: all.candles.M1, M5: all.candles.M5 });
});

test('bars of an hour give candles of an hour and longer, and gaps in hours', async () => {
  await using folder = await temporaryFolder();
  const hours = Array.from({ length: 60 }, (_, at) => at).filter((at) => at !== 30 && at !== 31 && at !== 40);
  const bars = hours.map((at) => `${new Date(Date.UTC(2021, 0, 4, at)).toISOString().slice(0, 16)},1.1,1.3,1.0,1.2,5`);
  const file = await folder.write('bars.csv', `${bars.join('\n')}\n`);
  const flags = ['replay', '--input', file, '--symbol', 'EURUSD', '--clock', 'utc'];
  const { rows, ticks, candles, gaps } = parsed(await suho([...flags, '--json'], { cwd: folder.path }));
  assert.deepEqual(
    { rows, ticks, candles, gaps },
    { rows: 57, ticks: 0, candles: { M1: 0, M5: 0, M15: 0, H1: 57, H4: 15, D1: 2 }, gaps: 2 },
  );
  const refused = await suho([...flags, '--timeframe', 'M5'], { cwd: folder.path });
  assert.equal(refused.code, 3);
  assert.match(refused.stderr, /holds H1 bars, of which no M5 candles can be made/);
});

test('without --json it is a table of the same figures', async () => {
  await using folder = await temporaryFolder();
  const { code, stdout } = await suho(['replay', '--input', '-', '--symbol', 'EURUSD'], {
    cwd: folder.path,
    input: ticksFile(3),
  });
  assert.equal(code, 0);
  assert.match(stdout, /^rows {8}\d+\nticks {7}\d+\ncandles {5}M1 \d+ {2}M5 \d+ /);
  assert.match(stdout, /\ndigest {6}[0-9a-f]{64}\n$/);
});

test('an input that is missing, empty, damaged or bad at a line ends replay and candles with exit 3, naming file and line, and nothing on stdout', async () => {
  await using folder = await temporaryFolder();
  const good = ticksFile(4).split('\n').slice(0, 3000);
  const cases: readonly (readonly [file: string, named: RegExp])[] = [
    ['absent.csv', /absent\.csv/],
    [await folder.write('empty.csv', ''), /empty\.csv is empty/],
    [await folder.write('bad.csv', [...good.slice(0, 2500), 'what is this', ...good.slice(2500)].join('\n')), /bad\.csv:2501: /],
    [await folder.write('torn.csv.gz', gzipSync(good.join('\n')).subarray(0, 4_000)), /torn\.csv\.gz/],
    [await folder.write('noise.csv', 'lorem ipsum\ndolor sit amet\n'), /noise\.csv: its format is not recognised; --format-in/],
    [folder.path, /.+/],
  ];
  await each(
    cases.flatMap(([file, named]) => [
      { words: ['replay', '--input', file, '--symbol', 'EURUSD', '--json'], named },
      { words: ['candles', '--input', file, '--symbol', 'EURUSD', '--timeframe', 'M1'], named },
    ]),
    async ({ words, named }) => {
      const { code, stdout, stderr } = await suho(words, { cwd: folder.path });
      assert.equal(code, 3, `${words.join(' ')}: ${stderr}`);
      assert.equal(stdout, '');
      assert.match(stderr, /^suho: [^\n]+\n$/);
      assert.match(stderr, named);
    },
  );
});

test('signals as a file for the strategy tester: each at its close by the broker’s clock, stops on their sides', async () => {
  await using folder = await temporaryFolder();
  const file = await folder.write('ticks.csv', ticksFile(1));
  const out = join(folder.path, 'signals.csv');
  const words = ['replay', '--input', file, '--symbol', 'EURUSD', '--timeframes', 'M5', '--json', '--tester-file', out];
  const { signals } = parsed(await suho([...words, '--volume', '0.25', '--broker-name', 'EURUSD.m'], { cwd: folder.path }));
  const [header, ...lines] = (await readFile(out, 'utf8')).trimEnd().split('\n');
  assert.equal(header, 'time,symbol,side,volume,entry_low,entry_high,sl,tp,valid_seconds');
  assert.equal(lines.length, signals);
  assert.ok(signals > 3, `${signals} signals`);
  let before = 0;
  for (const line of lines) {
    const [time = '', symbol, side, volume, ...numbers] = line.split(',');
    const [low = 0, high = 0, stopLoss = 0, takeProfit = 0, seconds] = numbers.map(Number);
    assert.match(time, /^\d{4}\.\d\d\.\d\d \d\d:\d[05]:00$/);
    // In January the broker is two hours ahead of UTC.
    const closedMs = Date.parse(`${time.replaceAll('.', '-').replace(' ', 'T')}Z`) - 2 * 3_600_000;
    assert.ok(closedMs > MORNING && closedMs <= MORNING + 12 * 3_600_000 && closedMs >= before, line);
    before = closedMs;
    assert.deepEqual([symbol, volume, seconds], ['EURUSD.m', '0.25', 300]);
    assert.ok(Math.abs(high - low - 0.001) < 2e-5, line);
    const sign = side === 'buy' ? 1 : -1;
    assert.ok(
      sign * (low - stopLoss) > -0.001 && sign * (takeProfit - high) > -0.001 && sign * (takeProfit - stopLoss) > 0,
      line,
    );
  }
  const refused = await suho([...words, '--broker-clock', 'mars'], { cwd: folder.path });
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /--broker-clock: mars is no clock/);
  assert.equal((await suho([...words, '--volume', '0'], { cwd: folder.path })).code, 2);
});
