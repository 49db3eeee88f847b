import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockNamed } from '../../../src/market/formats/clock.js';
import { emptyRow, LineFault, type Row, type Sample } from '../../../src/market/formats/format.js';
import { FORMATS, formatNamed, recognise } from '../../../src/market/formats/formats.js';

interface Example {
  readonly format: string;
  readonly name?: string;
  readonly symbol?: string;
  /** The clock to be told, where the format does not fix it. */
  readonly clock?: string;
  readonly fixed?: string;
  readonly lines: readonly string[];
  /** The rows expected: instant, then bid and ask, or open high low close volume spread. */
  readonly rows: readonly (readonly [string, ...number[]])[];
  /** Lines that are faults, each beside what the sentence must say. */
  readonly faults: readonly (readonly [string, RegExp])[];
}

const EXAMPLES: readonly Example[] = [
  {
    format: 'mt4',
    clock: 'eet',
    lines: ['2016.05.27,09:54,1.11920,1.11929,1.11917,1.11929,35', '2016.12.01,00:00,1.06,1.07,1.05,1.06,9'],
    rows: [
      ['2016-05-27T06:54:00.000Z', 1.1192, 1.11929, 1.11917, 1.11929, 35, 0],
      ['2016-11-30T22:00:00.000Z', 1.06, 1.07, 1.05, 1.06, 9, 0],
    ],
    faults: [
      ['2016.05.27,09:54,1.1,1.1,1.1,1.1', /6 fields where 7/],
      ['2016.02.30,09:54,1.1,1.1,1.1,1.1,1', /no such day: "2016.02.30"/],
      ['2016.05.27,24:00,1.1,1.1,1.1,1.1,1', /not a time of day: "24:00"/],
      ['2016.05.27,09:54,1.1,high,1.1,1.1,1', /high is not a number: "high"/],
      ['2016.05.27,09:54,1.1,,1.1,1.1,1', /high is not a number: ""/],
      ['27.05.2016,09:54,1.1,1.1,1.1,1.1,1', /not a date: "27.05.2016"/],
    ],
  },
  {
    format: 'mt5',
    clock: '+02:00',
    symbol: 'EURUSD',
    lines: [
      '<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>',
      '2021.01.04\t00:05:00\t1.22395\t1.22396\t1.22373\t1.22379\t62\t0\t20',
      '2021.01.04\t00:06:00\t1.22395\t1.22396\t1.22373\t1.22379\t62\t5000\t0',
    ],
    rows: [
      ['2021-01-03T22:05:00.000Z', 1.22395, 1.22396, 1.22373, 1.22379, 62, 0.0002],
      ['2021-01-03T22:06:00.000Z', 1.22395, 1.22396, 1.22373, 1.22379, 5000, 0],
    ],
    faults: [['2021.01.04\t00:05:00\t1.22395', /3 fields where 9/]],
  },
  {
    format: 'mt5',
    clock: 'utc',
    lines: ['<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>', '2021.01.04\t1\t3\t0.5\t2\t62\t0\t0'],
    rows: [['2021-01-04T00:00:00.000Z', 1, 3, 0.5, 2, 62, 0]],
    faults: [],
  },
  {
    format: 'mt5-ticks',
    clock: 'utc',
    lines: [
      '<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>',
      '2021.01.04\t00:05:00.100\t1.1\t\t\t\t2',
      '2021.01.04\t00:05:00.200\t\t1.3\t\t\t4',
      '2021.01.04\t00:05:00.300\t1.2\t\t\t\t2',
    ],
    rows: [
      ['2021-01-04T00:05:00.200Z', 1.1, 1.3],
      ['2021-01-04T00:05:00.300Z', 1.2, 1.3],
    ],
    faults: [['2021.01.04\t00:05:00.300\tx\t\t\t\t2', /bid is not a number: "x"/]],
  },
  {
    format: 'histdata',
    fixed: 'est',
    lines: ['20120201 000000;1.306600;1.306600;1.306560;1.306560;0', '20120702 180000;1.3;1.4;1.2;1.3;0'],
    rows: [
      ['2012-02-01T05:00:00.000Z', 1.3066, 1.3066, 1.30656, 1.30656, 0, 0],
      ['2012-07-02T23:00:00.000Z', 1.3, 1.4, 1.2, 1.3, 0, 0],
    ],
    faults: [
      ['20120201 000000;1.3;1.3;1.3;1.3', /5 fields where 6/],
      ['20120201T000000;1.3;1.3;1.3;1.3;0', /not a date and time/],
      ['20121301 000000;1.3;1.3;1.3;1.3;0', /no such day/],
    ],
  },
  {
    format: 'histdata-ticks',
    fixed: 'est',
    lines: ['20120201 000003660,1.306600,1.306770,0'],
    rows: [['2012-02-01T05:00:03.660Z', 1.3066, 1.30677]],
    faults: [['20120201 000003660,1.306600', /2 fields where 3 to 4/]],
  },
  {
    format: 'plain',
    clock: 'utc',
    lines: ['2021-01-25 00:09,1.27244,1.27245,1.27235,1.2724,25', '2021-01-25 00:10,1.27241,1.27258,1.27241,1.27254,57'],
    rows: [
      ['2021-01-25T00:09:00.000Z', 1.27244, 1.27245, 1.27235, 1.2724, 25, 0],
      ['2021-01-25T00:10:00.000Z', 1.27241, 1.27258, 1.27241, 1.27254, 57, 0],
    ],
    faults: [
      ['2021-01-25,1.27244,1.27245,1.27235,1.2724,25', /not a date and time/],
      ['2021-02-29 00:09,1,1,1,1,1', /no such day/],
    ],
  },
  {
    format: 'plain',
    fixed: 'utc',
    lines: ['2021-01-25T00:09:00Z,1.27244,1.27245,1.27235,1.2724,25'],
    rows: [['2021-01-25T00:09:00.000Z', 1.27244, 1.27245, 1.27235, 1.2724, 25, 0]],
    faults: [],
  },
  {
    format: 'plain-ticks',
    clock: '+03:00',
    lines: ['2021-01-25 00:09:12.345,1.27244,1.27251'],
    rows: [['2021-01-24T21:09:12.345Z', 1.27244, 1.27251]],
    faults: [['2021-01-25 00:09:12.345,1.27244,', /ask is not a number: ""/]],
  },
  {
    format: 'header',
    clock: 'eet',
    symbol: 'XAUUSD',
    lines: [
      'time,open,high,low,close,tick_volume,spread,real_volume',
      '2026-03-24 17:00:00,4381.49,4387.04,4380.75,4386.67,611,12,0',
      '2026-03-24 17:01:00,4387.12,4391.36,4384.9,4384.98,593,12,77',
    ],
    rows: [
      ['2026-03-24T14:00:00.000Z', 4381.49, 4387.04, 4380.75, 4386.67, 611, 0.12],
      ['2026-03-24T14:01:00.000Z', 4387.12, 4391.36, 4384.9, 4384.98, 77, 0.12],
    ],
    faults: [['2026-03-24 17:00:00,4381.49,4387.04', /3 fields where 8/]],
  },
  {
    format: 'lean-ticks',
    fixed: 'utc',
    name: '20140502_eurusd_tick_quote.csv',
    lines: ['292,1.38676,1.38686', '79200579.427,1.3,1.4'],
    rows: [
      ['2014-05-02T00:00:00.292Z', 1.38676, 1.38686],
      ['2014-05-02T22:00:00.579Z', 1.3, 1.4],
    ],
    faults: [
      ['86400000,1.3,1.4', /86400000 is no millisecond of a day/],
      ['-1,1.3,1.4', /-1 is no millisecond/],
      ['1,1.3', /2 fields where 3/],
    ],
  },
  {
    format: 'lean-bars',
    fixed: 'utc',
    name: 'EURUSD_20140501_utc.zip',
    lines: ['60000,1.38688,1.38690,1.38685,1.38686,0,1.38700,1.38701,1.38696,1.38698,0'],
    rows: [['2014-05-01T00:01:00.000Z', 1.38688, 1.3869, 1.38685, 1.38686, 0, 0]],
    faults: [['60000,1.38688,1.38690,1.38685,1.38686', /5 fields where 11/]],
  },
  {
    format: 'lean-hours',
    fixed: 'utc',
    lines: ['20070101 21:00,1.31927,1.31955,1.3187,1.31935,0,1.32027,1.32055,1.3197,1.32035,0'],
    rows: [['2007-01-01T21:00:00.000Z', 1.31927, 1.31955, 1.3187, 1.31935, 0, 0]],
    faults: [['20070101,1,1,1,1,0,1,1,1,1,0', /not a time of day: ""/]],
  },
  {
    format: 'dukascopy',
    fixed: 'utc',
    lines: [
      'Gmt time,Open,High,Low,Close,Volume',
      '01.02.2021 00:01:00.000,1.1,1.3,1.0,1.2,12.5',
      '06.02.2021 00:01:00.000,1.2,1.2,1.2,1.2,0',
    ],
    rows: [['2021-02-01T00:01:00.000Z', 1.1, 1.3, 1, 1.2, 12.5, 0]],
    faults: [['31.02.2021 00:01:00.000,1.1,1.3,1.0,1.2,12.5', /no such day/]],
  },
  {
    format: 'dukascopy',
    fixed: 'eet-eu',
    lines: [
      'Time (EET),Open,High,Low,Close,Volume ',
      '2026.03.20 12:00:00,1.1,1.3,1.0,1.2,12.5',
      '2026.03.30 12:00:00,1.1,1.3,1.0,1.2,12.5',
    ],
    rows: [
      ['2026-03-20T10:00:00.000Z', 1.1, 1.3, 1, 1.2, 12.5, 0],
      ['2026-03-30T09:00:00.000Z', 1.1, 1.3, 1, 1.2, 12.5, 0],
    ],
    faults: [],
  },
  {
    format: 'dukascopy',
    fixed: 'utc',
    lines: ['Local time,Open,High,Low,Close,Volume', '01.02.2021 01:01:00.000 GMT+0100,1.1,1.3,1.0,1.2,12.5'],
    rows: [['2021-02-01T00:01:00.000Z', 1.1, 1.3, 1, 1.2, 12.5, 0]],
    faults: [['01.02.2021 01:01:00.000 CET,1.1,1.3,1.0,1.2,12.5', /not a time zone: "CET"/]],
  },
  {
    format: 'dukascopy-ticks',
    fixed: 'utc',
    lines: ['Gmt time,Ask,Bid,AskVolume,BidVolume', '01.02.2021 00:00:00.123,1.3,1.1,0.75,1.5'],
    rows: [['2021-02-01T00:00:00.123Z', 1.1, 1.3]],
    faults: [['01.02.2021 00:00:00.123,1.3,?,0.75,1.5', /bid is not a number: "\?"/]],
  },
  {
    format: 'dukascopy-ticks',
    fixed: 'utc',
    lines: ['timestamp,askPrice,bidPrice,askVolume,bidVolume', '1612137600123,1.3,1.1,0.75,1.5'],
    rows: [['2021-02-01T00:00:00.123Z', 1.1, 1.3]],
    faults: [['nan,1.3,1.1,0.75,1.5', /not a timestamp/]],
  },
  {
    format: 'suho',
    fixed: 'utc',
    lines: [
      'time,symbol,timeframe,open,high,low,close,volume,gap_before',
      '2021-01-25T00:09:00Z,EURUSD,M1,1.1,1.3,1.0,1.2,25,0',
      '2021-01-25T00:09:00Z,GBPUSD,M1,2.1,2.3,2.0,2.2,25,0',
      '2021-01-25T00:00:00Z,EURUSD,M15,1.1,1.3,1.0,1.2,25,0',
      '2021-01-25T00:10:00Z,EURUSD,M1,1.2,1.3,1.0,1.2,25,0',
    ],
    rows: [
      ['2021-01-25T00:09:00.000Z', 1.1, 1.3, 1, 1.2, 25, 0],
      ['2021-01-25T00:10:00.000Z', 1.2, 1.3, 1, 1.2, 25, 0],
    ],
    faults: [['2021-01-25T00:09:00Z,EURUSD,M1,1.1,1.3,1.0,1.2,25', /8 fields where 9/]],
  },
];

