import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { deserialize, serialize } from 'node:v8';
import { serveControl } from '../../src/admin/control.js';
import { type ControlOptions, controlMethods } from '../../src/admin/control-methods.js';
import { openDataFolder } from '../../src/storage/data-folder.js';
import { openAnalytics } from '../../src/storage/analytics/open.js';
import { systemClock } from '../../src/runtime/clock.js';
import { chdbMissing } from '../support/chdb.js';
import { each, Running, suho } from '../support/command.js';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.js';
import { candlesCsv } from '../support/training-files.js';
import { walkOfCandles } from '../support/walk-of-candles.js';

const CANDLES = 2_250;

async function inputs(folder: TemporaryFolder): Promise<void> {
  await folder.write('EURUSD.csv', candlesCsv('EURUSD', CANDLES, { seed: 1 }));
}

const TRAIN = ['train', '--timeframe', 'M1', '--models', 'trees', '--quick', '--input', 'EURUSD=EUR*.csv'];

async function bytesOf(folder: TemporaryFolder, out: string): Promise<Buffer> {
  return readFile(join(folder.path, out, 'trees-m1.onnx'));
}

/** Of the card, all but when it was made. */
async function toldIn(folder: TemporaryFolder, out: string): Promise<Record<string, unknown>> {
  const {
    trainedAt: _at,
    expiresAt: _until,
    ...rest
  } = JSON.parse(await readFile(join(folder.path, out, 'trees-m1.json'), 'utf8'));
  return rest;
}

interface KeptFit {
  readonly kind: string;
  readonly value: { readonly current: { readonly rounds: { trainLoss: number }[] } };
}

