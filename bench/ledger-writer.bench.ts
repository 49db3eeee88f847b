/**
 * How many rows a second does the writer of account history store, beside bare `pg` unnest of the same rows into the same tables of
 * the same ledger; and what does it cost a signal that is committed meanwhile?
 *
 * Ours takes each row by itself, checks and numbers it, and writes it under row security, tenant by tenant, with the mark that
 * keeps repeats out. Bare is one INSERT of all rows by the superuser, past row security, in batches as large as ours. Then a
 * signal is committed every few milliseconds, with and without an EA's worth of balances beside it, in turn.
 */
import pg from 'pg';
import { systemClock } from '../src/runtime/clock.js';
import { seededRandom } from '../src/runtime/random.js';
import { silentLogger } from '../src/runtime/logger.js';
import { LIMITS } from '../src/limits.js';
import { startEmbeddedLedger } from '../src/storage/ledger/embedded.js';
import { GroupCommit } from '../src/storage/ledger/group-commit.js';
import type { BalanceRow, HistoryBatch } from '../src/storage/ledger/history.js';
import { HistoryWriter } from '../src/storage/ledger/history-writer.js';
import { PostgresLedger } from '../src/storage/ledger/postgres.js';
import { balanceRow } from '../test/contracts/history.contract.js';
import { raise, settle, uuid } from '../test/contracts/ledger-world.js';
import { ledgerFolder } from '../test/support/ledger-folder.js';
import { postgresMissing, startPostgres } from '../test/support/postgres-server.js';
import { temporaryFolder } from '../test/support/temporary-folder.js';
import { compare, percentile } from './support/compare.js';

const ACCOUNTS = 1_000;
const ROWS = 2_000;
const SIGNALS = 300;
const SIGNAL_EVERY_MS = 4;
const PAIRS = 3;

let writers = 0;
let told = 0;

interface Store {
  readonly name: string;
  readonly ledger: PostgresLedger;
  /** Past row security. */
  readonly bare: pg.Client;
  readonly superuser: string;
  readonly end: () => Promise<void>;
}

async function embedded(): Promise<Store> {
  const folder = await ledgerFolder();
  const engine = await startEmbeddedLedger({ folder: folder.path });
  const ledger = new PostgresLedger(engine.connection, () => engine.close());
  const { host, port } = engine.connection;
  const bare = new pg.Client({ host, port, user: 'postgres', database: 'postgres' } as pg.ClientConfig);
  await bare.connect();
  const end = async (): Promise<void> => {
    await bare.end();
    await ledger.close();
    await folder[Symbol.asyncDispose]();
  };
  return { name: 'PGlite', ledger, bare, superuser: 'postgres', end };
}

async function server(): Promise<Store> {
  const postgres = await startPostgres();
  const ledger = new PostgresLedger({ url: postgres.url, connections: 4 });
  await ledger.migrate();
  const bare = new pg.Client({ connectionString: postgres.url });
  await bare.connect();
  const end = async (): Promise<void> => {
    await bare.end();
    await ledger.close();
    await postgres[Symbol.asyncDispose]();
  };
  return { name: 'PostgreSQL', ledger, bare, superuser: 'suho', end };
}

const FIELDS: readonly (readonly [column: string, type: string, field: keyof BalanceRow])[] = [
  ['tenant_id', 'text', 'tenantId'],
  ['account_id', 'uuid', 'accountId'],
  ['at_ms', 'bigint', 'atMs'],
  ['balance', 'float8', 'balance'],
  ['equity', 'float8', 'equity'],
  ['margin', 'float8', 'margin'],
  ['margin_free', 'float8', 'marginFree'],
  ['margin_level', 'float8', 'marginLevel'],
  ['floating_profit', 'float8', 'floatingProfit'],
  ['daily_profit', 'float8', 'dailyProfit'],
  ['drawdown_percent', 'float8', 'drawdownPercent'],
  ['open_positions', 'integer', 'openPositions'],
  ['pending_orders', 'integer', 'pendingOrders'],
  ['highest_equity', 'float8', 'highestEquity'],
  ['newest_movement', 'numeric', 'newestMovement'],
];

/** The next rows of all accounts in turn. */
function nextRows(count: number): readonly BalanceRow[] {
  return Array.from({ length: count }, () => {
    told += 1;
    return balanceRow(1 + (told % ACCOUNTS), told);
  });
}

