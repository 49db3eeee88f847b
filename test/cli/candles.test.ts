import assert from 'node:assert/strict';
import { PassThrough, Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { candlesCommand } from '../../src/cli/candles.js';
import { HeldOutput } from '../../src/cli/held-output.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly error?: Error & { code: string; exitCode: number };
}

async function run(args: readonly string[], input = ''): Promise<Ran> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const command = candlesCommand({ stdin: Readable.from([Buffer.from(input)]), stdout, stderr }).exitOverride();
  command.configureOutput({ writeErr: () => {} });
  const failed = command.parseAsync([...args], { from: 'user' }).then(
    () => undefined,
    (error: Ran['error']) => error,
  );
  const out = text(stdout);
  const err = text(stderr);
  const error = await failed;
  stdout.end();
  stderr.end();
  return { stdout: await out, stderr: await err, ...(error ? { error } : {}) };
}

const TICKS = `2021-01-25 00:09:00.000,1.27244,1.27251
2021-01-25 00:09:10.000,1.2725,1.2726
2021-01-25 00:09:50.000,1.2724,1.2725
2021-01-25 00:13:00.000,1.273,1.2731
2021-01-25 00:14:59.999,0.1,0.2
2021-01-25 00:15:00.000,1.274,1.2741
`;

test('ticks become CSV of the asked timeframes, closed candles in the order of closing, shortest numbers, gaps told', async () => {
  const { stdout, stderr, error } = await run(
    ['--input', '-', '--symbol', 'eur/usd', '--timeframes', 'M15,M1', '--clock', 'utc'],
    TICKS,
  );
  assert.equal(error, undefined);
  assert.equal(
    stdout,
    `time,symbol,timeframe,open,high,low,close,volume,gap_before
2021-01-25T00:09:00Z,EURUSD,M1,1.27244,1.2725,1.2724,1.2724,3,0
2021-01-25T00:13:00Z,EURUSD,M1,1.273,1.273,1.273,1.273,1,3
2021-01-25T00:00:00Z,EURUSD,M15,1.27244,1.273,1.2724,1.273,4,0
`,
  );
  assert.equal(stderr, 'suho: of 6 ticks and 0 bars: jump 1\n');
});

test('--partial adds the unfinished candles, shortest first; --timeframe is the same flag', async () => {
  const { stdout } = await run(
    ['--input', '-', '--symbol', 'EURUSD', '--timeframe', 'M5,M15', '--partial', '--clock', 'utc', '--price', 'ask'],
    TICKS,
  );
  assert.deepEqual(stdout.trimEnd().split('\n').slice(1), [
    '2021-01-25T00:05:00Z,EURUSD,M5,1.27251,1.2726,1.2725,1.2725,3,0',
    '2021-01-25T00:10:00Z,EURUSD,M5,1.2731,1.2731,1.2731,1.2731,1,0',
    '2021-01-25T00:00:00Z,EURUSD,M15,1.27251,1.2731,1.2725,1.2731,4,0',
    '2021-01-25T00:15:00Z,EURUSD,M5,1.2741,1.2741,1.2741,1.2741,1,0',
    '2021-01-25T00:15:00Z,EURUSD,M15,1.2741,1.2741,1.2741,1.2741,1,0',
  ]);
});

test('what it prints can be read again, and M1 of M1 is the same', async () => {
  const flags = ['--input', '-', '--symbol', 'EURUSD', '--timeframes', 'M1'];
  const first = await run([...flags, '--partial', '--clock', 'utc'], TICKS);
  const second = await run(flags, first.stdout);
  assert.equal(second.stdout, first.stdout);
});

test('a bad line late in a large file prints its one sentence and nothing of the candles before it', async () => {
  await using folder = await temporaryFolder();
  const lines = Array.from({ length: 20_000 }, (_, at) =>
    `${new Date(at * 60_000 + 1e12).toISOString()},1.1,1.2`.replace(/:\d\d\.\d+Z/, ':00Z'),
  );
  const file = await folder.write('ticks.csv', `${lines.join('\n')}\n2021-01-25T00:00:00Z,1.1\n`);
  const { stdout, error } = await run(['--input', file, '--symbol', 'EURUSD', '--timeframes', 'M1']);
  assert.equal(stdout, '');
  assert.equal(error?.code, 'INPUT_INVALID');
  assert.equal(error?.exitCode, 3);
  assert.equal(error?.message, `${file}:20001: 2 fields where 3 are expected.`);
});

test('wrong arguments are told: a timeframe, a symbol, a side, or what is missing', async () => {
  const flags = ['--input', '-', '--symbol', 'EURUSD'];
  assert.match(
    (await run([...flags, '--timeframes', 'M2'], TICKS)).error?.message ?? '',
    /^--timeframes M2 is not known; it is one of M1, M5/,
  );
  assert.equal((await run(['--input', '-', '--symbol', '?', '--timeframes', 'M1'], TICKS)).error?.code, 'USAGE');
  assert.match((await run([...flags, '--price', 'last'], TICKS)).error?.message ?? '', /--price/);
  assert.match((await run(['--symbol', 'EURUSD'], TICKS)).error?.message ?? '', /--input/);
  assert.match(
    (await run([...flags, '--timeframes', 'M1'], TICKS)).error?.message ?? '',
    /plain-ticks does not tell its clock; --clock/,
  );
});

class Slow extends Writable {
  taken = 0;
  waiting = 0;
  readonly #pending: (() => void)[] = [];

  constructor(readonly failAfter = Number.POSITIVE_INFINITY) {
    super({ highWaterMark: 1 });
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.waiting += 1;
    this.#pending.push(() => {
      this.waiting -= 1;
      this.taken += chunk.length;
      if (this.taken > this.failAfter) done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      else done();
    });
  }

  takeOne(): void {
    this.#pending.shift()?.();
  }
}

const LINE = 'x'.repeat(1_023);

test('output past its bound is written no faster than it is taken', async () => {
  const slow = new Slow();
  const output = new HeldOutput(slow, 200_000);
  for (let at = 0; at < 300; at++) output.add(LINE);
  let flowed = false;
  const flowing = output.flow().then((goes) => {
    flowed = true;
    return goes;
  });
  while (!flowed) {
    assert.ok(slow.writableLength <= 65_536);
    slow.takeOne();
    await new Promise((done) => setImmediate(done));
  }
  assert.equal(await flowing, true);
  assert.equal(slow.taken, 262_144);
});

test('a reader that goes away ends the work without an error, another failure with one', async () => {
  const gone = new Slow(100_000);
  const output = new HeldOutput(gone, 10_000);
  for (let at = 0; at < 300; at++) output.add(LINE);
  const flowing = output.flow();
  while (!gone.destroyed) {
    gone.takeOne();
    await new Promise((done) => setImmediate(done));
  }
  assert.equal(await flowing, false);
  await output.end();

  const full = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space left'), { code: 'ENOSPC' })),
  });
  const lost = new HeldOutput(full);
  lost.add(LINE);
  await assert.rejects(lost.end(), { name: 'SuhoError', message: 'The output cannot be written: no space left.' });
});
