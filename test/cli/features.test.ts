import assert from 'node:assert/strict';
import { readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { featuresCommand } from '../../src/cli/features.js';
import { LABEL_COLUMNS } from '../../src/features/labels.js';
import { IndicatorSet } from '../../src/indicators/indicator-set.js';
import { CATALOGUE, COLUMNS } from '../../src/indicators/registry.js';
import { SyntheticMarket } from '../../src/market/synthetic.js';
import { each, Running, suho } from '../support/command.js';
import { sharedDataFolder, sharedFiles } from '../support/shared-data.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Ran {
  readonly bytes: Buffer;
  readonly stdout: string;
  readonly stderr: string;
  readonly error?: Error & { code: string; exitCode: number };
}

async function run(args: readonly string[], input = '', isTTY = false): Promise<Ran> {
  const stdout = Object.assign(new PassThrough(), { isTTY });
  const stderr = new PassThrough();
  const command = featuresCommand({ stdin: Readable.from([Buffer.from(input)]), stdout, stderr }).exitOverride();
  command.configureOutput({ writeErr: () => {} });
  const out = buffer(stdout);
  const err = text(stderr);
  const error = await command.parseAsync([...args], { from: 'user' }).then(
    () => undefined,
    (failure: Ran['error']) => failure,
  );
  stdout.end();
  stderr.end();
  const bytes = await out;
  return { bytes, stdout: bytes.toString(), stderr: await err, ...(error ? { error } : {}) };
}

const MORNING = Date.UTC(2026, 0, 6, 7);

const SYMBOLS = ['EURUSD', 'USDJPY', 'GBPUSD', 'USDCAD', 'USDSEK', 'USDCHF'];

/** Hours of a synthetic market as a file of ticks of one of its symbols. */
function ticksFile(symbol: string, hours: number): string {
  const lines: string[] = [];
  new SyntheticMarket({ seed: 1, symbols: SYMBOLS, startMs: MORNING }).advanceTo(
    MORNING + hours * 3_600_000,
    (of, timeMs, bid, ask) => {
      if (of === symbol) lines.push(`${new Date(timeMs).toISOString()},${bid},${ask}`);
    },
  );
  return `${lines.join('\n')}\n`;
}

const TICKS = ticksFile('EURUSD', 5);
const ONE = ['--symbol', 'EURUSD', '--timeframe', 'M1'];

type Cells = readonly (number | string)[];

/** Rows of CSV; what is empty is NaN. */
function csvRows(stdout: string): { readonly header: readonly string[]; readonly rows: readonly Cells[] } {
  const [header = '', ...lines] = stdout.trimEnd().split('\n');
  const cells = (line: string): Cells =>
    line.split(',').map((cell, at) => (at < 3 ? cell : cell === '' ? Number.NaN : Number(cell)));
  return { header: header.split(','), rows: lines.map(cells) };
}

/** The same out of objects by column; null is NaN. */
function objectRows(objects: readonly Readonly<Record<string, unknown>>[]): readonly Cells[] {
  return objects.map((object) =>
    Object.values(object).map((value) => {
      if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
      return (value ?? Number.NaN) as number | string;
    }),
  );
}

async function inAllFormats(flags: readonly string[]): Promise<Record<'csv' | 'ndjson' | 'parquet', readonly Cells[]>> {
  const [csv, ndjson, parquet] = await Promise.all(
    ['csv', 'ndjson', 'parquet'].map((format) => run([...flags, '--format', format])),
  );
  for (const ran of [csv, ndjson, parquet]) assert.equal(ran?.error, undefined);
  const { header, rows } = csvRows(csv?.stdout ?? '');
  const lines = (ndjson?.stdout ?? '')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const { buffer: file, byteOffset, byteLength } = parquet?.bytes ?? Buffer.alloc(0);
  const objects = (await parquetReadObjects({ file: file.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer })) as Record<
    string,
    unknown
  >[];
  for (const object of [lines[0], objects[0]]) assert.deepEqual(Object.keys(object ?? {}), header);
  return { csv: rows, ndjson: objectRows(lines), parquet: objectRows(objects) };
}