describe('suho train', () => {
  it('goes on after kill -9, and after Ctrl-C, and ends with the same bytes as one that was not stopped', async () => {
    await using folder = await temporaryFolder();
    await inputs(folder);
    const whole = await suho([...TRAIN, '--out', 'whole', '--json'], { cwd: folder.path });
    assert.equal(whole.code, 0, whole.stderr);
    assert.equal(whole.stderr, '');
    const summary = JSON.parse(whole.stdout) as { models: { name: string }[]; cutOff: string[] };
    assert.deepEqual([summary.models.map(({ name }) => name), summary.cutOff], [['trees-m1'], []]);

    const kept = join(folder.path, 'stopped/.training/trees.state');
    const keptFit = async (): Promise<KeptFit> => deserialize(await readFile(kept)) as KeptFit;
    const rounds = async (): Promise<number> => {
      const { kind, value } = await keptFit();
      assert.equal(kind, 'under way');
      return value.current.rounds.length;
    };
    await using killed = new Running([...TRAIN, '--out', 'stopped'], { cwd: folder.path });
    await killed.until(() => existsSync(kept), 'a round is kept');
    await killed.end('SIGKILL');
    const before = await rounds();
    assert.ok(before >= 1);
    assert.equal(existsSync(join(folder.path, 'stopped/trees-m1.json')), false);
    // Nothing is made of this loss: where it is found again, the fit went on and did not start anew.
    const marked = await keptFit();
    for (const round of marked.value.current.rounds.slice(0, 1)) round.trainLoss = 123;
    await writeFile(kept, serialize(marked));

    await using stopped = new Running([...TRAIN, '--out', 'stopped', '--resume'], { cwd: folder.path });
    await stopped.until(async () => (await rounds()) > before, 'it goes on');
    const { code, stderr } = await stopped.end('SIGINT');
    assert.equal(code, 130);
    assert.equal(stderr, 'suho: the training was stopped; --resume goes on with it\n');
    assert.ok((await rounds()) > before);
    assert.equal((await keptFit()).value.current.rounds[0]?.trainLoss, 123);

    const other = await suho([...TRAIN, '--out', 'stopped', '--resume', '--seed', '2'], { cwd: folder.path });
    assert.deepEqual([other.code, other.stdout], [3, '']);
    assert.match(
      other.stderr,
      /^suho: what was stopped in stopped was of other data or settings; without --resume it starts anew\.\n$/,
    );

    const resumed = await suho([...TRAIN, '--out', 'stopped', '--resume'], { cwd: folder.path });
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.deepEqual(await bytesOf(folder, 'stopped'), await bytesOf(folder, 'whole'));
    assert.deepEqual(await toldIn(folder, 'stopped'), await toldIn(folder, 'whole'));
    assert.equal(existsSync(join(folder.path, 'stopped/.training')), false);
  });

  it('says in one sentence what it is not told, and what does not go together', async () => {
    await using folder = await temporaryFolder();
    await inputs(folder);
    const wrong: readonly (readonly [words: readonly string[], code: number, sentence: RegExp])[] = [
      [['train', '--input', 'EURUSD=EURUSD.csv'], 2, /required option '--timeframe/],
      [['train', '--timeframe', 'M1'], 2, /either --input or --from-store/],
      [['train', '--timeframe', 'M1', '--from-store'], 2, /--from-store needs --symbol/],
      [['train', '--timeframe', 'H4', '--input', 'EURUSD=EURUSD.csv'], 2, /--timeframe H4 is longer than any horizon/],
      [
        ['train', '--timeframe', 'M15', '--horizon', '5m', '--input', 'EURUSD=EURUSD.csv'],
        2,
        /--horizon 5m is shorter than a candle of M15/,
      ],
      [['train', '--timeframe', 'M1', '--input', 'EURUSD.csv'], 2, /--input EURUSD\.csv does not say of which symbol it is/],
      [['train', '--timeframe', 'M1', '--input', 'EURUSD=gone*.csv'], 3, /--input gone\*\.csv fits no file/],
      [['train', '--timeframe', 'M1', '--input', 'EURUSD=gone.csv'], 3, /gone\.csv/],
      [['train', '--timeframe', 'M1', '--symbol', 'USDJPY', '--input', 'EURUSD=EURUSD.csv'], 2, /--symbol USDJPY has no --input/],
      [[...TRAIN, '--models', 'forest'], 2, /--models forest is not known; there are trees, lstm, cnn, meta/],
      [[...TRAIN, '--models', 'trees,meta'], 2, /--models meta needs the two that tell a side/],
      [[...TRAIN, '--minutes', 'soon'], 2, /--minutes soon is no number above 0/],
      [
        [...TRAIN, '--elsewhere', 'EURUSD=EURUSD.csv'],
        3,
        /--elsewhere EURUSD is from 2026-01-05 to .*what was seen can judge nothing/,
      ],
    ];
    await each(wrong, async ([words, code, sentence]) => {
      const ran = await suho(words, { cwd: folder.path });
      assert.deepEqual([ran.code, ran.stdout], [code, ''], `${words.join(' ')}: ${ran.stderr}`);
      assert.match(ran.stderr, sentence);
      assert.equal(ran.stderr.trimEnd().split('\n').length, 1, ran.stderr);
    });
  });

  it('trains from the candles of the store as from a file of them', { skip: chdbMissing() }, async () => {
    await using folder = await temporaryFolder();
    await inputs(folder);
    const data = await openDataFolder(join(folder.path, 'var'), {
      pid: process.pid,
      startedAt: '2026-01-01T00:00:00Z',
      version: 'test',
    });
    const analytics = await openAnalytics({ analytics: 'embedded', folder: data.path, timers: systemClock });
    assert.ok(analytics.kind === 'open');
    await analytics.store.migrate();
    await analytics.store.insert(
      'candles',
      walkOfCandles('EURUSD', 'M1', CANDLES, 1).map(({ time, symbol, timeframe, open, high, low, close, volume }) => {
        return {
          time,
          symbol,
          timeframe,
          open,
          high,
          low,
          close,
          volume,
          spread: 0,
          gapBefore: 0,
          vwap: Number.NaN,
          trades: Number.NaN,
          source: 'test',
        };
      }),
    );
    await analytics.store.close();
    await data.release();
    const options = { cwd: folder.path };
    const stored = await suho(
      [
        'train',
        '--timeframe',
        'M1',
        '--models',
        'trees',
        '--quick',
        '--from-store',
        '--symbol',
        'EURUSD',
        '--out',
        'stored',
        '--data',
        'var',
      ],
      options,
    );
    assert.equal(stored.code, 0, stored.stderr);
    const read = await suho([...TRAIN, '--out', 'read'], options);
    assert.equal(read.code, 0, read.stderr);
    assert.deepEqual(await bytesOf(folder, 'stored'), await bytesOf(folder, 'read'));
    const none = await suho(['train', '--timeframe', 'M1', '--from-store', '--symbol', 'USDJPY', '--data', 'var'], options);
    assert.deepEqual([none.code, none.stderr], [3, 'suho: the store has no M1 candles of USDJPY.\n']);
  });

  it('asks a running node for its candles, page by page', async () => {
    await using folder = await temporaryFolder();
    await inputs(folder);
    await mkdir(join(folder.path, 'var'));
    const walk = walkOfCandles('EURUSD', 'M1', CANDLES, 1);
    const asked: number[] = [];
    const candles: ControlOptions['candles'] = async (symbol, fromMs) => {
      asked.push(fromMs);
      return walk
        .filter(({ time }) => symbol === 'EURUSD' && time >= fromMs)
        .slice(0, 1_000)
        .map(({ time, open, high, low, close, volume }) => [time, open, high, low, close, volume, 0]);
    };
    const status = async (): Promise<object> => ({});
    const methods = { ...controlMethods({ candles } as unknown as ControlOptions), status };
    const control = await serveControl(join(folder.path, 'var'), methods);
    try {
      const words = [
        'train',
        '--timeframe',
        'M1',
        '--models',
        'trees',
        '--quick',
        '--from-store',
        '--symbol',
        'EURUSD',
        '--data',
        'var',
      ];
      const stored = await suho([...words, '--out', 'stored'], { cwd: folder.path });
      assert.equal(stored.code, 0, stored.stderr);
    } finally {
      await control.close();
    }
    assert.equal(asked.length, 4, asked.join());
    const read = await suho([...TRAIN, '--out', 'read'], { cwd: folder.path });
    assert.equal(read.code, 0, read.stderr);
    assert.deepEqual(await bytesOf(folder, 'stored'), await bytesOf(folder, 'read'));
  });
});