async function bareUnnest({ bare, superuser }: Store, rows: readonly BalanceRow[]): Promise<void> {
  const columns = FIELDS.map(([column]) => column).join(', ');
  const lists = FIELDS.map(([, type], at) => `$${at + 1}::${type}[]`).join(', ');
  const text = `INSERT INTO balances (${columns}) SELECT * FROM unnest(${lists})`;
  for (let from = 0; from < rows.length; from += LIMITS.ledger.historyRows) {
    const batch = rows.slice(from, from + LIMITS.ledger.historyRows);
    await bare.query(`BEGIN; SET LOCAL ROLE ${superuser}`);
    await bare.query({ name: 'bare', text, values: FIELDS.map(([, , field]) => batch.map((row) => row[field])) });
    await bare.query('COMMIT');
  }
}

async function openWriter(
  store: Pick<PostgresLedger, 'storeHistory'>,
  folder: string,
  before?: GroupCommit,
): Promise<HistoryWriter> {
  writers += 1;
  return HistoryWriter.open({
    store,
    writer: uuid(9, writers),
    folder,
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    ...(before ? { before } : {}),
  });
}

async function rates(store: Store, folder: string): Promise<void> {
  let left = 0;
  let allStored = (): void => {};
  const counted = {
    storeHistory: async (batch: HistoryBatch): Promise<void> => {
      await store.ledger.storeHistory(batch);
      left -= batch.rows.length;
      if (left === 0) allStored();
    },
  };
  const writer = await openWriter(counted, folder);
  const ours = async (): Promise<void> => {
    left = ROWS;
    const done = new Promise<void>((resolve) => (allStored = resolve));
    for (const row of nextRows(ROWS)) writer.record('balances', row);
    await done;
  };
  await compare(`${store.name}: rows of balances`, ROWS, ours, () => bareUnnest(store, nextRows(ROWS)), {
    rounds: 12,
    peerName: 'bare unnest',
  });
  await writer.close();
}

/** Times of signals that come one every few milliseconds; beside them, where wanted, balances as fast as many EAs tell them. */
async function commits(store: Store, folder: string, rowsASecond: number): Promise<number[]> {
  const group = new GroupCommit({ ledger: store.ledger, clock: systemClock });
  const writer = await openWriter(store.ledger, folder, group);
  const times: number[] = [];
  const under: Promise<void>[] = [];
  const start = performance.now();
  let offered = 0;
  for (let signal = 0; signal < SIGNALS; signal++) {
    await new Promise<void>((resolve) => void systemClock.after(SIGNAL_EVERY_MS, resolve));
    // Batches leave whole, as they do when their time is up.
    const due = ((performance.now() - start) / 1_000) * rowsASecond;
    if (due - offered >= LIMITS.ledger.historyBatch) {
      for (const row of nextRows(LIMITS.ledger.historyBatch)) writer.record('balances', row);
      offered += LIMITS.ledger.historyBatch;
    }
    const before = performance.now();
    told += 1;
    under.push(group.submit([raise(1 + (told % ACCOUNTS), told)]).then(() => void times.push(performance.now() - before)));
  }
  await Promise.all(under);
  await writer.close();
  return times.sort((a, b) => a - b);
}

async function beside(store: Store, folder: string, rowsASecond: number): Promise<void> {
  const ratios: number[] = [];
  const all: { readonly alone: number[]; readonly beside: number[] } = { alone: [], beside: [] };
  for (let pair = 0; pair < PAIRS; pair++) {
    const alone = await commits(store, folder, 0);
    const loaded = await commits(store, folder, rowsASecond);
    ratios.push(percentile(loaded, 0.99) / percentile(alone, 0.99));
    all.alone.push(...alone);
    all.beside.push(...loaded);
  }
  const line = (times: number[]): string => {
    times.sort((a, b) => a - b);
    return [0.5, 0.99, 0.999].map((share) => percentile(times, share).toFixed(2)).join(' / ');
  };
  console.log(`${store.name}: commit of one signal, ms p50 / p99 / p99.9, ${rowsASecond} rows of history a second beside it`);
  console.log(
    `  alone ${line(all.alone)}; beside ${line(all.beside)}; p99 ratio by pair ${ratios.map((r) => r.toFixed(2)).join(', ')}`,
  );
}

const stores: (() => Promise<Store>)[] = [embedded];
const missing = postgresMissing();
if (missing === false) stores.push(server);
else console.log(`PostgreSQL: not run, ${missing}`);
for (const open of stores) {
  await using folder = await temporaryFolder();
  const store = await open();
  await settle(store.ledger, ACCOUNTS);
  await rates(store, folder.path);
  for (const rowsASecond of [500, 3_000]) await beside(store, folder.path, rowsASecond);
  await store.end();
}