test('rows are those of suho candles up to volume, then the catalogue in its order, then the labels, the same in all formats', async () => {
  await using folder = await temporaryFolder();
  const file = await folder.write('ticks.csv', TICKS);
  const input = ['--input', file, '--symbol', 'EURUSD', '--timeframes', 'M1,M5'];
  const { stdout: candles } = await suho(['candles', ...input], { cwd: folder.path });
  const { csv, ndjson, parquet } = await inAllFormats([...input, '--labels']);
  const expected = csvRows(candles);
  assert.deepEqual(
    csv.map((row) => row.slice(0, 8)),
    expected.rows.map((row) => row.slice(0, 8)),
  );
  assert.deepEqual(ndjson, csv);
  assert.deepEqual(parquet, csv);
  const { stdout } = await run([...input, '--labels']);
  assert.deepEqual(csvRows(stdout).header, [...expected.header.slice(0, 8), ...COLUMNS, ...LABEL_COLUMNS]);
  const { stdout: json } = await run([...input, '--json']);
  assert.equal(json, (await run([...input, '--format', 'ndjson'])).stdout);
  assert.deepEqual(Object.keys(JSON.parse(json.split('\n')[0] ?? '')), [...expected.header.slice(0, 8), ...COLUMNS]);
});

test('not ready is empty in CSV and null in NDJSON, up to the very row of the warm-up', async () => {
  const { stdout } = await run(['--input', '-', ...ONE], TICKS);
  const { header, rows } = csvRows(stdout);
  const lines = (await run(['--input', '-', ...ONE, '--json'], TICKS)).stdout.trimEnd().split('\n');
  for (const { name, warmup } of CATALOGUE.flatMap(({ columns }) => columns)) {
    if (typeof warmup !== 'number' || warmup > rows.length) continue;
    const place = header.indexOf(name);
    const ready = rows.map((row) => !Number.isNaN(row[place]));
    // What reads other symbols has none here, and what waits for an event may come later still.
    if (ready.includes(true)) assert.ok(ready.indexOf(true) >= warmup - 1, name);
    assert.equal((JSON.parse(lines[0] ?? '') as Record<string, unknown>)[name] === null, !ready[0], name);
  }
});

test('--with gives the columns what other symbols closed at before each candle', async () => {
  await using folder = await temporaryFolder();
  const flags = ['--input', await folder.write('EURUSD.csv', TICKS), ...ONE];
  const closes = new Map<string, readonly Cells[]>();
  for (const symbol of SYMBOLS.slice(1)) {
    const ticks = ticksFile(symbol, 3);
    const half = ticks.indexOf('\n', ticks.length / 2) + 1;
    const early = await folder.write(`${symbol}-1.csv`, ticks.slice(0, half));
    const late = await folder.write(`${symbol}-2.csv`, ticks.slice(half));
    flags.push('--with', `${symbol}=${early}`, '--with', `c:${symbol.toLowerCase()}=${late}`);
    const candles = ['candles', '--input', early, late, '--symbol', symbol, '--timeframe', 'M1'];
    closes.set(symbol, csvRows((await suho(candles, { cwd: folder.path })).stdout).rows);
  }
  const { stdout, error } = await run(flags);
  assert.equal(error, undefined);
  const set = new IndicatorSet(CATALOGUE, {
    symbol: 'EURUSD',
    spanMs: 60_000,
    closeBefore: (symbol, time) => {
      const before = closes.get(symbol)?.findLast(([start]) => Date.parse(String(start)) < time);
      return Number(before?.[6] ?? Number.NaN);
    },
  });
  const { rows } = csvRows(stdout);
  assert.ok(rows.length > 250);
  for (const [time, , , open, high, low, close, volume, ...values] of rows) {
    const bar = { open, high, low, close, volume } as Record<'open' | 'high' | 'low' | 'close' | 'volume', number>;
    set.update({ time: Date.parse(String(time)), ...bar });
    assert.deepEqual(values, [...set.values]);
  }
});

const skip = sharedDataFolder() === undefined && '../shared/data is absent';

