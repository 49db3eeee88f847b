/**
 * What does a durable commit of the embedded ledger cost, beside one bare row inserted by the driver?
 *
 * The bare cost is one autocommitted INSERT of a signal by `pg` over the same socket into a table of the same shape; the ledger's
 * commits lock, look for repeats, number and insert. One caller at a time; then a group commit under many callers.
 */
import pg from 'pg';
import { systemClock } from '../src/runtime/clock.js';
import { startEmbeddedLedger } from '../src/storage/ledger/embedded.js';
import { GroupCommit } from '../src/storage/ledger/group-commit.js';
import { PostgresLedger } from '../src/storage/ledger/postgres.js';
import { raise, settle, uuid } from '../test/contracts/ledger-world.js';
import { ledgerFolder } from '../test/support/ledger-folder.js';

const ACCOUNTS = 1_000;
const SECONDS_EACH = 2;

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

const { host, port } = embedded.connection;
const driver = new pg.Client({ host, port, user: 'postgres', database: 'postgres' } as pg.ClientConfig);
await driver.connect();
await driver.query('CREATE TABLE bare (LIKE signals INCLUDING ALL)');

let decision = 0;
const nextRaise = () => {
  decision += 1;
  return raise(1 + (decision % ACCOUNTS), decision);
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

const bare = await measure('bare INSERT of one signal by pg', 1, bareInsert);
const rows = [bare];
for (const size of [1, 10, 100, 250]) {
  const raises = () => Array.from({ length: size }, nextRaise);
  rows.push(await measure(`commit of ${size} raise${size === 1 ? '' : 's'}`, size, () => ledger.commit(raises())));
}

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
