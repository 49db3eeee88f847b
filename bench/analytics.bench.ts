/**
 * How many rows a second go into the embedded analytics store, beside the bare engine? And what does it take to look at ten
 * years of minutes, beside a plain loop over the same numbers in memory?
 *
 * The bare engine is given text made beforehand; the store makes it. The loop has its columns in typed arrays, no disk, no
 * process between, and nothing to filter but the symbol; the query merges repeats, filters and answers over a pipe.
 */
import { systemClock } from '../src/runtime/clock.js';
import { ChdbEngine } from '../src/storage/analytics/chdb-engine.js';
import { HOURS_OF_DAY } from '../src/storage/analytics/queries/market.js';
import { COLUMN_NAMES, encodeRow } from '../src/storage/analytics/rows.js';
import { SqlAnalytics } from '../src/storage/analytics/sql-analytics.js';
import type { RowOf, TableName } from '../src/storage/analytics/tables.js';
import { TenantKey } from '../src/storage/analytics/tenant-key.js';
import { sampleRow } from '../test/contracts/analytics-world.js';
import { temporaryFolder } from '../test/support/temporary-folder.js';
import { compare } from './support/compare.js';

const MINUTE_MS = 60_000;
const BATCH = 5_000;
/** Ten years of minutes while the market is open. */
const MINUTES = 3_700_000;
const YEARS_MS = 10 * 365.25 * 86_400_000;
const START = Math.floor((Date.now() - 0.99 * YEARS_MS) / MINUTE_MS) * MINUTE_MS;

await using folder = await temporaryFolder();
const engine = await ChdbEngine.start({ folder: folder.path, timers: systemClock });
const store = new SqlAnalytics(engine);
await store.migrate();

let minute = 0;
function batch<T extends TableName>(rowAt: (time: number) => RowOf<T>, size: number): readonly RowOf<T>[] {
  return Array.from({ length: size }, () => rowAt(Date.now() - 86_400_000 + ++minute * 10));
}

async function inserts<T extends TableName>(table: T, rowAt: (time: number) => RowOf<T>, size: number): Promise<void> {
  const bare = (rows: readonly RowOf<T>[]): string => rows.map((row) => `${encodeRow(table, row)}\n`).join('');
  const made = Array.from({ length: 14 }, () => bare(batch(rowAt, size)));
  const name = `suho.${table}`;
  let at = 0;
  const rows = batch(rowAt, size);
  await compare(
    `rows of ${table} (${COLUMN_NAMES[table].length} columns) in batches of ${size.toLocaleString('en')}`,
    size,
    () => store.insert(table, rows),
    () => engine.insert({ table: name, columns: COLUMN_NAMES[table], lines: made[at++ % made.length] as string, settings: {} }),
    { rounds: 10, peerName: 'bare engine' },
  );
}

await inserts('candles', (time) => sampleRow('candles', { time, symbol: 'GBPUSD' }), BATCH);
const features = sampleRow('features');
await inserts('features', (time) => ({ ...features, candle: { ...features.candle, time } }), BATCH / 5);

/** The same minutes for both, each range a little different. */
const rangeAt = (n: number): number => ((n * 7_919) % 1_000) / 100_000;
await engine.run({
  sql: `INSERT INTO suho.candles (time, symbol, timeframe, open, high, low, close, volume)
    SELECT fromUnixTimestamp64Milli(toInt64(${START}) + intDiv(number * 14, 10) * ${MINUTE_MS}, 'UTC'), 'EURUSD', 'M1', 1,
      1 + ((number * 7919) % 1000) / 100000, 1, 1, 1 + number % 100
    FROM numbers(${MINUTES}) SETTINGS max_partitions_per_insert_block = 0`,
});
// A store is merged when it has had time; an hour after a backfill it has.
await engine.run({ sql: 'OPTIMIZE TABLE suho.candles FINAL' });
const times = Float64Array.from({ length: MINUTES }, (_, n) => START + Math.floor((n * 14) / 10) * MINUTE_MS);
const highs = Float64Array.from(times, (_, n) => 1 + rangeAt(n));
const lows = new Float64Array(MINUTES).fill(1);
const volumes = Float64Array.from(times, (_, n) => 1 + (n % 100));

interface Hour {
  candles: number;
  ranges: number;
  greatest: number;
  volume: number;
}

function fold(): readonly Hour[] {
  const hours = Array.from({ length: 24 }, (): Hour => ({ candles: 0, ranges: 0, greatest: 0, volume: 0 }));
  for (let n = 0; n < MINUTES; n++) {
    const hour = hours[Math.floor((times[n] as number) / 3_600_000) % 24] as Hour;
    const range = ((highs[n] as number) - (lows[n] as number)) / 0.0001;
    hour.candles += 1;
    hour.ranges += range;
    hour.greatest = Math.max(hour.greatest, range);
    hour.volume += volumes[n] as number;
  }
  return hours;
}

const span = { symbol: 'EURUSD', timeframe: 'M1', fromMs: START, toMs: START + 2 * YEARS_MS };
const ask = () => store.query(TenantKey.of('acme'), HOURS_OF_DAY, span);
const told = await ask();
for (const [at, { candles, volume, averageRangePips }] of told.entries()) {
  const hour = fold()[at] as Hour;
  const alike = candles === hour.candles && volume === hour.volume && Math.abs(averageRangePips - hour.ranges / candles) < 1e-6;
  if (!alike) throw new Error(`hour ${at}: the store and the loop disagree`);
}
await compare(
  `hours of the day over ${MINUTES.toLocaleString('en')} minutes of one symbol, minutes`,
  MINUTES,
  async () => {
    await ask();
  },
  () => {
    fold();
  },
  { rounds: 10, peerName: 'loop in memory' },
);
await store.close();
