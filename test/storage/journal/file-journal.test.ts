import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { LIMITS } from '../../../src/limits.js';
import type { Candle } from '../../../src/market/candle.js';
import { TIMEFRAME_MS, TIMEFRAMES, type Timeframe } from '../../../src/market/timeframe.js';
import { seededRandom } from '../../../src/runtime/random.js';
import { FileJournal } from '../../../src/storage/journal/file-journal.js';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.js';

const DAY = Date.UTC(2026, 0, 6);

function candle(symbol: string, timeframe: Timeframe, at: number): Candle {
  const random = seededRandom(`${symbol}/${timeframe}/${at}`);
  const price = (): number => 1 + random.next();
  return {
    symbol,
    timeframe,
    time: DAY + at * TIMEFRAME_MS[timeframe],
    open: price(),
    high: price(),
    low: price(),
    close: price(),
    volume: random.int(1_000),
    spread: random.next() / 1e4,
    gapBefore: random.int(3),
  };
}

const MINUTES = Array.from({ length: 6 }, (_, at) => candle('EURUSD', 'M1', at));

/** The bytes of a day's file with those candles in it. */
async function fileOf(candles: readonly Candle[]): Promise<Buffer> {
  await using folder = await temporaryFolder();
  const journal = new FileJournal(folder.path);
  for (const one of candles) journal.append(one);
  await journal.close();
  return readFileSync(join(folder.path, 'journal', '2026-01-06.bin'));
}

async function withFile(folder: TemporaryFolder, bytes: Uint8Array): Promise<string> {
  await mkdir(join(folder.path, 'journal'), { recursive: true });
  const path = join(folder.path, 'journal', '2026-01-06.bin');
  writeFileSync(path, bytes);
  return path;
}

/** Where each record ends, by writing ever more of them. */
async function endsOf(candles: readonly Candle[]): Promise<number[]> {
  const ends: number[] = [];
  for (let count = 1; count <= candles.length; count++) ends.push((await fileOf(candles.slice(0, count))).length);
  return ends;
}

test('what is read again is what was written, of every symbol and timeframe, over several days', async () => {
  await using folder = await temporaryFolder();
  const written: Candle[] = [];
  for (const timeframe of TIMEFRAMES) {
    const few = timeframe === 'H4' || timeframe === 'D1' ? 4 : 40;
    for (const symbol of ['EURUSD', 'XAUUSD']) for (let at = 0; at < few; at++) written.push(candle(symbol, timeframe, at));
  }
  const journal = new FileJournal(folder.path);
  assert.equal(journal.newestEndMs(), undefined);
  for (const one of written) journal.append(one);
  await journal.close();
  const again = new FileJournal(folder.path);
  for (const timeframe of TIMEFRAMES) {
    for (const symbol of ['EURUSD', 'XAUUSD']) {
      const expected = written.filter((one) => one.symbol === symbol && one.timeframe === timeframe);
      assert.deepStrictEqual(again.recent(symbol, timeframe), expected);
      assert.deepStrictEqual(journal.recent(symbol, timeframe), expected);
    }
  }
  assert.equal(again.newestEndMs(), Math.max(...written.map(({ time, timeframe }) => time + TIMEFRAME_MS[timeframe])));
  assert.deepEqual(again.recent('GBPUSD', 'M1'), []);
  await again.close();
  for (const name of readdirSync(join(folder.path, 'journal'))) {
    assert.equal(statSync(join(folder.path, 'journal', name)).mode & 0o777, 0o600);
  }
});

test('a file cut at any byte gives the whole records before the cut, and goes on after them', async () => {
  const bytes = await fileOf(MINUTES);
  const ends = await endsOf(MINUTES);
  await using folder = await temporaryFolder();
  const next = candle('EURUSD', 'M1', 9);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const path = await withFile(folder, bytes.subarray(0, cut));
    const whole = MINUTES.slice(0, ends.filter((end) => end <= cut).length);
    const journal = new FileJournal(folder.path);
    assert.deepStrictEqual(journal.recent('EURUSD', 'M1'), whole, `cut at ${cut}`);
    assert.equal(statSync(path).size, ends[whole.length - 1] ?? 0, `cut at ${cut}`);
    journal.append(next);
    await journal.close();
    const again = new FileJournal(folder.path);
    assert.deepStrictEqual(again.recent('EURUSD', 'M1'), [...whole, next], `cut at ${cut}`);
    await again.close();
  }
});

