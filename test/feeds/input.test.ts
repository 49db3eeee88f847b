import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { InputBatch } from '../../src/feeds/batches.js';
import { type InputOptions, readInput } from '../../src/feeds/input.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { zipOf } from '../support/zip.js';

const NO_STDIN = Readable.from([]);

async function all(options: Partial<InputOptions> & Pick<InputOptions, 'files'>): Promise<InputBatch[]> {
  const batches: InputBatch[] = [];
  for await (const batch of readInput({ symbol: 'EURUSD', finest: 'M1', stdin: NO_STDIN, ...options })) batches.push(batch);
  return batches;
}

type Rows = (readonly number[])[];

function rowsOf(batches: readonly InputBatch[]): Rows {
  return batches.flatMap((batch) =>
    batch.kind === 'bars'
      ? batch.bars.map(({ timeMs, open, high, low, close, volume, spanMs }) => [timeMs, open, high, low, close, volume, spanMs])
      : Array.from({ length: batch.ticks.count }, (_, at) => [
          batch.ticks.timesMs[at] ?? 0,
          batch.ticks.bids[at] ?? 0,
          batch.ticks.asks[at] ?? 0,
        ]),
  );
}

async function refusal(options: Partial<InputOptions> & Pick<InputOptions, 'files'>): Promise<string> {
  const error = await all(options).then(
    () => assert.fail('it was read'),
    (thrown: Error & { code: string }) => thrown,
  );
  assert.equal(error.name, 'SuhoError', error.stack);
  return `${error.code} ${error.message}`;
}

/** Ten thousand M1 bars with gaps: more than two batches. */
const START = Date.UTC(2021, 0, 25);
const BARS = Array.from({ length: 10_000 }, (_, at) => {
  const timeMs = START + (at + Math.floor(at / 7)) * 60_000;
  return { timeMs, close: 1.2 + (at % 100) / 1_000 };
});
const PLAIN = BARS.map(
  ({ timeMs, close }) => `${new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')},1.2,1.3,1.1,${close},${5}\n`,
).join('');
const EXPECTED: Rows = BARS.map(({ timeMs, close }) => [timeMs, 1.2, 1.3, 1.1, close, 5, 60_000]);

function oneByOne(bytes: Uint8Array): Readable {
  return Readable.from(Array.from(bytes, (byte) => Buffer.of(byte)));
}

test('the same rows come out of a file that is plain, gz, zip, with CRLF, a byte order mark, UTF-16, blank lines or no last newline', async () => {
  await using folder = await temporaryFolder();
  const packings: Record<string, string | Uint8Array> = {
    'plain.csv': PLAIN,
    'packed.csv.gz': gzipSync(PLAIN),
    'named-otherwise.csv': gzipSync(PLAIN),
    'two-members.gz': Buffer.concat([gzipSync(PLAIN.slice(0, 70_001)), gzipSync(PLAIN.slice(70_001))]),
    'packed.zip': zipOf({ 'data.csv': PLAIN }),
    'crlf.csv': PLAIN.replaceAll('\n', '\r\n'),
    'mark.csv': `\ufeff${PLAIN}`,
    'utf16.csv': Buffer.from(`\ufeff${PLAIN}`, 'utf16le'),
    'blanks.csv': `\n\n${PLAIN.replace('\n', '\n\n  \n')}\n\n`,
    'open-end.csv': PLAIN.slice(0, -1),
  };
  for (const [name, content] of Object.entries(packings)) {
    const file = await folder.write(name, content);
    assert.deepEqual(rowsOf(await all({ files: [file], clock: 'utc' })), EXPECTED, name);
  }
});

test('the same rows come out of standard input, also byte by byte', async () => {
  const short = PLAIN.split('\n').slice(0, 40).join('\n');
  for (const bytes of [Buffer.from(short), gzipSync(short), zipOf({ 'data.csv': short })]) {
    assert.deepEqual(rowsOf(await all({ files: ['-'], clock: 'utc', stdin: oneByOne(bytes) })), EXPECTED.slice(0, 40));
  }
});