function open(example: Example): { parse: (line: string) => readonly [string, ...number[]] | undefined; sample: Sample } {
  const sample: Sample = { names: [example.name ?? 'data.csv'], lines: example.lines };
  const format = formatNamed(example.format);
  assert.ok(format);
  const toUtc = clockNamed(example.clock ?? format.clock(sample) ?? 'none');
  assert.ok(toUtc);
  const parser = format.parser({ sample, symbol: example.symbol ?? 'EURUSD', toUtc });
  const row: Row = emptyRow();
  const round = (value: number): number => Number(value.toPrecision(12));
  return {
    sample,
    parse: (line) => {
      if (!parser(line, row)) return undefined;
      const time = new Date(row.timeMs).toISOString();
      if (format.kind === 'ticks') return [time, row.bid, row.ask];
      return [time, row.open, row.high, row.low, row.close, row.volume, round(row.spread)];
    },
  };
}

for (const example of EXAMPLES) {
  const title = `${example.format} (${example.lines[0]?.slice(0, 24).replaceAll('\t', ' ')}…)`;

  test(`${title}: is recognised by its beginning alone, read in its clock, and its bad lines are told`, () => {
    const { parse, sample } = open(example);
    assert.deepEqual(
      FORMATS.filter((format) => format.recognises(sample)).map(({ name }) => name),
      [example.format],
    );
    assert.equal(recognise(sample)?.clock(sample), example.fixed);
    const rows = example.lines.map(parse).filter((row) => row !== undefined);
    assert.deepEqual(rows, example.rows);
    for (const [line, sentence] of example.faults)
      assert.throws(
        () => parse(line),
        (error) => error instanceof LineFault && sentence.test(error.message),
        line,
      );
  });
}

