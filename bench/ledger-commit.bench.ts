/**
 * What does a durable commit of the embedded ledger cost, beside bare rows inserted by the driver; and what of it is row
 * security, and what comes of a batch that is many tenants'?
 *
 * The bare cost is one autocommitted INSERT of a signal by `pg` over the same socket into a table of the same shape, and one
 * of 250 signals by unnest; the ledger's commits lock, look for repeats, number, insert, and tell of each signal in the audit
 * log. One caller at a time; then a group commit under many callers.
 */
import pg from 'pg';
import { systemClock } from '../src/runtime/clock.js';
import { startEmbeddedLedger } from '../src/storage/ledger/embedded.js';
import { GroupCommit } from '../src/storage/ledger/group-commit.js';
import { PostgresLedger } from '../src/storage/ledger/postgres.js';
import { accountId, keyHash, raise, settle, START_MS, uuid } from '../test/contracts/ledger-world.js';
import { ledgerFolder } from '../test/support/ledger-folder.js';

const ACCOUNTS = 1_000;
const SECONDS_EACH = 1;
/** Accounts from here on have a tenant each. */
const LONE_ACCOUNTS = 250;

interface Figures {
  readonly name: string;
  readonly count: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

function figures(name: string, timesMs: number[], ops: number, seconds: number): Figures {
  timesMs.sort((a, b) => a - b);
  const at = (share: number): number => timesMs[Math.min(timesMs.length - 1, Math.floor(share * timesMs.length))] as number;
  return { name, count: timesMs.length, perSecond: ops / seconds, p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

/** Calls one after the other for a while; the first twentieth warms up and is not counted. */
async function measure(name: string, opsPerCall: number, call: () => Promise<unknown>): Promise<Figures> {
  const times: number[] = [];
  const start = performance.now();
  let countedFrom = start;
  let now = start;
  while (now - start < SECONDS_EACH * 1_050) {
    const before = now;
    await call();
    now = performance.now();
    if (before - start < SECONDS_EACH * 50) countedFrom = now;
    else times.push(now - before);
  }
  return figures(name, times, times.length * opsPerCall, (now - countedFrom) / 1_000);
}

function print(rows: readonly Figures[], bare: Figures): void {
  const cell = (value: number, width: number, digits = 2): string => value.toFixed(digits).padStart(width);
  process.stdout.write(`${'what'.padEnd(44)}   calls     ops/s  p50 ms  p99 ms p99.9 ms  p50 against bare\n`);
  for (const { name, count, perSecond, p50, p99, p999 } of rows) {
    const ratio = `${(p50 / bare.p50).toFixed(1)}x`.padStart(10);
    process.stdout.write(
      `${name.padEnd(44)} ${String(count).padStart(7)} ${cell(perSecond, 9, 0)} ${cell(p50, 7)} ${cell(p99, 7)} ${cell(p999, 8)} ${ratio}\n`,
    );
  }
}

await using folder = await ledgerFolder();
const embedded = await startEmbeddedLedger({ folder: folder.path });
const ledger = new PostgresLedger(embedded.connection, () => embedded.close());
await settle(ledger, ACCOUNTS);
const loneTenant = (at: number): string => `lone-${at}`;
for (let at = 0; at < LONE_ACCOUNTS; at++) {
  const like = { name: 'Lone', tier: 'pro', signalTimeframe: 'M15', strategy: 'default-1', symbols: [] } as const;
  await ledger.createTenant({ id: loneTenant(at), ...like, createdAt: START_MS });
}
await ledger.createAccounts(
  Array.from({ length: LONE_ACCOUNTS }, (_, at) => ({
    id: accountId(ACCOUNTS + at + 1),
    tenantId: loneTenant(at),
    mode: 'demo',
    keyHash: keyHash(ACCOUNTS + at + 1),
    suho1Table: null,
    createdAt: START_MS,
  })),
);

const { host, port } = embedded.connection;
const driver = new pg.Client({ host, port, user: 'postgres', database: 'postgres' } as pg.ClientConfig);
await driver.connect();
// For a table of its own, and to switch row security off and on, it becomes the owner of the tables.
const asOwner = (statement: string) => driver.query(`BEGIN; SET LOCAL ROLE postgres; ${statement}; COMMIT`);
await asOwner('CREATE TABLE bare (LIKE signals INCLUDING ALL); GRANT INSERT ON bare TO suho_login');

let decision = 0;
const nextRaise = () => {
  decision += 1;
  return raise(1 + (decision % ACCOUNTS), decision);
};
/** A fan-out of one tenant: odd accounts are of the same. */
const nextOfOneTenant = () => {
  decision += 1;
  return raise(1 + ((2 * decision) % ACCOUNTS), decision);
};
const nextOfLoneTenant = () => {
  decision += 1;
  return raise(ACCOUNTS + 1 + (decision % LONE_ACCOUNTS), decision);
};

async function bareInsert(): Promise<void> {
  const op = nextRaise();
  if (op.kind !== 'raise') return;
  const { signal: s } = op;
  await driver.query({
    name: 'bare-insert',
    text: `INSERT INTO bare (id, account_id, tenant_id, seq, strategy, symbol, timeframe, close_time_ms, kind, direction, entry,
        entry_low, entry_high, stop_loss, take_profit, volume, risk_percent, score, strength, parts, valid_until_ms, state,
        created_at_ms, updated_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $23)`,
    values: [
      uuid(5, decision),
      s.accountId,
      s.tenantId,
      decision,
      s.strategy,
      s.symbol,
      s.timeframe,
      s.closeTime,
      s.kind,
      s.direction,
      s.entry,
      s.entryLow,
      s.entryHigh,
      s.stopLoss,
      s.takeProfit,
      s.volume,
      s.riskPercent,
      s.score,
      s.strength,
      s.parts,
      s.validUntil,
      s.state,
      s.createdAt,
    ],
  });
}

const COLUMNS = `id, account_id, tenant_id, seq, strategy, symbol, timeframe, close_time_ms, kind, direction, entry, entry_low,
  entry_high, stop_loss, take_profit, volume, risk_percent, score, strength, parts, valid_until_ms, state, created_at_ms, updated_at_ms`;
const TYPES = `uuid text bigint text text text bigint text text float8 float8 float8 float8 float8 float8 float8 float8 text jsonb
  bigint text bigint`.split(/\s+/);

/** What of a signal goes into the columns, but for its id and its account, which come first. */
function cells(op: ReturnType<typeof raise>): unknown[] {
  if (op.kind !== 'raise') return [];
  const { signal: s } = op;
  const prices = [s.entry, s.entryLow, s.entryHigh, s.stopLoss, s.takeProfit, s.volume, s.riskPercent, s.score];
  const decided = [s.tenantId, decision, s.strategy, s.symbol, s.timeframe, s.closeTime, s.kind, s.direction];
  return [s.accountId, ...decided, ...prices, s.strength, JSON.stringify(s.parts), s.validUntil, s.state, s.createdAt];
}

/** The same by unnest: a column each, as many rows as told. */
async function bareUnnest(size: number): Promise<void> {
  const rows = Array.from({ length: size }, () => cells(nextOfOneTenant()));
  const values = TYPES.map((_, column) => rows.map((row) => row[column]));
  const ids = rows.map((_, at) => uuid(5, decision - at));
  const lists = TYPES.map((type, at) => `$${at + 2}::${type}[]`).join(', ');
  const names = TYPES.map((_, at) => `c${at}`);
  await driver.query({
    name: 'bare-unnest',
    text: `INSERT INTO bare (${COLUMNS}) SELECT id, ${names.join(', ')}, c${TYPES.length - 1}
      FROM unnest($1::uuid[], ${lists}) AS rows (id, ${names.join(', ')})`,
    values: [ids, ...values],
  });
}

const bare = await measure('bare INSERT of one signal by pg', 1, bareInsert);
const rows = [bare, await measure('bare INSERT of 250 by unnest', 250, () => bareUnnest(250))];
const commitOf = (what: string, size: number, next: () => ReturnType<typeof raise>) =>
  measure(`commit of ${size}${what}`, size, () => ledger.commit(Array.from({ length: size }, next)));
for (const size of [1, 10, 100]) rows.push(await commitOf('', size, nextOfOneTenant));

/** Both in turn, so that the machine's drift falls on both. */
const TENANT_TABLES = ['accounts', 'signals', 'audit_heads', 'audit_entries'];
const rowSecurity = (word: 'ENABLE' | 'DISABLE') =>
  asOwner(TENANT_TABLES.map((table) => `ALTER TABLE ${table} ${word} ROW LEVEL SECURITY`).join('; '));
for (const size of [1, 250]) {
  for (let round = 1; round <= 2; round++) {
    await rowSecurity('DISABLE');
    rows.push(await commitOf(`, row security off (${round})`, size, nextOfOneTenant));
    await rowSecurity('ENABLE');
    rows.push(await commitOf(`, row security on (${round})`, size, nextOfOneTenant));
  }
}
rows.push(await commitOf(' of 25 tenants', 25, nextOfLoneTenant));
rows.push(await commitOf(' of 250 tenants', 250, nextOfLoneTenant));

/** As many callers as told, each raising one signal after the other. */
async function underLoad(callers: number): Promise<Figures> {
  const group = new GroupCommit({ ledger, clock: systemClock });
  const times: number[] = [];
  const start = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() - start < SECONDS_EACH * 1_000) {
        const before = performance.now();
        await group.submit([nextRaise()]);
        times.push(performance.now() - before);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1_000;
  return figures(`group commit, ${callers} callers of one raise`, times, times.length, seconds);
}

for (const callers of [1, 50, 1_000]) rows.push(await underLoad(callers));
print(rows, bare);
await driver.end();
await ledger.close();
