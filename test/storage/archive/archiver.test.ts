/** The archive over a real ledger: what ages leaves it, and is nowhere twice nor ever lost, wherever a run is cut off. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { ArchiveCatalogue } from '../../../src/storage/archive/archive-catalogue.js';
import type { ArchiveStore } from '../../../src/storage/archive/archive-store.js';
import { Archiver } from '../../../src/storage/archive/archiver.js';
import { FolderArchive } from '../../../src/storage/archive/folder-archive.js';
import { auditRows, verifyAudit } from '../../../src/storage/audit/audit-log.js';
import type { PostgresLedger } from '../../../src/storage/ledger/postgres.js';
import { readRetention } from '../../../src/storage/retention-table.js';
import {
  accountId,
  command,
  commandResult,
  deal,
  hello,
  madeOf,
  newCommand,
  newSignal,
  raise,
  refuse,
  result,
  settle,
  START_MS,
  uuid,
} from '../../contracts/ledger-world.js';
import { embeddedUnderTest, serverUnderTest, type SqlLedgerUnderTest } from '../../contracts/sql-ledger.js';
import { Cut, cutting } from '../../support/cutting.js';
import { emptyFolder } from '../../support/ledger-folder.js';
import { postgresMissing } from '../../support/postgres-server.js';

const DAY_MS = 86_400_000;
const YEAR_MS = 366 * DAY_MS;
const never = new AbortController().signal;
const TABLES = [
  'executions',
  'commands',
  'deals',
  'signals',
  'signal_refusals',
  'signal_lineage',
  'balances',
  'risk_events',
  'usage',
  'compliance_reports',
];

function archiverContract(name: string, open: () => Promise<SqlLedgerUnderTest>): void {
  describe(`the archive of ${name}`, () => {
    let under: SqlLedgerUnderTest;
    let folder: Awaited<ReturnType<typeof emptyFolder>>;
    let store: FolderArchive;
    let nowMs = 0;
    let retention: Awaited<ReturnType<typeof readRetention>>;
    const clock = { nowMs: () => nowMs };
    const archiver = (change: { catalogue?: ArchiveCatalogue; store?: ArchiveStore } = {}): Archiver =>
      new Archiver({ catalogue: under.ledger.archive, store, retention, clock, ...change });
    const asReader = (text: string) => under.statement(`SET LOCAL ROLE suho_reader; ${text}`);
    const asEngine = (tenant: string, text: string) =>
      under.statement(`SET LOCAL ROLE suho_engine; SELECT set_config('app.current_tenant', '${tenant}', true); ${text}`);
    /** Every row of a table as the database tells it. */
    const rowsOf = async (table: string): Promise<readonly string[]> =>
      (await asReader(`SELECT to_jsonb(${table})::text AS row FROM ${table} ORDER BY 1`)).map(({ row }) => String(row));

    /** Signals of two tenants with results, deals and refusals; one signal that is still open. */
    async function fill(ledger: PostgresLedger): Promise<void> {
      await settle(ledger, 2);
      for (const account of [1, 2]) {
        await ledger.claim(hello(account));
        await ledger.commit([
          ...[1, 2, 3].map((number) => madeOf(raise(account, number, {}, 1), '{"score":0.30000000000000004}')),
          result(newSignal(account, 1), 'REJECTED', { sentence: 'Ωné "quoted" \\ back' }, 1),
          result(newSignal(account, 2), 'EXECUTED', {}, 1),
          deal(account, '18446744073709551615', 'IN', 0.3, newSignal(account, 2).id, {}, 1),
          deal(account, '7', 'IN', 0.1, null, { profit: -0.1 }, 1),
          refuse(account, 4, {}, 1),
          command(account, 1, {}, 1),
          commandResult(newCommand(account, 1), 'REJECTED', { price: 0.1 + 0.2 }, 1),
          command(account, 2, {}, 1),
        ]);
        const tenant = account === 1 ? 'north' : 'south';
        const values = Array.from(
          { length: 700 },
          (_, at) =>
            `('${tenant}', '${accountId(account)}', ${START_MS + (at % 650)}, 1e-7, 0.1, 0, ${at}, ${at % 2 ? 'NULL' : '0.30000000000000004'}, -0.0, 0, 0, 0, 0)`,
        );
        await asEngine(tenant, `INSERT INTO balances VALUES ${values.join(', ')}`);
        await asEngine(
          tenant,
          `INSERT INTO risk_events VALUES ('${uuid(7, account)}', '${tenant}', '${accountId(account)}', ${START_MS}, 'a', 'info', 'said', NULL, 2, NULL)`,
        );
        await asEngine(tenant, `INSERT INTO usage VALUES ('${tenant}', ${3_600_000 * 492_336}, 'signals', 5)`);
      }
    }
    const snapshot = async (): Promise<Readonly<Record<string, readonly string[]>>> => {
      const entries: [string, readonly string[]][] = [];
      for (const table of TABLES) entries.push([table, await rowsOf(table)]);
      return Object.fromEntries(entries);
    };
    const counts = async (): Promise<Readonly<Record<string, number>>> =>
      Object.fromEntries(Object.entries(await snapshot()).map(([table, rows]) => [table, rows.length]));

    before(async () => {
      retention = await readRetention();
      under = await open();
    });
    after(() => under.close());
    beforeEach(async () => {
      await under.reset();
      folder = await emptyFolder();
      store = new FolderArchive(folder.path);
      await fill(under.ledger);
      nowMs = START_MS;
    });
    afterEach(() => folder?.[Symbol.asyncDispose]());

    test('nothing leaves before its time', async () => {
      const full = await snapshot();
      nowMs = START_MS + 89 * DAY_MS;
      assert.deepEqual(await archiver().run(never), { objects: 0, rows: 0, changed: 0, copied: 0, copies: 0, dropped: 0 });
      assert.deepEqual(await snapshot(), full);
    });

    test('each kind leaves at its age, but for what is open or referred to, and all of it can be put back as it was', async () => {
      const full = await snapshot();
      nowMs = START_MS + 95 * DAY_MS;
      await archiver().run(never);
      // Signals have executions, which stay for two years, or are open.
      assert.deepEqual(await counts(), {
        ...Object.fromEntries(TABLES.map((table) => [table, full[table]?.length])),
        signal_refusals: 0,
        // Those without an end stay.
        commands: 2,
      });
      nowMs = START_MS + 3 * YEAR_MS;
      const ran = await archiver().run(never);
      assert.equal(ran.changed, 0);
      const left = await counts();
      assert.deepEqual([left.balances, left.risk_events, left.usage, left.signal_refusals, left.signal_lineage], [0, 0, 0, 0, 0]);
      // The EXECUTED position is open: its execution stays, and its signal and deals with it; a PENDING one stays as well.
      assert.deepEqual([left.signals, left.executions, left.deals, left.commands], [4, 2, 4, 2]);
      const objects = await archiver().list();
      assert.ok(objects.every(({ state }) => state === 'left'));
      assert.equal(
        objects.reduce((sum, { rows }) => sum + rows, 0),
        Object.values(full).flat().length - Object.values(left).reduce((a, b) => a + b),
      );
      // Signals before what refers to them.
      for (const { name: object, kind } of [...objects].sort((a) => (a.kind === 'signals' ? -1 : 1)))
        assert.equal((await archiver().restore(object)).kind, kind);
      assert.deepEqual(await snapshot(), full);
      const again = await archiver().restore(objects.find(({ kind }) => kind === 'balances')?.name ?? '');
      assert.deepEqual([again.rows, again.back], [700, 0]);
      assert.deepEqual(await snapshot(), full);
      // They stay for the way back, and leave again under the same names.
      nowMs += 2 * DAY_MS - 1;
      await archiver().run(never);
      assert.deepEqual(await snapshot(), full);
      nowMs += 1;
      await archiver().run(never);
      assert.deepEqual(await counts(), left);
      assert.deepEqual(
        (await archiver().list()).map((object) => [object.name, object.state]),
        objects.map((object) => [object.name, 'left']),
      );
    });

    test('a run that is cut off anywhere is made good by the next: no row is lost, and none is there twice', async () => {
      const full = await snapshot();
      nowMs = START_MS + 3 * YEAR_MS;
      let cuts = 0;
      for (let at = 0; ; at += name.startsWith('PGlite') ? 1 : 5) {
        const calls = { left: at };
        const cut = await archiver({ catalogue: cutting(under.ledger.archive, calls), store: cutting(store, calls) })
          .run(never)
          .then(
            () => false,
            (error: unknown) => {
              if (error instanceof Cut) return true;
              throw error;
            },
          );
        const now = await snapshot();
        const objects = await archiver().list();
        // Whatever is not in its table is in an object of the catalogue; what is in one that has left is not in its table.
        for (const table of TABLES) {
          const archived = objects.filter(({ kind }) => kind === table);
          const sum = archived.reduce((total, { rows }) => total + rows, 0);
          const missing = (full[table]?.length ?? 0) - (now[table]?.length ?? 0);
          if (archived.every(({ state }) => state === 'left')) assert.equal(sum, missing, `${table}, cut ${at}`);
          else assert.ok(sum >= missing, `${table}, cut ${at}`);
        }
        if (!cut) break;
        cuts += 1;
        if (at % 7 === 0) {
          await archiver().run(never);
          assert.ok((await archiver().list()).every(({ state }) => state === 'left'));
          for (const { name: object } of [...(await archiver().list())].sort((a) => (a.kind === 'signals' ? -1 : 1)))
            await archiver().restore(object);
          assert.deepEqual(await snapshot(), full);
          nowMs += 2 * DAY_MS;
        }
      }
      assert.ok(cuts >= 5, `${cuts} cuts`);
      const report = await archiver().verify();
      assert.ok(report.ok, JSON.stringify(report.faults));
    });

    test('a flipped bit, a cut, a swapped and a missing object are each found, and none is taken for the rows', async () => {
      nowMs = START_MS + 3 * YEAR_MS;
      await archiver().run(never);
      const whole = await archiver().verify();
      assert.deepEqual([whole.ok, whole.faults, whole.strays], [true, [], []]);
      const [first, second, third, fourth] = (await archiver().list()).map((object) => object.name) as [
        string,
        string,
        string,
        string,
      ];
      const file = (object: string): string => join(folder.path, object);
      const bytes = readFileSync(file(first));
      for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] as number) ^ 1;
        writeFileSync(file(first), flipped);
        const report = await archiver().verify();
        assert.deepEqual([report.ok, report.faults.map((fault) => fault.name)], [false, [first]]);
        assert.match(report.faults[0]?.what ?? '', /its checksum is another/);
      }
      await assert.rejects(archiver().restore(first), { code: 'ARCHIVE_FAILED' });
      writeFileSync(file(second), readFileSync(file(second)).subarray(1));
      writeFileSync(file(third), bytes);
      await store.delete(fourth);
      await store.put('balances/none/stray.parquet', bytes);
      const report = await archiver().verify();
      assert.deepEqual(
        report.faults.map((fault) => fault.name),
        [first, second, third, fourth].sort(),
      );
      assert.deepEqual(report.strays, ['balances/none/stray.parquet']);
    });

    test('an object that the store gives back otherwise than it was put takes nothing out of its table', async () => {
      const full = await snapshot();
      nowMs = START_MS + 3 * YEAR_MS;
      const lying: ArchiveStore = {
        place: 'here',
        put: (object, bytes) => store.put(object, bytes),
        list: (prefix) => store.list(prefix),
        delete: (object) => store.delete(object),
        get: async (object) => (await store.get(object))?.map((byte, at) => (at === 9 ? byte ^ 4 : byte)),
      };
      await assert.rejects(archiver({ store: lying }).run(never), { code: 'ARCHIVE_FAILED', message: /checksum/ });
      assert.deepEqual(await snapshot(), full);
      assert.deepEqual(await archiver().list(), []);
    });

    test('a row that changes between the archive and its leaving stays', async () => {
      nowMs = START_MS + 3 * YEAR_MS;
      const changing: ArchiveStore = {
        place: 'here',
        put: async (object, bytes) => {
          await store.put(object, bytes);
          if (object.startsWith('usage/north/')) await asEngine('north', 'UPDATE usage SET amount = 6');
        },
        list: (prefix) => store.list(prefix),
        delete: (object) => store.delete(object),
        get: (object) => store.get(object),
      };
      assert.equal((await archiver({ store: changing }).run(never)).changed, 1);
      assert.deepEqual(
        (await rowsOf('usage')).map((row) => (JSON.parse(row) as { amount: number }).amount),
        [6],
      );
      assert.equal((await archiver().run(never)).changed, 0);
      assert.deepEqual(await rowsOf('usage'), []);
    });

    test('an object goes at the end of its own time and the way back after it, and says so when it is asked for', async () => {
      nowMs = START_MS + 3 * YEAR_MS;
      await archiver().run(never);
      const usage = (await archiver().list()).filter(({ kind }) => kind === 'usage');
      // No time of its own in the archive: the way back alone.
      assert.deepEqual(
        usage.map(({ keepUntil }) => keepUntil),
        [nowMs, nowMs],
      );
      nowMs += 2 * DAY_MS - 1;
      assert.equal((await archiver().run(never)).dropped, 0);
      assert.equal((await archiver().rows(usage[0]?.name ?? '')).length, 1);
      nowMs += 1;
      assert.equal((await archiver().run(never)).dropped, 2);
      assert.deepEqual(await store.list('usage/'), []);
      const gone = (await archiver().list()).filter(({ state }) => state === 'dropped');
      assert.deepEqual(
        gone.map(({ name: object }) => object),
        usage.map(({ name: object }) => object),
      );
      await assert.rejects(archiver().restore(usage[0]?.name ?? ''), { code: 'NOT_FOUND', message: /past its time/ });
      await assert.rejects(archiver().restore('usage/north/none'), { code: 'NOT_FOUND', message: /suho archive list/ });
      assert.ok((await archiver().verify()).ok);
    });

    test('of the audit log whole anchored segments leave, and what is left of it is whole at every moment', async () => {
      const { ledger } = under;
      await under.reset();
      const old = Date.UTC(2012, 0, 1);
      const tenant = {
        id: 'north',
        name: 'N',
        tier: 'pro',
        signalTimeframe: 'M15',
        strategy: 's',
        symbols: [],
        createdAt: old,
      } as const;
      await ledger.createTenant(tenant);
      const change = async (times: number, atMs: number): Promise<void> => {
        for (let at = 0; at < times; at++) await ledger.updateTenant('north', { name: `${atMs}-${at}` }, atMs);
      };
      const places = async (): Promise<unknown> =>
        (await asReader('SELECT min(seq) AS first, count(*)::int AS rows FROM audit_entries'))[0];
      const isWhole = async (): Promise<void> => {
        const report = await verifyAudit(auditRows(ledger));
        assert.ok(report.ok, JSON.stringify(report.faults));
      };
      await change(4, old + 1);
      nowMs = old + 8 * YEAR_MS;
      await archiver().run(never);
      assert.deepEqual(await places(), { first: '1', rows: 5 }, 'not anchored');
      await ledger.anchorAudit(old + 2);
      await change(2, old + 3);
      await ledger.anchorAudit(old + 4);
      await change(3, old + 5);
      const calls = { left: 0 };
      for (let at = 0; at < 40; at++) {
        calls.left = at;
        await archiver({ catalogue: cutting(under.ledger.archive, calls), store: cutting(store, calls) })
          .run(never)
          .catch((error: unknown) => assert.ok(error instanceof Cut, String(error)));
        await isWhole();
      }
      assert.deepEqual(await places(), { first: '8', rows: 3 });
      const [object, more] = await archiver().list();
      assert.deepEqual([object?.state, object?.rows, more], ['left', 7, undefined]);
      const rows = await archiver().rows(object?.name ?? '');
      assert.deepEqual(
        rows.map(({ seq }) => seq),
        [1, 2, 3, 4, 5, 6, 7],
      );
      await assert.rejects(archiver().restore(object?.name ?? ''), { code: 'CONFLICT', message: /do not come back/ });
      // By the database's own clock these are young, whatever ours says.
      await change(2, START_MS);
      await ledger.anchorAudit(START_MS + 1);
      nowMs = START_MS + 20 * YEAR_MS;
      await archiver().run(never);
      assert.deepEqual(await places(), { first: '8', rows: 5 });
      await isWhole();
    });
  });
}

archiverContract('PGlite behind its socket', embeddedUnderTest);

const missing = postgresMissing();
if (missing === false) archiverContract('a PostgreSQL server', serverUnderTest);
else test('the archive of a PostgreSQL server', { skip: missing }, () => {});