test('there is an example of every format', () => {
  assert.deepEqual(new Set(EXAMPLES.map(({ format }) => format)), new Set(FORMATS.map(({ name }) => name)));
});

test('both sides of a bid-ask bar are read', () => {
  const format = formatNamed('lean-hours');
  const row = emptyRow();
  format?.parser({ sample: { names: [], lines: [] }, symbol: 'EURUSD', toUtc: (ms) => ms })(
    '20070101 21:00,1,4,0.5,2,0,1.1,4.1,0.6,2.1,0',
    row,
  );
  assert.deepEqual([row.askOpen, row.askHigh, row.askLow, row.askClose], [1.1, 4.1, 0.6, 2.1]);
});

test("a source's own nan is passed on for the filter to count", () => {
  const format = formatNamed('plain-ticks');
  const row = emptyRow();
  assert.equal(
    format?.parser({ sample: { names: [], lines: [] }, symbol: 'EURUSD', toUtc: (ms) => ms })('2021-01-25 00:09:12,NaN,1.2', row),
    true,
  );
  assert.ok(Number.isNaN(row.bid));
});

test('Lean ticks without a date in the name, and headed formats without their header, say what is missing', () => {
  const at = (name: string, line: string): void => {
    formatNamed(name)?.parser({ sample: { names: ['data.csv'], lines: [line] }, symbol: 'EURUSD', toUtc: (ms) => ms })(
      line,
      emptyRow(),
    );
  };
  assert.throws(() => at('lean-ticks', '292,1.38676,1.38686'), /no date \(YYYYMMDD\) is in the file name/);
  assert.throws(() => at('mt5', '2021.01.04\t00:05:00\t1\t1\t1\t1\t1\t1\t1'), /header <DATE>/);
  assert.throws(() => at('mt5-ticks', '2021.01.04\t00:05:00\t1\t1\t1\t1\t1'), /header <DATE>/);
  assert.throws(() => at('header', '2021-01-04 00:05:00,1,1,1,1'), /no column time/);
  assert.throws(() => at('dukascopy', '01.02.2021 00:00:00.123,1,1,1,1,1'), /header Gmt time,Open/);
  assert.throws(() => at('dukascopy-ticks', '01.02.2021 00:00:00.123,1,1,1,1'), /no column Ask/);
  assert.throws(() => at('suho', '2021-01-25T00:09:00Z,EURUSD,M1,1,1,1,1,1,0'), /header is not time,symbol/);
});