test('several files are read one after the other, each in its own format', async () => {
  await using folder = await temporaryFolder();
  const day = await folder.write('20140502_eurusd_tick_quote.csv', '292,1.38,1.39\n920,1.37,1.38\n');
  const inside = await folder.write('day.zip', zipOf({ '20140503_eurusd_tick_quote.csv': '1.5,1.38,1.39\n' }));
  const histdata = await folder.write('h.csv', '20140504 000003660,1.30,1.31,0\n');
  assert.deepEqual(rowsOf(await all({ files: [day, inside, histdata] })), [
    [Date.UTC(2014, 4, 2, 0, 0, 0, 292), 1.38, 1.39],
    [Date.UTC(2014, 4, 2, 0, 0, 0, 920), 1.37, 1.38],
    [Date.UTC(2014, 4, 3, 0, 0, 0, 1) + 0.5, 1.38, 1.39],
    [Date.UTC(2014, 4, 4, 5, 0, 3, 660), 1.3, 1.31],
  ]);
});

test('of bid-ask bars the asked side is read, with the mean of the spreads at open and close', async () => {
  await using folder = await temporaryFolder();
  const file = await folder.write('bars_20140501.csv', '0,1,4,0.5,2,0,1.5,5,0.75,2.25,0\n60000,1,4,0.5,2,0,1.5,5,0.75,2.25,0\n');
  for (const [price, open, high, low, close] of [
    ['bid', 1, 4, 0.5, 2],
    ['ask', 1.5, 5, 0.75, 2.25],
    ['mid', 1.25, 4.5, 0.625, 2.125],
  ] as const) {
    const [batch] = await all({ files: [file], price });
    assert.ok(batch?.kind === 'bars');
    assert.deepEqual(batch.bars[0], {
      timeMs: Date.UTC(2014, 4, 1),
      spanMs: 60_000,
      open,
      high,
      low,
      close,
      volume: 0,
      spread: 0.375,
    });
  }
});

test('the length of bars is their shortest step; a few bars are never taken for longer than what is asked of them', async () => {
  await using folder = await temporaryFolder();
  const bars = (count: number, step: number, from = 0): string =>
    Array.from({ length: count }, (_, at) => `${new Date(START + from + at * step * 60_000).toISOString()},1,1,1,1,1`).join('\n');
  const span = async (content: string, finest: InputOptions['finest']): Promise<number | undefined> => {
    const [batch] = await all({ files: [await folder.write('bars.csv', content)], finest });
    return batch?.kind === 'bars' ? batch.spanMs / 60_000 : undefined;
  };
  assert.equal(await span(bars(40, 15), 'H1'), 15);
  assert.equal(await span(bars(3, 10), 'M1'), 1);
  assert.equal(await span(bars(3, 60), 'H1'), 60);
  assert.equal(await span(bars(1, 60), 'H1'), 60);
  const file = await folder.write('bars.csv', bars(40, 15));
  assert.equal(await refusal({ files: [file] }), `INPUT_INVALID ${file} holds M15 bars, of which no M1 candles can be made.`);
  await folder.write('bars.csv', bars(40, 7));
  assert.equal(
    await refusal({ files: [file] }),
    `INPUT_INVALID ${file}: its bars lie apart by no length that candles can be made of.`,
  );
  await folder.write('bars.csv', bars(40, 240, 7_200_000));
  assert.match(
    await refusal({ files: [file], finest: 'H4' }),
    /bars\.csv:1: a H4 bar that does not start on a UTC boundary of H4 fits no candle\.$/,
  );
  await folder.write('bars.csv', `${bars(5_000, 5)}\n${bars(2, 1, 5_000 * 300_000)}`);
  assert.match(
    await refusal({ files: [file], finest: 'M5' }),
    /bars\.csv:5002: (a M5 bar that does not start|the bar begins inside)/,
  );
});