test('a byte changed anywhere before the last record, its length included, is refused and nothing is cut off', async () => {
  const bytes = await fileOf(MINUTES);
  const lastStart = (await endsOf(MINUTES)).at(-2) as number;
  await using folder = await temporaryFolder();
  for (let at = 0; at < lastStart; at++) {
    for (const change of [0x01, 0x80]) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ change;
      const path = await withFile(folder, damaged);
      assert.throws(() => new FileJournal(folder.path), {
        code: 'JOURNAL_DAMAGED',
        message: /2026-01-06\.bin is damaged at byte \d+/,
      });
      assert.deepEqual(readFileSync(path), damaged, `byte ${at}`);
    }
  }
});

test('a last record that is damaged is cut off like a torn one', async () => {
  const bytes = await fileOf(MINUTES);
  const lastStart = (await endsOf(MINUTES)).at(-2) as number;
  await using folder = await temporaryFolder();
  for (let at = lastStart; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] as number) ^ 0x10;
    await withFile(folder, damaged);
    const journal = new FileJournal(folder.path);
    assert.deepStrictEqual(journal.recent('EURUSD', 'M1'), MINUTES.slice(0, -1), `byte ${at}`);
    await journal.close();
  }
});

test('a candle that is journalled again, or an older one, is dropped: the first close was final', async () => {
  await using folder = await temporaryFolder();
  const journal = new FileJournal(folder.path);
  for (const one of MINUTES) journal.append(one);
  journal.append({ ...(MINUTES.at(-1) as Candle), close: 9 });
  journal.append({ ...(MINUTES[0] as Candle), close: 9 });
  assert.deepStrictEqual(journal.recent('EURUSD', 'M1'), MINUTES);
  await journal.close();
  const again = new FileJournal(folder.path);
  assert.deepStrictEqual(again.recent('EURUSD', 'M1'), MINUTES);
  await again.close();
});

test('it remembers the newest candles up to its bound, and removes files of long ago', async () => {
  await using folder = await temporaryFolder();
  const journal = new FileJournal(folder.path);
  const many = Array.from({ length: 2 * LIMITS.market.history + 7 }, (_, at) => candle('EURUSD', 'M1', at));
  for (const one of many) journal.append(one);
  assert.deepStrictEqual(journal.recent('EURUSD', 'M1'), many.slice(-LIMITS.market.history));
  for (let day = 1; day <= 20; day++) journal.append(candle('EURUSD', 'D1', day));
  await journal.close();
  assert.equal(readdirSync(join(folder.path, 'journal')).length, 21);
  const again = new FileJournal(folder.path);
  await again.close();
  const kept = readdirSync(join(folder.path, 'journal')).sort();
  assert.equal(kept.length, 16);
  assert.equal(kept.at(-1), '2026-01-26.bin');
});

test('a disk that takes no candles leaves them in memory and a sentence about it; once it takes them again the sentence goes', async () => {
  await using folder = await temporaryFolder();
  const journal = new FileJournal(folder.path);
  const [first, second, third] = MINUTES as [Candle, Candle, Candle];
  journal.append(first);
  assert.equal(journal.fault, undefined);
  // A file in the folder's place: the next day's file cannot be made there.
  await rename(join(folder.path, 'journal'), join(folder.path, 'aside'));
  writeFileSync(join(folder.path, 'journal'), '');
  const nextDay = { ...second, time: second.time + 86_400_000 };
  journal.append(nextDay);
  assert.match(journal.fault ?? '', /candles are not journalled: .*ENOTDIR/);
  assert.deepEqual(journal.newest('EURUSD', 'M1'), nextDay);
  await rm(join(folder.path, 'journal'));
  await rename(join(folder.path, 'aside'), join(folder.path, 'journal'));
  const later = { ...third, time: third.time + 86_400_000 };
  journal.append(later);
  assert.equal(journal.fault, undefined);
  await journal.close();
  assert.deepEqual(new FileJournal(folder.path).recent('EURUSD', 'M1'), [first, later]);
});