test('recorded minutes give the same in all formats, and what an indicator set streams', { skip }, async () => {
  await using folder = await temporaryFolder();
  const first = async (symbol: string): Promise<string> => {
    const path = sharedFiles('m1').find((name) => name.includes(symbol)) ?? '';
    const lines = gunzipSync(await readFile(path))
      .toString()
      .split('\n');
    return folder.write(`${symbol}.csv`, `${lines.slice(0, 2_500).join('\n')}\n`);
  };
  const flags = ['--input', await first('GBPUSD'), '--symbol', 'GBPUSD', '--timeframe', 'M1', '--clock', 'utc', '--labels'];
  const { csv, ndjson, parquet } = await inAllFormats([...flags, '--with', `USDJPY=${await first('USDJPY')}`]);
  assert.equal(csv.length, 2_500);
  assert.deepEqual(ndjson, csv);
  assert.deepEqual(parquet, csv);
  const alone = csvRows((await run(flags)).stdout).rows;
  const set = new IndicatorSet(CATALOGUE, { symbol: 'GBPUSD', spanMs: 60_000, closeBefore: () => Number.NaN });
  for (const [time, , , open, high, low, close, volume, ...values] of alone) {
    const bar = { open, high, low, close, volume } as Record<'open' | 'high' | 'low' | 'close' | 'volume', number>;
    set.update({ time: Date.parse(String(time)), ...bar });
    assert.deepEqual(values.slice(0, COLUMNS.length), [...set.values]);
  }
  const day = csv.filter((row) => !Number.isNaN(row.at(-LABEL_COLUMNS.length)));
  assert.ok(day.length > 2_000, `${day.length} rows have a label of a minute`);
});

test('--list tells each column of the catalogue in its order, as CSV and as a JSON line each', async () => {
  const { stdout } = await run(['--list']);
  const [header, ...lines] = stdout.trimEnd().split('\n');
  assert.equal(header, 'name,family,definition,source,warmup,unit,volume');
  const { stdout: json } = await run(['--list', '--json']);
  const rows = json
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const expected = CATALOGUE.flatMap(({ family, source, volume, columns }) =>
    columns.map(({ name, definition, warmup, unit }) => ({ name, family, definition, source, warmup, unit, volume })),
  );
  assert.deepEqual(rows, expected);
  const cells = (line: string): string[] =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/g)].map(
      ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
    );
  assert.deepEqual(
    lines.map(cells),
    expected.map((row) => Object.values(row).map(String)),
  );
});

test('a file appears whole under its name, with what standard output would have had', async () => {
  await using folder = await temporaryFolder();
  const input = await folder.write('ticks.csv', TICKS);
  for (const format of ['csv', 'ndjson', 'parquet']) {
    const path = join(folder.path, `rows.${format}`);
    const flags = ['--input', input, ...ONE, '--format', format];
    const { stdout, error } = await run([...flags, '--output', path]);
    assert.deepEqual([stdout, error], ['', undefined]);
    assert.deepEqual(await readFile(path), (await run(flags)).bytes);
  }
  assert.deepEqual((await readdir(folder.path)).sort(), ['rows.csv', 'rows.ndjson', 'rows.parquet', 'ticks.csv']);
});

test('a failure half-way leaves the file that was there before, and nothing unfinished', async () => {
  await using folder = await temporaryFolder();
  const input = await folder.write('ticks.csv', `${TICKS}what is this\n`);
  const path = await folder.write('rows.csv', 'as it was');
  const { stdout, error } = await run(['--input', input, ...ONE, '--output', path]);
  assert.equal(stdout, '');
  assert.equal(error?.code, 'INPUT_INVALID');
  assert.equal(await readFile(path, 'utf8'), 'as it was');
  assert.deepEqual((await readdir(folder.path)).sort(), ['rows.csv', 'ticks.csv']);
});

test('a link goes on leading to its file; a folder, a device or a missing folder is refused before anything is read', async () => {
  await using folder = await temporaryFolder();
  const input = await folder.write('ticks.csv', TICKS);
  const real = await folder.write('real.csv', 'old');
  const link = join(folder.path, 'link.csv');
  await symlink(real, link);
  assert.equal((await run(['--input', input, ...ONE, '--output', link])).error, undefined);
  assert.match(await readFile(real, 'utf8'), /^time,symbol/);
  assert.match(await readFile(link, 'utf8'), /^time,symbol/);
  for (const path of [folder.path, '/dev/null', join(folder.path, 'absent', 'rows.csv')]) {
    const { error } = await run(['--input', 'absent.csv', ...ONE, '--output', path]);
    assert.equal(error?.code, 'FILE_UNREADABLE', path);
    assert.ok(error?.message.includes(path), error?.message);
  }
});

