import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type CandlesRequest, writeCandles } from '../../src/cli/candles.js';
import { readInput } from '../../src/feeds/input.js';
import type { Timeframe } from '../../src/market/timeframe.js';
import { sharedDataFolder, sharedFiles } from '../support/shared-data.js';
import { unzipOne } from '../support/zip.js';

/** Recorded data beside the checkout, read by other means as well: the oracle for the readers and for the builder. */
const skip = sharedDataFolder() === undefined && '../shared/data is absent';
const NO_STDIN = Readable.from([]);

function linesOf(file: string): string[] {
  const packed = readFileSync(file);
  const content = file.endsWith('.gz') ? gunzipSync(packed).toString() : unzipOne(packed);
  return content.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('time,'));
}

const symbolOf = (file: string): string => basename(file).slice(0, 6);
const dayOf = (file: string): number => {
  const [, year, month, day] = /_(\d{4})(\d\d)(\d\d)_/.exec(file) ?? [];
  return Date.UTC(Number(year), Number(month) - 1, Number(day));
};

function clockOf(file: string): { clock?: string } {
  return file.endsWith('.gz') ? { clock: file.includes('_eet') ? 'eet' : 'utc' } : {};
}

async function candlesOf(file: string, timeframe: Timeframe, price: CandlesRequest['price']): Promise<string[]> {
  const written: string[] = [];
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      written.push(String(chunk));
      done();
    },
  });
  const request = { files: [file], symbol: symbolOf(file), timeframes: [timeframe], price, partial: true, ...clockOf(file) };
  await writeCandles(request, { stdin: NO_STDIN, stdout: sink, stderr: sink });
  return written.join('').trimEnd().split('\n').slice(1);
}

test('every recorded file is read whole: as many rows as lines, in time order', { skip }, async () => {
  for (const folder of ['m1', 'm1-bid-ask', 'ticks', 'h1']) {
    for (const file of sharedFiles(folder)) {
      let rows = 0;
      let last = Number.NEGATIVE_INFINITY;
      const finest = folder === 'h1' ? 'H1' : 'M1';
      for await (const batch of readInput({ files: [file], symbol: symbolOf(file), finest, stdin: NO_STDIN, ...clockOf(file) })) {
        const times =
          batch.kind === 'bars' ? batch.bars.map(({ timeMs }) => timeMs) : batch.ticks.timesMs.subarray(0, batch.ticks.count);
        for (const timeMs of times) {
          if (!(timeMs >= last)) assert.fail(`${file}: ${timeMs} after ${last}`);
          last = timeMs;
        }
        rows += times.length;
      }
      assert.equal(rows, linesOf(file).length, file);
    }
  }
});

test('the ticks of a day make exactly the bid and ask bars recorded for that day', { skip }, async () => {
  const bars = new Map(sharedFiles('m1-bid-ask').map((file) => [basename(file), file]));
  const days = sharedFiles('ticks').filter((file) => bars.has(basename(file)));
  assert.ok(days.length >= 7);
  for (const file of days) {
    const recorded = linesOf(bars.get(basename(file)) as string).map((line) => line.split(',').map(Number));
    if (basename(file).startsWith('EURUSD_20140502')) assert.equal(recorded.length, 1_222);
    for (const [price, from] of [
      ['bid', 1],
      ['ask', 6],
    ] as const) {
      const made = (await candlesOf(file, 'M1', price)).map((line) => line.split(','));
      assert.deepEqual(
        made.map(([time, , , ...prices]) => [Date.parse(time as string) - dayOf(file), ...prices.slice(0, 4).map(Number)]),
        recorded.map((fields) => [fields[0], ...fields.slice(from, from + 4)]),
        `${file} ${price}`,
      );
    }
  }
});

test('recorded minutes make the hours that grouping their lines makes', { skip }, async () => {
  for (const file of sharedFiles('m1').filter((path) => path.includes('_utc'))) {
    const groups = new Map<string, [number, number, number, number, number]>();
    for (const line of linesOf(file)) {
      const [time = '', ...fields] = line.split(',');
      const [open, high, low, close, volume] = fields.map(Number) as [number, number, number, number, number];
      const hour = `${time.slice(0, 13).replace(' ', 'T')}:00:00Z`;
      const group = groups.get(hour);
      groups.set(
        hour,
        group
          ? [group[0], Math.max(group[1], high), Math.min(group[2], low), close, group[4] + volume]
          : [open, high, low, close, volume],
      );
    }
    const made = (await candlesOf(file, 'H1', 'bid')).map((line) => line.split(',').toSpliced(8, 1).toSpliced(1, 2).join());
    assert.deepEqual(
      made,
      [...groups].map(([hour, values]) => [hour, ...values].join()),
      file,
    );
  }
});

test("gold's daily break, 17:00 in New York, lies at 21:00 UTC on every day of the spring file, before and after Europe changed", {
  skip,
}, async () => {
  const [file] = sharedFiles('m1').filter((path) => path.includes('XAUUSD'));
  const hours = await candlesOf(file as string, 'H1', 'bid');
  const seen = new Set(hours.map((line) => line.slice(11, 13)));
  assert.equal(seen.has('21'), false);
  assert.equal(seen.size, 23);
});