test('what cannot be opened or understood is refused in one sentence with its code', async () => {
  await using folder = await temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  const write = (name: string, content: string | Uint8Array): Promise<string> => folder.write(name, content);
  assert.equal(await refusal({ files: [at('absent')] }), `FILE_UNREADABLE ${at('absent')}: there is no such file.`);
  assert.equal(await refusal({ files: [folder.path] }), `FILE_UNREADABLE ${folder.path} is a folder, not a file.`);
  assert.equal(await refusal({ files: [await write('empty.csv', '')] }), `INPUT_INVALID ${at('empty.csv')} is empty.`);
  assert.equal(await refusal({ files: ['-'] }), 'INPUT_INVALID standard input is empty.');
  assert.match(
    await refusal({ files: [await write('poem.csv', 'Shall I compare thee\nto a summer')] }),
    /^INPUT_INVALID .*poem\.csv: its format is not recognised; --format-in takes one of mt4, /,
  );
  const plain = await write('plain.csv', PLAIN);
  assert.equal(
    await refusal({ files: [plain] }),
    `INPUT_INVALID ${plain}: plain does not tell its clock; --clock takes utc, est, eet or +HH:MM.`,
  );
  assert.match(await refusal({ files: [plain], clock: 'gmt' }), /^USAGE --clock gmt is not known/);
  assert.match(await refusal({ files: [plain], format: 'excel' }), /^USAGE --format-in excel is not known; it is one of mt4/);
  assert.match(
    await refusal({ files: [plain], clock: 'utc', price: 'ask' }),
    /^INPUT_INVALID .*holds bars of one side, taken as bid; --price ask needs/,
  );
  assert.equal(
    await refusal({ files: [await write('cut.gz', gzipSync(PLAIN).subarray(0, 5_000))], clock: 'utc' }),
    `INPUT_INVALID ${at('cut.gz')}: the gz is damaged or cut short.`,
  );
  const zip = zipOf({ 'a.csv': PLAIN });
  assert.equal(
    await refusal({ files: [await write('cut.zip', zip.subarray(0, zip.length - 40))] }),
    `INPUT_INVALID ${at('cut.zip')}: the zip is damaged or cut short.`,
  );
  assert.equal(
    await refusal({ files: [await write('two.zip', zipOf({ 'a.csv': PLAIN, 'b.csv': PLAIN }))] }),
    `INPUT_INVALID ${at('two.zip')}: the zip holds 2 files where one is expected.`,
  );
  assert.equal(
    await refusal({ files: [await write('long.csv', `${PLAIN}${'1'.repeat(200_000)}`)], clock: 'utc' }),
    `INPUT_INVALID ${at('long.csv')}:10001: the line is longer than 4096 characters.`,
  );
});

test('a bad line is told by file, number and sentence, in the first batch and in a later one, blank lines counted', async () => {
  await using folder = await temporaryFolder();
  for (const [line, before] of [
    [4, '\n'],
    [9_001, ''],
  ] as const) {
    const lines = PLAIN.split('\n');
    lines.splice(line - 1 - before.length, 0, '2021-01-25 00:09,1.2,1.3,oops,1.2,1');
    const file = await folder.write('bad.csv', before + lines.join('\n'));
    assert.equal(await refusal({ files: [file], clock: 'utc' }), `INPUT_INVALID ${file}:${line}: low is not a number: "oops".`);
  }
});

test('a format that is forced is used, and what does not fit it is a bad line', async () => {
  await using folder = await temporaryFolder();
  const file = await folder.write('plain.csv', PLAIN);
  assert.equal((await all({ files: [file], format: 'plain', clock: 'utc' })).length, 3);
  assert.match(await refusal({ files: [file], format: 'mt4', clock: 'utc' }), /plain\.csv:1: 6 fields where 7 are expected\.$/);
});

test('a reader that stops early leaves no file open', { skip: process.platform !== 'linux' && 'reads /proc' }, async () => {
  await using folder = await temporaryFolder();
  for (const [name, content] of Object.entries({ 'a.csv': PLAIN, 'a.gz': gzipSync(PLAIN), 'a.zip': zipOf({ 'a.csv': PLAIN }) })) {
    const file = await folder.write(name, content);
    for await (const batch of readInput({ files: [file], symbol: 'EURUSD', finest: 'M1', clock: 'utc', stdin: NO_STDIN })) {
      assert.equal(batch.kind, 'bars');
      break;
    }
    const isOpen = (): boolean =>
      readdirSync('/proc/self/fd').some((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`) === file;
        } catch {
          return false;
        }
      });
    // Closing is the system's work and takes it some turns.
    for (let turn = 0; turn < 1_000 && isOpen(); turn++) await new Promise((done) => setImmediate(done));
    assert.equal(isOpen(), false, name);
  }
});