for (const [signal, left] of [
  ['SIGTERM', []],
  ['SIGINT', []],
  ['SIGKILL', [/^rows\.parquet\.\d+\.unfinished$/]],
] as const) {
  test(`${signal} half-way leaves no half file under the name`, async () => {
    await using folder = await temporaryFolder();
    const words = ['features', '--input', '-', ...ONE, '--format', 'parquet', '--output', 'rows.parquet'];
    await using running = new Running(words, { cwd: folder.path, input: TICKS, open: true });
    await running.until(async () => (await readdir(folder.path)).length > 0, 'it has begun to write');
    const { code, stdout, stderr } = await running.end(signal);
    assert.equal(stdout, '');
    if (signal !== 'SIGKILL') assert.deepEqual([code, stderr], [130, 'suho: interrupted\n']);
    const names = await readdir(folder.path);
    assert.equal(names.length, left.length, names.join(' '));
    for (const [at, pattern] of left.entries()) assert.match(names[at] ?? '', pattern);
  });
}

test('a reader that has seen enough is no failure', async () => {
  await using folder = await temporaryFolder();
  const input = await folder.write('ticks.csv', TICKS);
  await using running = new Running(['features', '--input', input, ...ONE], { cwd: folder.path });
  running.child.stdout?.destroy();
  const { code, stderr } = await running.ended();
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /EPIPE|cannot/);
});

test('binary is not written to a terminal; into a file it is', async () => {
  await using folder = await temporaryFolder();
  const input = await folder.write('ticks.csv', TICKS);
  const flags = ['--input', input, ...ONE, '--format', 'parquet'];
  const { error, bytes } = await run(flags, '', true);
  assert.equal(error?.code, 'USAGE');
  assert.match(error?.message ?? '', /--output/);
  assert.equal(bytes.length, 0);
  const path = join(folder.path, 'rows.parquet');
  assert.equal((await run([...flags, '--output', path], '', true)).error, undefined);
  assert.equal((await readFile(path)).subarray(0, 4).toString(), 'PAR1');
});

test('bad inputs end with exit 3, naming file and line, and nothing on stdout; those of other symbols too', async () => {
  await using folder = await temporaryFolder();
  const good = await folder.write('ticks.csv', TICKS);
  const candles = (await suho(['candles', '--input', good, ...ONE], { cwd: folder.path })).stdout;
  const hours = Array.from({ length: 60 }, (_, at) => `${new Date(MORNING + at * 3_600_000).toISOString()},1.1,1.3,1.0,1.2,5`);
  const lines = TICKS.split('\n');
  const cases: readonly (readonly [file: string, named: RegExp])[] = [
    ['absent.csv', /absent\.csv: there is no such file/],
    [await folder.write('empty.csv', ''), /empty\.csv is empty/],
    [
      await folder.write('bad.csv', [...lines.slice(0, 2_000), 'what is this', ...lines.slice(2_000)].join('\n')),
      /bad\.csv:2001: /,
    ],
    [await folder.write('noise.csv', 'lorem ipsum\ndolor sit amet\n'), /noise\.csv: its format is not recognised; --format-in/],
    [
      await folder.write('other.csv', candles.replaceAll('EURUSD', 'AUDNZD')),
      /other\.csv: there is nothing of (EURUSD|USDJPY) in it/,
    ],
    [await folder.write('hours.csv', hours.join('\n')), /hours\.csv holds H1 bars, of which no M1 candles can be made/],
  ];
  await each(
    cases.flatMap(([file, named]) => [
      { words: ['features', '--input', file, ...ONE], named },
      { words: ['features', '--input', good, ...ONE, '--with', `USDJPY=${file}`, '--format', 'parquet'], named },
    ]),
    async ({ words, named }) => {
      const { code, stdout, stderr } = await suho(words, { cwd: folder.path });
      assert.equal(code, 3, `${words.join(' ')}: ${stderr}`);
      assert.equal(stdout, '');
      assert.match(stderr, /^suho: [^\n]+\n$/);
      assert.match(stderr, named);
    },
  );
  const labelled = await run(['--input', join(folder.path, 'hours.csv'), '--symbol', 'EURUSD', '--timeframe', 'H1', '--labels']);
  assert.match(labelled.error?.message ?? '', /holds H1 bars, of which no M1 candles can be made/);
  assert.equal(
    (await run(['--input', join(folder.path, 'hours.csv'), '--symbol', 'EURUSD', '--timeframe', 'H1'])).error,
    undefined,
  );
});

test('input that closes no candle gives the header alone', async () => {
  const { stdout, error } = await run(['--input', '-', ...ONE], TICKS.split('\n').slice(0, 2).join('\n'));
  assert.equal(error, undefined);
  assert.equal(stdout.trimEnd().split('\n').length, 1);
});
